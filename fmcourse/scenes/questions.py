"""Questions about scenes, drawn so that the question alone never gives its answer away; and readers without a picture.

    question, answer, scene = sample(rng)          # say(question): 'how many red rings are there?'

A balanced draw begins with the question, then the answer, evenly among all it may have, then a scene with that answer.
So whoever does not see the picture is right once in `len(possible(question))`, and no better. Scenes are made to
mislead: where rings are counted, others share their colour or shape; where nothing red stands left of something blue,
the two stand otherwise, or have exchanged their colours, or one is another thing.
Sources: Antol and others 2015, "VQA: visual question answering"; Goyal and others 2017, "Making the V in VQA matter"
(questions whose answers can be guessed, and balance).

But: balance is exact for each question, and only for it: of two questions about one scene the second can be guessed
better.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from fmcourse.scenes.asking import SPLITS, WITHHELD_COUNTS, WITHHELD_RELATIONS, true_relations
from fmcourse.scenes.captions import RELATIONS, Spec
from fmcourse.scenes.question_words import (
    ANSWERS,
    KINDS,
    LONGEST,
    NUMBERS,
    OF_PLACES,
    WORDS,
    Question,
    QuestionError,
    answer,
    say,
    understand,
)
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, GROUNDS, MOST, PLACES, SHAPES, SIZES, Scene, Thing, did_you_mean

__all__ = [
    "ANSWERS", "KINDS", "LONGEST", "NUMBERS", "WORDS", "Posed", "Question", "QuestionError", "answer", "blind",
    "kinds_of", "most_frequent", "possible", "sample", "say", "shuffled", "understand",
]  # fmt: skip

T = TypeVar("T")
_ALL = tuple((shape, colour) for shape in SHAPES for colour in COLOURS)
_SEEN = tuple(kind for kind in _ALL if kind not in WITHHELD)


class Posed(NamedTuple):
    """A question, its answer and the scene it is about."""

    question: Question
    answer: str
    scene: Scene


def possible(question: Question, split: str = "seen") -> tuple[str, ...]:
    """The answers that a question may have in a balanced draw, each equally likely: the best blind answer is right once
    in their number."""
    if question.kind in OF_PLACES:
        return OF_PLACES[question.kind]
    if question.kind == "relation":
        return ("yes", "no")
    rare = {NUMBERS[n] for n, shape in WITHHELD_COUNTS if shape == question.what.shape}
    return tuple(n for n in NUMBERS if (n in rare) == (split == "withheld count"))


def sample(rng: np.random.Generator, kind: str | None = None, split: str = "seen", balanced: bool = True) -> Posed:
    """A question, its answer and a scene of one to four things.

    `kind` is one of KINDS (None: drawn evenly). `split` is one of SPLITS: "seen" for training, and for tests questions
    about withheld combinations, about relations and about numbers that training never asks for with that shape.
    `balanced=False` draws the scene first and then asks about what is in it, as people do: then blind answers are often
    right. Raises ValueError for an unknown kind or split, and for what a split does not have.
    """
    kinds = kinds_of(split)
    if kind is not None and kind not in kinds:
        raise ValueError(f"kind='{kind}' is unknown or has no split '{split}'; {did_you_mean(kind, kinds)}")
    if not balanced and split != "seen":
        raise ValueError(f"unbalanced questions are for training alone: there are none with split='{split}'.")
    kind = kind or _pick(rng, kinds)
    while True:
        if balanced:
            question = _question(rng, kind, split)
            if _asked(question, split) and possible(question, split):
                wanted = _pick(rng, possible(question, split))
                return Posed(question, wanted, _scene(rng, question, wanted, split))
        else:
            scene = Scene(tuple(_some(rng, _places(rng), _SEEN)), _pick(rng, GROUNDS))
            question = _about(rng, kind, scene)
            if _asked(question, split) and _shown(scene, split):
                return Posed(question, answer(question, scene), scene)


def kinds_of(split: str = "seen") -> tuple[str, ...]:
    """The kinds of questions that a split has. ValueError for an unknown one."""
    if split not in SPLITS:
        raise ValueError(f"split='{split}' is unknown; {did_you_mean(split, SPLITS)}")
    return {"withheld relation": ("relation",), "withheld count": ("count",)}.get(split, KINDS)


def _pick(rng: np.random.Generator, choices: Iterable[T]) -> T:
    choices = tuple(choices)
    return choices[rng.integers(len(choices))]


def _places(rng: np.random.Generator, least: int = 1, but: str | None = None) -> list[str]:
    """From `least` to four places, every number equally likely; none of them is `but`."""
    n = _pick(rng, range(least, MOST + 1))
    return [str(p) for p in rng.permutation([p for p in PLACES if p != but])[:n]]


def _some(rng: np.random.Generator, places: Sequence[str], kinds: Sequence[tuple[str, str]]) -> list[Thing]:
    """A thing at each place, of one of the kinds (shape, colour), of any size."""
    return [Thing(*_pick(rng, kinds), _pick(rng, SIZES), place) for place in places]


def _kinds(split: str) -> tuple[tuple[str, str], ...]:
    return WITHHELD if split == "withheld combination" else _SEEN


def _asked(question: Question, split: str) -> bool:
    """Whether a split asks this: training asks for no withheld relation, and its test for no other."""
    rare = question.kind == "relation" and (question.relation, question.what.shape) in WITHHELD_RELATIONS
    return rare == (split == "withheld relation")


def _shown(scene: Scene, split: str) -> bool:
    """Whether a split shows this: training sees no withheld combination, and of no shape as many as are withheld."""
    shapes = Counter(thing.shape for thing in scene.things)
    if split != "withheld count" and any((n, shape) in WITHHELD_COUNTS for shape, n in shapes.items()):
        return False
    return split == "withheld combination" or not any((t.shape, t.colour) in WITHHELD for t in scene.things)


def _question(rng: np.random.Generator, kind: str, split: str) -> Question:
    """A question of that kind, whatever the scene."""
    if kind in OF_PLACES:
        return Question(kind, place=_pick(rng, PLACES))
    first = second = _pick(rng, _kinds(split))
    if kind == "count":
        return Question("count", what=_spec(first))
    while first == second:
        second = _pick(rng, _kinds(split))
    return Question("relation", None, _spec(first), _pick(rng, RELATIONS), _spec(second))


def _spec(kind: tuple[str, str]) -> Spec:
    return Spec(shape=kind[0], colour=kind[1])


def _kind(spec: Spec) -> tuple[str, str]:
    return str(spec.shape), str(spec.colour)


def _scene(rng: np.random.Generator, q: Question, wanted: str, split: str) -> Scene:
    """A scene with that answer: drawn again until it has it, and shows nothing that the split withholds."""
    make = _with_at_place if q.kind in OF_PLACES else _with_count if q.kind == "count" else _with_relation
    while True:
        scene = Scene(tuple(make(rng, q, wanted, split)), _pick(rng, GROUNDS))
        if answer(q, scene) == wanted and _shown(scene, split):
            return scene


def _with_at_place(rng: np.random.Generator, q: Question, wanted: str, split: str) -> list[Thing]:
    here = [kind for kind in _kinds(split) if q.kind == "size" or wanted in kind]
    one = Thing(*_pick(rng, here), wanted if q.kind == "size" else _pick(rng, SIZES), str(q.place))
    return [one, *_some(rng, _places(rng, but=q.place)[1:], _SEEN)]


def _with_count(rng: np.random.Generator, q: Question, wanted: str, split: str) -> list[Thing]:
    """So many, and others, of which half share the colour or the shape."""
    n, asked = NUMBERS.index(wanted), _kind(q.what)
    places, others = _places(rng, max(1, n)), [kind for kind in _SEEN if kind != asked]
    alike = [kind for kind in others if _near(kind, asked)]
    rest = (_some(rng, [place], alike if rng.random() < 0.5 else others)[0] for place in places[n:])
    return [*_some(rng, places[:n], [asked]), *rest]


def _with_relation(rng: np.random.Generator, q: Question, wanted: str, split: str) -> list[Thing]:
    """For "yes" the two as asked. For "no", a third each: they stand otherwise; colours exchanged; one is another."""
    one, two = _kind(q.what), _kind(q.other)
    way = _pick(rng, ("apart", "exchanged", "another")) if wanted == "no" else ""
    if way == "exchanged":
        one, two = (one[0], two[1]), (two[0], one[1])
    elif way == "another" and rng.random() < 0.5:
        one = _pick(rng, [kind for kind in _SEEN if kind != one and _near(kind, one)])
    elif way == "another":
        two = _pick(rng, [kind for kind in _SEEN if kind != two and _near(kind, two)])
    places = _places(rng, 2)
    while (q.relation in true_relations(*places[:2])) == (way == "apart"):
        places = [str(p) for p in rng.permutation(list(PLACES))[: len(places)]]
    kinds = ([one], [two], *[_SEEN] * (len(places) - 2))
    return [_some(rng, [place], kind)[0] for place, kind in zip(places, kinds, strict=True)]


def _near(kind: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two things have a shape or a colour in common."""
    return kind[0] == other[0] or kind[1] == other[1]


