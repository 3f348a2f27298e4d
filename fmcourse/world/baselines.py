"""Readers without a network: n-grams, bags of words, the nearest known text, and the best possible reader of two kinds.

Every learned result of the course stands beside one of these. They learn by counting, in plain Python, and the two
`*_reader` functions do not learn at all: they know the rule by which the world writes, so that nobody can do better.

But: words are cut at spaces and punctuation, nothing knows about spelling, and speed is left out.

Sources: Witten and Bell 1991, "The zero-frequency problem" (n-grams); Maron 1961, "Automatic indexing" (naive Bayes);
Cover and Hart 1967, "Nearest neighbor pattern classification".
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from fmcourse.world.world import World

END = "</s>"
_WORD = re.compile(r"[\w']+|->|[^\w\s]")


def words(text: str) -> list[str]:
    """The words and marks of a text.

    >>> words("The cat sleeps, l'étoile.")
    ['The', 'cat', 'sleeps', ',', "l'étoile", '.']
    """
    return _WORD.findall(text)


def join(pieces: Iterable[str]) -> str:
    """Words back to text; the space before a mark is left out.

    >>> join(["Yes", ",", "it", "is", "."])
    'Yes, it is.'
    """
    return re.sub(r" ([.,;:?!])", r"\1", " ".join(pieces))


class NGram:
    """Predicts the next word from the `order` - 1 words before it, and backs off to fewer where those are new.

    The counts of each length are mixed as Witten and Bell do: a history that was followed by many different words
    hands more of its weight to the shorter history. The last resort is a uniform guess over the known words, one
    unknown word and the end of a text, so that the probabilities sum to one.

    >>> model = NGram(2).fit(["the cat sleeps", "the cat eats"])
    >>> round(model.probability("cat", ["the"]), 3)
    0.739
    """

    def __init__(self, order: int = 3):
        if order < 1:
            raise ValueError(f"order is {order}; it must be at least 1.")
        self.order = order
        self.counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self.vocabulary: set[str] = {END}

    def fit(self, texts: Iterable[str]) -> "NGram":
        """Count the texts; may be called again with more of them."""
        for text in texts:
            sequence = [*words(text), END]
            self.vocabulary.update(sequence)
            for i, word in enumerate(sequence):
                for n in range(min(self.order - 1, i) + 1):
                    self.counts[tuple(sequence[i - n : i])][word] += 1
        return self

    def probability(self, word: str, history: Sequence[str] = ()) -> float:
        """The probability of `word` after the words of `history`; an unknown word shares one place."""
        p = 1 / (len(self.vocabulary) + 1)
        kept = list(history)[-(self.order - 1) :] if self.order > 1 else []
        for n in range(len(kept) + 1):
            seen = self.counts.get(tuple(kept[len(kept) - n :]))
            if seen is None:
                break
            total, kinds = seen.total(), len(seen)
            p = (seen[word] + kinds * p) / (total + kinds)
        return p

    def complete(self, prompt: str, max_words: int = 40) -> str:
        """The most likely continuation, word by word, up to the end of the text or its first full stop."""
        sequence, out = words(prompt), []
        while len(out) < max_words:
            kept = sequence[-(self.order - 1) :] if self.order > 1 else []
            while tuple(kept) not in self.counts:
                kept = kept[1:]
            seen = self.counts[tuple(kept)]
            best = min(seen, key=lambda w: (-seen[w], w))  # of equally frequent ones, the first in the alphabet
            if best in (END, "."):
                break
            out.append(best)
            sequence.append(best)
        return join(out)

    @property
    def parameters(self) -> int:
        """How many counts are stored."""
        return sum(map(len, self.counts.values()))


class BagOfWords:
    """Naive Bayes: which label is most likely, if every word were drawn on its own? The order of words is lost.

    Counts start at one, so that a word new to a label does not rule it out; a word new to all labels says nothing.

    >>> model = BagOfWords().fit(["good good", "bad"], ["yes", "no"])
    >>> model.answer("good"), round(model.probabilities("good")["yes"], 3)
    ('yes', 0.692)
    """

    def fit(self, texts: Iterable[str], labels: Iterable[str]) -> "BagOfWords":
        """Count the words of each label's texts. Raises `ValueError` when there is no text."""
        self.labels: Counter[str] = Counter()
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        for text, label in zip(texts, labels, strict=True):
            self.labels[label] += 1
            self.counts[label].update(words(text))
        if not self.labels:
            raise ValueError("a bag of words needs at least one text with its label.")
        self.vocabulary = set().union(*self.counts.values())
        self._totals = {label: self.counts[label].total() + len(self.vocabulary) for label in self.labels}
        return self

    def scores(self, text: str) -> dict[str, float]:
        """log p(label) + the sum of log p(word | label), for each label."""
        known = [w for w in words(text) if w in self.vocabulary]
        n = self.labels.total()
        return {
            label: math.log(times / n) + sum(math.log((self.counts[label][w] + 1) / self._totals[label]) for w in known)
            for label, times in self.labels.items()
        }

    def probabilities(self, text: str) -> dict[str, float]:
        """The scores made to sum to one."""
        scores = self.scores(text)
        best = max(scores.values())
        weights = {label: math.exp(s - best) for label, s in scores.items()}
        return {label: w / sum(weights.values()) for label, w in weights.items()}

    def answer(self, text: str) -> str:
        """The most likely label; of equally likely ones, the first in the alphabet."""
        scores = self.scores(text)
        return min(scores, key=lambda label: (-scores[label], label))

    @property
    def parameters(self) -> int:
        """How many counts are stored."""
        return len(self.labels) + sum(map(len, self.counts.values()))


