"""The pictures that four families learn from: one thing on a plain ground, and the exact distribution they come from.

    training = draw_pictures(2000, "training")           # Pictures: images, and what each shows
    exact("colour")["red"], exact("joint")[("star", "blue", "small", "top")]

A picture is a window of 16 x 16 pixels around the middle of a scene. It shows one of 30 combinations of shape and
colour (six are withheld) in one of 2 sizes, each evenly, at one of the positions, half a pixel apart, at which the
thing lies in the window, each evenly. So there are finitely many pictures (15,420), and the probability of each is
known. To count what occurs, positions are put into nine places, which gives 540 cells.

But: no caption, no second thing, no texture and no noise: what is easy here says little about photographs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import log

import numpy as np
import torch
from torch import Tensor

from fmcourse.scenes.images import REACH, background, mask
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, PLACES, SHAPES, SIZES, did_you_mean

SIDE, EDGE = 16, 8  # pixels of the window each way, and where it begins in a picture of 32 x 32
MIDDLE = 1.0  # a thing at most this far from the middle stands neither left nor right, neither above nor below

Shift = tuple[float, float]  # how far (right, down) a thing stands from the middle, in pixels
Shown = tuple[str, str, str, Shift]  # shape, colour, size and shift: what tells a picture from all others
Cell = tuple[str, str, str, str]  # shape, colour, size, place


@dataclass(frozen=True)
class Pictures:
    """`images` (n, 16, 16, 3), float32 in [0, 1], and what each shows."""

    images: np.ndarray
    shown: tuple[Shown, ...]

    def __len__(self) -> int:
        return len(self.images)


def draw_pictures(n: int, seed: int | str = 0) -> Pictures:
    """`n` fresh pictures; the same seed gives the same ones. Raises ValueError for fewer than one.

    >>> draw_pictures(3).images.shape
    (3, 16, 16, 3)
    """
    if n < 1:
        raise ValueError(f"n={n} pictures cannot be drawn; ask for at least one.")
    rng = np.random.default_rng([ord(c) for c in f"pictures {seed}"])
    shown: list[Shown] = []
    for _ in range(n):
        shape, colour = COMBINATIONS[rng.integers(len(COMBINATIONS))]
        size = list(SIZES)[rng.integers(len(SIZES))]
        shown.append((shape, colour, size, positions(size)[rng.integers(len(positions(size)))]))
    return Pictures(np.stack([picture_of(one) for one in shown]).astype(np.float32), tuple(shown))


COMBINATIONS = tuple(c for c in product(SHAPES, COLOURS) if c not in WITHHELD)


@cache
def positions(size: str) -> tuple[Shift, ...]:
    """Where a thing of this size may stand, all equally likely: half a pixel apart, within the window and REACH.

    >>> len(positions("small")), len(positions("large"))
    (289, 225)
    """
    most = min(SIDE / 2 - SIZES[size], REACH)
    steps = np.arange(-most, most + 0.5, 0.5)
    return tuple((float(x), float(y)) for y in steps for x in steps)


def picture_of(shown: Shown) -> np.ndarray:
    """The picture (16, 16, 3) that shows this: a window of what `scenes.image` draws."""
    shape, colour, size, (x, y) = shown
    cover = mask(shape, size, -SIDE / 2 - x, -SIDE / 2 - y, (SIDE, SIDE), 1.0)[:, :, None]
    return (1 - cover) * background()[EDGE : EDGE + SIDE, EDGE : EDGE + SIDE] + cover * np.array(COLOURS[colour])


def cell(shown: Shown) -> Cell:
    """Shape, colour, size and place of what is shown.

    >>> cell(("star", "blue", "small", (-3.0, 0.5)))
    ('star', 'blue', 'small', 'left')
    """
    shape, colour, size, shift = shown
    column, row = ((d >= -MIDDLE) + (d > MIDDLE) for d in shift)
    return shape, colour, size, {where: place for place, where in PLACES.items()}[column, row]


# What is looked at of a cell.
ATTRIBUTES: Mapping[str, Callable[[Cell], object]] = {
    "shape": lambda c: c[0],
    "colour": lambda c: c[1],
    "size": lambda c: c[2],
    "place": lambda c: c[3],
    "shape and colour": lambda c: c[:2],
    "joint": lambda c: c,
}


@cache
def exact(attribute: str) -> dict:
    """The exact probability of each value of one of ATTRIBUTES; 0 for what holds a withheld combination.

    Raises ValueError for another attribute.

    >>> exact("size")
    {'small': 0.5, 'large': 0.5}
    """
    if attribute not in ATTRIBUTES:
        raise ValueError(f"'{attribute}' is no attribute; {did_you_mean(attribute, list(ATTRIBUTES))}")
    found: dict = {}
    for size in SIZES:
        for place in (cell((SHAPES[0], "red", size, shift))[3] for shift in positions(size)):
            for combination in product(SHAPES, COLOURS):
                value = ATTRIBUTES[attribute]((*combination, size, place))
                p = (combination in COMBINATIONS) / len(COMBINATIONS) / len(SIZES) / len(positions(size))
                found[value] = found.get(value, 0.0) + p
    return {value: round(p, 12) for value, p in found.items()}


def probability(shown: Shown) -> float:
    """How likely this picture is."""
    return (shown[:2] in COMBINATIONS) / len(COMBINATIONS) / len(SIZES) / len(positions(shown[2]))


def entropy() -> float:
    """The mean of -log p over pictures, in nats: what telling which picture it is costs at least.

    >>> round(entropy(), 2)
    9.64
    """
    return sum(log(len(COMBINATIONS) * len(SIZES) * len(positions(size))) for size in SIZES) / len(SIZES)


def chosen(n: int, rows: int, seed: int, step: int) -> Tensor:
    """Which `rows` of `n` pictures a training step reads: the same for the same seed and step."""
    return torch.randint(n, (rows,), generator=torch.Generator().manual_seed(1_000_003 * seed + step))


def to_tensor(images: np.ndarray) -> Tensor:
    """(n, 16, 16, 3) in [0, 1] -> (n, 3, 16, 16) in [-1, 1], as convolutions read them."""
    return 2 * torch.from_numpy(np.ascontiguousarray(np.asarray(images, np.float32).transpose(0, 3, 1, 2))) - 1


def from_tensor(x: Tensor) -> np.ndarray:
    """The inverse; values outside are clipped."""
    return ((x.detach().cpu().permute(0, 2, 3, 1).numpy() + 1) / 2).clip(0, 1)
