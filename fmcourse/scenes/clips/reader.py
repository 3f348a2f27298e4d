"""What a clip shows: the exact reader of stories, noise included, and a verdict whether it is a story at all.

Each half is compared with every thing, doing every two events in order, at every place (`fitting`); under Gaussian
noise the nearest story (least squares) is the most likely. Then the clip is judged: is each thing found well explained
in every frame, has it its colour, and is there nothing else?

Scope: clips made by `drawing.render`, noise of standard deviation up to 0.10, slight blur and places between whole
pixels besides. tests/scenes/test_clips.py measures it.

But: a thing that does what no event is (moves aslant, stays all the time, crosses to the other half) is no thing of
ours, and is called so.
"""

from dataclasses import dataclass

import numpy as np

from fmcourse.scenes.clips.drawing import FRAMES, HALF, SIZE
from fmcourse.scenes.clips.fitting import Fit, Left, refine, search
from fmcourse.scenes.clips.truth import PLACES, Actor, Story
from fmcourse.scenes.images import background
from fmcourse.scenes.scene import COLOURS, SHAPES

MOST_NOISE = 0.16  # above this a clip is called too noisy to be a story
MOST_UNEXPLAINED = 0.12  # of a thing's energy, by which it differs from the nearest true thing over all frames
MOST_IN_FRAME = 0.3  # the same in one frame
SPARE, SPARE_IN_FRAME = 1.0, 0.5  # energy (sum of squares) by which a thing may differ besides; the least thing has 20
MOST_FADED = 0.3  # by which a thing's strength is off from 1, in any frame
MOST_TINT = 0.17  # distance in RGB from the colour it should have, in any frame; half way from green to blue is 0.19
MOST_STRAY = 14.0  # energy in a half where no thing is
MOST_STRAY_IN_FRAME = 4.0
_SPREADS = 5.0  # noise may add this many standard deviations to each of them
_CHUNK = 8
_COLOURS = tuple(COLOURS)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found.

    scene       the most likely story; None when there is no thing in it
    legal       whether the clip is a true story, noise aside
    reason      why it is not legal; empty when it is
    confidence  probability of `scene` among all stories (each at its best place and colour to turn), noise at the
                level found (at least 0.05)
    residual    root mean square difference from the clean story
    noise       standard deviation of the noise, estimated from what the story leaves unexplained
    """

    scene: Story | None
    legal: bool
    reason: str
    confidence: float
    residual: float
    noise: float


def order_of(reading: Reading) -> tuple[tuple[str, str], ...]:
    """The kinds of both events in order, for each thing from left to right; empty when nothing was read.

    >>> from fmcourse.scenes.clips import parse, render
    >>> clip = render(parse("a small red ring at the left moves up, then turns blue"), np.random.default_rng(0))
    >>> order_of(read_one(clip))
    (('moves up', 'turns'),)
    """
    return tuple(thing.kinds for thing in reading.scene.things) if reading.scene else ()


def _as_batch(clips: np.ndarray) -> np.ndarray:
    batch = np.asarray(clips)
    if batch.ndim != 5 or batch.shape[1:] != (FRAMES, SIZE, SIZE, 3):
        raise ValueError(
            f"clips must be (n, 8, 32, 32, 3); got {batch.shape}. Channels come last, one clip goes to read_one, and "
            "patches go through from_patches first."
        )
    batch = batch.astype(np.float32) / (255 if batch.dtype == np.uint8 else 1)
    if not np.isfinite(batch).all():
        raise ValueError("a clip holds a value that is not a number or infinite; look at what made it.")
    return batch


def read_many(clips: np.ndarray) -> list[Reading]:
    """Read many clips: (n, 8, 32, 32, 3), floats in [0, 1] or uint8. ValueError for another shape or NaN.

    A value outside [0, 1] is clipped, as a screen would do.
    """
    batch = _as_batch(clips).clip(0, 1)
    return [reading for i in range(0, len(batch), _CHUNK) for reading in _read(batch[i : i + _CHUNK])]


def read_one(clip: np.ndarray) -> Reading:
    """Read one clip (8, 32, 32, 3); see `read_many`.

    >>> from fmcourse.scenes.clips import caption, parse, render
    >>> clip = render(parse("a small red ring at the left moves up, then grows"), np.random.default_rng(0))
    >>> caption(read_one(clip).scene)
    'a small red ring at the left moves up, then grows'
    """
    return read_many(np.asarray(clip)[None])[0]


def _noise_in(rest: np.ndarray) -> np.ndarray:
    """Noise differs from pixel to pixel, what is drawn seldom does: the median step between neighbours measures it."""
    return np.median(abs(np.diff(rest, axis=3)).reshape(len(rest), -1), axis=1) * (1.4826 / np.sqrt(2))


def _read(batch: np.ndarray) -> list[Reading]:
    n = len(batch)
    parts = (batch - background(SIZE).astype(np.float32)).reshape(n, FRAMES, SIZE, 2, HALF, 3)
    halves = np.ascontiguousarray(parts.transpose(0, 3, 1, 2, 4, 5)).reshape(2 * n, FRAMES, SIZE, HALF, 3)
    fits = search(halves, _noise_in(halves).clip(0.05))
    left = [_nearest(half, several) for half, several in zip(halves, fits, strict=True)]
    rest = np.stack([half if one is None else one.rest for half, one in zip(halves, left, strict=True)])
    noise = _noise_in(rest.reshape(n, -1, SIZE, HALF, 3))
    return [_judge(rest[i : i + 2], left[i : i + 2], float(noise[i // 2])) for i in range(0, 2 * n, 2)]


def _nearest(half: np.ndarray, several: list[Fit]) -> Left | None:
    """The thing in a half, once each is moved and blurred a little to where it fits best; None if there is none."""
    return max((refine(half, fit) for fit in several if fit.gain > 0), key=lambda left: left.gain, default=None)


def _actor(fit: Fit, place: str) -> Actor:
    turns = fit.kinds.index("turns") if "turns" in fit.kinds else None
    start, end = (fit.partner, fit.colour) if turns == 0 else (fit.colour, fit.partner)
    first, second = (f"turns {_COLOURS[end]}" if kind == "turns" else kind for kind in fit.kinds)
    size = {"grows": "small", "shrinks": "large"}.get(fit.kinds[0], "large" if fit.middle else "small")
    return Actor(SHAPES[fit.shape], _COLOURS[start], size, place, (first, second))


def _excess(rest: np.ndarray, noise: float, where: np.ndarray) -> tuple[float, np.ndarray]:
    """Energy beyond what noise explains, of (8, 32, 16, 3) under a mask: over all frames, and in each of them."""
    values = 3 * where.sum((1, 2))
    frames = ((rest**2).sum(-1) * where).sum((1, 2))
    total = frames.sum() - noise**2 * (values.sum() + _SPREADS * np.sqrt(2 * values.sum()))
    return float(total), frames - noise**2 * (values + _SPREADS * np.sqrt(2 * values))


def _fault(left: Left, noise: float) -> str:
    """What is wrong with a thing that was found; empty if nothing is."""
    total, frames = _excess(left.rest, noise, left.inside)
    doubt = _SPREADS * noise / np.sqrt(left.weight)
    size = np.linalg.norm(left.change, axis=1)
    along = (left.off * left.change).sum(1) / size  # its colour is off towards the background, ...
    across = np.linalg.norm(left.off - along[:, None] * left.change / size[:, None], axis=1)  # ... or into another
    strength = 1 + along / size
    if (
        total > SPARE + MOST_UNEXPLAINED * left.energy.sum()
        or (frames > SPARE_IN_FRAME + MOST_IN_FRAME * left.energy).any()
    ):
        return "is near to no thing and no two events"
    if (abs(strength - 1) > MOST_FADED + doubt / size).any():
        return "is too faint or too strong"
    if (across / strength.clip(0.1) > MOST_TINT + doubt).any():
        return "has a colour that is none of ours, or not when it should"
    return ""


def _judge(rest: np.ndarray, left: list[Left | None], noise: float) -> Reading:
    """One clip's Reading from what was found in its two halves and what is left over there."""
    things, reason, confidence = [], "", 1.0
    for place, half, one in zip(PLACES, rest, left, strict=True):
        if one is not None:
            things.append(_actor(one.fit, place))
            confidence *= one.fit.sure
            fault = _fault(one, noise)
            if fault:
                reason = reason or f"what is at the {place} {fault} (nearest: {things[-1].colour} {things[-1].shape})"
        outside = np.ones(half.shape[:3], bool) if one is None else ~one.inside
        total, frames = _excess(half, noise, outside)
        if total > MOST_STRAY or (frames > MOST_STRAY_IN_FRAME).any():
            reason = reason or f"there is something {'else ' if one is not None else ''}at the {place}"
    if noise > MOST_NOISE:
        reason = f"its noise of {noise:.2f} hides what it shows"
    residual = float(np.sqrt((rest**2).mean()))
    if not things:
        return Reading(None, False, reason or "it shows nothing", 0.0, residual, noise)
    return Reading(Story(tuple(things)), not reason, reason, confidence, residual, noise)
