"""Objectives, the loop, and ways to bend a model to a task. Each part is loaded when it is first used."""

from importlib import import_module

_WHERE = {
    "Recipe": "fit",
    "History": "fit",
    "Interrupted": "fit",
    "optimisers": "muon",
    "Muon": "muon",
    "causal_batch": "batches",
    "pack": "batches",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(f"fmcourse.training.{_WHERE[name]}"), name)
    try:
        return import_module(f"fmcourse.training.{name}")
    except ModuleNotFoundError as e:
        if e.name != f"fmcourse.training.{name}":
            raise
        raise AttributeError(
            f"module 'fmcourse.training' has no attribute {name!r}; it has {', '.join(__all__)}"
        ) from None
