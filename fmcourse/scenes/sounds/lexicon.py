"""How the twelve words are spoken: their phones, how long each lasts, and the melody of each mark.

A phone is where the three resonances of the mouth lie, how loud the voice is and how loud the breath. A word is a row
of phones, each with its share of the word's time. So a word may be spoken fast or slowly and stays the same word.
Formants are near those of adult speakers (Peterson and Barney, 1952, "Control methods used in a study of the vowels").

But: no rule turns spelling into phones, and a word sounds the same whatever its neighbours are.
"""

from typing import NamedTuple

import numpy as np


class Phone(NamedTuple):
    """Three formants in hertz; loudness of the voice and of the breath (1: a vowel's); the colour of the breath."""

    formants: tuple[float, float, float]
    voice: float = 1.0
    breath: float = 0.0
    colour: str = ""


PHONES = {
    "i": Phone((280, 2250, 2950)),  # see
    "I": Phone((420, 1900, 2550)),  # wish
    "e": Phone((560, 1780, 2500)),  # yes
    "a": Phone((760, 1250, 2450)),  # my, now
    "O": Phone((620, 900, 2400)),  # all
    "U": Phone((660, 1200, 2400)),  # us
    "o": Phone((480, 850, 2350)),  # go, its beginning
    "u": Phone((310, 830, 2250)),  # you; go and now, their end
    "w": Phone((290, 620, 2200), 0.7),
    "y": Phone((260, 2350, 3050), 0.7),
    "l": Phone((350, 1150, 2750), 0.6),
    "m": Phone((250, 1000, 2150), 0.45),
    "n": Phone((250, 1650, 2650), 0.45),
    "s": Phone((300, 1800, 2700), 0.0, 0.5, "s"),
    "S": Phone((300, 1900, 2500), 0.0, 0.65, "sh"),
    "g": Phone((280, 1600, 2100), 0.12),  # lips and tongue closed ...
    "k": Phone((330, 1400, 2100), 0.25, 0.5, "burst"),  # ... and opened
}
# The breath of each colour is a peak: its middle and its width, in hertz.
BREATHS = {"s": (3500.0, 450.0), "sh": (2300.0, 450.0), "burst": (1500.0, 350.0)}

WORD_PHONES: dict[str, tuple[tuple[str, float], ...]] = {  # phones and their shares of the word's time
    "all": (("O", 0.60), ("l", 0.40)),
    "go": (("g", 0.14), ("k", 0.12), ("o", 0.44), ("u", 0.30)),
    "me": (("m", 0.34), ("i", 0.66)),
    "my": (("m", 0.28), ("a", 0.40), ("i", 0.32)),
    "no": (("n", 0.32), ("o", 0.38), ("u", 0.30)),
    "now": (("n", 0.26), ("a", 0.42), ("u", 0.32)),
    "see": (("s", 0.40), ("i", 0.60)),
    "show": (("S", 0.38), ("o", 0.36), ("u", 0.26)),
    "us": (("U", 0.60), ("s", 0.40)),
    "wish": (("w", 0.20), ("I", 0.40), ("S", 0.40)),
    "yes": (("y", 0.20), ("e", 0.42), ("s", 0.38)),
    "you": (("y", 0.30), ("u", 0.70)),
}

# However many words there are, an utterance takes the same time: so its melody is always long enough to be heard. The
# last word is the longest, as in speech.
SHARES = {1: (1.0,), 2: (0.44, 0.56), 3: (0.29, 0.29, 0.42)}
PAUSE = 0.024  # between two words, as a share of the utterance

MELODIES = {".": (1.15, -0.42, 1.0), "?": (0.85, 0.75, 1.3), "!": (1.85, -0.7, 1.0)}  # start, change, power


def melody(mark: str, u: np.ndarray) -> np.ndarray:
    """Pitch along an utterance, as a multiple of the speaker's: `u` runs from 0 (its start) to 1 (its end).

    >>> [melody(mark, np.array([0.0, 1.0])).round(2).tolist() for mark in ".?!"]
    [[1.15, 0.73], [0.85, 1.6], [1.85, 1.15]]
    """
    start, change, power = MELODIES[mark]
    return start + change * np.clip(u, 0, 1) ** power


def slots(n: int) -> list[tuple[float, float]]:
    """Where each of `n` words begins and ends, in shares of the utterance.

    >>> slots(2)[0][0], slots(2)[1][1]
    (0.0, 1.0)
    """
    spoken, at, found = 1 - PAUSE * (n - 1), 0.0, []
    for share in SHARES[n]:
        found.append((at, at + share * spoken))
        at += share * spoken + PAUSE
    return [(a, 1.0 if i == n - 1 else b) for i, (a, b) in enumerate(found)]


def voiced_parts(word: str) -> list[tuple[float, float]]:
    """Where in a word the voice sounds clearly, in shares of the word: a list of (start, end)."""
    at, found = 0.0, []
    for phone, share in WORD_PHONES[word]:
        if PHONES[phone].voice > 0.2 and not PHONES[phone].colour:
            found.append((at, at + share))
        at += share
    return found
