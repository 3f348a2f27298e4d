"""What a voxel grid shows: the exact reader of spaces, noise included, and a verdict whether it is a space at all.

Each of the eight octants is compared with every shape, size, colour and small offset; under Gaussian noise the nearest
one (least squares) is the most likely. Octants never share a voxel, so the best of each together is the best of all.
Then the grid is judged: is each solid found well explained, and is there nothing else?

Scope: grids made by `drawing.render`, noise of standard deviation up to 0.10, slight blur and offsets of up to 0.75
voxels besides. tests/scenes/test_voxels.py measures it.

But: a solid that is turned or crosses from one octant into the next is no solid of ours, and is called so.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.scene import COLOURS
from fmcourse.scenes.voxels.drawing import ADDS, CHANNELS, EMPTY, OCTANT, SIZE, cover
from fmcourse.scenes.voxels.truth import MOST, PLACES, SHAPES, SIZES, Solid, Space

OFFSETS = (
    -0.75,
    -0.5,
    -0.25,
    0.0,
    0.25,
    0.5,
    0.75,
)  # in voxels, each way; wider than what is drawn, for generated grids
MOST_NOISE = 0.16  # above this a grid is called too noisy to be a space
MOST_UNEXPLAINED = 0.12  # of a solid's energy, by which it differs from the nearest true solid, ...
SPARE = 1.5  # ... and so much more (sum of squares): the least solid has 20
MOST_FADED = 0.3  # by which a solid's occupancy is off from 1
MOST_TINT = 0.17  # distance in RGB from the named colour; half way from green to blue is 0.19
MOST_STRAY = 6.0  # energy in an octant without a solid
MOST_GHOST = 0.35  # occupancy of the nearest solid in an octant where nothing is nearer
_SPREADS = 5.0  # noise may add this many standard deviations to the energies and the tint
_CHUNK = 32
_ROUGH = slice(1, None, 2)  # of OFFSETS: -0.5, 0, 0.5
_KINDS = [(shape, size) for shape in SHAPES for size in SIZES]
_COLOURS, _PLACES = tuple(COLOURS), tuple(PLACES)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found.

    scene       the most likely space; None when there is no solid in it, or more than two
    legal       whether the grid is a true space, noise aside
    reason      why it is not legal; empty when it is
    confidence  probability of `scene` among all spaces, noise at the level found (at least 0.05)
    residual    root mean square difference from the clean space
    noise       standard deviation of the noise, estimated from what the space leaves unexplained
    """

    scene: Space | None
    legal: bool
    reason: str
    confidence: float
    residual: float
    noise: float


class _Found(NamedTuple):
    """A solid in an octant, by indices into the bank."""

    octant: int
    colour: int
    kind: int  # of shape, size and offset together
    gains: np.ndarray  # (C, K): how much better each solid explains the octant than nothing does
    level: float  # occupancy where it stands; 1 in a true one
    tint: float  # how far the colour is from the named one (distance in RGB)
    weight: float  # of the voxels that tell the colour


class _Bank(NamedTuple):
    """Everything an octant can hold, drawn once: K kinds of shape, size and offset, 512 voxels each."""

    covers: np.ndarray  # (K, 512)
    rough: np.ndarray  # (324,) the kinds whose offsets are halves
    squares: np.ndarray  # (K,) sum of each cover's squares
    energy: np.ndarray  # (C, K) the squares of what the solid adds to an empty octant, summed


@cache
def _bank() -> _Bank:
    offsets = [(dz, dy, dx) for dz in OFFSETS for dy in OFFSETS for dx in OFFSETS]
    covers = np.stack([cover(*kind, *offset).ravel() for kind in _KINDS for offset in offsets])
    squares = (covers**2).sum(1)
    numbers = np.arange(len(covers)).reshape(len(_KINDS), *[len(OFFSETS)] * 3)
    return _Bank(covers, numbers[:, _ROUGH, _ROUGH, _ROUGH].ravel(), squares, (ADDS**2).sum(1)[:, None] * squares)


def _as_batch(grids: np.ndarray) -> np.ndarray:
    batch = np.asarray(grids)
    if batch.ndim != 5 or batch.shape[1:] != (SIZE, SIZE, SIZE, CHANNELS):
        raise ValueError(
            f"grids must be (n, 16, 16, 16, 4); got {batch.shape}. Channels come last, one grid goes to read_one, and "
            "patches go through from_patches first."
        )
    batch = batch.astype(np.float32)
    if not np.isfinite(batch).all():
        raise ValueError("a grid holds a value that is not a number or infinite; look at what made it.")
    return batch


def read_many(grids: np.ndarray) -> list[Reading]:
    """Read many grids: (n, 16, 16, 16, 4), floats in [0, 1]. ValueError for another shape or NaN.

    A value outside [0, 1] is clipped.
    """
    batch = _as_batch(grids).clip(0, 1)
    return [reading for i in range(0, len(batch), _CHUNK) for reading in _read(batch[i : i + _CHUNK])]


