"""Voxels: one or two solids in a grid of 16 x 16 x 16, told in captions, drawn, and read back exactly.

truth       what a space is                 captions    space <-> English
sampling    random spaces, their probability, what is withheld, data sets
drawing     space -> grid, and grid <-> 64 patches
reader      grid -> space, and is it a space at all?
comparing   a space found against one asked for
"""

from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.voxels.captions import LONGEST, WORDS, caption, parse
from fmcourse.scenes.voxels.comparing import compare
from fmcourse.scenes.voxels.drawing import from_patches, render, to_patches
from fmcourse.scenes.voxels.reader import Reading, read_many, read_one
from fmcourse.scenes.voxels.sampling import SPLITS, WITHHELD, Dataset, all_spaces, audit, dataset, log_prob, sample
from fmcourse.scenes.voxels.truth import PLACES, SHAPES, SIZES, Solid, Space

__all__ = [
    "LONGEST",
    "PLACES",
    "SHAPES",
    "SIZES",
    "SPLITS",
    "WITHHELD",
    "WORDS",
    "CaptionError",
    "Dataset",
    "Reading",
    "Solid",
    "Space",
    "all_spaces",
    "audit",
    "caption",
    "compare",
    "dataset",
    "from_patches",
    "log_prob",
    "parse",
    "read_many",
    "read_one",
    "render",
    "sample",
    "to_patches",
]
