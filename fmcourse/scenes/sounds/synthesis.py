"""The speaker: pulses of the voice, three resonators, breath for the fricatives, and lips.

Each pulse of the voice rings in the mouth as its three formants stand at that moment. Three resonators, one after the
other (Klatt, 1980, "Software for a cascade/parallel formant synthesizer"), ring as a sum of damped waves, known in
closed form; the rings of all pulses are added up (as in Rodet, 1984, "Time-domain formant-wave-function synthesis"). So
there is no loop over time, a pulse may fall between two samples, and nothing clicks.

But: the voice is no natural one. Nothing here hurries, stresses or slurs.
"""

from dataclasses import dataclass

import numpy as np

from fmcourse.scenes.sounds.lexicon import BREATHS, PHONES, WORD_PHONES, melody, slots
from fmcourse.scenes.sounds.truth import Utterance

RATE = 8000  # samples per second
LENGTH = 4096  # samples in a sound: 0.512 s
LEVEL = 0.16  # root mean square of each word

STARTS = (96.0, 352.0)  # in samples
LENGTHS = (3400.0, 3640.0)  # of the utterance, in samples
PITCHES = (130.0, 150.0)  # of the speaker, in hertz
MOUTHS = (0.97, 1.03)  # all resonances of the speaker are multiplied by this

_BANDWIDTHS = np.array([70.0, 100.0, 160.0])  # of the formants, in hertz
_THROAT = np.array([80.0, 1200.0])  # low-pass of the voice, in hertz; lips: a differentiator
_RING, _SPLIT = 384, 16  # samples that a pulse rings; the powers of its poles are made in two steps
_EDGE = 128.0  # samples over which loudness goes from one phone to the next
_GLIDE = 480.0  # at most, for the formants


@dataclass(frozen=True, slots=True)
class Voice:
    """All that varies between two renderings of one utterance, but the breath's own noise. The default is the middle.

    start   where the utterance begins, in samples          pitch   of the speaker, in hertz
    length  how long it takes, in samples                   mouth   factor on all resonances
    phase   of the first pulse, from 0 to 1
    """

    start: float = sum(STARTS) / 2
    length: float = sum(LENGTHS) / 2
    pitch: float = sum(PITCHES) / 2
    mouth: float = 1.0
    phase: float = 0.0


def voice(rng: np.random.Generator) -> Voice:
    """A random voice; each of its five numbers is even over its range."""
    return Voice(*(float(rng.uniform(*span)) for span in (STARTS, LENGTHS, PITCHES, MOUTHS, (0.0, 1.0))))


