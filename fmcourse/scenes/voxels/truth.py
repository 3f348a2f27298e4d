"""What a voxel grid shows: one or two solids, each with a shape, a colour, a size and one of eight octants.

Two spaces with the same solids are equal in whatever order they were given. An octant holds one solid, so solids never
overlap.

But: nothing is drawn or said here, and solids are never turned: a pyramid points up, a cylinder stands, a ring lies.
"""

from dataclasses import dataclass
from itertools import product

from fmcourse.scenes.scene import COLOURS, _check

SHAPES = ("sphere", "cube", "pyramid", "cylinder", "ring", "cross")
SIZES: dict[str, float] = {"small": 2.6, "large": 3.5}  # half the width, in voxels of a 16 x 16 x 16 grid
PLACES: dict[str, tuple[int, int, int]] = {  # octant along z (down), y (towards the viewer), x (right)
    f"{height} {depth} {side}": (z, y, x)
    for (z, height), (y, depth), (x, side) in product(
        enumerate(("top", "bottom")), enumerate(("back", "front")), enumerate(("left", "right"))
    )
}
MOST = 2

_ORDER = {place: i for i, place in enumerate(PLACES)}


@dataclass(frozen=True, slots=True)
class Solid:
    """One solid: its shape (of SHAPES), colour (COLOURS), size (SIZES) and place (PLACES). ValueError for others.

    >>> Solid("cubes", "red", "small", "top back left")
    Traceback (most recent call last):
    ValueError: 'cubes' is not a shape; did you mean 'cube'?
    """

    shape: str
    colour: str
    size: str
    place: str

    def __post_init__(self) -> None:
        _check("shape", self.shape, SHAPES)
        _check("colour", self.colour, tuple(COLOURS))
        _check("size", self.size, tuple(SIZES))
        _check("place", self.place, tuple(PLACES))


@dataclass(frozen=True, slots=True)
class Space:
    """One or two solids at different places, kept in the order of PLACES. ValueError for other numbers of them."""

    things: tuple[Solid, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.things) <= MOST:
            raise ValueError(f"a space has 1 to {MOST} solids, not {len(self.things)}.")
        places = [thing.place for thing in self.things]
        twice = next((place for place in places if places.count(place) > 1), None)
        if twice:
            raise ValueError(f"two solids are at the same place, '{twice}'; give each a place of its own.")
        object.__setattr__(self, "things", tuple(sorted(self.things, key=lambda thing: _ORDER[thing.place])))
