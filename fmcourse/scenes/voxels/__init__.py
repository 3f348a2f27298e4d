"""Voxels: one or two solids in a grid of 16 x 16 x 16, told in captions, drawn, and read back exactly.

truth       what a space is                 captions    space <-> English
sampling    random spaces, their probability, what is withheld
drawing     space -> grid, and grid <-> 64 patches
reader      grid -> space, and is it a space at all?
"""

from fmcourse.scenes.voxels.captions import LONGEST, WORDS, caption, parse
from fmcourse.scenes.voxels.drawing import from_patches, render, to_patches
from fmcourse.scenes.voxels.reader import Reading, read_many, read_one
from fmcourse.scenes.voxels.sampling import WITHHELD, all_spaces, audit, log_prob, sample
from fmcourse.scenes.voxels.truth import PLACES, SHAPES, SIZES, Solid, Space

__all__ = [
    "LONGEST",
    "PLACES",
    "SHAPES",
    "SIZES",
    "WITHHELD",
    "WORDS",
    "Reading",
    "Solid",
    "Space",
    "all_spaces",
    "audit",
    "caption",
    "from_patches",
    "log_prob",
    "parse",
    "read_many",
    "read_one",
    "render",
    "sample",
    "to_patches",
]
