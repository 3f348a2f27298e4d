"""What a picture shows: the exact reader of scenes, noise included, and a verdict whether it is a scene at all.

Each of the nine cells is compared with every shape, size, colour and small offset; under Gaussian noise the nearest
one (least squares) is the most likely. Cells never share a pixel, so the best of each together is the best of all.
Then the picture is judged: is each thing found well explained, and is there nothing else?

Scope: pictures made by `images.image` on the plain background, 32 x 32 or a multiple of it, Gaussian noise of standard
deviation up to 0.10. Within it at least 99 % are read wholly right; tests/scenes/test_reader.py measures this.

But: textured backgrounds are not read; their labels are known from how they were made.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.images import CELL, SIZE, background, centre, mask
from fmcourse.scenes.scene import COLOURS, MOST, PLACES, SHAPES, SIZES, Scene, Thing

OFFSETS = (-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0)  # in pixels, each way; wider than `wobble`, for generated pictures
MOST_NOISE = 0.16  # above this a picture is called too noisy to be a scene
MOST_UNEXPLAINED = 0.12  # of a thing's energy, by which it differs from the nearest true thing
MOST_TINT = 0.17  # distance in RGB from the named colour; half way from green to blue is 0.19
MOST_STRAY = 0.5  # energy (sum of squares) in a cell or gap without a thing
_SPREADS = 5.0  # noise may add this many standard deviations to each of the three
_CHUNK = 128


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found.

    scene       the most likely scene; None when there is no thing in it, or more than three
    legal       whether the artefact is a true scene, noise aside
    reason      why it is not legal; empty when it is
    confidence  probability of `scene` among all scenes, noise at the level found (at least 0.05)
    residual    root mean square difference from the clean scene
    noise       standard deviation of the noise, estimated from what the scene leaves unexplained
    """

    scene: Scene | None
    legal: bool
    reason: str
    confidence: float
    residual: float
    noise: float


class _Found(NamedTuple):
    """A thing in a cell, by indices into the bank, and how much better each thing explains the cell than nothing."""

    cell: int
    colour: int
    kind: int
    gain: np.ndarray  # (C colours, K kinds): |cell|^2 - |cell - thing|^2
    tint: float  # how far the colour is from the named one (distance in RGB)
    weight: float  # of the pixels that tell the colour


