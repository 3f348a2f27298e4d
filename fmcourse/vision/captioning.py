"""Captions from pictures: a decoder looks at the patches and writes what it sees, word by word.

    texts = write(captioner, pictures)                                # the most likely word each time
    texts = write(captioner, pictures, temperature=1.0, seed=3)       # drawn
    texts = write(captioner, pictures, grammatical=True)              # only words that the grammar lets follow

It learns full captions with their things in reading order, so that a picture has one right caption, and a perfect
captioner a loss of 0. It can write no word that it does not know: the words are its outputs.
Sources: Vinyals and others 2015, "Show and tell"; Xu and others 2015, "Show, attend and tell".

But: no beam search, and no caption is ranked by another model.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.models.attention import Cache
from fmcourse.models.picture_text import Captioner
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import WORDS, CaptionError, caption, parse
from fmcourse.scenes.comparing import compare
from fmcourse.scenes.continuing import END, may_follow
from fmcourse.scenes.scene import Scene
from fmcourse.training.image_sets import tensor
from fmcourse.vision.inputs import decode, draw_pictures, encode

_NUMBER = {word: i for i, word in enumerate(WORDS, 1)} | {END: 0}


class Captioning(nn.Module):
    """A captioner with its loss, as `fit` wants it: mean nats per word and end."""

    def __init__(self, captioner: Captioner):
        super().__init__()
        self.captioner = captioner

    def forward(self, pictures: Tensor, words: Tensor, labels: Tensor) -> SimpleNamespace:
        """Pictures (B, 3, H, W), words (B, L) from `start` on, labels (B, L): the next word, 0 for the end, -100 behind
        it."""
        logits = self.captioner(words, self.captioner.vit(pictures))
        return SimpleNamespace(loss=F.cross_entropy(logits.transpose(1, 2), labels), logits=logits)


def labelled(captioner: Captioner, texts: Sequence[str]) -> dict[str, Tensor]:
    """Captions as what a captioner reads and what it must say next: "words" and "labels", each (N, L + 1)."""
    words = encode(texts)
    labels = F.pad(words, (0, 1))
    behind = F.pad(words == 0, (1, 0))  # a place is behind the end when the one before it holds no word
    return {"words": F.pad(words, (1, 0), value=captioner.start), "labels": labels.masked_fill(behind, -100)}


def batch(rng: np.random.Generator, n: int, captioner: Captioner, **options: Any) -> dict[str, Tensor]:
    """`n` fresh pictures of one to three things with their full captions. `options` go to `ask`."""
    scenes = [ask(rng, "full", **options).scene for _ in range(n)]
    return {"pictures": draw_pictures(scenes, rng), **labelled(captioner, [caption(scene) for scene in scenes])}


@torch.no_grad()
def write(
    captioner: Captioner,
    pictures: np.ndarray,
    *,
    temperature: float = 0.0,
    seed: int = 0,
    grammatical: bool = False,
) -> list[str]:
    """A caption for each picture (N, H, W, 3) in [0, 1].

    A temperature of 0 takes the most likely word each time; above, words are drawn, from a generator seeded with
    `seed`. With `grammatical` only words are taken that may follow in a full caption, so that `parse` understands every
    text. A caption that has not ended after the longest one of training is cut. Raises ValueError for a temperature
    below 0 and for pictures of another size.
    """
    if not temperature >= 0:
        raise ValueError(f"temperature is {temperature}; it must be 0 (the most likely word) or above.")
    generator, device = torch.Generator().manual_seed(seed), captioner.device
    patches, cache = captioner.vit(tensor(pictures).to(device)), Cache()
    written = torch.full((len(pictures), 1), captioner.start)
    ended = torch.zeros(len(pictures), dtype=torch.bool)
    while not ended.all() and written.shape[1] <= captioner.shape.longest:
        logits = captioner(written[:, -1:].to(device), patches, cache)[:, -1].float().cpu()
        if grammatical:
            logits = logits.masked_fill(~_allowed(written, captioner.shape.words + 1), -torch.inf)
        if temperature == 0:
            word = logits.argmax(-1)
        else:
            word = torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)[:, 0]
        word = word.masked_fill(ended, 0)
        written = torch.cat([written, word[:, None]], 1)
        ended |= word == 0
    return [decode(row) for row in written[:, 1:].tolist()]


def _allowed(written: Tensor, outputs: int) -> Tensor:
    """Which words the grammar lets follow each row: (N, outputs); after the end only the end."""
    mask = torch.zeros(len(written), outputs, dtype=torch.bool)
    for row, ids in zip(mask, written[:, 1:].tolist(), strict=True):
        follow = may_follow([WORDS[i - 1] for i in ids]) if 0 not in ids else ()
        row[[_NUMBER[word] for word in follow] or [0]] = True
    return mask


def told(text: str) -> Scene | None:
    """The scene that a caption tells in full; None where it tells none."""
    try:
        return parse(text)
    except CaptionError:
        return None


def in_reading_order(text: str) -> str:
    """A full caption as a captioner writes it: the same scene, its things in reading order. Raises CaptionError.

    How likely a captioner is to write a text says something of the picture only where the text is in this order.
    """
    return caption(parse(text))


def caption_counts(texts: Sequence[str], scenes: Sequence[Scene]) -> dict[str, tuple[int, int]]:
    """How many captions are right, (right, n): "whole", in each attribute, in the ground; "misbound": all words right
    and wrongly put together; and "parsed": a full caption at all."""
    if len(texts) != len(scenes):
        raise ValueError(f"there are {len(texts)} captions for {len(scenes)} scenes; give one for each.")
    found = [told(text) for text in texts]
    rows = [compare(one, scene) for one, scene in zip(found, scenes, strict=True)]
    counts = {name: (sum(row[name] for row in rows), len(rows)) for name in rows[0]}
    return counts | {"parsed": (sum(one is not None for one in found), len(found))}
