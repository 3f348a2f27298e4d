"""A scene as a small picture: one of four soft grounds, anti-aliased shapes, perhaps moved a little, perhaps noise.

The nine places are the thirds of the picture each way, and their middles lie 11 pixels apart (at 32 x 32). A thing may
stand anywhere nearer to its place's middle than to another's, as long as things keep a pixel between them.

But: nothing covers anything, and all light comes from everywhere.
"""

from collections.abc import Callable
from functools import cache
from math import ceil, cos, floor, pi, sin

import numpy as np

from fmcourse.scenes.scene import COLOURS, PLACES, SIZES, Scene, Thing

SIZE = 32  # the size all lengths here are given for
CELL, STEP = 10, 11  # a place's own pixels each way, and how far one middle is from the next
REACH = 4.0  # how far from its place's middle a thing may stand, each way, when positions are free
WOBBLES = (-0.5, -0.25, 0.0, 0.25, 0.5)  # what `wobble=True` draws from, each way; a fixed list lets masks be cached
_FINE = 8  # 8 x 8 points are asked in each pixel
_STAR = [(1.05 * r * sin(k * pi / 5), 0.05 - 1.05 * r * cos(k * pi / 5)) for k, r in enumerate([1, 0.45] * 5)]


def centre(place: str) -> tuple[int, int]:
    """The middle of a place: x to the right and y down, in pixels of a 32 x 32 image."""
    column, row = PLACES[place]
    return CELL // 2 + STEP * column, CELL // 2 + STEP * row


@cache
def background(size: int = SIZE, ground: str = "plain") -> np.ndarray:
    """The empty picture (size, size, 3): warm white, darker towards the bottom, with the faint pattern of `ground`."""
    down = (np.arange(size) + 0.5)[:, None, None] / size
    soft = (1 - down) * np.array([0.96, 0.95, 0.92]) + down * np.array([0.87, 0.87, 0.88])
    empty = np.broadcast_to(soft, (size, size, 3)).copy()
    if ground != "plain":
        y, x = (np.mgrid[:size, :size] + 0.5) * (SIZE / size)
        empty -= FAINT * _PATTERNS[ground](x, y)[:, :, None]
    empty.flags.writeable = False
    return empty


FAINT = 0.10  # how much darker the pattern of a ground is
_PATTERNS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {  # 0 to 1, at points of a 32 x 32 picture
    "striped": lambda x, y: 0.5 + 0.5 * np.cos(2 * pi * (x + y) / 8),
    "dotted": lambda x, y: (np.hypot((x % 5.3) - 2.65, (y % 5.3) - 2.65) < 1.5).astype(float),
    "chequered": lambda x, y: ((np.floor(x / 4) + np.floor(y / 4)) % 2).astype(float),
}


