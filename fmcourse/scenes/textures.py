"""Patterned pictures for self-supervised learning: the pattern is the class, everything else is nuisance.

Phase, direction, wavelength, the two colours, which of them is the darker, the light across the picture and noise are
drawn anew each time. So two pictures of one class share hardly a pixel, and a classifier on raw pixels has little to
go by, while the class is plain to the eye. The label is exact because the picture was made from it.

But: there is no reader for these; and a pattern is not a thing, so captions do not speak of it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.images import SIZE, image
from fmcourse.scenes.sampling import sample
from fmcourse.scenes.scene import Scene, did_you_mean

TEXTURES = ("stripes", "checks", "dots", "waves", "rings", "bricks")
_SHARP = 5.0  # how steep the edges between the two colours are; higher is sharper


def _pattern(kind: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A field that is positive on the pattern's figure and negative on its ground; x and y are in wavelengths."""
    turn, half = 2 * np.pi, 0.5
    if kind == "stripes":
        return np.cos(turn * x)
    if kind == "checks":
        return 2 * np.sin(np.pi * x) * np.sin(np.pi * y)
    if kind == "dots":  # rows of discs, every second row moved by half
        x = x + half * (np.floor(y) % 2)
        return 4 * (0.34 - np.hypot(x - np.floor(x) - half, y - np.floor(y) - half))
    if kind == "waves":
        return np.cos(turn * (x + 0.35 * np.sin(turn * y / 1.8)))
    if kind == "rings":
        return np.cos(turn * np.hypot(x, y))
    row = np.floor(y)  # bricks, twice as long as high, with joints between
    along = x / 2 + half * (row % 2)
    joint = np.minimum(2 * abs(along - np.floor(along + half)), abs(y - np.floor(y + half)))
    return 6 * (joint - 0.13)


def texture(kind: str, rng: np.random.Generator, size: int = SIZE) -> np.ndarray:
    """A picture filled with one pattern, without noise: float64 (size, size, 3) in [0, 1]. `kind` is of TEXTURES.

    Raises ValueError for another kind.

    >>> texture("dots", np.random.default_rng(0)).shape
    (32, 32, 3)
    """
    if kind not in TEXTURES:
        raise ValueError(f"'{kind}' is not a texture; {did_you_mean(kind, TEXTURES)}")
    wave = rng.uniform(6.0, 9.0) * size / SIZE
    angle = rng.uniform(0, 2 * np.pi)
    down, right = (np.mgrid[: size * 2, : size * 2] + 0.5) / 2  # four points a pixel, averaged below
    if kind == "rings":  # their middle is in the picture, or they are stripes
        x0, y0 = rng.uniform(0.25, 0.75, 2) * size
    else:
        x0, y0 = rng.uniform(-10, 10, 2) * wave
    x = ((right - x0) * np.cos(angle) + (down - y0) * np.sin(angle)) / wave
    y = ((down - y0) * np.cos(angle) - (right - x0) * np.sin(angle)) / wave
    figure = 0.5 + 0.5 * np.tanh(_SHARP * _pattern(kind, x, y) / 2)
    figure = figure.reshape(size, 2, size, 2).mean((1, 3))[:, :, None]
    light, dark = rng.uniform(0.55, 1.0, 3), rng.uniform(0.0, 0.45, 3)
    if rng.random() < 0.5:
        light, dark = dark, light
    slope = rng.uniform(0, 2 * np.pi)
    across = ((right * np.cos(slope) + down * np.sin(slope)) / size)[::2, ::2]
    lit = 1 + rng.uniform(0.1, 0.35) * (across - across.mean())
    return ((figure * light + (1 - figure) * dark) * lit[:, :, None]).clip(0, 1)


class TextureSet(NamedTuple):
    """What `texture_dataset` returns."""

    images: np.ndarray  # (n, size, size, 3), float32 in [0, 1]
    labels: np.ndarray  # (n,) indices into `kinds`
    kinds: tuple[str, ...]
    scenes: list[Scene | None]  # the scene in front of each pattern, if any


def texture_dataset(
    seed: int, n: int, kinds: Sequence[str] = TEXTURES, objects: int = 0, noise: float = 0.05, size: int = SIZE
) -> TextureSet:
    """`n` pictures, each with a pattern drawn evenly from `kinds`; the same seed gives the same data.

    With `objects` from 1 to 3, a random scene stands in front of the pattern. `noise` is the standard deviation of
    Gaussian noise.
    """
    rng, kinds = np.random.default_rng(seed), tuple(kinds)
    labels = rng.integers(len(kinds), size=n)
    images, scenes = np.empty((n, size, size, 3), np.float32), []
    for i, label in enumerate(labels):
        picture = texture(kinds[label], rng, size)
        scene = sample(rng, objects)[0] if objects else None
        if scene:
            picture = image(scene, rng=rng, size=size, wobble=True, behind=picture)
        images[i] = (picture + noise * rng.standard_normal(picture.shape)).clip(0, 1)
        scenes.append(scene)
    return TextureSet(images, labels, kinds, scenes)
