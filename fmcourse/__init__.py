"""fmcourse: the helper package of a foundation-model course that runs anywhere and checks what it claims.

Importing it is cheap: every part is loaded when it is first touched, so `import fmcourse` needs neither torch nor
matplotlib. The parts, from the ground up, each allowed to use only those before it:

    world, scenes           what is true, and the documents and pictures made from it   (no torch)
    models                  networks, and `load`
    training, prompting     ways to bend a model to a task
    views, classroom        figures with text alternatives; claims, checks, quizzes, progress
"""
from importlib import import_module

__version__ = "0.1.0"
_PARTS = ("world", "scenes", "models", "training", "prompting", "views", "classroom", "paths")
__all__ = ["__version__", "load", *_PARTS]


def __getattr__(name: str):
    if name in _PARTS:
        return import_module(f"fmcourse.{name}")
    if name == "load":
        return import_module("fmcourse.models").load
    raise AttributeError(f"module 'fmcourse' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
