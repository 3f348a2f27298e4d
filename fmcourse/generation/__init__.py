"""Making pictures, clips, sounds and solids from captions: one network, its schedules, its samplers."""

from fmcourse.lazy import lazy

_WHERE = {
    "draw": "drawing",
    "PatchTransformer": "fmcourse.models.patch_transformer",
    "Shape": "fmcourse.models.patch_transformer",
    "score": "scoring",
    "FORMS": "forms",
    "Form": "forms",
    "FAMILIES": "families",
    "draw_pictures": "pictures",
    "judge": "judging",
}
__getattr__, __dir__, __all__ = lazy(__name__, _WHERE, modules=("*",))
