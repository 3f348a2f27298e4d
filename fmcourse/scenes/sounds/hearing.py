"""What an ear makes of a sound: loudness in bands of pitch, and the pitch of the voice.

`log_mel` and `likeness` are what the reader listens to; `pitch` is a contour to look at, and `nearest_melody` reads it.

But: `pitch` knows nothing of words and marks. Where the voice is faint it says so and does not guess.
"""

from functools import cache

import numpy as np

from fmcourse.scenes.sounds.lexicon import MELODIES, melody
from fmcourse.scenes.sounds.synthesis import LENGTH, LENGTHS, RATE, STARTS

WINDOW, HOP = 256, 16  # samples: 32 ms, and a frame every 2 ms
BANDS = 24
FRAMES = LENGTH // HOP
FLOOR = 0.03  # noise of this standard deviation lies at the bottom of every band
LAGS = np.arange(24, 112)  # in samples: 333 down to 72 Hz
VOICED = 0.6  # at least this alike to itself one period later
_JUMP = 0.1  # pitch changes less than this from frame to frame, in nats
_SPAN = 192  # samples compared with those one period later


@cache
def _mel() -> np.ndarray:
    """Triangles that gather a power spectrum into bands, even in mel from 60 Hz to 4 kHz: (129, BANDS), float32."""
    low, high = 2595 * np.log10(1 + np.array([60.0, 4000.0]) / 700)
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    hertz = np.arange(WINDOW // 2 + 1)[:, None] * RATE / WINDOW
    rise = (hertz - edges[:-2]) / np.diff(edges)[:-1]
    fall = (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rise, fall)).astype(np.float32)


def log_mel(sounds: np.ndarray, hop: int = HOP) -> np.ndarray:
    """Loudness: sounds (n, LENGTH) -> (n, LENGTH // hop, BANDS) float32, nats above FLOOR (0 in silence).

    Frame i is centred on sample i * hop; with HOP there are FRAMES of them.
    """
    padded = np.pad(np.asarray(sounds, np.float32), ((0, 0), (WINDOW // 2, WINDOW // 2)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)[:, ::hop][:, : LENGTH // hop]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window)).astype(np.float32) ** 2
    floor = FLOOR**2 * (window**2).sum() * _mel().sum(0)
    return np.log1p(power @ _mel() / floor)


def likeness(sounds: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """How alike a sound is to itself one lag later, around each of `centres` (T,) in samples: (n, T, lags) in [-1, 1].

    This is the normalised correlation of _SPAN samples with those one lag later, for each of LAGS, of the sound below
    about 1 kHz. Steady voice gives nearly 1 at its period. In silence it is near 0.
    """
    smooth = np.asarray(sounds, np.float64)
    for _ in range(2):  # means of four samples
        smooth = np.lib.stride_tricks.sliding_window_view(np.pad(smooth, ((0, 0), (2, 1))), 4, axis=1).mean(-1)
    most = LAGS[-1]
    padded = np.pad(smooth, ((0, 0), (_SPAN, _SPAN + most)))
    starts = np.asarray(centres) - (_SPAN + most) // 2 + _SPAN
    part = padded[:, starts[:, None] + np.arange(_SPAN + most)]  # (n, T, _SPAN + most)
    size = 512
    first = np.fft.rfft(part[..., :_SPAN], size)
    product = np.fft.irfft(first.conj() * np.fft.rfft(part, size), size)[..., LAGS]
    energy = np.cumsum(np.pad(part**2, ((0, 0), (0, 0), (1, 0))), axis=-1)
    later = energy[..., LAGS + _SPAN] - energy[..., LAGS]
    quiet = _SPAN * FLOOR**2 / 4
    return product / np.sqrt((energy[..., _SPAN, None] + quiet) * (later + quiet))


def pitch(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pitch of the voice, every 8 ms: times in seconds, hertz (NaN where there is no voice), voiced (bool); (64,).

    The shortest lag that is nearly as good as the best one, between samples by a parabola. ValueError for a sound of
    another length than LENGTH.

    >>> from fmcourse.scenes.sounds import Utterance, render
    >>> times, hertz, voiced = pitch(render(Utterance(("you",), "?"), np.random.default_rng(0)))
    >>> bool(np.nanmax(hertz[:20]) < np.nanmin(hertz[40:]))
    True
    """
    sound = np.asarray(sound, np.float64)
    if sound.shape != (LENGTH,):
        raise ValueError(f"pitch listens to one sound ({LENGTH},), not {sound.shape}.")
    centres = np.arange(32, LENGTH, 64)
    alike = likeness(sound[None], centres)[0]
    inner = alike[:, 1:-1]
    peak = (inner >= alike[:, :-2]) & (inner >= alike[:, 2:])
    peak &= inner > 0.95 * inner.max(1, keepdims=True)
    at = 1 + peak.argmax(1)
    row = np.arange(len(at))
    a, b, c = alike[row, at - 1], alike[row, at], alike[row, at + 1]
    bend = a - 2 * b + c
    between = np.where(bend < 0, (a - c) / 2 / np.where(bend < 0, bend, 1), 0)
    lag = LAGS[at] + between.clip(-0.5, 0.5)
    voiced = peak.any(1) & (b > VOICED)
    near = np.abs(np.diff(np.log(lag))) < _JUMP
    near &= voiced[1:] & voiced[:-1]
    voiced = np.pad(near, (0, 1)) | np.pad(near, (1, 0))  # a voice never changes its pitch alone, for one frame
    return centres / RATE, np.where(voiced, RATE / lag, np.nan), voiced


def nearest_melody(sound: np.ndarray, speaker: float = 140.0) -> str | None:
    """The mark whose melody is nearest to the pitch of a sound (LENGTH,), for a speaker of that pitch in hertz.

    A second way to read a mark: it hears the pitch alone and knows no words. None where there is no voice.

    >>> from fmcourse.scenes.sounds import Utterance, render
    >>> [nearest_melody(render(Utterance(("go", "now"), mark), np.random.default_rng(0))) for mark in MELODIES]
    ['.', '?', '!']
    """
    seconds, hertz, voiced = pitch(sound)
    if not voiced.any():
        return None
    along = (seconds[voiced] * RATE - sum(STARTS) / 2) / (sum(LENGTHS) / 2)  # from 0 to 1 for a middle voice
    ratio = np.log(hertz[voiced] / speaker)
    off = {mark: float(np.abs(ratio - np.log(melody(mark, along))).mean()) for mark in MELODIES}
    return min(off, key=lambda mark: off[mark])
