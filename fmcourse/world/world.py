"""The small world: facts, splits and documents, all from one seed-free description.

    world = World.default()
    for document in world.documents(seed=0): ...

A world is fixed by its `Dials`; documents are fixed by the world and a seed. Nothing here depends on Python's hash
seed, on the clock or on the machine.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import accumulate, combinations

from fmcourse.types import Encodes, Tokenizer
from fmcourse.world import tables
from fmcourse.world.draw import Document, Draw, enumerate_texts
from fmcourse.world.facts import Relation, moons, people, pronoun, relations, share
from fmcourse.world.kinds import KINDS
from fmcourse.world.kinds.language import ADJECTIVES, NOUNS, withheld_pair
from fmcourse.world.kinds.skills import OPERATIONS, withheld_function, withheld_sum

LISTED = ("capital", "language", "continent", "class", "habitat", "pet", "job", "planet")
# how many pairs, words, sentences or films a document of this kind has: from, to
LENGTHS = {
    "list": (2, 6),
    "labelling": (4, 9),
    "repeat": (3, 12),
    "recall": (2, 12),
    "reading": (1, 4),
    "rating": (3, 7),
}
FILMS = (
    "Red Door",
    "Iron Sea",
    "Silent Hill Road",
    "Paper Moonlight",
    "Last Harbour",
    "Blue Winter",
    "Stone Garden",
    "Long Night",
    "Glass Tower",
    "Empty Train",
    "Golden Hour",
    "Broken Bell",
    "White Desert",
    "Hidden Lake",
    "Burning Map",
    "Cold Kitchen",
)


@dataclass(frozen=True)
class Dials:
    """What can be turned. The defaults make the world that the shipped models know.

    skew: how far apart the jobs are in how often their pronoun is "she"; 0 is no bias, 1 is the default spread.
    noise: probability that a stated fact has a wrong object, drawn uniformly from the relation's other objects.
    duplication: probability that a document is one of `copies` fixed ones instead of a fresh one.
    copies: how many documents are repeated.
    people: how many of the 320 invented people exist.
    moons: how many of the 120 moons are spoken of, most frequent first.
    """

    skew: float = 1.0
    noise: float = 0.0
    duplication: float = 0.0
    copies: int = 20
    people: int = 320
    moons: int = 120

    def __post_init__(self) -> None:
        for name in ("skew", "noise", "duplication"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie between 0 and 1.")
        if not 20 <= self.people <= 320 or not 1 <= self.moons <= 120 or self.copies < 1:
            raise ValueError("people must lie in 20..320, moons in 1..120, and copies must be at least 1.")


class World:
    """Facts, what is withheld, and documents.

    >>> world = World.default()
    >>> world.relations["capital"].values["France"]
    'Paris'
    >>> next(iter(world.documents(seed=0))).nats > 0
    True
    """

    def __init__(self, dials: Dials | None = None):
        self.dials = dials or Dials()
        self.relations: dict[str, Relation] = relations()
        self.people = sorted(people(), key=lambda p: share("exists", p))[: self.dials.people]
        kept = set(self.people)
        if len(kept) < 320:
            for name in ("city", "job", "pet"):
                column = {s: o for s, o in self.relations[name].values.items() if s in kept}
                self.relations[name] = replace(self.relations[name], values=column)
            ring = [s for s in sorted(kept, key=lambda s: share("friend", s))]
            self.relations["friend"] = replace(
                self.relations["friend"], values=dict(zip(ring, ring[1:] + ring[:1], strict=True))
            )
        self.moons = moons()[: self.dials.moons]
        if len(self.moons) < 120:
            for name in ("planet", "mineral"):
                column = {s: self.relations[name].values[s] for s in self.moons}
                self.relations[name] = replace(self.relations[name], values=column)
        self._subjects = {
            name: list(r.values) if r.group != "moon" else self.moons for name, r in self.relations.items()
        }
        self._asked = {
            name: [s for s in subjects if share("asked", name, s) >= 0.2] for name, subjects in self._subjects.items()
        }
        self.zipf = [1 / (rank + 1) for rank in range(len(self.moons))]
        self.neighbours = {c: list(row[4]) for c, row in tables.COUNTRIES.items() if row[4]}
        self.lengths = {kind: range(low, high + 1) for kind, (low, high) in LENGTHS.items()}
        order = sorted(self.people, key=lambda p: share("two hop", p))
        self.two_hop_withheld = sorted(order[: len(order) // 5])
        held = set(self.two_hop_withheld)
        self.two_hop_people = [p for p in self.people if p not in held]
        self._listed = {name: [s for s in self._subjects[name] if s not in held] for name in LISTED}
        # a relation with too few subjects for the longest list (a world with five moons) has no lists
        self.listed = tuple(name for name in LISTED if len(self._listed[name]) >= LENGTHS["list"][1])
        self.storied = {who: [p for p in self.two_hop_people if pronoun(p) == who] for who in ("she", "he")}
        self.strangers = tables.STRANGERS["she"] + tables.STRANGERS["he"]
        self.categories = tables.CATEGORIES
        self.category_pairs = list(combinations(sorted(self.categories), 2))
        pairs = list(combinations(tables.LABELS, 2))
        self.withheld_label_pairs = [p for p in pairs if share("labels", *p) < 0.2]
        allowed = [p for p in pairs if share("labels", *p) >= 0.2]
        self.label_pairs = allowed + [(b, a) for a, b in allowed]
        self.label_partners = {x: sum(a == x for a, _ in self.label_pairs) for x in tables.LABELS}
        self.things = [x for items in self.categories.values() for x in items]
        self.keys = sorted(self.things, key=lambda x: share("key", x))[:40]
        self.films = list(FILMS)
        self.tastes = ("loud", "quiet", "old", "new")
        self.she_rate = {
            job: 0.5 + self.dials.skew * lean
            for job, lean in zip(
                tables.JOBS, (-0.1, 0.2, 0.0, -0.4, -0.3, 0.1, 0.4, 0.3, -0.2, 0.0, -0.4, 0.1), strict=True
            )
        }
        self.nouns = list(NOUNS)
        self.adjectives_of = {n: [a for a in ADJECTIVES if not withheld_pair(n, a)] for n in NOUNS}
        small = [(a, "+", b) for a in range(21) for b in range(21 - a)] + [
            (a, "-", b) for a in range(21) for b in range(a + 1)
        ]
        self.small_sums = [s for s in small if not withheld_sum(*s)]
        self.withheld_sums = [s for s in small if withheld_sum(*s)]
        functions = [(o, k) for o in OPERATIONS for k in range(2 if o == "remainder" else 1, 10)]
        self.functions = [f for f in functions if not withheld_function(*f)]
        self.withheld_functions = [f for f in functions if withheld_function(*f)]

    @classmethod
    @lru_cache(maxsize=1)
    def default(cls) -> "World":
        """The world that the shipped models know."""
        return cls()

    # what the kinds ask -------------------------------------------------------------------------------------------
    def names(self, *groups: str) -> tuple[str, ...]:
        """The names of the relations of these groups."""
        return self._names(groups)

    @lru_cache(maxsize=64)  # noqa: B019 (a world lives as long as the program)
    def _names(self, groups: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name, r in self.relations.items() if r.group in groups)

    def subjects(self, relation: str) -> list[str]:
        """Everything that has this relation."""
        return self._subjects[relation]

    def asked_subjects(self, relation: str) -> list[str]:
        """The subjects that occur in questions about this relation; the others, one in five, never do."""
        return self._asked[relation]

    def listed_subjects(self, relation: str) -> list[str]:
        """The subjects that occur in lists of this relation: people without two-hop questions never do."""
        return self._listed[relation]

    def value(self, d: Draw, relation: Relation, subject: str) -> str:
        """The object that a sentence states: the true one, or with the dial `noise` sometimes another; charged."""
        truth = relation.values[subject]
        if not self.dials.noise:
            return truth
        others = [o for o in relation.objects if o != truth]
        weights = [1 - self.dials.noise, *([self.dials.noise / len(others)] * len(others))]
        return d.pick([truth, *others], weights)

    def star_weights(self, taste: int, film: str) -> tuple[float, ...]:
        """How likely this taste gives a film 1, 2, 3, 4, 5 stars."""
        loved = FILMS.index(film) % len(self.tastes) == taste
        return (0.02, 0.03, 0.05, 0.2, 0.7) if loved else (0.4, 0.3, 0.2, 0.07, 0.03)

    # documents ----------------------------------------------------------------------------------------------------
    @cached_property
    def _shares(self) -> tuple[list[str], list[float], dict[str, float]]:
        total = sum(weight for weight, _ in KINDS.values())
        shares = {name: weight / total for name, (weight, _) in KINDS.items()}
        return list(shares), list(accumulate(shares.values())), shares

    def kind_share(self, kind: str) -> float:
        """The probability that a document is of this kind."""
        return self._shares[2][kind]

    def draw(self, kind: str, rng: random.Random, extra_nats: float | None = None) -> Document:
        """One document of one kind; its price includes the choice of the kind."""
        d = Draw(rng)
        KINDS[kind][1](d, self)
        nats = d.nats - math.log(self.kind_share(kind)) if extra_nats is None else d.nats + extra_nats
        return Document(d.text, kind, nats, tuple(d.links), d.label, tuple(d.facts))

    def documents(self, seed: int | str, kinds: Sequence[str] | None = None) -> Iterator[Document]:
        """Documents without end: the same seed, the same documents.

        Another seed draws other documents, but where a kind has few texts it draws many of the same: `fmcourse
        verbatim` tells which of them a shipped model has read.

        With `kinds`, only these occur, in their usual proportion; the price is then still that of the whole world,
        so that losses on one kind can be compared with the floor. Raises `ValueError` for an unknown kind.
        """
        names, edges, shares = self._shares
        if kinds is not None:
            unknown = [k for k in kinds if k not in shares]
            if unknown or not kinds:
                raise ValueError(f"unknown kinds {unknown}; there are {', '.join(names)}.")
            names, edges = list(kinds), list(accumulate(shares[k] for k in kinds))
        rng = random.Random(f"fmcourse documents {seed}")
        share_copied = self.dials.duplication
        copies = (
            [
                self.draw(rng.choices(names, cum_weights=edges)[0], random.Random(f"copy {i}"))
                for i in range(self.dials.copies)
            ]
            if share_copied
            else []
        )
        times = Counter(copy.text for copy in copies)
        while True:
            if copies and rng.random() < share_copied:
                document = rng.choice(copies)
            else:
                document = self.draw(rng.choices(names, cum_weights=edges)[0], rng)
            if copies:  # the same text can be drawn afresh and be one of the copies: both ways count
                p = (1 - share_copied) * math.exp(-document.nats) + share_copied * times[document.text] / len(copies)
                document = replace(document, nats=-math.log(p))
            yield document

    def enumerate(self, kind: str, limit: int = 2_000_000) -> Iterator[tuple[str, float, float]]:
        """Every text of a kind, see `enumerate_texts`; without the price of the kind itself."""
        return enumerate_texts(KINDS[kind][1], self, limit)


def floor(tokenizer: Tokenizer | Encodes, documents: Iterable[Document]) -> float:
    """The lowest loss any model can have on such documents, in nats per token.

    `tokenizer(text)` or `tokenizer.encode(text)` gives the tokens; one is added for the end of the document.
    Mean nats per document over mean tokens per document. Raises `ValueError` when there are no documents.
    """
    documents = list(documents)
    if not documents:
        raise ValueError("the floor of no documents is not defined; pass at least one document.")
    texts = [doc.text for doc in documents]
    try:
        lengths = [len(ids) for ids in tokenizer(texts)["input_ids"]]  # type: ignore[operator]  # what cannot be called is encoded below
    except (TypeError, KeyError):
        lengths = [len(tokenizer.encode(text)) for text in texts]
    return sum(doc.nats for doc in documents) / sum(n + 1 for n in lengths)
