"""A sound as 64 patches of 64 numbers, and exactly back: the modified discrete cosine transform (MDCT).

A sound is cut into 64 blocks of 8 ms. Each block fades into its neighbours and becomes 64 cosines. As many numbers come
out as went in, and before scaling the transform is orthonormal: its transpose undoes it (Princen and Bradley, 1986;
here as folding at the borders and a cosine transform of each block). The two ends of a sound are not folded.

But: the sign of a coefficient says where in its wave a tone stands. It jumps from block to block, and that is what is
hard about drawing sounds.
"""

from functools import cache

import numpy as np

from fmcourse.scenes.sounds.synthesis import LENGTH

PATCHES, WIDTH = 64, 64  # blocks in a sound; coefficients in a block, 62.5 Hz each

# Spread (standard deviation) of each coefficient over true sounds, from low to high. It is part of the representation:
# constants, so that what a model was trained on never moves.
# fmt: off
SCALE = np.array([
    0.021, 0.099, 0.231, 0.368, 0.401, 0.402, 0.363, 0.33,
    0.287, 0.286, 0.278, 0.257, 0.241, 0.193, 0.149, 0.108,
    0.086, 0.085, 0.102, 0.112, 0.091, 0.06, 0.046, 0.041,
    0.038, 0.037, 0.04, 0.047, 0.054, 0.053, 0.051, 0.052,
    0.055, 0.063, 0.072, 0.08, 0.084, 0.079, 0.073, 0.065,
    0.056, 0.048, 0.04, 0.034, 0.029, 0.027, 0.027, 0.028,
    0.032, 0.036, 0.043, 0.051, 0.059, 0.068, 0.075, 0.077,
    0.077, 0.073, 0.067, 0.059, 0.05, 0.042, 0.034, 0.029,
])
# fmt: on


@cache
def _basis() -> np.ndarray:
    """The cosines of a block (its transform, DCT-IV): (WIDTH, WIDTH), symmetric and its own inverse."""
    k = np.arange(WIDTH) + 0.5
    return np.sqrt(2 / WIDTH) * np.cos(np.pi / WIDTH * np.outer(k, k))


def _fold(sounds: np.ndarray, back: bool) -> np.ndarray:
    """Turn each pair of samples that mirror each other at a border between blocks, by the angle of the window."""
    half = WIDTH // 2
    angle = np.pi / 4 * (1 + (np.arange(half) + 0.5) / half)  # sine window: from 45 degrees at the border to 90
    rise, fall = np.sin(angle), np.cos(angle) * (-1 if back else 1)
    blocks = sounds.reshape(len(sounds), PATCHES, WIDTH).copy()
    before, after = blocks[:, :-1, : half - 1 : -1].copy(), blocks[:, 1:, :half].copy()
    blocks[:, :-1, : half - 1 : -1] = rise * before - fall * after
    blocks[:, 1:, :half] = fall * before + rise * after
    return blocks


def _checked(array: np.ndarray, shape: tuple[int, ...], what: str) -> np.ndarray:
    array = np.asarray(array)
    if array.shape[1:] != shape or array.ndim != len(shape) + 1:
        wanted = ", ".join(map(str, shape))
        raise ValueError(f"{what} must be (n, {wanted}), not {array.shape}; one alone goes in as array[None].")
    return array.astype(np.float64)


def to_patches(sounds: np.ndarray) -> np.ndarray:
    """Sounds (n, 4096) -> (n, 64, 64) float32: blocks in time, coefficients from low to high, spread about 1.

    ValueError for another shape.
    """
    blocks = _fold(_checked(sounds, (LENGTH,), "sounds"), back=False)
    return (blocks @ _basis() / SCALE).astype(np.float32)


def from_patches(patches: np.ndarray) -> np.ndarray:
    """The inverse: (n, 64, 64) -> sounds (n, 4096) float32. Not clipped. ValueError for another shape."""
    blocks = _checked(patches, (PATCHES, WIDTH), "patches") * SCALE @ _basis()
    return _fold(blocks, back=True).reshape(len(blocks), LENGTH).astype(np.float32)
