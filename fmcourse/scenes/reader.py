"""What a picture shows: the exact reader of scenes, noise included, and a verdict whether it is a scene at all.

Every shape, size and colour is held against every position, a pixel apart; under Gaussian noise the nearest one
(least squares) is the most likely. The best is taken away, and so on until nothing is left that a thing would explain
better than the ground does; each is fitted to a quarter of a pixel. As things never overlap, what is found one by one
is the best of all together. Then the picture is judged: is each thing found well explained, and is there
nothing else?

Scope: pictures made by `images.image` on one of the four grounds, 32 x 32 or a multiple of it, Gaussian noise of
standard deviation up to 0.10. Within it at least 99 % are read wholly right; tests/scenes/test_reader.py measures this.

But: textured backgrounds are not read; their labels are known from how they were made.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.images import SIZE, background, centre, mask
from fmcourse.scenes.scene import COLOURS, GROUNDS, MOST, PLACES, SHAPES, SIZES, Scene, Thing

MOST_NOISE = 0.16  # above this a picture is called too noisy to be a scene
MOST_UNEXPLAINED = 0.12  # of a thing's energy, by which it differs from the nearest true thing
MOST_TINT = 0.17  # distance in RGB from the named colour; half way from green to blue is 0.19
MOST_STRAY = 0.5  # energy (sum of squares) in a square of 8 x 8 pixels without a thing
_SPREADS = 5.0  # noise may add this many standard deviations to each of the three
_CHUNK = 32
_WIDE = 11  # a window this wide holds the largest thing at any part of a pixel
_EDGE = 4  # windows begin up to this far outside the picture
_KINDS = [(shape, size) for shape in SHAPES for size in SIZES]
_QUARTERS = (0.0, 0.25, 0.5, 0.75)
_RGB = np.array(list(COLOURS.values()), np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found.

    scene       the most likely scene; None when there is no thing in it, or more than four
    legal       whether the artefact is a true scene, noise aside
    reason      why it is not legal; empty when it is
    confidence  probability that shapes, colours and sizes are these, given where things stand; noise at the level found
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
    """A thing: its kind and colour (indices), its middle (right, down) in pixels of a 32 x 32 image, how sure."""

    kind: int
    colour: int
    x: float
    y: float
    sure: float


class _Bank:
    """Everything that can stand in a window, drawn once, for pictures of one size.

    covers (16, 12, P): 16 parts of a pixel by 12 kinds of shape and size, P pixels of a window, in [0, 1].
    """

    def __init__(self, size: int) -> None:
        self.size, self.scale = size, size // SIZE
        self.wide, self.edge = _WIDE * self.scale, _EDGE * self.scale
        self.parts = [(dx, dy) for dy in _QUARTERS for dx in _QUARTERS]
        half = _WIDE // 2
        self.covers = np.stack(
            [
                [mask(shape, s, -half - dx, -half - dy, (self.wide, self.wide), self.scale) for shape, s in _KINDS]
                for dx, dy in self.parts
            ]
        ).astype(np.float32)
        self.covers = self.covers.reshape(len(self.parts), len(_KINDS), -1)
        self.grounds = [background(size, ground).astype(np.float32) for ground in GROUNDS]
        # whole pixels of a 32 x 32 image at which the search looks for a middle; a window begins half a width before
        self.middles = np.arange(_WIDE // 2 - _EDGE, SIZE + _EDGE - _WIDE // 2)
        self.energies = [self._energy(ground) for ground in self.grounds]

    def windows(self, field: np.ndarray, at: tuple[slice, slice] = (slice(None),) * 2) -> np.ndarray:
        """(..., size, size) -> (..., M, M, P): what stands in the windows around the middles `at`; zeros outside."""
        padded = np.pad(field, [(0, 0)] * (field.ndim - 2) + [(self.edge, self.edge)] * 2)
        view = np.lib.stride_tricks.sliding_window_view(padded, (self.wide, self.wide), axis=(-2, -1))
        view = view[..., :: self.scale, :: self.scale, :, :][..., : len(self.middles), : len(self.middles), :, :]
        view = view[(..., *at, slice(None), slice(None))]
        return view.reshape(*view.shape[:-2], -1)

    def _energy(self, ground: np.ndarray) -> np.ndarray:
        """|thing - ground|^2 of every colour at every middle: (colours, M, M, parts, kinds)."""
        gaps = ((_RGB[:, None, None] - ground) ** 2).sum(-1)  # (C, size, size)
        squares = (self.covers**2).reshape(-1, self.covers.shape[-1]).T
        out = self.windows(gaps) @ squares
        return out.reshape(*out.shape[:-1], len(self.parts), len(_KINDS))

    def gains(
        self, rest: np.ndarray, which: int, parts: list[int], at: tuple[slice, slice] = (slice(None),) * 2
    ) -> np.ndarray:
        """How much better each thing explains each window than the ground: (..., C, M, M, parts, kinds).

        |window|^2 - |window - thing|^2 = 2 <window, thing> - |thing|^2. `rest` is (..., size, size, 3).
        """
        fields = np.concatenate([rest, (rest * self.grounds[which]).sum(-1, keepdims=True)], -1)
        seen = self.windows(np.moveaxis(fields, -1, -3), at)  # (..., 4, M, M, P)
        covers = self.covers[parts].reshape(-1, self.covers.shape[-1]).T
        along = seen @ covers
        mixed = np.einsum("cd,...dyxk->...cyxk", 2 * _RGB, along[..., :3, :, :, :])
        mixed -= 2 * along[..., 3:, :, :, :]
        energy = self.energies[which][(slice(None), *at, parts)].reshape(len(_RGB), *mixed.shape[-3:-1], -1)
        return (mixed - energy).reshape(*mixed.shape[:-1], len(parts), len(_KINDS))

    def take_away(self, rest: np.ndarray, which: int, one: _Found, back: bool = False) -> None:
        """Remove a thing from what is left of one picture (size, size, 3), in place; or put it back."""
        ys, xs, cover = self.place(one)
        rest[ys, xs] -= (-1 if back else 1) * cover[..., None] * (_RGB[one.colour] - self.grounds[which][ys, xs])

    def place(self, one: _Found) -> tuple[slice, slice, np.ndarray]:
        """Where in the picture a thing stands, and how much of each pixel there it covers."""
        size, half = self.size, _WIDE // 2
        x, y = int(np.floor(one.x)), int(np.floor(one.y))
        part = self.parts.index((one.x - x, one.y - y))
        cover = self.covers[part, one.kind].reshape(self.wide, self.wide)
        left, top = (x - half) * self.scale, (y - half) * self.scale
        ys, xs = slice(max(0, top), min(size, top + self.wide)), slice(max(0, left), min(size, left + self.wide))
        return ys, xs, cover[ys.start - top : ys.stop - top, xs.start - left : xs.stop - left]


@lru_cache(maxsize=3)
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
    step = max(1, _CHUNK // (batch.shape[1] // SIZE) ** 2)
    return [reading for i in range(0, len(batch), step) for reading in _read(batch[i : i + step])]


def read_image(image: np.ndarray) -> Reading:
    """Read one picture (32, 32, 3); see `read_images`.

    >>> from fmcourse.scenes import image, parse
    >>> read_image(image(parse("a small blue ring at the left"))).scene.things[0].shape
    'ring'
    """
    return read_images(np.asarray(image)[None])[0]


def _read(batch: np.ndarray) -> list[Reading]:
    bank = _bank(batch.shape[1])
    # A thing covers a part of the picture only, so the ground whose median pixel fits best is the one.
    misfit = [np.minimum(((batch - ground) ** 2).sum(-1), 0.05).mean((1, 2)) for ground in bank.grounds]
    grounds = np.stack(misfit).argmin(0)
    readings: list[Reading | None] = [None] * len(batch)
    for which in range(len(GROUNDS)):
        mine = np.flatnonzero(grounds == which)
        if len(mine):
            for i, reading in zip(mine, _read_on(bank, which, batch[mine]), strict=True):
                readings[i] = reading
    return [reading for reading in readings if reading is not None]


def _read_on(bank: _Bank, which: int, batch: np.ndarray) -> list[Reading]:
    """Readings of pictures on one ground."""
    rest = batch - bank.grounds[which]
    found: list[list[_Found]] = [[] for _ in batch]
    active = np.arange(len(batch))
    for _ in range(MOST + 1):  # one more than there may be, to notice that there are too many
        gains = bank.gains(rest[active], which, [0])
        best = gains.reshape(len(active), -1).argmax(1)
        again = []
        for i, gain, at in zip(active, gains, best, strict=True):
            _, row, column, _, _ = (int(k) for k in np.unravel_index(at, gain.shape))
            if gain.ravel()[at] > 0:
                one = _nearest(bank, which, rest[i], row, column, 0.05)
                bank.take_away(rest[i], which, one)
                found[i].append(one)
                again.append(i)
        active = np.array(again, int)
        if not len(active):
            break
    # Noise differs from pixel to pixel, what is drawn seldom does: the median step between neighbours measures noise.
    noise = np.median(abs(np.diff(rest, axis=2)).reshape(len(batch), -1), axis=1) * (1.4826 / np.sqrt(2))
    return [_judge(bank, which, rest[i], found[i], float(noise[i])) for i in range(len(batch))]


def _nearest(bank: _Bank, which: int, rest: np.ndarray, row: int, column: int, noise: float) -> _Found:
    """The best thing within a pixel of a middle (its row and column among `middles`), a quarter pixel apart."""
    rows, columns = (slice(max(0, k - 1), k + 2) for k in (row, column))
    gain = bank.gains(rest, which, list(range(len(bank.parts))), (rows, columns))
    colour, r, c, part, kind = (int(k) for k in np.unravel_index(gain.argmax(), gain.shape))
    top, spread = gain[colour, r, c, part, kind], 2 * max(noise, 0.05) ** 2
    odds = np.exp((gain - top) / spread).sum((1, 2, 3))  # (C, kinds), positions together
    sure = odds[colour, kind] / (odds.sum() + np.exp(min(0.0, -top / spread)))
    (dx, dy), at = bank.parts[part], (bank.middles[columns][c], bank.middles[rows][r])
    return _Found(kind, colour, float(at[0] + dx), float(at[1] + dy), float(sure))


def _excess(left: np.ndarray, values: np.ndarray | float, noise: float) -> np.ndarray:
    """Energy `left` in so many `values`, beyond what noise explains."""
    return left - noise**2 * (values + _SPREADS * np.sqrt(2 * values))


def _thing(one: _Found) -> Thing:
    """A thing found, at the place whose middle is nearest."""
    shape, size = _KINDS[one.kind]
    place = min(PLACES, key=lambda p: (centre(p)[0] - one.x) ** 2 + (centre(p)[1] - one.y) ** 2)
    return Thing(shape, list(COLOURS)[one.colour], size, place)


def _judge(bank: _Bank, which: int, rest: np.ndarray, found: list[_Found], noise: float) -> Reading:
    """One picture's Reading from what was found in it and what is left of it."""
    if not 1 <= len(found) <= MOST:
        residual = float(np.sqrt((rest**2).mean()))
        reason = f"it shows {'more than ' + str(MOST)} things" if found else "it shows nothing"
        return Reading(None, False, reason, 0.0, residual, noise)
    for k, one in enumerate(found):  # each once more, now that the others are away
        bank.take_away(rest, which, one, back=True)
        row, column = (int(np.floor(m)) - int(bank.middles[0]) for m in (one.y, one.x))
        found[k] = _nearest(bank, which, rest, row, column, noise)
        bank.take_away(rest, which, found[k])
    residual = float(np.sqrt((rest**2).mean()))
    things = [_thing(one) for one in found]
    if len({thing.place for thing in things}) < len(things):
        return Reading(None, False, "two things stand at one place", 0.0, residual, noise)
    reason = _fault(bank, which, rest, found, things, noise)
    confidence = float(np.prod([one.sure for one in found]))
    return Reading(Scene(tuple(things), GROUNDS[which]), not reason, reason, confidence, residual, noise)


