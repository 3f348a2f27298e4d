"""The pictures that four families learn from: one thing on a plain ground, and the exact distribution they come from.

    training = draw_pictures(2000, "training")           # Pictures: images, scenes, shifts
    exact("colour")["red"], exact("joint")[("star", "blue", "small", "top")]

A thing has one of 30 combinations of shape and colour (six are withheld), one of 2 sizes and one of 9 places, each
evenly: 540 cells, equally likely. Within its place it stands at one of the whole-pixel positions at which it lies in
the picture, each evenly. So there are finitely many pictures (26,700), and the probability of each is known.

But: no caption, no second thing, no texture and no noise: what is easy here says little about photographs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import log

import numpy as np
import torch
from torch import Tensor

from fmcourse.scenes.images import CELL, REACH, SIZE, background, centre, mask
from fmcourse.scenes.sampling import WITHHELD, all_scenes, sample
from fmcourse.scenes.scene import COLOURS, SIZES, Scene, did_you_mean

Cell = tuple[str, str, str, str]  # shape, colour, size, place
Shift = tuple[float, float]  # how far (right, down) a thing stands from the middle of its place, in pixels


@dataclass(frozen=True)
class Pictures:
    """`images` (n, 32, 32, 3), float32 in [0, 1]; the scene each shows, and where in its place the thing stands."""

    images: np.ndarray
    scenes: tuple[Scene, ...]
    shifts: tuple[Shift, ...]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def keys(self) -> list[tuple[Cell, Shift]]:
        """What tells each picture from all others."""
        return [(cell(scene), shift) for scene, shift in zip(self.scenes, self.shifts, strict=True)]


def draw_pictures(n: int, seed: int | str = 0) -> Pictures:
    """`n` fresh pictures; the same seed gives the same ones. Raises ValueError for fewer than one.

    >>> draw_pictures(3).images.shape
    (3, 32, 32, 3)
    """
    if n < 1:
        raise ValueError(f"n={n} pictures cannot be drawn; ask for at least one.")
    rng = np.random.default_rng([ord(c) for c in f"pictures {seed}"])
    scenes = tuple(sample(rng, 1)[0] for _ in range(n))
    ways = [positions(size, place) for _, _, size, place in map(cell, scenes)]
    shifts = tuple(way[rng.integers(len(way))] for way in ways)
    images = [picture_at(scene, shift) for scene, shift in zip(scenes, shifts, strict=True)]
    return Pictures(np.stack(images).astype(np.float32), scenes, shifts)


def cell(scene: Scene) -> Cell:
    """Shape, colour, size and place of a scene's only thing."""
    (thing,) = scene.things
    return thing.shape, thing.colour, thing.size, thing.place


@cache
def positions(size: str, place: str) -> tuple[Shift, ...]:
    """Where a thing of this size may stand in this place, all equally likely.

    >>> len(positions("small", "centre")), len(positions("large", "top left"))
    (81, 25)
    """
    half, steps = SIZES[size], np.arange(-REACH, REACH + 1)  # pixels; scenes themselves are drawn at quarters
    right, down = ([float(d) for d in steps if half <= middle + d <= SIZE - half] for middle in centre(place))
    return tuple((x, y) for x in right for y in down)


def picture_at(scene: Scene, shift: Shift) -> np.ndarray:
    """The picture (32, 32, 3) of a scene whose only thing stands there: what `scenes.image` draws."""
    (thing,), wide = scene.things, CELL + 1
    x, y = (middle + d for middle, d in zip(centre(thing.place), shift, strict=True))
    left, top = int(np.floor(x - CELL / 2)), int(np.floor(y - CELL / 2))
    cover = mask(thing.shape, thing.size, left - x, top - y, (wide, wide), 1.0)
    canvas = np.pad(background(), [(wide, wide), (wide, wide), (0, 0)])  # a window may reach beyond the edge
    part = canvas[wide + top : 2 * wide + top, wide + left : 2 * wide + left]
    part += cover[:, :, None] * (np.array(COLOURS[thing.colour]) - part)
    return canvas[wide:-wide, wide:-wide]


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
    counts: dict = {}
    for one in all_scenes(1):
        c = cell(one)
        value = ATTRIBUTES[attribute](c)
        counts[value] = counts.get(value, 0) + (c[:2] not in WITHHELD)
    whole = sum(counts.values())
    return {value: count / whole for value, count in counts.items()}


def probability(of: Cell) -> float:
    """How likely one picture of this cell is, whichever of its positions it shows."""
    return exact("joint")[of] / len(positions(*of[2:]))


def entropy() -> float:
    """The mean of -log p over pictures, in nats: what telling which picture it is costs at least.

    >>> round(entropy(), 2)
    10.13
    """
    return -sum(p * log(probability(of)) for of, p in exact("joint").items() if p)


def chosen(n: int, rows: int, seed: int, step: int) -> Tensor:
    """Which `rows` of `n` pictures a training step reads: the same for the same seed and step."""
    return torch.randint(n, (rows,), generator=torch.Generator().manual_seed(1_000_003 * seed + step))


def to_tensor(images: np.ndarray) -> Tensor:
    """(n, 32, 32, 3) in [0, 1] -> (n, 3, 32, 32) in [-1, 1], as convolutions read them."""
    return 2 * torch.from_numpy(np.ascontiguousarray(np.asarray(images, np.float32).transpose(0, 3, 1, 2))) - 1


def from_tensor(x: Tensor) -> np.ndarray:
    """The inverse; values outside are clipped."""
    return ((x.detach().cpu().permute(0, 2, 3, 1).numpy() + 1) / 2).clip(0, 1)
