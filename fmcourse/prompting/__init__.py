"""Ways to ask a model: decoding and scoring."""

from fmcourse.lazy import lazy

_WHERE = {
    "generate": "decoding",
    "complete": "decoding",
    "next_token_distribution": "decoding",
    "PromptTooLong": "decoding",
    "choose": "scoring",
    "interval": "scoring",
    "fill": "templates",
    "slots": "templates",
    "Format": "templates",
    "TemplateProblem": "templates",
    "TooManyExamples": "templates",
    "fitting": "templates",
    "majority": "voting",
    "samples": "consistency",
    "score": "bench",
    "Score": "bench",
    "first_answer": "bench",
    "next_words": "bench",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE)
