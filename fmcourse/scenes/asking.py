"""Captions of every kind with a scene that fits, and the exact distribution of scenes that a caption leaves open.

    asked = ask(rng)                          # Asked(request, scene): one draw of what a text-to-image model reads
    say(asked.request)                        # 'a red thing left of a small ring'
    exact = Conditional(asked.request)        # p(scene | request)
    exact.marginal("size"), exact.log_prob(asked.scene)

A draw: the family (`FAMILIES`), how many things, each thing's shape and colour (evenly among the 30 seen combinations)
and size, the places (every choice evenly), the ground; then what is said of it, whatever the values are:

full   everything, of one to three things, in any order
open   each attribute of each thing with probability 1/2, of one to three things
pair   of two things their shapes, the rest with probability 1/2, and one of the relations that are true of their places
group  of two to four things which share one to three of size, colour and shape: their number and what they share

The ground is said with probability 1/2. As it never depends on a value whether it is said, the scenes that fit are as
likely, one against another, as they are without a caption; only a relation weighs less where two are true.

But: one of several sentences with the same meaning is never preferred, and nobody leaves out what is obvious.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import permutations
from math import log
from typing import NamedTuple, TypeVar

import numpy as np

from fmcourse.scenes.captions import ATTRIBUTES, RELATIONS, Request, Spec
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, GROUNDS, PLACES, SHAPES, SIZES, Scene, Thing, did_you_mean

FAMILIES: Mapping[str, float] = {"full": 0.4, "open": 0.3, "pair": 0.15, "group": 0.15}
# Never said in training: relations of a thing of that shape to another, and numbers of things of that shape.
WITHHELD_RELATIONS = (("left of", "star"), ("right of", "circle"), ("above", "ring"), ("below", "square"))
WITHHELD_COUNTS = ((4, "star"), (4, "ring"), (3, "cross"), (3, "circle"))
SPLITS = ("seen", "withheld combination", "withheld relation", "withheld count")
T = TypeVar("T")
_SHARED = ("size", "colour", "shape")


class Asked(NamedTuple):
    """A request and a scene that fits it."""

    request: Request
    scene: Scene


def true_relations(first: str, second: str) -> tuple[str, ...]:
    """The relations in which a thing at one place stands to a thing at another: one or two.

    >>> true_relations("top left", "bottom")
    ('left of', 'above')
    """
    (x, y), (u, v) = PLACES[first], PLACES[second]
    true = {"left of": x < u, "right of": x > u, "above": y < v, "below": y > v}
    return tuple(relation for relation in RELATIONS if true[relation])


@cache
def _kinds(split: str) -> tuple[tuple[str, str], ...]:
    """The combinations of shape and colour that a split draws from."""
    if split == "withheld combination":
        return WITHHELD
    return tuple((s, c) for s in SHAPES for c in COLOURS if (s, c) not in WITHHELD)


def _pick(rng: np.random.Generator, choices: Iterable[T]) -> T:
    choices = tuple(choices)
    return choices[rng.integers(len(choices))]


def ask(
    rng: np.random.Generator,
    family: str | None = None,
    split: str = "seen",
    objects: int | None = None,
    large: Mapping[str, float] | None = None,
) -> Asked:
    """One request and one scene.

    `family` is one of FAMILIES (None: drawn), `objects` a number of things (None: drawn). `split` is one of SPLITS: for
    "withheld combination" each thing has one of the six, for "withheld relation" and "withheld count" the request is a
    pair or a group that no training request resembles. `large` is a dial for skew: the probability that a thing of that
    shape is large (1/2 where nothing is said). Raises ValueError for an unknown family or split, and numbers that a
    family does not have.
    """
    if split not in SPLITS:
        raise ValueError(f"split='{split}' is unknown; {did_you_mean(split, SPLITS)}")
    only = {"withheld relation": "pair", "withheld count": "group"}.get(split)
    family = family or only or str(rng.choice(list(FAMILIES), p=list(FAMILIES.values())))
    if family not in FAMILIES or only not in (None, family):
        raise ValueError(f"family='{family}' is unknown or has no split '{split}'; {did_you_mean(family, [*FAMILIES])}")
    counts = {"pair": (2,), "group": (2, 3, 4)}.get(family, (1, 2, 3))
    if objects is not None and objects not in counts:
        raise ValueError(f"a caption of the family '{family}' has {counts} things, not {objects}.")
    while True:
        n = objects or _pick(rng, counts)
        places = [str(p) for p in rng.permutation(list(PLACES))[:n]]
        make = {"pair": _pair, "group": _group}.get(family, _list)
        things, request = make(rng, family, places, split, large or {})
        if _allowed(request, split):
            ground = _pick(rng, GROUNDS)
            said = ground if rng.random() < 0.5 else None
            request = Request(request.specs, request.relation, request.group, said)
            return Asked(request, Scene(tuple(things), ground))


def _thing(rng: np.random.Generator, place: str, split: str, large: Mapping[str, float], spec: Spec) -> Thing:
    """A thing at a place, as `spec` says and otherwise free."""
    kinds = _likely(spec, split, tuple(large.items()))
    size, colour, shape = list(kinds)[rng.choice(len(kinds), p=list(kinds.values()))]
    return Thing(shape, colour, size, place)


@cache
def _likely(spec: Spec, split: str, large: tuple[tuple[str, float], ...]) -> dict[tuple[str, str, str], float]:
    """p(size, colour, shape | spec) of one thing, whatever its place."""
    dial, weights = dict(large), {}
    for shape, colour in _kinds(split):
        for size in SIZES:
            share = dial.get(shape, 0.5) if size == "large" else 1 - dial.get(shape, 0.5)
            if spec.fits(Thing(shape, colour, size, spec.place or "centre")) and share:
                weights[size, colour, shape] = share
    whole = sum(weights.values())
    return {key: w / whole for key, w in weights.items()}


def _list(
    rng: np.random.Generator, family: str, places: list[str], split: str, large: Mapping[str, float]
) -> tuple[list[Thing], Request]:
    things = [_thing(rng, place, split, large, Spec()) for place in places]
    share = 1.0 if family == "full" else 0.5
    specs = (Spec(*(getattr(t, a) if rng.random() < share else None for a in ATTRIBUTES)) for t in things)
    return things, Request(tuple(specs))


def _pair(
    rng: np.random.Generator, family: str, places: list[str], split: str, large: Mapping[str, float]
) -> tuple[list[Thing], Request]:
    things = [_thing(rng, place, split, large, Spec()) for place in places]
    said = [[a for a in ("size", "colour") if rng.random() < 0.5] + ["shape"] for _ in things]
    specs = (Spec(**{a: getattr(t, a) for a in names}) for t, names in zip(things, said, strict=True))
    return things, Request(tuple(specs), relation=_pick(rng, true_relations(*places)))


def _group(
    rng: np.random.Generator, family: str, places: list[str], split: str, large: Mapping[str, float]
) -> tuple[list[Thing], Request]:
    mask = 1 + int(rng.integers(7))
    first = _thing(rng, places[0], split, large, Spec())
    spec = Spec(**{a: getattr(first, a) for bit, a in enumerate(_SHARED) if mask >> bit & 1})
    things = [first, *(_thing(rng, place, split, large, spec) for place in places[1:])]
    return things, Request((spec,) * len(places), group=True)


def _allowed(request: Request, split: str) -> bool:
    """Whether a request belongs to a split."""
    relation = (request.relation, request.specs[0].shape) in WITHHELD_RELATIONS
    count = request.group and (len(request.specs), request.specs[0].shape) in WITHHELD_COUNTS
    return {"withheld relation": relation, "withheld count": count}.get(split, not relation and not count)


def fits(scene: Scene | None, request: Request) -> bool:
    """Whether a scene is what a request asks for: as many things, each as it is said, and the relation true."""
    if scene is None or len(scene.things) != len(request.specs) or request.ground not in (None, scene.ground):
        return False
    return any(
        all(spec.fits(thing) for spec, thing in zip(request.specs, order, strict=True))
        and (request.relation is None or request.relation in true_relations(order[0].place, order[1].place))
        for order in permutations(scene.things)
    )


def audit_requests(asked: Iterable[Asked]) -> dict[str, int]:
    """How often requests or scenes hold what is withheld: all zeros for training data."""
    found = {"combination": 0, "relation": 0, "count": 0}
    for request, scene in asked:
        found["combination"] += any((t.shape, t.colour) in WITHHELD for t in scene.things)
        found["relation"] += (request.relation, request.specs[0].shape) in WITHHELD_RELATIONS
        found["count"] += request.group and (len(request.specs), request.specs[0].shape) in WITHHELD_COUNTS
    return found


class Conditional:
    """p(scene | request) in training, exactly: what a model that has learned everything would draw from.

    `large` and `split` as in `ask`. Raises ValueError for a request that no scene fits.
    """

    def __init__(self, request: Request, split: str = "seen", large: Mapping[str, float] | None = None):
        self.request = request
        self.kinds = [_likely(spec, split, tuple((large or {}).items())) for spec in request.specs]
        weights = {}
        for places in permutations(PLACES, len(request.specs)):
            if all(s.place in (None, p) for s, p in zip(request.specs, places, strict=True)):
                true = true_relations(*places) if request.relation else ()
                if not request.relation or request.relation in true:
                    weights[places] = 1 / max(1, len(true))
        if not weights or not all(self.kinds):
            raise ValueError("no scene of this split is as the caption says.")
        whole = sum(weights.values())
        self.places = {places: w / whole for places, w in weights.items()}
        self.grounds = {g: 1.0 for g in GROUNDS if request.ground in (None, g)}
        self.grounds = {g: 1 / len(self.grounds) for g in self.grounds}

    def marginal(self, attribute: str, thing: int = 0) -> dict[str, float]:
        """How likely each value of "size", "colour", "shape", "place" is for a thing, or of "ground"."""
        if attribute == "ground":
            return dict(self.grounds)
        out: dict[str, float] = {}
        if attribute == "place":
            for places, p in self.places.items():
                out[places[thing]] = out.get(places[thing], 0.0) + p
            return out
        if attribute not in _SHARED:
            raise ValueError(f"'{attribute}' is no attribute; {did_you_mean(attribute, [*ATTRIBUTES, 'ground'])}")
        for key, p in self.kinds[thing].items():
            value = key[_SHARED.index(attribute)]
            out[value] = out.get(value, 0.0) + p
        return out

    def log_prob(self, scene: Scene) -> float:
        """log p(scene | request) in nats; minus infinity for a scene that does not fit."""
        total = 0.0
        if len(scene.things) == len(self.kinds):
            for order in permutations(scene.things):
                p = self.places.get(tuple(t.place for t in order), 0.0)
                for kind, thing in zip(self.kinds, order, strict=True):
                    p *= kind.get((thing.size, thing.colour, thing.shape), 0.0)
                total += p
        total *= self.grounds.get(scene.ground, 0.0)
        return log(total) if total else -float("inf")

    def sample(self, rng: np.random.Generator) -> Scene:
        """A scene as a model that has learned everything would draw it."""
        places = list(self.places)[rng.choice(len(self.places), p=list(self.places.values()))]
        things = []
        for kind, place in zip(self.kinds, places, strict=True):
            size, colour, shape = list(kind)[rng.choice(len(kind), p=list(kind.values()))]
            things.append(Thing(shape, colour, size, place))
        return Scene(tuple(things), str(rng.choice(list(self.grounds), p=list(self.grounds.values()))))
