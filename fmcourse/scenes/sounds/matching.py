"""The reader's ear: which words and which melody explain a sound best.

Words: every start and length of the utterance is tried, with one, two and three words, first in large steps and then
in small ones; what the templates explain best wins. Melody: the one along which the sound repeats itself best, at the
pitch of any speaker.

But: something is always found, in noise and silence too. Whether it is a true sound is judged in `reader`.
"""

from typing import NamedTuple

import numpy as np

from fmcourse.scenes.sounds.hearing import LAGS, likeness
from fmcourse.scenes.sounds.lexicon import melody, slots, voiced_parts
from fmcourse.scenes.sounds.synthesis import LENGTH, PITCHES, RATE
from fmcourse.scenes.sounds.templates import frames_at, templates
from fmcourse.scenes.sounds.truth import MARKS, MOST, SPOKEN

_STARTS, _LENGTHS = np.arange(64, 385, 32.0), np.arange(3360, 3681, 80.0)  # tried first, in samples
_FINER = np.array([(start, length) for start in (-16.0, 0.0, 16.0) for length in (-40.0, 0.0, 40.0)])  # then, around it
_SPEAKERS = np.linspace(0.92, 1.08, 9) * sum(PITCHES) / 2
_STRAYS = np.linspace(-0.06, 0.06, 7)  # the pitch may stray by this share from the melody, anywhere ...
_STIFFNESS = 150.0  # ... at this price, times its square: 0.06 for 2 %, 0.54 for 6 %
_CENTRES = np.arange(32, LENGTH, 64)
_MARGIN = 0.02  # left out at both ends of a voiced part, as a share of the utterance


class Heard(NamedTuple):
    """The words found in a sound, when it starts and how long it is (in samples), and two numbers for each word.

    fits: squared distance from the word's template, per number. betweens: how far it is on the way to another word.
    """

    words: tuple[str, ...]
    start: float
    length: float
    fits: list[float]
    betweens: list[float]


def _distances(loud: np.ndarray, starts: np.ndarray, lengths: np.ndarray, n: int) -> list[np.ndarray]:
    """Of each slot from each word, at A alignments of each of N sounds: starts (N, A) -> `n` arrays (N, A, 12)."""
    found, rows = [], np.arange(len(loud))[:, None, None]
    for place in range(n):
        slot = templates()[n, place]
        frames = frames_at(starts.ravel(), lengths.ravel(), slot.shares).reshape(*starts.shape, -1)
        heard = loud[rows, frames]  # (N, A, K, B)
        found.append(slot.distances(heard.reshape(starts.size, -1)).reshape(*starts.shape, len(SPOKEN)))
    return found


def _total(distances: list[np.ndarray]) -> np.ndarray:
    """How badly the best words explain each alignment, each slot weighted by its frames: (N, A)."""
    n = len(distances)
    weights = [len(templates()[n, place].shares) for place in range(n)]
    return sum(w * part.min(-1) for w, part in zip(weights, distances, strict=True)) / sum(weights)


def _hear(distances: list[np.ndarray], start: float, length: float) -> Heard:
    """From the distances of each slot from each word (12,) at the best alignment."""
    words, fits, betweens = [], [], []
    for place, far in enumerate(distances):
        word = int(far.argmin())
        apart = templates()[len(distances), place].apart[word]
        others = np.arange(len(SPOKEN)) != word
        words.append(SPOKEN[word])
        fits.append(float(far[word]))
        betweens.append(float((0.5 - (far - far[word])[others] / apart[others] / 2).max()))
    return Heard(tuple(words), start, length, fits, betweens)


def hear_words(loud: np.ndarray) -> list[Heard]:
    """The words of each sound, from its loudness in bands (N, FRAMES, BANDS)."""
    rows = np.arange(len(loud))
    grid = [np.tile(axis.ravel(), (len(loud), 1)) for axis in np.meshgrid(_STARTS, _LENGTHS)]
    best, totals = [], []
    for n in range(1, MOST + 1):
        rough = _total(_distances(loud, grid[0], grid[1], n)).argmin(1)
        starts, lengths = (axis[rows, rough][:, None] + _FINER[:, k] for k, axis in enumerate(grid))
        distances = _distances(loud, starts, lengths, n)
        total = _total(distances)
        at = total.argmin(1)
        best.append(([part[rows, at] for part in distances], starts[rows, at], lengths[rows, at]))
        totals.append(total[rows, at])
    found = []
    for i, n in enumerate(np.argmin(totals, axis=0)):
        distances, starts, lengths = best[n]
        found.append(_hear([part[i] for part in distances], float(starts[i]), float(lengths[i])))
    return found


def _voiced(heard: list[Heard], u: np.ndarray) -> np.ndarray:
    """Weights of the moments `u` (N, T), in shares of the utterance: even where a voice should sound, 0 elsewhere."""
    on = np.zeros(u.shape)
    for i, each in enumerate(heard):
        for word, (a, b) in zip(each.words, slots(len(each.words)), strict=True):
            for begin, end in voiced_parts(word):
                inside = (u[i] > a + (b - a) * begin + _MARGIN) & (u[i] < a + (b - a) * end - _MARGIN)
                on[i, inside] = 1
    return on / np.maximum(on.sum(1, keepdims=True), 1)


def hear_tunes(sounds: np.ndarray, heard: list[Heard]) -> np.ndarray:
    """How alike each sound is to itself one period later, along each melody, where its words are voiced: (N, 3)."""
    u = np.stack([(_CENTRES - each.start) / each.length for each in heard])  # (N, T)
    weights = _voiced(heard, u)
    alike = likeness(sounds, _CENTRES)  # (N, T, lags)
    rows, times = np.ogrid[: len(sounds), : len(_CENTRES)]
    found = np.full((len(sounds), len(MARKS)), -1.0)
    for k, mark in enumerate(MARKS):
        for speaker in _SPEAKERS:
            period = RATE / (speaker * melody(mark, u))
            best = np.full(u.shape, -1.0)
            for stray in _STRAYS:
                lag = period * (1 + stray) - LAGS[0]
                low = lag.astype(int).clip(0, len(LAGS) - 2)
                part = lag - low
                there = alike[rows, times, low] * (1 - part) + alike[rows, times, low + 1] * part
                best = np.maximum(best, there - _STIFFNESS * stray**2)
            found[:, k] = np.maximum(found[:, k], (best * weights).sum(1))
    return found
