"""What a scene is: one to four things, each with a shape, a colour, a size and a place, on one of four grounds.

Two scenes with the same things are equal in whatever order they were given: the things are kept in reading order, row
by row. A place holds one thing, so things never overlap.

But: nothing is drawn or said here, and what moves, sounds or has depth is no scene: see `clips`, `sounds`, `voxels`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

# Colours keep apart for people with each kind of colour blindness too; a test simulates them.
COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.80, 0.13, 0.13),
    "yellow": (0.96, 0.76, 0.05),
    "green": (0.05, 0.60, 0.42),
    "blue": (0.05, 0.36, 0.72),
    "pink": (0.92, 0.46, 0.74),
    "black": (0.13, 0.13, 0.16),
}
SHAPES = ("circle", "square", "triangle", "cross", "star", "ring")
SIZES: dict[str, float] = {"small": 3.0, "large": 4.5}  # half the width, in pixels of a 32 x 32 image
PLACES: dict[str, tuple[int, int]] = {  # column, row
    "top left": (0, 0),
    "top": (1, 0),
    "top right": (2, 0),
    "left": (0, 1),
    "centre": (1, 1),
    "right": (2, 1),
    "bottom left": (0, 2),
    "bottom": (1, 2),
    "bottom right": (2, 2),
}
GROUNDS = ("plain", "striped", "dotted", "chequered")
MOST = 4

_ORDER = {place: i for i, place in enumerate(PLACES)}


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """The end of an error message: the nearest choice, or all of them.

    >>> did_you_mean("cirle", SHAPES)
    "did you mean 'circle'?"
    """
    near = get_close_matches(str(word), list(choices), n=1)
    return f"did you mean '{near[0]}'?" if near else f"choose one of: {', '.join(choices)}."


def _check(what: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise ValueError(f"'{value}' is not a {what}; {did_you_mean(value, list(choices))}")


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing: its shape (of SHAPES), colour (COLOURS), size (SIZES) and place (PLACES). ValueError for others."""

    shape: str
    colour: str
    size: str
    place: str

    def __post_init__(self) -> None:
        _check("shape", self.shape, SHAPES)
        _check("colour", self.colour, COLOURS)
        _check("size", self.size, SIZES)
        _check("place", self.place, PLACES)


@dataclass(frozen=True, slots=True)
class Scene:
    """One to four things at different places, on a ground (of GROUNDS). ValueError for others.

    >>> a, b = Thing("circle", "red", "large", "right"), Thing("star", "blue", "small", "top")
    >>> Scene((a, b)) == Scene((b, a))
    True
    """

    things: tuple[Thing, ...]
    ground: str = "plain"

    def __post_init__(self) -> None:
        if not 1 <= len(self.things) <= MOST:
            raise ValueError(f"a scene has 1 to {MOST} things, not {len(self.things)}.")
        places = [thing.place for thing in self.things]
        twice = next((place for place in places if places.count(place) > 1), None)
        if twice:
            raise ValueError(f"two things are at the same place, '{twice}'; give each a place of its own.")
        _check("ground", self.ground, GROUNDS)
        object.__setattr__(self, "things", tuple(sorted(self.things, key=lambda thing: _ORDER[thing.place])))
