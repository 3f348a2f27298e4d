"""Scenes: little pictures whose truth we know, told in captions, drawn as images, and read back exactly.

scene       what a scene is                 captions    what is asked for <-> English
asking      captions that leave things open, relate and count, with the exact distribution of scenes that fit
images      scene -> picture                reader      picture -> scene, and is it a scene at all?
comparing   a scene found against a scene asked for
sampling    random scenes, their probability, what is withheld, data sets
textures    patterned pictures for self-supervised learning
modalities  one `render` and one `read` for all forms
clips, sounds, voxels       the other forms, each a folder with parts of the same names
"""

from fmcourse.scenes.asking import Asked, Conditional, ask, audit_requests, fits
from fmcourse.scenes.captions import CaptionError, Request, Spec, caption, parse, request_of, say, understand
from fmcourse.scenes.comparing import compare
from fmcourse.scenes.images import image
from fmcourse.scenes.modalities import READERS, RENDERERS, read, render
from fmcourse.scenes.reader import Reading, read_image, read_images
from fmcourse.scenes.sampling import WITHHELD, Dataset, all_scenes, audit, dataset, log_prob, sample
from fmcourse.scenes.scene import COLOURS, GROUNDS, PLACES, SHAPES, SIZES, Scene, Thing

__all__ = [
    "COLOURS",
    "GROUNDS",
    "PLACES",
    "READERS",
    "RENDERERS",
    "SHAPES",
    "SIZES",
    "WITHHELD",
    "Asked",
    "CaptionError",
    "Conditional",
    "Dataset",
    "Reading",
    "Request",
    "Scene",
    "Spec",
    "Thing",
    "all_scenes",
    "ask",
    "audit",
    "audit_requests",
    "caption",
    "compare",
    "dataset",
    "fits",
    "image",
    "log_prob",
    "parse",
    "read",
    "read_image",
    "read_images",
    "render",
    "request_of",
    "sample",
    "say",
    "understand",
]
