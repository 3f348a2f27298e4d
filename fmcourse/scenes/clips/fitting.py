"""The search behind the reader of clips: of all stories, at all places, the one with the least squared difference.

A half of a clip shows at most one thing, so halves are searched alone. A thing is known by its state between its two
events (shape, size, colour, x, y) and by the kind of each event; the first decides frames 0 to 3, the second frames 4
to 7. So frames are summed up event by event and state by state, and each pair of events costs one addition a state:
all stories are compared, though few sums are made.

Names in shapes: H halves (of clips), C colours, L levels, S shapes, Y and X places (from 4 pixels off the edge).

But: places are whole pixels here, and edges sharp. `refine` then moves the best thing, and those of other looks that
come near, by fractions of a pixel and blurs them a little: so a soft clip, as networks make them, is not mistaken.
"""

from functools import cache, reduce
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fmcourse.scenes.clips.drawing import FRAMES, HALF, LEVELS, REACH, SIZE, cover, freedom, half_track, track
from fmcourse.scenes.clips.truth import KINDS
from fmcourse.scenes.images import background
from fmcourse.scenes.scene import COLOURS, SHAPES

EDGE, BOX = min(REACH), 10  # the nearest a centre comes to the edge; width of the square that any thing fits into
RGB = np.array(list(COLOURS.values()))
MIDDLES = (0, 3)  # levels between the events
_PAD = BOX // 2 - EDGE
_ROWS, _COLUMNS = SIZE - 2 * EDGE + 1, HALF - 2 * EDGE + 1
FRACTIONS = (-0.5, -0.25, 0.0, 0.25, 0.5)  # of a pixel, tried by `refine` each way
BLURS = (0.0, 0.125, 0.25)  # share that a pixel gives to each neighbour, tried by `refine` each way
MOST_BEHIND, MOST_TRIED = 0.85, 6  # of the best gain, what another look must reach to be refined; how many may
_WIDE = BOX + 2


class Fit(NamedTuple):
    """A thing in one half, at its best place."""

    kinds: tuple[str, str]
    shape: int
    colour: int  # between the events
    partner: int  # the colour it turns from, or to; `colour` if it does not turn
    middle: int  # level between the events
    x: int  # place between the events, in pixels of the half
    y: int
    gain: float  # |half|^2 - |half - thing|^2
    sure: float  # probability among all kinds of events, shapes, colours and sizes, and nothing, at the given noise


def events_at(middle: int, first: bool) -> list[str]:
    """Which kinds of events can end (or begin) at that level."""
    never = "grows" if (middle == 0) == first else "shrinks"
    return [kind for kind in KINDS if kind != never]


PAIRS = [
    (a, b, middle) for middle in MIDDLES for a in events_at(middle, True) for b in events_at(middle, False) if a != b
]


@cache
def _covers() -> np.ndarray:
    return np.array([[cover(shape, level) for shape in SHAPES] for level in range(len(LEVELS))])  # (L, S, 10, 10)


@cache
def _strips() -> np.ndarray:
    """What turns a strip of 10 rows into overlaps: (10 * padded width, L * S * X)."""
    strips = np.zeros((BOX, HALF + 2 * _PAD, len(LEVELS), len(SHAPES), _COLUMNS))
    for x in range(_COLUMNS):
        strips[:, x : x + BOX, :, :, x] = _covers().transpose(2, 3, 0, 1)
    return strips.reshape(BOX * (HALF + 2 * _PAD), -1).astype(np.float32)


def _energy(colours: np.ndarray) -> np.ndarray:
    """What things of these colours change in the background, squared and summed: (n, 3) -> (n, L, S, Y)."""
    rows = np.pad(background(SIZE)[:, 0], ((_PAD, _PAD), (0, 0)))
    change = ((colours[:, None] - rows) ** 2).sum(-1)  # (n, padded rows)
    windows = sliding_window_view(change, BOX, axis=1)  # (n, Y, 10)
    return np.einsum("lsr,nyr->nlsy", (_covers() ** 2).sum(-1), windows).astype(np.float32)


@cache
def _pure() -> np.ndarray:
    return _energy(RGB)  # (C, L, S, Y)


@cache
def _turning() -> np.ndarray:
    """Energy of a turn, all four frames, from one colour to another: (C from, C to, L, S, Y)."""
    mixed = [RGB[:, None] + third / 3 * (RGB - RGB[:, None]) for third in range(4)]
    energy = reduce(np.add, [_energy(m.reshape(-1, 3)) for m in mixed])
    return energy.reshape(len(RGB), len(RGB), *energy.shape[1:])


def _overlaps(halves: np.ndarray) -> np.ndarray:
    """Sums under each cover at each place: (H, 8, 32, 16, 3), less the background -> (H, 8, 4, Y, L, S, X).

    The four are red, green, blue, and the three weighted by the background and added.
    """
    four = np.concatenate([halves, (halves * background(SIZE)[:, :HALF]).sum(-1, keepdims=True)], -1, dtype=np.float32)
    four = np.pad(four.transpose(0, 1, 4, 2, 3), ((0, 0),) * 3 + ((_PAD, _PAD),) * 2)
    strips = sliding_window_view(four, BOX, axis=3).transpose(0, 1, 2, 3, 5, 4)  # (H, 8, 4, Y, 10, padded width)
    sums = strips.reshape(-1, _strips().shape[0]) @ _strips()
    return sums.reshape(len(halves), FRAMES, 4, _ROWS, len(LEVELS), len(SHAPES), _COLUMNS)