def read_one(grid: np.ndarray) -> Reading:
    """Read one grid (16, 16, 16, 4); see `read_many`.

    >>> from fmcourse.scenes.voxels import parse, render
    >>> grid = render(parse("a small blue ring at the top back left"), np.random.default_rng(0))
    >>> read_one(grid).scene.things[0].shape
    'ring'
    """
    return read_many(np.asarray(grid)[None])[0]


def _read(batch: np.ndarray) -> list[Reading]:
    n, bank, half = len(batch), _bank(), SIZE // OCTANT
    parts = (batch - EMPTY).reshape(n, half, OCTANT, half, OCTANT, half, OCTANT, CHANNELS)
    rest = np.ascontiguousarray(parts.transpose(0, 1, 3, 5, 7, 2, 4, 6)).reshape(n, half**3, CHANNELS, OCTANT**3)
    # Where no solid at half offsets is better than nothing, none is: the octant is empty, and all others are spared.
    energy = bank.energy[:, bank.rough]
    ghost = (0.5 + 0.5 * _gains(rest, bank.covers[bank.rough], energy) / energy).max((2, 3))
    maybe = np.argwhere(ghost > 0.5)
    found: list[list[_Found]] = [[] for _ in range(n)]
    for several in np.array_split(maybe, 1 + len(maybe) // _CHUNK):
        for (i, o), gain in zip(several, _gains(rest[tuple(several.T)], bank.covers, bank.energy), strict=True):
            colour, kind = divmod(int(gain.argmax()), gain.shape[1])
            if gain[colour, kind] > 0:
                rest[i, o] -= ADDS[colour][:, None] * bank.covers[kind]
                weight = float(bank.squares[kind])
                level, *rgb = ADDS[colour] + rest[i, o] @ bank.covers[kind] / weight
                tint = np.linalg.norm(np.array(rgb) / max(level, 0.1) - ADDS[colour, 1:])
                found[i].append(_Found(int(o), colour, kind, gain.copy(), float(level), float(tint), weight))
    # Noise differs from voxel to voxel, what is drawn seldom does: the median step between neighbours measures noise.
    # Occupancy is left out, because clipping at 0 and 1 takes half of its noise away.
    steps = np.diff(rest[:, :, 1:].reshape(n, -1, OCTANT), axis=2)
    noise = np.median(abs(steps).reshape(n, -1), axis=1) * (1.4826 / np.sqrt(2))
    residual = np.sqrt((rest**2).mean((1, 2, 3)))
    values = OCTANT**3 * (CHANNELS - 0.5)
    over = (rest**2).sum((2, 3)) - noise[:, None] ** 2 * (values + _SPREADS * np.sqrt(2 * values))
    return [_judge(found[i], over[i], ghost[i], float(residual[i]), float(noise[i])) for i in range(n)]


def _gains(octants: np.ndarray, covers: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """|octant|^2 - |octant - solid|^2 for each solid: (..., 4, 512), (K, 512), (C, K) -> (..., C, K)."""
    return (2 * ADDS) @ (octants @ covers.T) - energy


def _sure(one: _Found, noise: float) -> float:
    """Probability of the shape, colour and size found in an octant, among all and nothing; offsets equally likely."""
    top = one.gains[one.colour, one.kind]
    spread = 2 * max(noise, 0.05) ** 2
    odds = np.exp((one.gains - top) / spread).reshape(len(COLOURS), len(_KINDS), -1).mean(-1)
    return float(odds[one.colour, one.kind // len(OFFSETS) ** 3] / (odds.sum() + np.exp(-top / spread)))


def _judge(found: list[_Found], over: np.ndarray, ghost: np.ndarray, residual: float, noise: float) -> Reading:
    """One grid's Reading: from what was found in its octants, what is left over there, and what almost is there."""
    if not 1 <= len(found) <= MOST:
        reason = f"it shows {len(found)} solids" if found else "it shows nothing"
        return Reading(None, False, reason, 0.0, residual, noise)
    things, wrong, tinted, confidence = [], [], [], 1.0
    full = {one.octant for one in found}
    odd = (over > MOST_STRAY) | (ghost > MOST_GHOST)
    stray = [place for o, place in enumerate(_PLACES) if o not in full and odd[o]]
    for one in found:
        shape, size = _KINDS[one.kind // len(OFFSETS) ** 3]
        thing = Solid(shape, _COLOURS[one.colour], size, _PLACES[one.octant])
        things.append(thing)
        confidence *= _sure(one, noise)
        limit = SPARE + MOST_UNEXPLAINED * _bank().energy[one.colour, one.kind]
        if over[one.octant] > limit or abs(one.level - 1) > MOST_FADED:
            wrong.append(thing)
        if one.tint > MOST_TINT + _SPREADS * noise / one.weight**0.5:
            tinted.append(thing)
    if noise > MOST_NOISE:
        reason = f"its noise of {noise:.2f} hides what it shows"
    elif wrong:
        reason = f"what is at the {wrong[0].place} is near to no solid (nearest: {wrong[0].colour} {wrong[0].shape})"
    elif tinted:
        reason = f"the colour at the {tinted[0].place} is none of ours (nearest: {tinted[0].colour})"
    elif stray:
        reason = f"what is at the {stray[0]} is near to no solid"
    else:
        reason = ""
    return Reading(Space(tuple(things)), not reason, reason, confidence, residual, noise)
