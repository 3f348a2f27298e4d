"""Making pictures, clips, sounds and solids from captions: one network, its schedules, its samplers."""

from fmcourse.lazy import lazy

_WHERE = {
    "draw": "drawing",
    "PatchTransformer": "network",
    "Shape": "network",
    "FORMS": "forms",
    "Form": "forms",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("*",))
