"""Scenes: little pictures whose truth we know, told in captions, drawn as images, and read back exactly.

scene       what a scene is                 captions    scene <-> English
images      scene -> picture                reader      picture -> scene, and is it a scene at all?
comparing   a scene found against a scene asked for
sampling    random scenes, their probability, what is withheld, data sets
textures    patterned pictures for self-supervised learning
modalities  the forms a scene can take (images; later clips, sounds, voxels)
"""

from fmcourse.scenes.captions import CaptionError, caption, parse
from fmcourse.scenes.comparing import compare
from fmcourse.scenes.images import image
from fmcourse.scenes.modalities import READERS, RENDERERS, read, render
from fmcourse.scenes.reader import Reading, read_image, read_images
from fmcourse.scenes.sampling import WITHHELD, Dataset, all_scenes, audit, dataset, log_prob, sample
from fmcourse.scenes.scene import COLOURS, MOTIONS, PLACES, SHAPES, SIZES, WORDS, Scene, Thing

__all__ = [
    "COLOURS",
    "MOTIONS",
    "PLACES",
    "READERS",
    "RENDERERS",
    "SHAPES",
    "SIZES",
    "WITHHELD",
    "WORDS",
    "CaptionError",
    "Dataset",
    "Reading",
    "Scene",
    "Thing",
    "all_scenes",
    "audit",
    "caption",
    "compare",
    "dataset",
    "image",
    "log_prob",
    "parse",
    "read",
    "read_image",
    "read_images",
    "render",
    "sample",
]
