"""A story in English, and back: `parse` is the exact inverse of `caption`.

    story = thing | thing " and " thing
    thing = "a " SIZE " " COLOUR " " SHAPE " at the " ("left" | "right") " " event ", then " event
    event = "moves " ("left" | "right" | "up" | "down") | "grows" | "shrinks" | "stays" | "turns " COLOUR

A comma comes only before "then", and "and" only between things, so a caption can be read in one way alone. Colour and
size are those at the beginning.

But: there is one way to say each thing. Paraphrases are no part of this grammar.
"""

from fmcourse.scenes.captions import CaptionError, _Words
from fmcourse.scenes.clips.truth import EVENTS, MOST, PLACES, Actor, Story
from fmcourse.scenes.scene import COLOURS, SHAPES, SIZES

# The comma counts as a word: `"a , b".split()` is how a caption reaches a model.
WORDS = tuple(
    sorted({"a", "at", "the", ",", "then", "and", *SIZES, *COLOURS, *SHAPES, *PLACES, *" ".join(EVENTS).split()})
)
LONGEST = 27  # words in the longest caption, commas included: 13 a thing, and one to join two
_AFTER = {
    "moves": ("direction", tuple(event.split()[1] for event in EVENTS if event.startswith("moves "))),
    "turns": ("colour", tuple(COLOURS)),
}
_VERBS = tuple(dict.fromkeys(event.split()[0] for event in EVENTS))


def caption(story: Story) -> str:
    """The caption of a story, the thing at the left first.

    >>> a = Actor("circle", "red", "small", "left", ("moves up", "grows"))
    >>> b = Actor("star", "blue", "large", "right", ("turns green", "moves left"))
    >>> print(caption(Story((a,))))
    a small red circle at the left moves up, then grows
    >>> print(caption(Story((b,))))
    a large blue star at the right turns green, then moves left
    """
    return " and ".join(
        f"a {one.size} {one.colour} {one.shape} at the {one.place} {one.events[0]}, then {one.events[1]}"
        for one in story.things
    )


def split_words(text: str) -> list[str]:
    """The words of a caption as a model gets them, the comma a word of its own.

    >>> split_words("moves up, then grows")
    ['moves', 'up', ',', 'then', 'grows']
    """
    return text.replace(",", " ,").split()


def _event(words: _Words) -> str:
    verb = words.take("verb", _VERBS)
    return f"{verb} {words.take(*_AFTER[verb])}" if verb in _AFTER else verb


def parse(text: str) -> Story:
    """The story that a caption tells, its things in either order. Capitals and a final full stop are forgiven.

    Raises CaptionError for a text outside the grammar, or for what cannot be, such as a large thing that grows.

    >>> parse("a small pink ring at the right stays, then turns blue").things[0].events
    ('stays', 'turns blue')
    >>> parse("a small pink ring at the right stays then turns blue")
    Traceback (most recent call last):
    fmcourse.scenes.captions.CaptionError: word 9 is 'then', where a comma should be; choose one of: ,.
    """
    words, actors = _Words(text), []
    while True:
        words.take("word 'a'", ("a",))
        size, colour = words.take("size", tuple(SIZES)), words.take("colour", tuple(COLOURS))
        shape = words.take("shape", SHAPES)
        words.take("word 'at'", ("at",))
        words.take("word 'the'", ("the",))
        place, first = words.take("place", PLACES), _event(words)
        words.take("comma", (",",))
        words.take("word 'then'", ("then",))
        try:
            actors.append(Actor(shape, colour, size, place, (first, _event(words))))
            if not words.peek():
                return Story(tuple(actors))
        except CaptionError:
            raise
        except ValueError as error:
            raise CaptionError(str(error)) from None
        if len(actors) == MOST:
            raise CaptionError(f"word {words.at + 1}, '{words.peek()}', comes after {MOST} things; remove it.")
        words.take("word 'and'", ("and",))
