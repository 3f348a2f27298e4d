"""Figures with words beside them, and widgets with a plain way beside them. Loaded when first touched.

What this leaves out: models and measurements; a view draws what it is given. Modules never carry the name of a
function exported here: `show` must be the function, not a file.
"""
from importlib import import_module

_WHERE = {
    "show": "figure", "use": "style", "label_lines": "style", "PALETTE": "style",
    "loss_curve": "plots", "bars_with_intervals": "plots", "band": "plots", "heatmap": "plots", "pictures": "plots",
    "token_strip": "tokens", "explore": "widgets",
    "attention": "attention_views",
}
_MODULES = ("style", "plots", "widgets")
__all__ = [*_WHERE, *_MODULES]


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(f"fmcourse.views.{_WHERE[name]}"), name)
    if name in _MODULES:
        return import_module(f"fmcourse.views.{name}")
    raise AttributeError(f"module 'fmcourse.views' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