class _Bank:
    """Everything a cell can hold, drawn once: covers (K, P) for K kinds of shape, size and offset, P pixels a cell."""

    def __init__(self, size: int) -> None:
        scale = size // SIZE
        width = CELL * scale
        self.kinds = [(shape, s) for shape in SHAPES for s in SIZES]
        self.covers = np.stack(
            [
                mask(shape, s, -CELL / 2 - dx, -CELL / 2 - dy, (width, width), scale).ravel()
                for shape, s in self.kinds
                for dy in OFFSETS
                for dx in OFFSETS
            ]
        ).astype(np.float32)
        corners = [[(axis - CELL // 2) * scale for axis in centre(place)] for place in PLACES]
        self.cells = [np.s_[y : y + width, x : x + width] for x, y in corners]
        colours = np.array(list(COLOURS.values()))
        # What a colour adds to the background where it covers it: (9 cells, C colours, P pixels, 3 channels).
        self.adds = np.stack([colours[:, None] - background(size)[cell].reshape(1, -1, 3) for cell in self.cells])
        self.adds = self.adds.astype(np.float32)
        energy = (self.adds**2).sum(-1)  # (9, C, P)
        self.energy = energy @ (self.covers**2).T  # (9, C, K)
        self.pixels = scale**2  # energies grow with the pixels, but limits are given for 32 x 32
        self.gaps = np.ones((size, size), bool)
        for cell in self.cells:
            self.gaps[cell] = False


@lru_cache(maxsize=4)
def _bank(size: int) -> _Bank:
    return _Bank(size)


def _as_batch(images: np.ndarray) -> np.ndarray:
    batch = np.asarray(images)
    if batch.ndim != 4 or batch.shape[3] != 3 or batch.shape[1] != batch.shape[2] or batch.shape[1] % SIZE:
        raise ValueError(
            f"pictures must be (n, 32, 32, 3), or a multiple of 32; got {batch.shape}. "
            "Channels come last, and one picture goes to read_image."
        )
    batch = batch.astype(np.float32) / (255 if batch.dtype == np.uint8 else 1)
    if not np.isfinite(batch).all():
        raise ValueError("a picture holds a value that is not a number or infinite; look at what made it.")
    return batch


def read_images(images: np.ndarray) -> list[Reading]:
    """Read many pictures: (n, 32, 32, 3), floats in [0, 1] or uint8. ValueError for another shape or NaN.

    A value outside [0, 1] is clipped, as a screen would do.
    """
    batch = _as_batch(images).clip(0, 1)
    return [reading for i in range(0, len(batch), _CHUNK) for reading in _read(batch[i : i + _CHUNK])]


def read_image(image: np.ndarray) -> Reading:
    """Read one picture (32, 32, 3); see `read_images`.

    >>> from fmcourse.scenes import image, parse
    >>> read_image(image(parse("a small blue ring at the left"))).scene.things[0].shape
    'ring'
    """
    return read_images(np.asarray(image)[None])[0]


def _read(batch: np.ndarray) -> list[Reading]:
    size, n = batch.shape[1], len(batch)
    bank = _bank(size)
    rest = batch - background(size).astype(np.float32)
    found: list[list[_Found]] = [[] for _ in range(n)]
    for c, (ys, xs) in enumerate(bank.cells):
        cell = rest[:, ys, xs].reshape(n, -1, 3)
        # A thing T can only help where 2 <cell, T> > |T|^2, hence |cell| > |T| / 2: the other cells are surely empty.
        maybe = np.flatnonzero((cell**2).sum((1, 2)) > bank.energy[c].min() / 4)
        along = np.einsum("npd,cpd->ncp", cell[maybe], bank.adds[c])
        gains = along @ (2 * bank.covers.T) - bank.energy[c]  # (n, C, K)
        for i, gain in zip(maybe, gains, strict=True):
            colour, kind = divmod(int(gain.argmax()), gain.shape[1])
            if gain[colour, kind] > 0:
                thing = bank.adds[c, colour] * bank.covers[kind][:, None]
                rest[i, ys, xs] -= thing.reshape(rest[i, ys, xs].shape)
                weight = bank.covers[kind] @ bank.covers[kind]
                tint = np.linalg.norm(bank.covers[kind] @ rest[i, ys, xs].reshape(-1, 3)) / weight
                found[i].append(_Found(c, colour, kind, gain.copy(), float(tint), float(weight)))
    # Noise differs from pixel to pixel, what is drawn seldom does: the median step between neighbours measures noise.
    noise = np.median(abs(np.diff(rest, axis=2)).reshape(n, -1), axis=1) * (1.4826 / np.sqrt(2))
    residual = np.sqrt((rest**2).mean((1, 2, 3)))
    over = _excess(np.stack([rest[:, ys, xs].reshape(n, -1, 3) for ys, xs in bank.cells], axis=1), noise)
    gaps_over = _excess(rest[:, None, bank.gaps], noise)
    return [
        _judge(bank, found[i], over[i], float(gaps_over[i, 0]), float(residual[i]), float(noise[i])) for i in range(n)
    ]


def _excess(left: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Energy beyond what noise explains, for each part: (n, parts, pixels, 3) -> (n, parts)."""
    values = left.shape[2] * left.shape[3]
    return (left**2).sum((2, 3)) - noise[:, None] ** 2 * (values + _SPREADS * np.sqrt(2 * values))


def _sure(bank: _Bank, one: _Found, noise: float) -> float:
    """Probability of the shape, colour and size found in a cell, among all and nothing; offsets equally likely."""
    top = one.gain[one.colour, one.kind]
    spread = 2 * max(noise, 0.05) ** 2
    odds = np.exp((one.gain - top) / spread).reshape(len(COLOURS), len(bank.kinds), -1).mean(-1)
    return float(odds[one.colour, one.kind // len(OFFSETS) ** 2] / (odds.sum() + np.exp(-top / spread)))


def _judge(
    bank: _Bank, found: list[_Found], over: np.ndarray, gaps_over: float, residual: float, noise: float
) -> Reading:
    """One picture's Reading from what was found in its nine cells."""
    if not 1 <= len(found) <= MOST:
        reason = f"it shows {len(found)} things" if found else "it shows nothing"
        return Reading(None, False, reason, 0.0, residual, noise)
    places, colours = tuple(PLACES), tuple(COLOURS)
    things, wrong, tinted, confidence = [], [], [], 1.0
    stray = [place for c, place in enumerate(places) if over[c] > MOST_STRAY * bank.pixels]
    for one in found:
        shape, size = bank.kinds[one.kind // len(OFFSETS) ** 2]
        thing = Thing(shape, colours[one.colour], size, places[one.cell])
        things.append(thing)
        confidence *= _sure(bank, one, noise)
        if over[one.cell] > MOST_UNEXPLAINED * bank.energy[one.cell, one.colour, one.kind]:
            wrong.append(thing)
        if one.tint > MOST_TINT + _SPREADS * noise / one.weight**0.5:
            tinted.append(thing)
        if thing.place in stray:
            stray.remove(thing.place)
    if noise > MOST_NOISE:
        reason = f"its noise of {noise:.2f} hides what it shows"
    elif wrong:
        reason = f"what is at '{wrong[0].place}' is near to no thing (nearest: {wrong[0].colour} {wrong[0].shape})"
    elif tinted:
        reason = f"the colour at '{tinted[0].place}' is none of ours (nearest: {tinted[0].colour})"
    elif stray:
        reason = f"what is at '{stray[0]}' is near to no thing"
    elif gaps_over > MOST_STRAY * bank.pixels:
        reason = "there is something between the places"
    else:
        reason = ""
    return Reading(Scene(tuple(things)), not reason, reason, confidence, residual, noise)