def _steps(t: np.ndarray, at: np.ndarray, widths: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A track that goes from values[i] to values[i + 1] at time at[i], smoothly over widths[i]: (T,) + values' rest."""
    u = np.clip((t[:, None] - at) / widths + 0.5, 0, 1)
    return values[0] + (0.5 - 0.5 * np.cos(np.pi * u)) @ np.diff(values, axis=0)


def _rings(formants: np.ndarray, late: np.ndarray) -> np.ndarray:
    """How a pulse rings: formants (K, 3) in hertz, `late` (K,) from pulse to first sample -> (K, _RING), energy 1."""
    poles = (-np.pi * _BANDWIDTHS + 2j * np.pi * formants) / RATE  # (K, 3), upper half plane
    throat = np.broadcast_to(-2 * np.pi * _THROAT / RATE, (len(formants), 2))
    every = np.concatenate([throat, poles, poles.conj()], axis=1)  # (K, 8)
    apart = every[:, :5, None] - every[:, None, :]
    apart[:, np.arange(5), np.arange(5)] = 1
    weight = every[:, :5] / apart.prod(-1)  # residues; the numerator is the lips
    weight[:, :2] /= 2  # a real pole has no twin
    weight = weight * np.exp(every[:, :5] * late[:, None])
    coarse = np.exp(every[:, None, :5] * (np.arange(_RING // _SPLIT) * _SPLIT)[:, None]) * weight[:, None, :]
    fine = np.exp(every[:, :5, None] * np.arange(_SPLIT))
    ring = (coarse @ fine).real.reshape(len(formants), _RING)
    return ring / np.sqrt((ring**2).sum(1, keepdims=True))


def _word(
    word: str, a: float, b: float, pulses: np.ndarray, pitch: np.ndarray, who: Voice, rng: np.random.Generator
) -> np.ndarray:
    """One word from sample `a` to `b`: the pulses that fall into it, and its breath; (LENGTH,)."""
    names, shares = zip(*WORD_PHONES[word], strict=True)
    phones = [PHONES[name] for name in names]
    lengths = np.array(shares) * (b - a)
    inner = a + np.cumsum(lengths)[:-1]
    shorter = np.minimum(lengths[:-1], lengths[1:])
    edge = np.minimum(_EDGE, shorter)
    at = np.concatenate([[a + _EDGE / 2], inner, [b - _EDGE / 2]])
    widths = np.concatenate([[_EDGE], edge, [_EDGE]])

    def loudness(t: np.ndarray, values: list[float]) -> np.ndarray:
        return _steps(t, at, widths, np.array([0.0, *values, 0.0]))

    inside = (pulses > a) & (pulses < b)
    t, hertz = pulses[inside], pitch[inside]
    formants = _steps(t, inner, np.minimum(_GLIDE, 0.8 * shorter), np.array([phone.formants for phone in phones]))
    first = np.ceil(t).astype(int)
    ring = _rings(formants * who.mouth, first - t)
    ring *= (loudness(t, [phone.voice for phone in phones]) * np.sqrt(RATE / hertz))[:, None]
    where = first[:, None] + np.arange(_RING)
    sound = np.bincount(where.ravel(), ring.ravel(), LENGTH + _RING)[:LENGTH]
    for colour in dict.fromkeys(phone.colour for phone in phones if phone.colour):
        middle, width = BREATHS[colour]
        peak = 1 / (1 + ((np.fft.rfftfreq(LENGTH, 1 / RATE) - middle * who.mouth) / width) ** 2) ** 1.5
        breath = np.fft.irfft(np.fft.rfft(rng.standard_normal(LENGTH)) * peak)
        loud = loudness(np.arange(LENGTH), [phone.breath * (phone.colour == colour) for phone in phones])
        sound += breath / breath.std() * loud
    return sound * (LEVEL / np.sqrt((sound**2).sum() / (b - a)))


def render(utterance: Utterance, rng: np.random.Generator, noise: float = 0.0, who: Voice | None = None) -> np.ndarray:
    """The sound of an utterance: float32 (LENGTH,) in [-1, 1], RATE samples per second.

    `noise` is the standard deviation of Gaussian noise (full scale is 1). `who` fixes the voice; without it, one is
    drawn from `rng`. Every word has the same loudness, LEVEL.

    >>> render(Utterance(("go", "now"), "?"), np.random.default_rng(0)).shape
    (4096,)
    """
    who = voice(rng) if who is None else who
    u = (np.arange(LENGTH) - who.start) / who.length
    pitch = who.pitch * melody(utterance.mark, u)
    phase = who.phase + np.cumsum(pitch / RATE)
    pulses = np.interp(np.arange(1, int(phase[-1]) + 1), phase, np.arange(LENGTH))
    sound = np.zeros(LENGTH)
    for word, (a, b) in zip(utterance.words, slots(len(utterance.words)), strict=True):
        a, b = who.start + a * who.length, who.start + b * who.length
        sound += _word(word, a, b, pulses, np.interp(pulses, np.arange(LENGTH), pitch), who, rng)
    if noise:
        sound += noise * rng.standard_normal(LENGTH)
    return sound.clip(-1, 1).astype(np.float32)
