"""A space in English, and back: `parse` is the exact inverse of `caption`.

    space = solid | solid " and " solid
    solid = "a " SIZE " " COLOUR " " SHAPE " at the " ("top" | "bottom") " " ("back" | "front") " " ("left" | "right")

But: there is one way to say each solid. Paraphrases are no part of this grammar.
"""

from fmcourse.scenes.captions import CaptionError, _Words
from fmcourse.scenes.scene import COLOURS
from fmcourse.scenes.voxels.truth import MOST, PLACES, SHAPES, SIZES, Solid, Space

WORDS = tuple(sorted({"a", "at", "the", "and", *SIZES, *COLOURS, *SHAPES, *" ".join(PLACES).split()}))
LONGEST = 19  # words in the longest caption: 9 a solid, and one to join two
_PARTS = {"height": ("top", "bottom"), "depth": ("back", "front"), "side": ("left", "right")}


def caption(space: Space) -> str:
    """The caption of a space, its solids in the order of PLACES.

    >>> a, b = Solid("ring", "blue", "large", "bottom front right"), Solid("cube", "red", "small", "top back left")
    >>> caption(Space((a, b)))
    'a small red cube at the top back left and a large blue ring at the bottom front right'
    """
    return " and ".join(f"a {one.size} {one.colour} {one.shape} at the {one.place}" for one in space.things)


def parse(text: str) -> Space:
    """The space that a caption tells, its solids in either order. Capitals and a final full stop are forgiven.

    Raises CaptionError for a text outside the grammar.

    >>> parse("a small pink ring at the top front left").things
    (Solid(shape='ring', colour='pink', size='small', place='top front left'),)
    >>> parse("a small pink ring at the top left")
    Traceback (most recent call last):
    fmcourse.scenes.captions.CaptionError: word 8 is 'left', where a depth should be; choose one of: back, front.
    """
    words, solids = _Words(text), []
    while True:
        words.take("word 'a'", ("a",))
        size, colour = words.take("size", tuple(SIZES)), words.take("colour", tuple(COLOURS))
        shape = words.take("shape", SHAPES)
        words.take("word 'at'", ("at",))
        words.take("word 'the'", ("the",))
        place = " ".join(words.take(part, choices) for part, choices in _PARTS.items())
        solids.append(Solid(shape, colour, size, place))
        if not words.peek():
            break
        if len(solids) == MOST:
            raise CaptionError(f"word {words.at + 1}, '{words.peek()}', comes after {MOST} solids; remove it.")
        words.take("word 'and'", ("and",))
    try:
        return Space(tuple(solids))
    except ValueError as error:
        raise CaptionError(str(error)) from None