def _event(overlaps: np.ndarray, kind: str, middle: int, first: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """How much better one event's frames are explained, for each state between the events: (H, C, S, Y, X).

    For a turn also the best colour at its other end; else None. Minus infinity where the thing would leave its half.
    """
    way, offset = half_track(kind, middle, first), 0 if first else 4
    x0, x1, y0, y1 = (edge - EDGE for edge in freedom(way))
    sums = [
        overlaps[:, f + offset, :, y0 + dy : y1 + dy + 1, level, :, x0 + dx : x1 + dx + 1]
        for f, (dx, dy, level) in enumerate(zip(*way[:3], strict=True))
    ]
    n, _, rows, shapes, columns = sums[0].shape
    colour = np.concatenate([2 * RGB, np.full((len(RGB), 1), -2)], 1).astype(np.float32)
    partner = None
    if kind == "turns":
        near = (way.turned / 3).astype(np.float32)[:, None, None, None, None, None]
        near = near if first else 1 - near  # share of the colour between the events
        here, there = (reduce(np.add, [w * s for w, s in zip(share, sums, strict=True)]) for share in (near, 1 - near))
        other = (2 * RGB.astype(np.float32)) @ there[:, :3].reshape(n, 3, -1)
        other = other.reshape(n, -1, rows, shapes, columns)
        here[:, 3] += there[:, 3]
        energy = _turning() if first else _turning().swapaxes(0, 1)  # (C other, C here, L, S, Y)
        energy = energy[:, :, middle, :, y0 : y1 + 1].transpose(0, 1, 3, 2)[..., None]
        best = np.full((n, len(RGB), rows, shapes, columns), -np.inf, np.float32)
        partner = np.zeros(best.shape, np.int8)
        for c in range(len(RGB)):
            for o in range(len(RGB)):
                if o != c:
                    value = other[:, o] - energy[o, c]
                    better = value > best[:, c]
                    np.copyto(best[:, c], value, where=better)
                    np.copyto(partner[:, c], o, where=better)
        score = (colour @ here.reshape(n, 4, -1)).reshape(best.shape) + best
        partner = partner.transpose(0, 1, 3, 2, 4)
    else:
        change = [_pure()[:, level, :, y0 + dy : y1 + dy + 1] for dy, level in zip(way.dy, way.level, strict=True)]
        score = (colour @ reduce(np.add, sums).reshape(n, 4, -1)).reshape(n, len(RGB), rows, shapes, columns)
        score -= reduce(np.add, change).transpose(0, 2, 1)[..., None]
    whole = np.full((n, len(RGB), shapes, _ROWS, _COLUMNS), -np.inf, np.float32)
    whole[:, :, :, y0 : y1 + 1, x0 : x1 + 1] = score.transpose(0, 1, 3, 2, 4)
    return whole, partner


def search(halves: np.ndarray, noise: np.ndarray) -> list[list[Fit]]:
    """The best thing in each half, and the best of other shapes and colours that come near: best first.

    `halves` is (H, 8, 32, 16, 3), less the background; `noise` (H,) is for `Fit.sure` alone.
    """
    overlaps = _overlaps(halves)
    firsts = {(k, m): _event(overlaps, k, m, True) for m in MIDDLES for k in events_at(m, True)}
    seconds = {(k, m): _event(overlaps, k, m, False) for m in MIDDLES for k in events_at(m, False)}
    table = np.empty((len(halves), len(SHAPES), len(PAIRS), len(RGB)), np.float32)
    for i, (a, b, middle) in enumerate(PAIRS):
        x0, x1, y0, y1 = (edge - EDGE for edge in freedom(track((a, b), middle)))
        part = np.s_[:, :, :, y0 : y1 + 1, x0 : x1 + 1]
        table[:, :, i] = (firsts[a, middle][0][part] + seconds[b, middle][0][part]).max((3, 4)).swapaxes(1, 2)
    fits = []
    for h, gains in enumerate(table):
        top, spread = float(gains.max()), 2 * noise[h] ** 2
        odds = np.exp((gains - top) / spread).sum() + np.exp(min(-top / spread, 0))
        several = []
        looks = gains.max(1)  # (S, C)
        for shape, colour in zip(*np.unravel_index(looks.ravel().argsort()[::-1], looks.shape), strict=True):
            best = float(looks[shape, colour])
            if several and (best <= MOST_BEHIND * top or len(several) == MOST_TRIED):
                break
            a, b, middle = PAIRS[gains[shape, :, colour].argmax()]
            (one, partner), (two, other) = firsts[a, middle], seconds[b, middle]
            state = one[h, colour, shape] + two[h, colour, shape]
            y, x = np.unravel_index(state.argmax(), state.shape)
            to, edge = int(colour), REACH[middle] - EDGE  # the table of a turn begins there
            turned = other if partner is None else partner
            if turned is not None:
                to = int(turned[h, colour, shape, y - edge, x - edge])
            sure = float(np.exp((best - top) / spread) / odds)
            several.append(Fit((a, b), int(shape), int(colour), to, middle, int(x) + EDGE, int(y) + EDGE, best, sure))
        fits.append(several)
    return fits


def colours_in(fit: Fit) -> np.ndarray:
    """The colour of the best thing in each frame: (8, 3)."""
    thirds = track(fit.kinds, fit.middle).turned[:, None] / 3
    ends = (fit.partner, fit.colour) if fit.kinds[0] == "turns" else (fit.colour, fit.partner)
    return RGB[ends[0]] + thirds * (RGB[ends[1]] - RGB[ends[0]])


@cache
def _variants(shape: int, levels: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Covers in each frame, moved by fractions of a pixel and blurred: (8, 3 blurs * 25, 12 * 12); and their squares.

    The sharp ones come first.
    """
    square = range(_WIDE)
    blurs = [np.array([[_near(i - j, blur) for j in square] for i in square]) for blur in BLURS]
    made = []
    for level in levels:
        moved = [cover(SHAPES[shape], level, dx, dy, _WIDE) for dy in FRACTIONS for dx in FRACTIONS]
        made.append([(blur @ m @ blur.T).ravel() for blur in blurs for m in moved])
    covers = np.array(made, np.float32)
    return covers, covers**2


def _near(apart: int, blur: float) -> float:
    """A small blur: what a pixel keeps, and what it gives to each neighbour."""
    return {0: 1 - 2 * blur, 1: blur}.get(abs(apart), 0.0)


class Left(NamedTuple):
    """What remains of one half once a thing is taken away."""

    fit: Fit
    gain: float  # |half|^2 - |half - thing|^2, the thing moved by fractions of a pixel and blurred as it fits best
    rest: np.ndarray  # (8, 32, 16, 3), the thing taken away sharp
    inside: np.ndarray  # (8, 32, 16) the squares around the thing
    energy: np.ndarray  # (8,) of the thing
    weight: np.ndarray  # (8,) of the pixels that tell its colour
    off: np.ndarray  # (8, 3) how far its colour is from what it should be
    change: np.ndarray  # (8, 3) what it should change in the background


def refine(half: np.ndarray, fit: Fit) -> Left:
    """Move a thing by fractions of a pixel to where it fits best, the same in all frames, and take it away.

    `half` is (8, 32, 16, 3), less the background.
    """
    way, edge = track(fit.kinds, fit.middle), ((_WIDE // 2,) * 2,) * 2
    frames = np.arange(FRAMES)[:, None, None]
    rows = (fit.y + way.dy)[:, None, None] + np.arange(_WIDE)[:, None]
    columns = (fit.x + way.dx)[:, None, None] + np.arange(_WIDE)
    empty, real = _surroundings()
    change = (colours_in(fit)[:, None, None] - empty[rows, columns]) * real[rows, columns]
    change = change.astype(np.float32)  # (8, 12, 12, 3)
    rest = np.pad(half, ((0, 0), *edge, (0, 0)))
    along = (rest[frames, rows, columns] * change).sum(-1).reshape(FRAMES, -1, 1)
    covers, squares = _variants(fit.shape, tuple(way.level.tolist()))
    square = (change**2).sum(-1).reshape(FRAMES, -1, 1)
    gains = (covers @ (2 * along) - squares @ square).sum((0, 2))
    sharp = covers[:, int(gains.argmax()) % len(FRACTIONS) ** 2]  # (8, 144)
    rest[frames, rows, columns] -= sharp.reshape(*change.shape[:3], 1) * change
    inside = np.zeros(rest.shape[:3], bool)
    inside[frames, rows, columns] = True
    weight = (sharp**2).sum(1)
    around = rest[frames, rows, columns].reshape(FRAMES, -1, 3)
    off = (sharp[:, None] @ around)[:, 0] / weight[:, None]
    mean = ((sharp**2)[:, None] @ change.reshape(FRAMES, -1, 3))[:, 0] / weight[:, None]
    crop = np.s_[:, edge[0][0] : -edge[0][0], edge[1][0] : -edge[1][0]]
    energy = ((sharp**2)[:, None] @ square)[:, 0, 0]
    return Left(fit, float(gains.max()), rest[crop], inside[crop], energy, weight, off, mean)


@cache
def _surroundings() -> tuple[np.ndarray, np.ndarray]:
    """The empty half with a margin around it, and which of its pixels are real: (..., 3) and (..., 1)."""
    edge = ((_WIDE // 2,) * 2, (_WIDE // 2,) * 2, (0, 0))
    return np.pad(background(SIZE)[:, :HALF], edge, mode="edge"), np.pad(np.ones((SIZE, HALF, 1)), edge)
