"""What turns a page of code into a lesson: claims, predictions, exercises with feedback, quizzes, progress.

Everything is loaded when first touched; importing this costs nothing. What this leaves out: figures (`views`), and
the ideas being taught, which stand in the notebooks themselves.

Modules here never carry the name of a function exported below: `check` must be the function, not a file.
"""

from fmcourse.lazy import lazy

_WHERE = {
    "begin": "setup",
    "claim": "claims",
    "predict": "predictions",
    "reveal": "predictions",
    "check": "checks",
    "hint": "checks",
    "quiz": "questions",
    "warmup": "questions",
    "skip_test": "questions",
    "answer": "questions",
    "recorded": "fmcourse.evidence",
    "term": "glossary",
    "draws": "drawing",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("progress", "glossary", "ledger"))