class NearestNeighbour:
    """Answers as the known text that shares most words does (shared words over all words of both).

    >>> NearestNeighbour().fit(["a red car", "two dogs"], ["A", "B"]).answer("three dogs")
    'B'
    """

    def fit(self, texts: Iterable[str], answers: Iterable[str]) -> "NearestNeighbour":
        """Remember every text and its answer."""
        self.known = [(frozenset(words(t)), a) for t, a in zip(texts, answers, strict=True)]
        if not self.known:
            raise ValueError("the nearest of no texts is not defined; pass at least one.")
        return self

    def answer(self, text: str) -> str:
        """The answer of the nearest text; of equally near ones, the first that was remembered."""
        asked = frozenset(words(text))
        return max(self.known, key=lambda row: len(asked & row[0]) / len(asked | row[0]))[1]

    @property
    def parameters(self) -> int:
        """How many words are stored."""
        return sum(len(bag) + 1 for bag, _ in self.known)


def labelling_reader(
    prompt: str, world: World, label_pairs: Sequence[tuple[str, str]] | None = None
) -> dict[str, float]:
    """The best possible answer to a `labelling` prompt: the probability of each label.

    A category that the prompt has labelled keeps its label. Otherwise the label is one that may stand beside the one
    shown, or any. `label_pairs` are the ordered pairs that may occur together: by default the world's training pairs.
    Raises `ValueError` for a prompt of another form.

    >>> labelling_reader("Sort: apple -> zub, saw -> mip, pear ->", World.default())
    {'zub': 1.0}
    """
    match = re.fullmatch(r"Sort:((?: [^,>]+ -> \w+,)*) (\w+) ->\s*", prompt)
    if not match:
        raise ValueError(f"not a labelling prompt: {prompt[:60]!r}; it goes 'Sort: apple -> zub, pear ->'.")
    of = {item: category for category, items in world.categories.items() for item in items}
    shown = {of[item]: label for item, label in re.findall(r" (\w+) -> (\w+),", match[1])}
    category = of[match[2]]
    if category in shown:
        return {shown[category]: 1.0}
    ways = Counter(
        mine
        for mine, other in (label_pairs if label_pairs is not None else world.label_pairs)
        if not shown or other == next(iter(shown.values()))
    )
    return {label: n / ways.total() for label, n in sorted(ways.items())}


def rating_reader(prompt: str, world: World) -> dict[int, float]:
    """The best possible guess at the next rating in a `rating` prompt: the probability of 1 to 5 stars.

    Bayes' rule over the hidden tastes: each taste is as likely as it makes the ratings shown. Raises `ValueError` for
    a prompt of another form.
    """
    match = re.fullmatch(r"Ratings by \w+: (.+)", prompt.strip())
    *rated, film = match[1].split(", ") if match else [""]
    if film not in world.films:
        raise ValueError(f"not a rating prompt: {prompt[:60]!r}; it goes 'Ratings by Corin: Red Door 5, Iron Sea'.")
    weight = [1.0] * len(world.tastes)
    for entry in rated:
        name, stars = entry.rsplit(" ", 1)
        weight = [w * world.star_weights(t, name)[int(stars) - 1] for t, w in enumerate(weight)]
    return {
        s: sum(w * world.star_weights(t, film)[s - 1] for t, w in enumerate(weight)) / sum(weight) for s in range(1, 6)
    }
