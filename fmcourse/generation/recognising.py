"""Speech to words: a small network learns from true sounds and their texts which words were spoken.

    ear = learn(seed=0)                       # true sounds alone; it never hears what a model has drawn
    words = recognise(ear, sounds)            # [("go", "now"), ...]

It sees loudness in bands, a frame every 16 ms, and says for every second frame which word is there, or none. Nobody
tells it when a word was spoken: the loss adds up all ways in which the frames could spell the text. A word that is
written twice in a row is one, unless a "none" stands between.
Source: Graves and others 2006, "Connectionist temporal classification" (CTC).

But: it knows twelve words and must choose among them, whatever it hears; marks are not asked of it. A recogniser such
as Whisper writes its text with a decoder instead, word by word (`vision.captioning` does so for pictures).
"""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.scenes.sounds import SPOKEN, Utterance, from_patches, render, sample, to_patches
from fmcourse.scenes.sounds.hearing import BANDS, log_mel
from fmcourse.scenes.sounds.truth import MOST
from fmcourse.training.fit import Recipe, fit

HOP = 128  # samples from frame to frame: 16 ms
# Half of the sounds that are learned from are clean; the others have noise as loud as these shares of speech, in each
# band of frequencies alike. Tried: without it, a little noise of that kind costs one word in ten.
NOISES = (0.0, 0.0, 0.1, 0.3)


class Recogniser(nn.Module):
    """Frames of loudness (B, T, BANDS) -> logits (B, T / 2, 13): no word, or one of SPOKEN. Only convolutions, each
    looking twice as far around as the one before, so that a whole word is seen."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.enter = nn.Conv1d(BANDS, width, 5, stride=2, padding=2)
        self.layers = nn.ModuleList([nn.Conv1d(width, width, 5, padding=2 * far, dilation=far) for far in (1, 2, 4)])
        self.out = nn.Conv1d(width, len(SPOKEN) + 1, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, T, BANDS) -> (B, T / 2, 13)."""
        x = F.gelu(self.enter(frames.transpose(1, 2) - 1))  # loudness lies between 0 and about 5
        for layer in self.layers:
            x = x + F.gelu(layer(F.rms_norm(x.transpose(1, 2), x.shape[1:2]).transpose(1, 2)))
        return self.out(x).transpose(1, 2)

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.out.weight.device


class Recognising(nn.Module):
    """A recogniser with its loss, as `fit` wants it: nats per word, over all ways to spell the text."""

    def __init__(self, recogniser: Recogniser):
        super().__init__()
        self.recogniser = recogniser

    def forward(self, frames: Tensor, words: Tensor) -> SimpleNamespace:
        """Frames (B, T, BANDS), words (B, L): numbers from 1, with 0 behind the last."""
        logp = self.recogniser(frames).log_softmax(-1).transpose(0, 1)  # (T / 2, B, 13)
        steps = torch.full((len(words),), len(logp))
        return SimpleNamespace(loss=F.ctc_loss(logp, words, steps, (words > 0).sum(1)))


def hear(sounds: np.ndarray) -> Tensor:
    """What the recogniser gets of sounds (n, LENGTH): (n, 32, BANDS)."""
    return torch.from_numpy(log_mel(sounds, HOP))


def numbers(utterances: Sequence[Utterance]) -> Tensor:
    """The words of each, as numbers from 1: (n, 3), with 0 behind the last."""
    rows = torch.zeros(len(utterances), MOST, dtype=torch.long)
    for row, one in zip(rows, utterances, strict=True):
        row[: len(one.words)] = torch.tensor([SPOKEN.index(word) + 1 for word in one.words])
    return rows


def examples(rng: np.random.Generator, n: int) -> dict[str, Tensor]:
    """`n` true sounds of what training may say, some with a little noise: "frames" and "words"."""
    said = [sample(rng)[0] for _ in range(n)]
    patches = to_patches(np.stack([render(one, rng) for one in said]))  # each number is spread about 1
    patches += np.resize(NOISES, n)[:, None, None].astype(np.float32) * rng.standard_normal(patches.shape, np.float32)
    return {"frames": hear(from_patches(patches)), "words": numbers(said)}


def moved(stock: dict[str, Tensor], rows: int, rng: np.random.Generator) -> dict[str, Tensor]:
    """A batch of so many of the examples, all of them up to two frames earlier or later."""
    chosen = torch.from_numpy(rng.integers(len(stock["words"]), size=rows))
    return {"frames": stock["frames"][chosen].roll(int(rng.integers(-2, 3)), 1), "words": stock["words"][chosen]}


def learn(seed: int = 0, n: int = 1200, steps: int = 350, rows: int = 64, progress: bool = False) -> Recogniser:
    """A recogniser after `steps` steps on `n` true sounds: some ten seconds on one core."""
    torch.manual_seed(seed)
    recogniser, stock = Recogniser(), examples(np.random.default_rng([seed, 0]), n)

    def batch(step: int) -> dict[str, Tensor]:
        return moved(stock, rows, np.random.default_rng([seed, step + 1]))

    fit(Recognising(recogniser), batch, Recipe(steps, lr_adam=0.01, warmup=20, seed=seed), progress=progress)
    return recogniser.eval()


def collapse(steps: Sequence[int]) -> list[int]:
    """What a row of choices spells: repeats are one, and 0 (no word) is left out.

    >>> collapse([0, 3, 3, 0, 3, 5, 5])
    [3, 3, 5]
    """
    return [now for before, now in zip([0, *steps], steps, strict=False) if now and now != before]


@torch.no_grad()
def recognise(recogniser: Recogniser, sounds: np.ndarray) -> list[tuple[str, ...]]:
    """The words of each sound (n, LENGTH): the likeliest choice at each step, collapsed. May be none."""
    best = recogniser(hear(sounds).to(recogniser.device)).argmax(-1).tolist()
    return [tuple(SPOKEN[k - 1] for k in collapse(row)) for row in best]
