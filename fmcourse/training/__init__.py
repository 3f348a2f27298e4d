"""Objectives, the loop, and ways to bend a model to a task. Each part is loaded when it is first used."""

from fmcourse.lazy import lazy

_WHERE = {
    "Recipe": "fit",
    "History": "fit",
    "Interrupted": "fit",
    "optimisers": "muon",
    "Muon": "muon",
    "causal_batch": "batches",
    "pack": "batches",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("*",))
