"""A scene in English, and back: `parse` is the exact inverse of `caption`.

    scene = thing | thing " and " thing | thing ", " thing " and " thing      then, perhaps
            ", moving " MOTION      and perhaps      ", saying " WORD
    thing = "a " SIZE " " COLOUR " " SHAPE " at the " PLACE     ("in the centre" for the centre)

But: there is one way to say each thing. Paraphrases are no part of this grammar.
"""

import re
from collections.abc import Sequence

from fmcourse.scenes.scene import COLOURS, MOST, MOTIONS, PLACES, SHAPES, SIZES, WORDS, Scene, Thing, did_you_mean


class CaptionError(ValueError):
    """A caption outside the grammar. The message names the word, where it stands, and what was expected there."""


def _say(thing: Thing) -> str:
    where = "in the centre" if thing.place == "centre" else f"at the {thing.place}"
    return f"a {thing.size} {thing.colour} {thing.shape} {where}"


def caption(scene: Scene, order: Sequence[int] | None = None) -> str:
    """The caption of a scene, its things in reading order, or in the given `order` (a permutation of 0, 1, ...).

    >>> caption(Scene((Thing("circle", "red", "large", "top left"), Thing("square", "blue", "small", "bottom right"))))
    'a large red circle at the top left and a small blue square at the bottom right'
    """
    order = range(len(scene.things)) if order is None else order
    if sorted(order) != list(range(len(scene.things))):
        raise ValueError(f"order must be a permutation of 0 to {len(scene.things) - 1}, not {list(order)}.")
    said = [_say(scene.things[i]) for i in order]
    text = " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
    text += f", moving {scene.motion}" if scene.motion else ""
    return text + (f", saying {scene.word}" if scene.word else "")


class _Words:
    """The words of a caption with a finger on the next one."""

    def __init__(self, text: str) -> None:
        self.words = re.findall(r"\w+|[^\w\s]", text.lower())
        if self.words[-1:] == ["."]:
            self.words.pop()
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else ""

    def take(self, what: str, choices: Sequence[str]) -> str:
        word = self.peek()
        if word not in choices:
            found = f"word {self.at + 1} is '{word}'" if word else f"the caption ends after {len(self.words)} words"
            raise CaptionError(f"{found}, where a {what} should be; {did_you_mean(word, choices)}")
        self.at += 1
        return word

    def place(self) -> str:
        if self.take("word 'at' or 'in'", ("at", "in")) == "in":
            self.take("word 'the'", ("the",))
            return self.take("place after 'in the'", ("centre",))
        self.take("word 'the'", ("the",))
        edges = [place for place in PLACES if " " not in place and place != "centre"]
        first = self.take("place after 'at the'", edges)
        if first in ("top", "bottom") and self.peek() in ("left", "right"):
            return f"{first} {self.take('side', ('left', 'right'))}"
        return first


def parse(text: str) -> Scene:
    """The scene that a caption tells, its things in any order. Capitals and a final full stop are forgiven.

    Raises CaptionError for a text outside the grammar.

    >>> parse("a small pink star in the centre").things
    (Thing(shape='star', colour='pink', size='small', place='centre'),)
    >>> parse("a small pnik star in the centre")
    Traceback (most recent call last):
    fmcourse.scenes.captions.CaptionError: word 3 is 'pnik', where a colour should be; did you mean 'pink'?
    """
    words, things, motion, word = _Words(text), [], None, None
    joined = []
    while True:
        words.take("word 'a'", ("a",))
        size, colour = words.take("size", tuple(SIZES)), words.take("colour", tuple(COLOURS))
        things.append(Thing(words.take("shape", SHAPES), colour, size, words.place()))
        if words.peek() not in ("and", ",") or words.peek(1) in ("moving", "saying"):
            break
        joined.append(words.take("joining word", ("and", ",")))
    if joined not in ([], ["and"], [",", "and"]):
        raise CaptionError(
            f"a caption tells at most {MOST} things, this one {len(things)}."
            if len(things) > MOST
            else "join two things by 'and', three by a comma and then 'and': 'X, Y and Z'."
        )
    if words.peek() == "," and words.peek(1) == "moving":
        words.at += 2
        motion = words.take("motion", MOTIONS)
    if words.peek() == "," and words.peek(1) == "saying":
        words.at += 2
        word = words.take("spoken word", WORDS)
    if words.peek():
        raise CaptionError(f"word {words.at + 1}, '{words.peek()}', comes after the caption has ended; remove it.")
    try:
        return Scene(tuple(things), motion, word)
    except ValueError as error:
        raise CaptionError(str(error)) from None
