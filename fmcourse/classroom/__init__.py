"""What turns a page of code into a lesson: claims, predictions, exercises with feedback, quizzes, progress.

Everything is loaded when first touched; importing this costs nothing. What this leaves out: figures (`views`), and
the ideas being taught, which stand in the notebooks themselves.

Modules here never carry the name of a function exported below: `check` must be the function, not a file.
"""
from importlib import import_module

_WHERE = {
    "begin": "setup", "claim": "claims", "predict": "predictions", "reveal": "predictions",
    "check": "checks", "hint": "checks",
    "quiz": "questions", "warmup": "questions", "skip_test": "questions", "answer": "questions",
    "recorded": "evidence", "term": "glossary",
}
_MODULES = ("progress", "glossary", "evidence", "ledger", "doctor")
__all__ = ["begin", "claim", "predict", "reveal", "check", "hint", "quiz", "warmup", "skip_test", "answer", "recorded",
           "term", "progress", "glossary", "evidence", "ledger", "doctor"]


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(f"fmcourse.classroom.{_WHERE[name]}"), name)
    if name in _MODULES:
        return import_module(f"fmcourse.classroom.{name}")
    raise AttributeError(f"module 'fmcourse.classroom' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
