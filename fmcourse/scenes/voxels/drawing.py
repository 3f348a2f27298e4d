"""A space as a grid of 16 x 16 x 16 voxels, each with an occupancy and a colour; and a grid as 64 patches and back.

Axes are z (down), y (towards the viewer), x (right), then the channel: occupancy, red, green, blue. An empty voxel is
(0, 0.5, 0.5, 0.5): it has no colour, and grey is the middle of every channel. A full voxel is (1, red, green, blue). A
voxel that a solid covers by the share c, as at its edge, lies between the two by c, in all four channels.

Octants are 8 voxels wide, and a solid stays inside its octant, offset included. That is why the reader can look at
each octant alone and still be exact.

But: there is no light, no shadow and no viewpoint; a grid is the thing itself, not a picture of it.
"""

from functools import cache

import numpy as np

from fmcourse.scenes.scene import COLOURS
from fmcourse.scenes.voxels.truth import PLACES, SIZES, Space

SIZE, OCTANT, CHANNELS = 16, 8, 4  # voxels a side of the grid, of an octant; occupancy, red, green, blue
OFFSETS = (-0.5, -0.25, 0.0, 0.25, 0.5)  # in voxels, each way: where a solid may stand off its octant's middle
EMPTY = np.array([0.0, 0.5, 0.5, 0.5], np.float32)
# What a full voxel of each colour adds to an empty one: (C colours, 4).
ADDS = np.array([[1.0, *rgb] for rgb in COLOURS.values()], np.float32) - EMPTY
PATCH = 4  # voxels a side of a patch
PATCHES = (SIZE // PATCH) ** 3
_FINE = 8  # 8 x 8 x 8 points are asked in each voxel; offsets are whole numbers of eighths
_REACH = 1.0  # the largest offset, in voxels, that a cover can be asked for
_COLOURS = tuple(COLOURS)


def _inside(shape: str, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Which points lie in a solid of half-width 1 around the origin, z down."""
    if shape == "sphere":
        return x * x + y * y + z * z <= 1
    if shape == "cube":
        return np.maximum(np.maximum(abs(x), abs(y)), abs(z)) <= 0.9
    if shape == "pyramid":  # its tip is up, where z is low
        return (z <= 0.86) & (np.maximum(abs(x), abs(y)) <= (z + 0.98) * 0.54)
    if shape == "cylinder":
        return (x * x + y * y <= 0.72**2) & (abs(z) <= 1)
    if shape == "ring":
        return (np.hypot(x, y) - 0.65) ** 2 + z * z <= 0.35**2
    bars = [np.maximum(abs(a), abs(b)) <= 0.35 for a, b in ((x, y), (y, z), (z, x))]
    return (bars[0] | bars[1] | bars[2]) & (np.maximum(np.maximum(abs(x), abs(y)), abs(z)) <= 1)


@cache
def _sums(shape: str, size: str) -> np.ndarray:
    """How many of the 8 x 8 x 8 points that begin at each fine point lie in the solid."""
    around = np.arange(-round((OCTANT / 2 + _REACH) * _FINE), round((OCTANT / 2 + _REACH) * _FINE))
    at = ((around + 0.5) / _FINE / SIZES[size]).astype(np.float32)
    counts = _inside(shape, at[:, None, None], at[None, :, None], at[None, None, :]).astype(np.int32)
    for axis in range(3):  # a sum over a sliding window is a difference of running sums
        running = np.concatenate([np.zeros_like(counts.take([0], axis)), counts.cumsum(axis)], axis)
        ends = np.arange(_FINE, running.shape[axis])
        counts = running.take(ends, axis) - running.take(ends - _FINE, axis)
    return counts.astype(np.float32) / _FINE**3


@cache
def cover(shape: str, size: str, dz: float, dy: float, dx: float) -> np.ndarray:
    """How much of each voxel of an octant a solid covers, offset from the middle: float32 (8, 8, 8) in [0, 1].

    Offsets are in voxels, whole numbers of eighths from -1 to 1.
    """
    first = [round((_REACH - d) * _FINE) for d in (dz, dy, dx)]
    drawn = _sums(shape, size)[tuple(np.s_[at : at + (OCTANT - 1) * _FINE + 1 : _FINE] for at in first)]
    drawn = np.ascontiguousarray(drawn)
    drawn.flags.writeable = False
    return drawn


def octant(place: str) -> tuple[slice, slice, slice]:
    """Which voxels belong to a place."""
    z, y, x = (OCTANT * part for part in PLACES[place])
    return np.s_[z : z + OCTANT, y : y + OCTANT, x : x + OCTANT]


def render(space: Space, rng: np.random.Generator, noise: float = 0.0) -> np.ndarray:
    """The grid of a space: float32 (16, 16, 16, 4) in [0, 1]; axes z, y, x, channel.

    `rng` draws each solid's offset, of OFFSETS along each axis, and the noise: Gaussian with the standard deviation
    `noise`, on every number; values are then clipped.

    >>> from fmcourse.scenes.voxels import parse
    >>> grid = render(parse("a large red cube at the top back left"), np.random.default_rng(0))
    >>> print(grid[4, 4, 4], grid[12, 4, 4])
    [1.   0.8  0.13 0.13] [0.  0.5 0.5 0.5]
    """
    grid = np.empty((SIZE, SIZE, SIZE, CHANNELS), np.float32)
    grid[:] = EMPTY
    for one in space.things:
        offsets = [OFFSETS[i] for i in rng.integers(len(OFFSETS), size=3)]
        grid[octant(one.place)] += cover(one.shape, one.size, *offsets)[..., None] * ADDS[_COLOURS.index(one.colour)]
    if noise:
        grid += noise * rng.standard_normal(grid.shape, np.float32)
        np.clip(grid, 0, 1, out=grid)
    return grid


def to_patches(grids: np.ndarray) -> np.ndarray:
    """(n, 16, 16, 16, 4) in [0, 1] -> (n, 64, 256) float32 in [-1, 1]: cubes of 4 x 4 x 4 voxels, z before y before x.

    0.5 becomes 0, so an empty voxel is (-1, 0, 0, 0). `from_patches` is its inverse, to float32's rounding (1e-7).
    ValueError for another shape.
    """
    grids = np.asarray(grids, np.float32)
    if grids.ndim != 5 or grids.shape[1:] != (SIZE, SIZE, SIZE, CHANNELS):
        raise ValueError(f"grids must be (n, 16, 16, 16, 4), channels last; got {grids.shape}.")
    a, n = SIZE // PATCH, len(grids)
    cut = grids.reshape(n, a, PATCH, a, PATCH, a, PATCH, CHANNELS).transpose(0, 1, 3, 5, 2, 4, 6, 7)
    return cut.reshape(n, PATCHES, PATCH**3 * CHANNELS) * 2 - 1


def from_patches(patches: np.ndarray) -> np.ndarray:
    """(n, 64, 256) in [-1, 1] -> (n, 16, 16, 16, 4) float32 in [0, 1]: undoes `to_patches`. Nothing is clipped.

    ValueError for another shape.
    """
    patches = np.asarray(patches, np.float32)
    if patches.ndim != 3 or patches.shape[1:] != (PATCHES, PATCH**3 * CHANNELS):
        raise ValueError(f"patches of grids must be (n, {PATCHES}, {PATCH**3 * CHANNELS}); got {patches.shape}.")
    a, n = SIZE // PATCH, len(patches)
    laid = patches.reshape(n, a, a, a, PATCH, PATCH, PATCH, CHANNELS).transpose(0, 1, 4, 2, 5, 3, 6, 7)
    return (laid.reshape(n, SIZE, SIZE, SIZE, CHANNELS) + 1) / 2
