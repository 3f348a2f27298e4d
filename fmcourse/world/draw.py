"""Drawing a document: every choice is charged its exact price, so each text comes with its true log-probability.

A *kind* of document is a function `kind(d, world)` that writes a text by calling `d.pick` and `d.say`. The same
function serves twice: with a `Draw` it samples one document; under `enumerate_texts` it is replayed along every
possible path of choices, which is how the tests prove that the prices are right.

But: a kind whose hidden choices do not show in the text (which taste does this customer have?) must sum over them
itself. It draws those with `d.hidden`, which charges nothing, and ends with `d.settle(nats)`.
"""

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from fmcourse.types import T

_SLOT = re.compile(r"\{(\w+)\}")


class Span(NamedTuple):
    """Characters `start` (inclusive) to `end` (exclusive) of a document's text."""

    start: int
    end: int


class Link(NamedTuple):
    """A true relation between two places in a text, such as a pronoun and the name it stands for."""

    kind: str
    source: Span
    target: Span


@dataclass(frozen=True, slots=True)
class Document:
    """One text of the world, with everything that is true about it.

    `nats` is -log p(text), the natural logarithm, at least 0; it includes the choice of the kind. `links` point from
    one span of characters to another. `label` is the document's truth; where it asks for something, `label["answer"]`
    is what stands from character `label["at"]` on. `facts` are the (subject, relation) pairs that the text states.
    """

    text: str
    kind: str
    nats: float
    links: tuple[Link, ...] = ()
    label: dict[str, Any] = field(default_factory=dict)
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def prompt(self) -> str:
        """The text up to the answer; the whole text where nothing is asked."""
        return self.text[: self.label.get("at", len(self.text))].rstrip(" ")

    @property
    def answer(self) -> str:
        """What the text answers, or an empty string."""
        return self.label.get("answer", "")


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[str, ...]:
    return tuple(_SLOT.split(template))  # literal, slot name, literal, slot name, ..., literal


class Draw:
    """Samples one document.

    >>> d = Draw(random.Random(0))
    >>> animal = d.pick(["cat", "dog"])
    >>> _ = d.say("The {animal} sleeps.", animal=animal)
    >>> d.text in ("The cat sleeps.", "The dog sleeps.") and round(d.nats, 3)
    0.693
    """

    def __init__(self, rng: random.Random):
        self._rng = rng
        self.text = ""
        self.nats = 0.0
        self.links: list[Link] = []
        self.label: dict[str, Any] = {}
        self.facts: list[tuple[str, str]] = []

    # choices ------------------------------------------------------------------------------------------------------
    def _choose(self, n: int, weights: Sequence[float] | None) -> int:
        if weights is None:
            return int(self._rng.random() * n)
        return self._rng.choices(range(n), weights)[0]

    def pick(self, options: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of `options`, uniformly or by `weights`; charges -log p. A single option is forced and costs nothing."""
        n = len(options)
        if n == 1:
            return options[0]
        i = self._choose(n, weights)
        self.nats += math.log(n) if weights is None else math.log(sum(weights) / weights[i])
        return options[i]

    def sample(self, options: Sequence[T], k: int) -> list[T]:
        """`k` different options in order, each uniformly among those left."""
        left, out = list(options), []
        for _ in range(k):
            choice = self.pick(left)
            left.remove(choice)
            out.append(choice)
        return out

    def hidden(self, options: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """A choice that the text does not show; not charged here, see `settle`."""
        return options[0] if len(options) == 1 else options[self._choose(len(options), weights)]

    def settle(self, nats: float) -> None:
        """Set the price of the text to `nats`, summed over hidden choices by the kind itself."""
        self.nats = nats

    # words --------------------------------------------------------------------------------------------------------
    def say(self, template: str, **slots: Any) -> dict[str, Span]:
        """Append `template` with its `{slots}` filled, after one space; return where each slot stands."""
        out = self.text + (" " if self.text and not template.startswith(("\n", ",", ";", ".", "?")) else "")
        spans: dict[str, Span] = {}
        for i, piece in enumerate(_pieces(template)):
            if i % 2:
                value = str(slots[piece])
                spans[piece] = Span(len(out), len(out) + len(value))
                out += value
            else:
                out += piece
        self.text = out
        return spans

    def answer(self, template: str, **slots: Any) -> dict[str, Span]:
        """Like `say`, and marks these words as the answer that the document asks for (without a final full stop)."""
        start = len(self.text) + 1  # after the space, or the line break, that parts it from the prompt
        spans = self.say(template, **slots)
        self.label["at"] = start
        self.label["answer"] = self.text[start:].strip().removesuffix(".")
        return spans

    def link(self, kind: str, source: Span, target: Span) -> None:
        """Record a true relation between two places in the text."""
        self.links.append(Link(kind, source, target))

    def states(self, subject: str, relation: str) -> None:
        """Record that the text states this fact."""
        self.facts.append((subject, relation))


Kind = Callable[[Draw, Any], None]


class _Replay(Draw):
    """Follows a given path of choices, then always the first option; notes how wide each choice was."""

    def __init__(self, path: Sequence[int]):
        super().__init__(random.Random(0))
        self._path = list(path)
        self.taken: list[tuple[int, int]] = []  # (index, number of options)
        self.path_nats = 0.0

    def _choose(self, n: int, weights: Sequence[float] | None) -> int:
        i = self._path[len(self.taken)] if len(self.taken) < len(self._path) else 0
        self.taken.append((i, n))
        self.path_nats += math.log(n) if weights is None else math.log(sum(weights) / weights[i])
        return i


def enumerate_texts(kind: Kind, world: Any, limit: int = 2_000_000) -> Iterator[tuple[str, float, float]]:
    """Every derivation of `kind`: (text, -log p that the kind claims, -log p of this very path of choices).

    Where several paths give one text, the probabilities of the paths must add up to the claimed one. Raises
    `ValueError` when there are more than `limit` derivations.
    """
    path: list[int] = []
    for _ in range(limit):
        d = _Replay(path)
        kind(d, world)
        yield d.text, d.nats, d.path_nats
        while d.taken and d.taken[-1][0] + 1 >= d.taken[-1][1]:
            d.taken.pop()
        if not d.taken:
            return
        path = [i for i, _ in d.taken]
        path[-1] += 1
    raise ValueError(f"more than {limit:,} derivations; enumerate a smaller world")
