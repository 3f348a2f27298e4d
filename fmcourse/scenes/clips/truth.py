"""What a clip shows: one or two things, each in its half of the picture, and each doing two events one after the other.

Shapes and colours are those of the pictures. A thing's colour and size are those it begins with. Two stories with the
same things are equal in whatever order they were given.

But: nothing is drawn or said here; things never leave their half, so they never meet.
"""

from dataclasses import dataclass

from fmcourse.scenes.scene import COLOURS, SHAPES, SIZES, _check, did_you_mean

PLACES = ("left", "right")  # halves of the picture
MOVES: dict[str, tuple[int, int]] = {  # direction: x to the right, y down
    "moves left": (-1, 0),
    "moves right": (1, 0),
    "moves up": (0, -1),
    "moves down": (0, 1),
}
KINDS = (*MOVES, "grows", "shrinks", "stays", "turns")
EVENTS = (*KINDS[:-1], *(f"turns {colour}" for colour in COLOURS))
MOST = 2


def kind_of(event: str) -> str:
    """The kind of an event (of KINDS): "turns", whatever colour it turns; every other event is a kind of its own.

    >>> kind_of("turns green"), kind_of("moves up")
    ('turns', 'moves up')
    """
    return "turns" if event.startswith("turns ") else event


def sizes_for(kinds: tuple[str, str]) -> tuple[str, ...]:
    """Which sizes can do these two kinds of event in this order: only what is small grows, only what is large shrinks.

    >>> sizes_for(("stays", "grows")), sizes_for(("shrinks", "grows")), sizes_for(("stays", "turns"))
    (('small',), ('large',), ('small', 'large'))
    """
    first = next((kind for kind in kinds if kind in ("grows", "shrinks")), None)
    return {"grows": ("small",), "shrinks": ("large",), None: tuple(SIZES)}[first]


@dataclass(frozen=True, slots=True)
class Actor:
    """One thing and its two events, of EVENTS and of different kinds. ValueError for what cannot be.

    >>> Actor("star", "red", "large", "left", ("stays", "grows"))
    Traceback (most recent call last):
    ValueError: a large star cannot do 'stays' and then 'grows': only what is small grows, only what is large shrinks.
    """

    shape: str
    colour: str
    size: str
    place: str
    events: tuple[str, str]

    def __post_init__(self) -> None:
        _check("shape", self.shape, SHAPES)
        _check("colour", self.colour, tuple(COLOURS))
        _check("size", self.size, tuple(SIZES))
        _check("place", self.place, PLACES)
        if len(self.events) != 2:
            raise ValueError(f"a thing does 2 events, not {len(self.events)}.")
        for event in self.events:
            if event not in EVENTS:
                raise ValueError(f"'{event}' is not an event; {did_you_mean(event, EVENTS)}")
        if self.kinds[0] == self.kinds[1]:
            raise ValueError(f"both events are of the kind '{self.kinds[0]}'; a thing does two of different kinds.")
        if self.size not in sizes_for(self.kinds):
            raise ValueError(
                f"a {self.size} {self.shape} cannot do '{self.events[0]}' and then '{self.events[1]}': "
                "only what is small grows, only what is large shrinks."
            )
        if self.turned == self.colour:
            raise ValueError(f"a {self.colour} {self.shape} cannot turn {self.colour}; choose another colour.")

    @property
    def kinds(self) -> tuple[str, str]:
        """The kinds of its two events."""
        return kind_of(self.events[0]), kind_of(self.events[1])

    @property
    def turned(self) -> str | None:
        """The colour it turns, if it does."""
        return next((event.split()[1] for event in self.events if kind_of(event) == "turns"), None)


@dataclass(frozen=True, slots=True)
class Story:
    """One or two things in different halves, the left one first. ValueError for other numbers of them."""

    things: tuple[Actor, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.things) <= MOST:
            raise ValueError(f"a story has 1 to {MOST} things, not {len(self.things)}.")
        if len({thing.place for thing in self.things}) < len(self.things):
            raise ValueError(f"two things are at the {self.things[0].place}; give each a half of its own.")
        object.__setattr__(self, "things", tuple(sorted(self.things, key=lambda thing: PLACES.index(thing.place))))
