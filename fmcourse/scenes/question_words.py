"""The language of questions about scenes: `understand` is the exact inverse of `say`, and `answer` knows the truth.

    question = "what" ("colour" | "shape" | "size") "is the thing" ("at the" PLACE | "in the centre") "?"
             | "how many" COLOUR SHAPES "are there?"
             | "is there a" COLOUR SHAPE RELATION "a" COLOUR SHAPE "?"

How questions are drawn, so that they do not give their answers away, stands in `questions.py`.
Source: Johnson and others 2017, "CLEVR: a diagnostic dataset for compositional language and elementary visual
reasoning" (exact answers, since the scene is known).

But: one way to ask each thing, no question with two steps, and no "nothing" as an answer about an empty place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fmcourse.scenes.asking import true_relations
from fmcourse.scenes.captions import PLURALS, RELATIONS, Spec
from fmcourse.scenes.scene import COLOURS, PLACES, SHAPES, SIZES, Scene, Thing, did_you_mean

NUMBERS = ("zero", "one", "two", "three", "four")
OF_PLACES: Mapping[str, tuple[str, ...]] = {"colour": tuple(COLOURS), "shape": SHAPES, "size": tuple(SIZES)}
KINDS = (*OF_PLACES, "count", "relation")
ANSWERS = (*COLOURS, *SHAPES, *SIZES, *NUMBERS, "yes", "no")
LONGEST = 11  # words of the longest question, the mark included
_SINGULAR = {plural: shape for plural, shape in PLURALS.items()}
PLURAL = {shape: plural for plural, shape in PLURALS.items()}


class QuestionError(ValueError):
    """A question outside the language. The message names what is not known and how questions go."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its `kind` (of KINDS); the `place` it asks about, or the thing `what` that is counted or stands in
    `relation` to the thing `other`."""

    kind: str
    place: str | None = None
    what: Spec = Spec()
    relation: str | None = None
    other: Spec = Spec()


def say(question: Question) -> str:
    """The question in English.

    >>> say(Question("count", what=Spec(colour="red", shape="cross")))
    'how many red crosses are there?'
    >>> say(Question("colour", place="centre"))
    'what colour is the thing in the centre?'
    """
    q = question
    if q.kind in OF_PLACES:
        return f"what {q.kind} is the thing {'in the centre' if q.place == 'centre' else f'at the {q.place}'}?"
    if q.kind == "count":
        return f"how many {q.what.colour} {PLURAL[str(q.what.shape)]} are there?"
    return f"is there a {q.what.colour} {q.what.shape} {q.relation} a {q.other.colour} {q.other.shape}?"


_COLOUR, _SHAPE, _MANY = ("|".join(words) for words in (COLOURS, SHAPES, PLURALS))
_FORMS = (
    re.compile(rf"what (?P<kind>{'|'.join(OF_PLACES)}) is the thing (?P<place>(?:at|in) the [a-z ]+)"),
    re.compile(rf"how many (?P<colour>{_COLOUR}) (?P<many>{_MANY}) are there"),
    re.compile(
        rf"is there a (?P<colour>{_COLOUR}) (?P<shape>{_SHAPE}) (?P<relation>{'|'.join(RELATIONS)}) "
        rf"a (?P<colour2>{_COLOUR}) (?P<shape2>{_SHAPE})"
    ),
)
_PLACES = {("in the centre" if place == "centre" else f"at the {place}"): place for place in PLACES}
WORDS = tuple(
    sorted(
        {word for phrase in (*_PLACES, *RELATIONS) for word in phrase.split()}
        | {"what", "is", "thing", "how", "many", "are", "there", "a", "?"}
        | {*OF_PLACES, *COLOURS, *SHAPES, *PLURALS}
    )
)


def words(text: str) -> list[str]:
    """The words of a question and its mark. Raises QuestionError naming a word that no question has.

    >>> words("How many red rings are there")
    ['how', 'many', 'red', 'rings', 'are', 'there', '?']
    """
    found = re.findall(r"\w+|[^\w\s?]", text.lower())
    strange = next((word for word in found if word not in WORDS), None)
    if strange:
        raise QuestionError(f"'{strange}' stands in no question; {did_you_mean(strange, WORDS)}")
    return [*found, "?"]


def understand(text: str) -> Question:
    """The question that a text asks: the inverse of `say`; capitals, spaces and the mark are forgiven.

    Raises QuestionError for a text outside the language.
    """
    plain = " ".join(words(text)[:-1])
    for form in _FORMS:
        found = form.fullmatch(plain)
        if not found:
            continue
        part = found.groupdict()
        if "kind" in part:
            if part["place"] not in _PLACES:
                raise QuestionError(f"'{part['place']}' is no place; {did_you_mean(part['place'], list(_PLACES))}")
            return Question(part["kind"], place=_PLACES[part["place"]])
        if "many" in part:
            return Question("count", what=Spec(colour=part["colour"], shape=_SINGULAR[part["many"]]))
        other = Spec(colour=part["colour2"], shape=part["shape2"])
        return Question("relation", None, Spec(colour=part["colour"], shape=part["shape"]), part["relation"], other)
    raise QuestionError(
        f"'{text}' is no question of this language; such are 'what size is the thing at the top?', 'how many red rings "
        "are there?' and 'is there a red ring left of a blue star?'."
    )


def answer(question: Question, scene: Scene) -> str:
    """The true answer. Raises ValueError for a question about a place where nothing is."""
    q = question
    if q.kind in OF_PLACES:
        here = next((thing for thing in scene.things if thing.place == q.place), None)
        if here is None:
            filled = ", ".join(thing.place for thing in scene.things)
            raise ValueError(f"there is nothing at the place '{q.place}'; ask about one of: {filled}.")
        return getattr(here, q.kind)
    if q.kind == "count":
        return NUMBERS[sum(q.what.fits(thing) for thing in scene.things)]
    return "yes" if _stands(q, scene.things) else "no"


def _stands(q: Question, things: Sequence[Thing]) -> bool:
    return any(
        q.what.fits(one) and q.other.fits(two) and q.relation in true_relations(one.place, two.place)
        for one in things
        for two in things
        if one is not two
    )
