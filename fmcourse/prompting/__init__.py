"""Ways to ask a model: decoding and scoring."""

from fmcourse.lazy import lazy

_WHERE = {
    "generate": "decoding",
    "complete": "decoding",
    "next_token_distribution": "decoding",
    "PromptTooLong": "decoding",
    "choose": "scoring",
    "interval": "scoring",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE)
