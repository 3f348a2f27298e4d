"""How each word sounds in each place of an utterance: what the reader compares with, learnt from true sounds.

An utterance of n words has n slots; with one, two and three words that makes six. For each slot and word there is a
mean of log-mel frames at fixed shares of the slot. What is left around the means is one Gaussian for all words of a
slot: a few directions in which true sounds vary (pitch, mouth, breath, noise) and the same TOLERANCE in all others, so
that a sound made by a network may err a little everywhere (Tipping and Bishop, 1999, "Probabilistic principal component
analysis").

Learnt once, from true sounds of a fixed seed, and kept in memory: about three seconds.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.sounds.hearing import FRAMES, HOP, log_mel
from fmcourse.scenes.sounds.lexicon import slots
from fmcourse.scenes.sounds.synthesis import LENGTH, render, voice
from fmcourse.scenes.sounds.truth import MARKS, MOST, SPOKEN, Utterance

TOLERANCE = 0.5  # nats of loudness by which every number may be off; 0.5 is 2 dB
NOISES = (0.0, 0.01, 0.03, 0.05)  # of the sounds learnt from, in turn
_SEED = 4
_EXAMPLES = 24  # of each word in each slot
_DIRECTIONS = 40
_FRAMES = 27  # for a whole utterance: one every 16 ms
_JITTER = (8.0, 20.0)  # learnt at starts and lengths this far from the true ones, as the reader's own search will be


class Slot(NamedTuple):
    """A place for a word: K frames of B bands make D = K * B numbers."""

    shares: np.ndarray  # (K,) where the frames are, in shares of the utterance
    means: np.ndarray  # (12, D)
    axes: np.ndarray  # (R, D) directions in which true sounds vary
    gains: np.ndarray  # (R,) how much of a deviation along them is forgiven, from 0 to 1
    spread: float  # variance in every other direction
    apart: np.ndarray  # (12, 12) squared distances between the means

    def distances(self, heard: np.ndarray) -> np.ndarray:
        """Squared (Mahalanobis) distance from each word, mean over the D numbers: heard (n, D) -> (n, 12)."""
        plain = (heard**2).sum(1)[:, None] - 2 * heard @ self.means.T + (self.means**2).sum(1)
        along, mean = heard @ self.axes.T, self.means @ self.axes.T
        forgiven = ((along**2) @ self.gains)[:, None] - 2 * (along * self.gains) @ mean.T + (mean**2) @ self.gains
        return (plain - forgiven) / (self.spread * heard.shape[1])


def shares(n: int) -> list[np.ndarray]:
    """Where the frames of each slot of an utterance of `n` words are, in shares of the utterance."""
    found = []
    for a, b in slots(n):
        count = round((b - a) * _FRAMES)
        found.append(a + (b - a) * (np.arange(count) + 0.5) / count)
    return found


def frames_at(starts: np.ndarray, lengths: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Numbers of the frames at shares `where` (K,) of utterances that start and last so (A,), in samples: (A, K)."""
    return np.rint((starts[:, None] + lengths[:, None] * where) / HOP).astype(int).clip(0, FRAMES - 1)


def _learn(heard: np.ndarray, words: np.ndarray, where: np.ndarray) -> Slot:
    """A slot from examples `heard` (n, D) of `words` (n,), indices into SPOKEN."""
    means = np.stack([heard[words == i].mean(0) for i in range(len(SPOKEN))])
    rest = (heard - means[words]) / np.sqrt(len(heard) - len(SPOKEN))
    _, sizes, axes = np.linalg.svd(rest, full_matrices=False)
    variances = sizes**2
    spread = variances[_DIRECTIONS:].sum() / (heard.shape[1] - _DIRECTIONS) + TOLERANCE**2
    gains = 1 - spread / (variances[:_DIRECTIONS] + spread)
    slot = Slot(
        where,
        means.astype(np.float32),
        axes[:_DIRECTIONS].astype(np.float32),
        gains.astype(np.float32),
        float(spread),
        np.zeros(0),
    )
    return slot._replace(apart=slot.distances(slot.means))


@cache
def templates() -> dict[tuple[int, int], Slot]:
    """The six slots, by number of words and place from 0."""
    rng, found = np.random.default_rng(_SEED), {}
    for n in range(1, MOST + 1):
        words = np.stack([np.concatenate([rng.permutation(len(SPOKEN)) for _ in range(_EXAMPLES)]) for _ in range(n)])
        voices = [voice(rng) for _ in words[0]]
        sounds = np.empty((len(voices), LENGTH), np.float32)
        for i, who in enumerate(voices):
            utterance = Utterance(tuple(SPOKEN[k] for k in words[:, i]), MARKS[i % len(MARKS)])
            sounds[i] = render(utterance, rng, NOISES[i % len(NOISES)], who)
        starts, lengths = np.array([(who.start, who.length) for who in voices]).T
        starts, lengths = (
            value + rng.uniform(-most, most, len(voices))
            for value, most in zip((starts, lengths), _JITTER, strict=True)
        )
        loud = log_mel(sounds)
        for place, where in enumerate(shares(n)):
            heard = loud[np.arange(len(loud))[:, None], frames_at(starts, lengths, where)]
            found[n, place] = _learn(heard.reshape(len(loud), -1), words[place], where)
    return found
