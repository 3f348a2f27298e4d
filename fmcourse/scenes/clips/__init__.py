"""Clips: one or two things, each doing two events in order, told in captions, drawn in 8 frames, read back exactly.

truth       what a story is                 captions    story <-> English
sampling    random stories, their probability, what is withheld, data sets
drawing     story -> clip, and clip <-> 64 patches
fitting     the search for the nearest story
reader      clip -> story, and is it a story at all?
comparing   a story found against one asked for
"""

from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.clips.captions import LONGEST, WORDS, caption, parse, split_words
from fmcourse.scenes.clips.comparing import compare
from fmcourse.scenes.clips.drawing import from_patches, render, to_patches
from fmcourse.scenes.clips.reader import Reading, order_of, read_many, read_one
from fmcourse.scenes.clips.sampling import (
    SPLITS,
    WITHHELD_ORDERS,
    Dataset,
    all_actors,
    audit,
    dataset,
    log_prob,
    sample,
)
from fmcourse.scenes.clips.truth import EVENTS, KINDS, PLACES, Actor, Story, kind_of
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, SHAPES, SIZES

__all__ = [
    "COLOURS",
    "EVENTS",
    "KINDS",
    "LONGEST",
    "PLACES",
    "SHAPES",
    "SIZES",
    "SPLITS",
    "WITHHELD",
    "WITHHELD_ORDERS",
    "WORDS",
    "Actor",
    "CaptionError",
    "Dataset",
    "Reading",
    "Story",
    "all_actors",
    "audit",
    "caption",
    "compare",
    "dataset",
    "from_patches",
    "kind_of",
    "log_prob",
    "order_of",
    "parse",
    "read_many",
    "read_one",
    "render",
    "sample",
    "split_words",
    "to_patches",
]
