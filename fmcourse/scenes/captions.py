"""What is asked for, in English, and back: `understand` is the exact inverse of `say`, `parse` of `caption`.

    caption = things | group | pair                    then, perhaps, ", on a " GROUND " ground"
    things  = thing | thing " and " thing | thing ", " thing " and " thing      (the same for four)
    thing   = "a" [SIZE] [COLOUR] (SHAPE | "thing") ["at the " PLACE | "in the centre"]
    group   = ("two" | "three" | "four") [SIZE] [COLOUR] (SHAPES | "things")
    pair    = thing RELATION thing                     things without a place

What is not said is left open: "a red thing at the top" fits many scenes. A full caption, which `caption` makes, leaves
nothing open but the ground. In a group what is said is true of each thing, and the rest may differ from thing to thing.

But: there is one way to say each thing. Paraphrases are no part of this grammar.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fmcourse.scenes.scene import COLOURS, GROUNDS, MOST, PLACES, SHAPES, SIZES, Scene, Thing, did_you_mean

RELATIONS = ("left of", "right of", "above", "below")
COUNTS = {"two": 2, "three": 3, "four": 4}
PLURALS = {f"{shape}es" if shape.endswith("s") else f"{shape}s": shape for shape in SHAPES}
ATTRIBUTES = ("size", "colour", "shape", "place")
WORDS = tuple(
    sorted(
        {word for phrase in (*RELATIONS, *PLACES, *GROUNDS) for word in phrase.split()}
        | {"a", "and", "at", "in", "on", "the", "thing", "things", "ground", ","}
        | {*SHAPES, *PLURALS, *COLOURS, *SIZES, *COUNTS}
    )
)
LONGEST = 41  # words and commas of the longest caption: four full things on a ground


class CaptionError(ValueError):
    """A caption outside the grammar. The message names the word, where it stands, and what was expected there."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What is said of one thing; None is left open."""

    size: str | None = None
    colour: str | None = None
    shape: str | None = None
    place: str | None = None

    def fits(self, thing: Thing) -> bool:
        """Whether a thing is as it is said."""
        return all(getattr(self, a) in (None, getattr(thing, a)) for a in ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Request:
    """What a caption asks for: `specs`, one for each thing, in the caption's order.

    With `relation` (of RELATIONS) there are two, and the first stands in that relation to the second. With `group` all
    are equal and told by their number. `ground` None is left open.
    """

    specs: tuple[Spec, ...]
    relation: str | None = None
    group: bool = False
    ground: str | None = None


def request_of(scene: Scene, order: Sequence[int] | None = None, ground: bool = True) -> Request:
    """The request that names all of a scene, its things in reading order or in the given `order`."""
    order = range(len(scene.things)) if order is None else order
    if sorted(order) != list(range(len(scene.things))):
        raise ValueError(f"order must be a permutation of 0 to {len(scene.things) - 1}, not {list(order)}.")
    specs = tuple(Spec(*(getattr(scene.things[i], a) for a in ATTRIBUTES)) for i in order)
    return Request(specs, ground=scene.ground if ground else None)


def say(request: Request) -> str:
    """The caption of a request.

    >>> say(Request((Spec(colour="red"), Spec(shape="ring")), relation="left of"))
    'a red thing left of a ring'
    >>> say(Request((Spec(size="small", shape="cross"),) * 3, group=True, ground="dotted"))
    'three small crosses, on a dotted ground'
    """
    if request.group:
        spec, count = request.specs[0], {n: word for word, n in COUNTS.items()}[len(request.specs)]
        noun = {shape: plural for plural, shape in PLURALS.items()}.get(spec.shape or "", "things")
        text = " ".join(word for word in (count, spec.size, spec.colour, noun) if word)
    elif request.relation:
        text = f" {request.relation} ".join(_say(spec) for spec in request.specs)
    else:
        said = [_say(spec) for spec in request.specs]
        text = " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
    return text + (f", on a {request.ground} ground" if request.ground else "")


def _say(spec: Spec) -> str:
    words = ["a", spec.size, spec.colour, spec.shape or "thing"]
    if spec.place:
        words.append("in the centre" if spec.place == "centre" else f"at the {spec.place}")
    return " ".join(word for word in words if word)


def caption(scene: Scene, order: Sequence[int] | None = None) -> str:
    """The full caption of a scene, its things in reading order, or in the given `order` (a permutation of 0, 1, ...).

    A plain ground is not said.

    >>> caption(Scene((Thing("circle", "red", "large", "top left"), Thing("square", "blue", "small", "bottom right"))))
    'a large red circle at the top left and a small blue square at the bottom right'
    """
    return say(request_of(scene, order, ground=scene.ground != "plain"))


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

    def perhaps(self, choices: Sequence[str]) -> str | None:
        if self.peek() not in choices:
            return None
        self.at += 1
        return self.words[self.at - 1]

    def place(self) -> str | None:
        word = self.perhaps(("at", "in"))
        if word is None:
            return None
        self.take("word 'the'", ("the",))
        if word == "in":
            return self.take("place after 'in the'", ("centre",))
        edges = [place for place in PLACES if " " not in place and place != "centre"]
        first = self.take("place after 'at the'", edges)
        if first in ("top", "bottom") and self.peek() in ("left", "right"):
            return f"{first} {self.take('side', ('left', 'right'))}"
        return first

    def described(self, nouns: Sequence[str], nothing: str) -> tuple[str | None, str | None, str | None]:
        """Size and colour, if they are said, and the noun; `nothing` is the noun that leaves the shape open."""
        size, before = self.perhaps(tuple(SIZES)), self.at
        colour = self.perhaps(tuple(COLOURS))
        expected = [*nouns, nothing] if colour else [*COLOURS, *nouns, nothing]
        expected = expected if size or self.at > before else [*SIZES, *expected]
        kind = "shape" if colour else "size, colour or shape" if not size else "colour or shape"
        noun = self.take(kind, expected if self.peek() not in nouns else nouns)
        return size, colour, None if noun == nothing else noun


def understand(text: str) -> Request:
    """What a caption asks for. Capitals and a final full stop are forgiven. Raises CaptionError outside the grammar.

    >>> understand("A red thing left of a ring.").specs[0]
    Spec(size=None, colour='red', shape=None, place=None)
    >>> understand("a small pnik star in the centre")
    Traceback (most recent call last):
    fmcourse.scenes.captions.CaptionError: word 3 is 'pnik', where a colour or shape should be; did you mean 'pink'?
    """
    words = _Words(text)
    group, relation, specs = False, None, []
    joined: list[str] = []
    if words.peek() in COUNTS:
        group, number = True, COUNTS[words.take("number", tuple(COUNTS))]
        size, colour, noun = words.described(tuple(PLURALS), "things")
        specs = [Spec(size, colour, PLURALS[noun] if noun else None)] * number
    while not group:
        words.take("word 'a' or a number", ("a",))
        size, colour, noun = words.described(SHAPES, "thing")
        specs.append(Spec(size, colour, noun, words.place()))
        if not joined and not relation and words.peek() in ("left", "right", "above", "below"):
            relation = words.take("relation", ("left", "right", "above", "below"))
            if relation in ("left", "right"):
                relation += f" {words.take('word', ('of',))}"
        elif relation or words.peek() not in ("and", ",") or words.peek(1) == "on":
            break
        else:
            joined.append(words.take("joining word", ("and", ",")))
    ground = None
    if words.peek() == "," and words.peek(1) == "on":
        words.at += 2
        words.take("word 'a'", ("a",))
        ground = words.take("ground", GROUNDS)
        words.take("word", ("ground",))
    if words.peek():
        raise CaptionError(f"word {words.at + 1}, '{words.peek()}', comes after the caption has ended; remove it.")
    _check(specs, joined, relation)
    return Request(tuple(specs), relation, group, ground)


def _check(specs: list[Spec], joined: list[str], relation: str | None) -> None:
    """What no single word shows: too many things, wrong commas, places that contradict each other."""
    if len(specs) > MOST:
        raise CaptionError(f"a caption tells at most {MOST} things, this one {len(specs)}.")
    if joined and joined != [","] * (len(joined) - 1) + ["and"]:
        raise CaptionError("join two things by 'and', more by commas and then 'and': 'X, Y and Z'.")
    places = [spec.place for spec in specs if spec.place]
    if relation and places:
        raise CaptionError(f"'{relation}' stands between things without a place; remove 'at the {places[0]}'.")
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice:
        raise CaptionError(f"two things are at the same place, '{twice}'; give each a place of its own.")


def parse(text: str) -> Scene:
    """The scene that a full caption tells, its things in any order; a ground that is not said is plain.

    Raises CaptionError for a text outside the grammar, and for one that leaves something open.

    >>> parse("a small pink star in the centre").things
    (Thing(shape='star', colour='pink', size='small', place='centre'),)
    """
    request = understand(text)
    for number, spec in enumerate(request.specs, 1):
        open_ = [a for a in ATTRIBUTES if getattr(spec, a) is None]
        if open_:
            raise CaptionError(f"the caption leaves the {' and the '.join(open_)} of thing {number} open; say it.")
    things = tuple(Thing(str(s.shape), str(s.colour), str(s.size), str(s.place)) for s in request.specs)
    return Scene(things, request.ground or "plain")
