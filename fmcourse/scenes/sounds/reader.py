"""What a sound says: the exact reader of utterances, noise included, and a verdict whether it is one at all.

`matching` finds the words and the mark that explain a sound best. Here the sound is judged: is it as loud as it should
be, is each word near to its template and not half way to another one, and does the voice follow one melody?

Scope: sounds made by `synthesis.render`, Gaussian noise of standard deviation up to 0.05. Within it at least 99 % are
read wholly right; tests/scenes/test_sounds.py measures this.

But: it knows these twelve words, these three melodies and this speaker, and no other speech.
"""

from dataclasses import dataclass

import numpy as np

from fmcourse.scenes.sounds.hearing import log_mel
from fmcourse.scenes.sounds.lexicon import slots
from fmcourse.scenes.sounds.matching import Heard, hear_tunes, hear_words
from fmcourse.scenes.sounds.synthesis import LENGTH, LEVEL, RATE
from fmcourse.scenes.sounds.truth import MARKS, Utterance

MOST_NOISE = 0.10  # above this a sound is called too noisy
MOST_UNFIT = 1.1  # `fit` of a word
MOST_BETWEEN = 0.36  # how far a word may be on the way to another one; half way is 0.5
LEAST_TUNE = 0.62  # how alike the voice is to itself one period later, along the melody
LEAST_LEAD = 0.2  # by how much more than along the other two melodies
LOUDNESS = (0.6, 1.7)  # of each word, in multiples of LEVEL

_QUIET = 64  # samples at both ends, where nobody speaks
_CHUNK = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader heard.

    scene    the most likely utterance
    legal    whether the sound is a true one, noise aside
    reason   why it is not legal; empty when it is
    fit      squared distance from the word's template per number (1: off by the tolerance), the worst of the words
    between  how far the worst word is on the way to another one: 0 is the word itself, 0.5 half way
    tune     how alike the voice is to itself one period later, along the melody found: at most 1
    lead     by how much that is more than along the second best melody
    noise    standard deviation of the noise, from the first and last samples, where nobody speaks
    """

    scene: Utterance
    legal: bool
    reason: str
    fit: float
    between: float
    tune: float
    lead: float
    noise: float

    @property
    def words(self) -> tuple[str, ...]:
        """The words heard."""
        return self.scene.words

    @property
    def mark(self) -> str:
        """The mark heard."""
        return self.scene.mark


def read_many(sounds: np.ndarray) -> list[Reading]:
    """Read many sounds (n, LENGTH), floats in [-1, 1]; values outside are clipped, as a loudspeaker would do.

    ValueError for another shape, or for values that are no numbers.
    """
    batch = np.asarray(sounds)
    if batch.ndim != 2 or batch.shape[1] != LENGTH:
        raise ValueError(f"sounds must be (n, {LENGTH}), not {batch.shape}; one sound goes to read_one.")
    batch = batch.astype(np.float32)
    if not np.isfinite(batch).all():
        raise ValueError("a sound holds a value that is not a number or infinite; look at what made it.")
    batch = batch.clip(-1, 1)
    return [reading for i in range(0, len(batch), _CHUNK) for reading in _read(batch[i : i + _CHUNK])]


def read_one(sound: np.ndarray) -> Reading:
    """Read one sound (LENGTH,); see `read_many`.

    >>> from fmcourse.scenes.sounds import Utterance, render
    >>> read_one(render(Utterance(("show", "me"), "!"), np.random.default_rng(0))).scene
    Utterance(words=('show', 'me'), mark='!')
    """
    return read_many(np.asarray(sound)[None])[0]


def spans(sound: np.ndarray) -> list[tuple[float, float, str]]:
    """When each word begins and ends in one sound (LENGTH,), in seconds, and the word: what the reader hears.

    >>> from fmcourse.scenes.sounds import Utterance, render
    >>> [word for _, _, word in spans(render(Utterance(("show", "me"), "!"), np.random.default_rng(0)))]
    ['show', 'me']
    """
    (heard,) = hear_words(log_mel(np.asarray(sound, np.float32)[None].clip(-1, 1)))
    places = slots(len(heard.words))
    return [
        ((heard.start + a * heard.length) / RATE, (heard.start + b * heard.length) / RATE, word)
        for (a, b), word in zip(places, heard.words, strict=True)
    ]


def _read(batch: np.ndarray) -> list[Reading]:
    heard = hear_words(log_mel(batch))
    return [_judge(*each) for each in zip(batch, heard, hear_tunes(batch, heard), strict=True)]


def _loudness(sound: np.ndarray, heard: Heard, noise: float) -> list[float]:
    """Of each word, in multiples of LEVEL, noise taken off."""
    found = []
    for a, b in slots(len(heard.words)):
        part = sound[int(heard.start + a * heard.length) : int(heard.start + b * heard.length)]
        found.append(float(np.sqrt(max((part.astype(float) ** 2).mean() - noise**2, 0)) / LEVEL))
    return found


def _judge(sound: np.ndarray, heard: Heard, tunes: np.ndarray) -> Reading:
    """One sound's Reading, from its words and how well it follows each of the three melodies."""
    noise = float(np.concatenate([sound[:_QUIET], sound[-_QUIET:]]).std())
    second, tune = np.sort(tunes)[-2:].tolist()
    mark, words = MARKS[int(tunes.argmax())], heard.words
    loudness = _loudness(sound, heard, noise)
    off = [i for i, each in enumerate(loudness) if not LOUDNESS[0] <= each <= LOUDNESS[1]]
    far, unsure = int(np.argmax(heard.fits)), int(np.argmax(heard.betweens))
    if noise > MOST_NOISE:
        reason = f"its noise of {noise:.2f} hides what it says"
    elif off:
        reason = f"word {off[0] + 1} is {loudness[off[0]]:.2f} times as loud as a word is"
    elif heard.fits[far] > MOST_UNFIT:
        reason = f"word {far + 1} is near to no word (nearest: {words[far]})"
    elif heard.betweens[unsure] > MOST_BETWEEN:
        reason = f"word {unsure + 1} is between two words (nearest: {words[unsure]})"
    elif tune < LEAST_TUNE:
        reason = f"the voice follows no melody (nearest: '{mark}')"
    elif tune - second < LEAST_LEAD:
        reason = f"the melody is between two marks (nearest: '{mark}')"
    else:
        reason = ""
    scene = Utterance(words, mark)
    return Reading(scene, not reason, reason, heard.fits[far], heard.betweens[unsure], tune, tune - second, noise)
