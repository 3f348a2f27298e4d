"""A story as a clip of 8 frames, 32 x 32 pixels, red, green and blue; and a clip as 64 patches and back.

The first event takes place from frame 0 to frame 3, the second from frame 4 to frame 7; frames 3 and 4 are alike. So a
clip played backwards shows a story, too: the opposite events in the opposite order. A move is 2 pixels a frame, 6 in
all; growing takes half the width from 3.0 to 4.5 pixels in three equal steps; turning mixes the two colours by thirds.

Where a thing stands is drawn evenly among the whole pixels for which it stays inside its half all the time. A large
thing that moves to the side has one column to start from, and many rows; the others have more.

But: nothing else moves, and things do not meet.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.clips.truth import MOVES, PLACES, Actor, Story
from fmcourse.scenes.images import SIZE, background, mask
from fmcourse.scenes.scene import COLOURS, SIZES

FRAMES, HALF = 8, SIZE // 2  # frames in a clip; pixels across a half
LEVELS = (3.0, 3.5, 4.0, 4.5)  # half-widths on the way from small to large, in pixels
REACH = (4, 4, 5, 5)  # whole pixels that a thing of each level may need on every side
STEP = 2  # pixels a frame
PATCH = (2, 8, 8)  # frames, rows and columns of a patch
PATCHES = 64
_WIDTH = 3 * PATCH[0] * PATCH[1] * PATCH[2]
_STEPS = np.arange(4)


class Track(NamedTuple):
    """Where a thing is in each frame, seen from where it is between its events: arrays of 8 (or of 4, one event)."""

    dx: np.ndarray  # pixels to the right
    dy: np.ndarray  # pixels down
    level: np.ndarray  # of LEVELS
    turned: np.ndarray  # thirds of the way to the new colour


@cache
def half_track(kind: str, level: int, first: bool) -> Track:
    """One event's four frames, given the level between the events; ValueError for a level that this event cannot have.

    >>> half_track("moves left", 0, first=True).dx.tolist(), half_track("moves left", 0, first=False).dx.tolist()
    ([6, 4, 2, 0], [0, -2, -4, -6])
    """
    along = _STEPS - 3 if first else _STEPS  # steps done, counted from between the events
    dx, dy = MOVES.get(kind, (0, 0))
    change = {"grows": 1, "shrinks": -1}.get(kind, 0)
    levels = level + change * along
    if levels.min() < 0 or levels.max() > 3:
        raise ValueError(f"what is of level {level} between its events cannot do '{kind}' there.")
    return Track(STEP * dx * along, STEP * dy * along, levels, _STEPS * (kind == "turns"))


def middle_level(size: str, first_kind: str) -> int:
    """The level of a thing after its first event: 0 for small, 3 for large."""
    return 3 if first_kind == "grows" or (size == "large" and first_kind != "shrinks") else 0


def track(kinds: tuple[str, str], level: int) -> Track:
    """All eight frames of a thing, given the level between its events."""
    first, second = half_track(kinds[0], level, True), half_track(kinds[1], level, False)
    second = second._replace(turned=second.turned + first.turned[-1])  # once turned, it stays so
    return Track(*(np.concatenate(both) for both in zip(first, second, strict=True)))


def freedom(way: Track) -> tuple[int, int, int, int]:
    """Where it may stand between its events, in pixels of its half: lowest and highest x, lowest and highest y."""
    reach = np.array(REACH)[way.level]
    x, y = (reach - way.dx, HALF - reach - way.dx), (reach - way.dy, SIZE - reach - way.dy)
    return int(x[0].max()), int(x[1].min()), int(y[0].max()), int(y[1].min())


@cache
def cover(shape: str, level: int, dx: float = 0.0, dy: float = 0.0, pixels: int = 10) -> np.ndarray:
    """How much of each pixel a shape of that level covers in a square around its centre: (pixels, pixels) in [0, 1]."""
    scale = LEVELS[level] / SIZES["small"]  # `mask` draws a small shape; it is asked for a finer or coarser picture
    left, top = (-pixels / 2 - dx) / scale, (-pixels / 2 - dy) / scale
    return mask(shape, "small", left, top, (pixels, pixels), scale)


def colours_of(actor: Actor) -> np.ndarray:
    """Its colour in each frame: (8, 3)."""
    start, end = (np.array(COLOURS[colour or actor.colour]) for colour in (actor.colour, actor.turned))
    thirds = track(actor.kinds, middle_level(actor.size, actor.kinds[0])).turned[:, None]
    return start + thirds / 3 * (end - start)


def render(story: Story, rng: np.random.Generator, noise: float = 0.0) -> np.ndarray:
    """The clip of a story: float32 (8, 32, 32, 3) in [0, 1]; frames, rows from the top, columns, channels.

    `rng` draws where each thing stands, and the noise: Gaussian with the standard deviation `noise`, on every number;
    values are then clipped.

    >>> from fmcourse.scenes.clips import parse
    >>> clip = render(parse("a small red ring at the left moves up, then grows"), np.random.default_rng(0))
    >>> clip.shape, clip.dtype.name
    ((8, 32, 32, 3), 'float32')
    """
    clip = np.empty((FRAMES, SIZE, SIZE, 3), np.float32)
    clip[:] = background(SIZE)
    for one in story.things:
        way = track(one.kinds, middle_level(one.size, one.kinds[0]))
        x0, x1, y0, y1 = freedom(way)
        x, y = rng.integers(x0, x1 + 1) + HALF * PLACES.index(one.place), rng.integers(y0, y1 + 1)
        for frame, (dx, dy, level, colour) in enumerate(zip(*way[:3], colours_of(one), strict=True)):
            r = REACH[level]
            part = clip[frame, y + dy - r : y + dy + r, x + dx - r : x + dx + r]
            part += cover(one.shape, int(level), pixels=2 * r)[:, :, None] * (colour - part)
    if noise:
        clip += noise * rng.standard_normal(clip.shape, np.float32)
        np.clip(clip, 0, 1, out=clip)
    return clip


def to_patches(clips: np.ndarray) -> np.ndarray:
    """(n, 8, 32, 32, 3) in [0, 1] -> (n, 64, 384) float32 in [-1, 1]: 2 frames x 8 x 8 pixels, time before y before x.

    `from_patches` is its inverse, to float32's rounding (1e-7). ValueError for another shape.
    """
    clips = np.asarray(clips, np.float32)
    if clips.ndim != 5 or clips.shape[1:] != (FRAMES, SIZE, SIZE, 3):
        raise ValueError(f"clips must be (n, 8, 32, 32, 3), channels last; got {clips.shape}.")
    n = len(clips)
    cut = clips.reshape(n, 4, 2, 4, 8, 4, 8, 3).transpose(0, 1, 3, 5, 2, 4, 6, 7)
    return cut.reshape(n, PATCHES, _WIDTH) * 2 - 1


def from_patches(patches: np.ndarray) -> np.ndarray:
    """(n, 64, 384) in [-1, 1] -> (n, 8, 32, 32, 3) float32 in [0, 1]: undoes `to_patches`. Nothing is clipped.

    ValueError for another shape.
    """
    patches = np.asarray(patches, np.float32)
    if patches.ndim != 3 or patches.shape[1:] != (PATCHES, _WIDTH):
        raise ValueError(f"patches of clips must be (n, {PATCHES}, {_WIDTH}); got {patches.shape}.")
    n = len(patches)
    laid = patches.reshape(n, 4, 4, 4, 2, 8, 8, 3).transpose(0, 1, 4, 2, 5, 3, 6, 7)
    return (laid.reshape(n, FRAMES, SIZE, SIZE, 3) + 1) / 2
