"""Figures with words beside them, and widgets with a plain way beside them. Loaded when first touched.

What this leaves out: models and measurements; a view draws what it is given. Modules never carry the name of a
function exported here: `show` must be the function, not a file.
"""

from fmcourse.lazy import lazy

_WHERE = {
    "show": "figure",
    "use": "style",
    "label_lines": "style",
    "PALETTE": "style",
    "loss_curve": "plots",
    "bars_with_intervals": "plots",
    "band": "plots",
    "heatmap": "plots",
    "pictures": "plots",
    "points": "plots",
    "shares": "plots",
    "stacked": "plots",
    "reliability": "trust_plots",
    "risk": "trust_plots",
    "token_strip": "tokens",
    "explore": "widgets",
    "attention": "attention_views",
    "open_bench": "prompt_bench",
    "bench_view": "prompt_bench",
    "record_preferences": "preference_recorder",
    "take_letters": "preference_recorder",
    "head_grid": "inside_plots",
    "lens": "inside_plots",
    "true_links": "inside_plots",
    "read_grid": "artefacts",
    "strip": "artefacts",
    "player": "artefacts",
    "clip": "artefacts",
    "solid": "artefacts",
    "sound_grid": "several",
    "clip_grid": "several",
    "solid_grid": "several",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("style", "plots", "widgets"))