def _fault(bank: _Bank, which: int, rest: np.ndarray, found: list[_Found], things: list[Thing], noise: float) -> str:
    """Why a picture is no scene; empty when it is one."""
    if noise > MOST_NOISE:
        return f"its noise of {noise:.2f} hides what it shows"
    energy, free = (rest**2).sum(-1), np.ones(rest.shape[:2], bool)
    for one, thing in zip(found, things, strict=True):
        ys, xs, cover = bank.place(one)
        whole = (cover**2 * ((_RGB[one.colour] - bank.grounds[which][ys, xs]) ** 2).sum(-1)).sum()
        near = _near(bank, one)
        free[near] = False
        if _excess(energy[near].sum(), 3.0 * energy[near].size, noise) > MOST_UNEXPLAINED * whole:
            return f"what is at '{thing.place}' is near to no thing (nearest: {thing.colour} {thing.shape})"
        weight = float((cover**2).sum())
        tint = np.linalg.norm((cover[..., None] * rest[ys, xs]).sum((0, 1))) / weight
        if tint > MOST_TINT + _SPREADS * noise / weight**0.5:
            return f"the colour at '{thing.place}' is none of ours (nearest: {thing.colour})"
    wide = 8 * bank.scale
    left = np.lib.stride_tricks.sliding_window_view(np.where(free, energy, 0.0), (wide, wide))
    count = np.lib.stride_tricks.sliding_window_view(free, (wide, wide))
    step = 2 * bank.scale
    over = _excess(left[::step, ::step].sum((2, 3)), 3.0 * count[::step, ::step].sum((2, 3)), noise)
    return "there is something beside its things" if over.max() > MOST_STRAY * bank.scale**2 else ""


def _near(bank: _Bank, one: _Found) -> tuple[slice, slice]:
    """The pixels up to one beyond a thing's edge."""
    half = SIZES[_KINDS[one.kind][1]] + 1
    lo = [max(0, int(np.floor((m - half) * bank.scale))) for m in (one.y, one.x)]
    hi = [int(np.ceil((m + half) * bank.scale)) for m in (one.y, one.x)]
    return slice(lo[0], hi[0]), slice(lo[1], hi[1])
