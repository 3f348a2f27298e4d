"""Random utterances with their exact probability; what is withheld; and data sets of sounds and captions.

A draw: how many words (evenly), then one of the utterances with that many words that the split allows, each evenly.

But: nothing is skewed, and a word is never likelier after another because English has it so.
"""

from collections.abc import Iterable
from functools import cache
from itertools import product
from math import log
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.scene import did_you_mean
from fmcourse.scenes.sounds.captions import caption
from fmcourse.scenes.sounds.synthesis import LENGTH, render
from fmcourse.scenes.sounds.truth import MARKS, MOST, SPOKEN, Utterance

# Never side by side, in this order, in training data; the other order is. Who speaks them has learnt that a caption has
# an order, and not which pairs there are. Each word is withheld once as the first of a pair and once as the second.
WITHHELD_ORDER = (
    ("all", "now"),
    ("go", "see"),
    ("me", "show"),
    ("my", "us"),
    ("no", "wish"),
    ("now", "yes"),
    ("see", "you"),
    ("show", "all"),
    ("us", "go"),
    ("wish", "me"),
    ("yes", "my"),
    ("you", "no"),
)
# Never alone with this mark in training data; alone with the other two, and before this mark in longer utterances. Who
# speaks them can put any melody on any word. Each word is withheld once, each mark four times.
WITHHELD_MARK = (
    ("all", "."),
    ("go", "?"),
    ("me", "!"),
    ("my", "."),
    ("no", "?"),
    ("now", "!"),
    ("see", "."),
    ("show", "?"),
    ("us", "!"),
    ("wish", "."),
    ("yes", "?"),
    ("you", "!"),
)
# How many words an utterance of each split may have.
SPLITS = {"seen": (1, 2, 3), "withheld order": (2, 3), "withheld mark": (1,), "all": (1, 2, 3)}


def pairs(utterance: Utterance) -> list[tuple[str, str]]:
    """The words that stand side by side, in order."""
    return list(zip(utterance.words, utterance.words[1:], strict=False))


def split_of(utterance: Utterance) -> str:
    """Where an utterance belongs: "seen", "withheld order" (it has such a pair) or "withheld mark".

    >>> split_of(Utterance(("all", "now"), "!")), split_of(Utterance(("now", "all"), "!"))
    ('withheld order', 'seen')
    """
    if any(pair in WITHHELD_ORDER for pair in pairs(utterance)):
        return "withheld order"
    alone = len(utterance.words) == 1 and (utterance.words[0], utterance.mark) in WITHHELD_MARK
    return "withheld mark" if alone else "seen"


@cache
def all_utterances(words: int, split: str = "all") -> tuple[Utterance, ...]:
    """Every utterance of that many words in a split, once. ValueError for an unknown split.

    >>> [len(all_utterances(n)) for n in (1, 2, 3)], [len(all_utterances(n, "seen")) for n in (1, 2, 3)]
    ([36, 432, 5184], [24, 396, 4356])
    """
    _counts(words, split)
    if split == "all":
        return tuple(Utterance(said, mark) for said in product(SPOKEN, repeat=words) for mark in MARKS)
    return tuple(utterance for utterance in all_utterances(words) if split_of(utterance) == split)


def _counts(words: int | Iterable[int] | None, split: str) -> tuple[int, ...]:
    if split not in SPLITS:
        raise ValueError(f"split='{split}' is unknown; {did_you_mean(split, list(SPLITS))}")
    possible = SPLITS[split]
    counts = possible if words is None else (words,) if isinstance(words, int) else tuple(words)
    if not counts or len(set(counts)) < len(counts) or not all(1 <= n <= MOST for n in counts):
        raise ValueError(f"words must be a number from 1 to {MOST} or different such numbers, not {words!r}.")
    missing = [n for n in counts if n not in possible]
    if missing:
        raise ValueError(
            f"the split '{split}' has no utterance of {missing[0]} word{'s'[: missing[0] - 1]}; "
            f"words may be {' or '.join(map(str, possible))}."
        )
    return counts


def log_prob(utterance: Utterance, words: int | Iterable[int] | None = None, split: str = "seen") -> float:
    """log p(utterance), in nats, under `sample` with the same options; minus infinity for what it cannot draw.

    >>> round(log_prob(Utterance(("go", "now"), "?"), 2), 4)       # one of 396
    -5.9814
    """
    counts, n = _counts(words, split), len(utterance.words)
    if n not in counts or (split != "all" and split_of(utterance) != split):
        return -float("inf")
    return -log(len(counts)) - log(len(all_utterances(n, split)))


def sample(
    rng: np.random.Generator, words: int | Iterable[int] | None = None, split: str = "seen"
) -> tuple[Utterance, float]:
    """A random utterance and its log-probability in nats.

    `words` is the number of words, or several numbers to draw from; None: all that the split has. `split` is "seen"
    (for training), "withheld order", "withheld mark" or "all". ValueError for others.
    """
    counts = _counts(words, split)
    choices = all_utterances(counts[rng.integers(len(counts))], split)
    utterance = choices[rng.integers(len(choices))]
    return utterance, log_prob(utterance, counts, split)


def audit(utterances: Iterable[Utterance]) -> dict[tuple[str, str], int]:
    """How often each withheld pair of words, and each withheld word with its mark, occurs: zeros for training data.

    >>> audit([Utterance(("all", "now"), "!")])[("all", "now")]
    1
    """
    found = dict.fromkeys(WITHHELD_ORDER + WITHHELD_MARK, 0)
    for utterance in utterances:
        alone = [(utterance.words[0], utterance.mark)] if len(utterance.words) == 1 else []
        for pair in pairs(utterance) + alone:
            if pair in found:
                found[pair] += 1
    return found


class Dataset(NamedTuple):
    """What `dataset` returns."""

    sounds: np.ndarray  # (n, LENGTH), float32 in [-1, 1]
    captions: list[str]
    utterances: list[Utterance]
    nats: np.ndarray  # (n,) minus log-probability of each utterance


def dataset(
    seed: int, n: int, words: int | Iterable[int] | None = None, split: str = "seen", noise: float = 0.0
) -> Dataset:
    """`n` random utterances as sounds and captions; the same seed gives the same data. Options as in `sample`."""
    rng, counts = np.random.default_rng(seed), _counts(words, split)
    sounds, utterances, nats = np.empty((n, LENGTH), np.float32), [], np.empty(n)
    for i in range(n):
        utterance, logp = sample(rng, counts, split)
        sounds[i], nats[i] = render(utterance, rng, noise), -logp
        utterances.append(utterance)
    return Dataset(sounds, [caption(utterance) for utterance in utterances], utterances, nats)