def _inside(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points lie in a shape of half-width 1 around the origin, y down."""
    if shape == "circle":
        return x * x + y * y <= 1
    if shape == "ring":
        return (x * x + y * y <= 1) & (x * x + y * y >= 0.3)
    if shape == "square":
        return np.maximum(abs(x), abs(y)) <= 0.86
    if shape == "triangle":
        return (y <= 0.82) & (abs(x) <= (y + 0.95) * 0.565)
    if shape == "cross":
        return (np.minimum(abs(x), abs(y)) <= 0.33) & (np.maximum(abs(x), abs(y)) <= 1)
    odd = np.zeros(np.broadcast(x, y).shape, bool)  # star: count the edges to the right of each point
    for (x0, y0), (x1, y1) in zip(_STAR, _STAR[1:] + _STAR[:1], strict=True):
        odd ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0 or 1))
    return odd


@cache
def mask(shape: str, size: str, left: float, top: float, pixels: tuple[int, int], scale: float) -> np.ndarray:
    """How much of each pixel a shape covers: (height, width) in [0, 1].

    `left` and `top` say where the window begins, seen from the shape's centre, in pixels of a 32 x 32 image; `pixels`
    is (height, width) of the window, and `scale` the pixels drawn per pixel of a 32 x 32 image.
    """
    height, width = pixels
    x = (left + (np.arange(width * _FINE) + 0.5) / _FINE / scale)[None, :] / SIZES[size]
    y = (top + (np.arange(height * _FINE) + 0.5) / _FINE / scale)[:, None] / SIZES[size]
    return _inside(shape, x, y).reshape(height, _FINE, width, _FINE).mean(axis=(1, 3))


def _draw(canvas: np.ndarray, thing: Thing, dx: float, dy: float) -> None:
    size = len(canvas)
    scale = size / SIZE
    x, y = (middle + d for middle, d in zip(centre(thing.place), (dx, dy), strict=True))
    x0, x1 = (min(size, max(0, edge)) for edge in (floor((x - CELL / 2) * scale), ceil((x + CELL / 2) * scale)))
    y0, y1 = (min(size, max(0, edge)) for edge in (floor((y - CELL / 2) * scale), ceil((y + CELL / 2) * scale)))
    cover = mask(thing.shape, thing.size, x0 / scale - x, y0 / scale - y, (y1 - y0, x1 - x0), scale)
    part = canvas[y0:y1, x0:x1]
    part += cover[:, :, None] * (np.array(COLOURS[thing.colour]) - part)


def shifts(scene: Scene, rng: np.random.Generator) -> list[tuple[float, float]]:
    """How far each thing stands from its place's middle when positions are free: (right, down), in quarter pixels.

    Drawn evenly, again and again until nothing touches; after 200 draws all stand in the middle.
    """
    middles = np.array([centre(thing.place) for thing in scene.things], float)
    half = np.array([SIZES[thing.size] for thing in scene.things])
    for _ in range(200):
        moved = rng.integers(round(-4 * REACH), round(4 * REACH), size=(len(half), 2), endpoint=True) / 4
        at = middles + moved
        inside = (at >= half[:, None]).all() and (at <= SIZE - half[:, None]).all()
        apart = abs(at[:, None] - at[None]).max(-1) - half[:, None] - half[None] >= 1
        if inside and (apart | np.eye(len(half), dtype=bool)).all():
            return [(float(x), float(y)) for x, y in moved]
    return [(0.0, 0.0)] * len(half)


def image(
    scene: Scene,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
    size: int = SIZE,
    wobble: bool = False,
    behind: np.ndarray | None = None,
    free: bool = False,
) -> np.ndarray:
    """The picture of a scene: float64 (size, size, 3) in [0, 1], rows from the top, channels red, green, blue.

    `noise` is the standard deviation of Gaussian noise (values are then clipped); `wobble` moves each thing by up to
    half a pixel each way, `free` by up to four (`shifts`); `behind` is another background, (size, size, 3), such as a
    texture. Noise, wobble and free positions need `rng`, or ValueError.

    >>> from fmcourse.scenes import parse
    >>> image(parse("a large red circle in the centre"))[16, 16].round(2).tolist()
    [0.8, 0.13, 0.13]
    """
    if rng is None and (noise or wobble or free):
        raise ValueError("noise and positions are drawn from a generator: pass rng=numpy.random.default_rng(0).")
    if behind is not None and np.shape(behind) != (size, size, 3):
        raise ValueError(f"the background has shape {np.shape(behind)}, but the picture is ({size}, {size}, 3).")
    canvas = np.array(background(size, scene.ground) if behind is None else behind, dtype=float)
    moved = shifts(scene, rng) if free and rng is not None else [(0.0, 0.0)] * len(scene.things)
    for thing, (dx, dy) in zip(scene.things, moved, strict=True):
        if wobble and rng is not None:
            dx, dy = (float(d) for d in rng.choice(WOBBLES, size=2))
        _draw(canvas, thing, dx, dy)
    if noise:
        canvas += noise * rng.standard_normal(canvas.shape)  # type: ignore[union-attr]  # checked above
    return canvas.clip(0, 1)