def _about(rng: np.random.Generator, kind: str, scene: Scene) -> Question:
    """A question about what is there, as a person might ask it."""
    one = _pick(rng, scene.things)
    if kind in OF_PLACES:
        return Question(kind, place=one.place)
    first = (one.shape, one.colour)
    if kind == "count":
        return Question("count", what=_spec(first))
    others = [(t.shape, t.colour) for t in scene.things if (t.shape, t.colour) != first]
    second = _pick(rng, others or [kind for kind in _SEEN if kind != first])
    return Question("relation", None, _spec(first), _pick(rng, RELATIONS), _spec(second))


def blind(posed: Sequence[Posed], split: str = "seen") -> float:
    """The expected number of right answers by the best guess at each question, of balanced draws, without a picture."""
    return sum(1 / len(possible(one.question, split)) for one in posed)


def most_frequent(posed: Iterable[Posed], by: str = "kind") -> dict[str, str]:
    """The answer that is given most often to each kind of question, or, with `by="question"`, to each question."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in posed:
        found[one.question.kind if by == "kind" else say(one.question)][one.answer] += 1
    return {name: answers.most_common(1)[0][0] for name, answers in found.items()}


def shuffled(posed: Sequence[Posed], rng: np.random.Generator) -> list[Scene]:
    """The scenes handed on among questions of the same kind, so that none keeps its own; one alone of its kind does."""
    scenes = [one.scene for one in posed]
    for kind in dict.fromkeys(one.question.kind for one in posed):  # a set would come in another order each time
        rows = rng.permutation([i for i, one in enumerate(posed) if one.question.kind == kind])
        for i, j in zip(rows, np.roll(rows, 1), strict=True):
            scenes[i] = posed[j].scene
    return scenes
