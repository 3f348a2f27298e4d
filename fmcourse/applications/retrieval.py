"""Search: the texts of a collection that fit a question, by shared words (BM25), by vectors, or by both.

    index = Index(["Anwi lives in Oslo.", "Anwi has a goat.", "Timo works as a pilot."])
    [hit.text for hit in index.search("Where does Timo live?", 1)]        # ["Timo works as a pilot."]

Without `encode` the search is *sparse*: only texts that share a word with the question are found, so the answer may be
empty. With `encode` (texts -> one vector each) it can be *dense*, which always finds something, near or far. *Both*
adds up 1 / (60 + rank) over the two lists: reciprocal rank fusion.

But: everything lies in memory and nothing is ever deleted; words are cut at what is no letter or digit, and *lives*
is not *live*. Millions of texts need an inverted file on disk and a search for nearest vectors that may miss some.

Sources: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009 (their idf may
fall below 0; the one here, Lucene's, adds 1 inside the logarithm); G. Cormack, C. Clarke, S. Büttcher, "Reciprocal Rank
Fusion Outperforms Condorcet and Individual Rank Learning Methods", 2009.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

WAYS = ("sparse", "dense", "both")
POOL = 50  # how far down each list is read where both are joined
ENCODED_AT_MOST = 2000  # characters of a question that `encode` is given: its model has a window
_WORD = re.compile(r"\w+")


class Hit(NamedTuple):
    """One text that was found: its place in the collection (from 0), the text, its score (higher fits better)."""

    number: int
    text: str
    score: float


def words(text: str) -> list[str]:
    """The words that a search compares: letters and digits, in small letters.

    >>> words("Where does Anwi live?")
    ['where', 'does', 'anwi', 'live']
    """
    return _WORD.findall(text.lower())


class Index:
    """A collection that can be searched: `Index(texts)` sparse, `Index(texts, encode)` also dense and both.

    `encode` turns a list of n texts into n vectors, (n, D) numbers; they are compared by their cosine. `k1` says how
    soon a repeated word stops to count more, `b` how much long texts are marked down. An empty collection is allowed.

    Raises `TypeError` for one string in place of a list, or a text that is no string; `ValueError` for vectors of
    another shape or that are not finite.
    """

    def __init__(
        self,
        texts: Iterable[str],
        encode: Callable[[list[str]], Any] | None = None,
        *,
        k1: float = 1.2,
        b: float = 0.75,
    ):
        if isinstance(texts, str):
            raise TypeError("texts is one string; pass a list of texts, even for a single one.")
        self.texts = list(texts)
        for i, text in enumerate(self.texts):
            if not isinstance(text, str):
                raise TypeError(f"text {i} is of type {type(text).__name__}; each text must be a string.")
        self.encode = encode
        counts = [Counter(words(text)) for text in self.texts]
        lengths = [c.total() for c in counts]
        mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for i, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            for word, n in count.items():
                self._postings[word].append((i, n * (k1 + 1) / (n + k1 * (1 - b + b * length / mean))))
        self._vectors = self._vectors_of(self.texts) if encode is not None and self.texts else None

    def __len__(self) -> int:
        return len(self.texts)

    def search(self, question: str, k: int = 3, how: str | None = None) -> list[Hit]:
        """At most `k` texts, the best first; of equally good ones the earlier in the collection.

        `how`: "sparse", "dense" or "both"; without it, both where there is an `encode`, else sparse. Raises
        `TypeError` for a question that is no text, `ValueError` for k below 1 or a way that this index has not.

        >>> index = Index(["Anwi has a goat.", "Timo has a duck."])
        >>> [hit.number for hit in index.search("What pet does Timo have?", 9)], index.search("Who is Gero?")
        ([1], [])
        """
        if not isinstance(question, str):
            raise TypeError(f"the question is of type {type(question).__name__}; it must be a text.")
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ValueError(f"k is {k!r}; ask for a whole number of texts, at least 1.")
        how = how or ("sparse" if self.encode is None else "both")
        if how not in WAYS:
            raise ValueError(f"how is {how!r}; it must be one of {', '.join(WAYS)}.")
        if how != "sparse" and self.encode is None:
            raise ValueError(f"how is {how!r}, but this index has no vectors; make it with Index(texts, encode).")
        scores = {"sparse": self._sparse, "dense": self._dense, "both": self._both}[how](question)
        best = sorted(scores.items(), key=lambda row: (-row[1], row[0]))[:k]
        return [Hit(i, self.texts[i], score) for i, score in best]

    def _sparse(self, question: str) -> dict[int, float]:
        """BM25 of every text that shares a word with the question."""
        scores: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words(question)):  # the question's order: sums must not depend on a set's
            rows = self._postings.get(word, [])
            idf = math.log(1 + (len(self.texts) - len(rows) + 0.5) / (len(rows) + 0.5))
            for i, weight in rows:
                scores[i] += idf * weight
        return scores

    def _dense(self, question: str) -> dict[int, float]:
        """The cosine of every text with the question."""
        if self._vectors is None:
            return {}
        asked = self._vectors_of([question[:ENCODED_AT_MOST]])[0]
        if len(asked) != self._vectors.shape[1]:
            raise ValueError(f"encode gave {self._vectors.shape[1]} numbers a text, and {len(asked)} for the question.")
        return dict(enumerate((self._vectors @ asked).tolist()))

    def _both(self, question: str) -> dict[int, float]:
        fused: dict[int, float] = defaultdict(float)
        for scores in (self._sparse(question), self._dense(question)):
            for rank, i in enumerate(sorted(scores, key=lambda i: (-scores[i], i))[:POOL], start=1):
                fused[i] += 1 / (60 + rank)
        return fused

    def _vectors_of(self, texts: list[str]) -> np.ndarray:
        """(n, D): the vectors of n texts, each scaled to length one."""
        assert self.encode is not None
        made = np.asarray(self.encode(texts), dtype=np.float64)
        if made.ndim != 2 or len(made) != len(texts):
            raise ValueError(f"encode gave shape {made.shape} for {len(texts)} texts; it must give one vector each.")
        if not np.isfinite(made).all():
            raise ValueError("encode gave a number that is not finite.")
        return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12)


def recall_at_k(found: Sequence[Sequence[int]], right: Sequence[int]) -> float:
    """The share of questions whose right text is among those found: one list of numbers, one right number each.

    Raises `ValueError` without questions, or for lists of unequal length.

    >>> recall_at_k([[4, 2], [1, 0], [3]], [2, 5, 3])
    0.6666666666666666
    """
    if not right or len(found) != len(right):
        raise ValueError(f"{len(found)} lists were found for {len(right)} questions; give one each, at least one.")
    return sum(r in f for f, r in zip(found, right, strict=True)) / len(right)
