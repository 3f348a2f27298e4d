"""How well does a model choose, and find? A score for each caption of each picture, and what is counted from it.

    right, n = choose(score_of(towers), classes(500))                # zero-shot: the best of 36 captions
    found = recall(score_of(towers), pictures, captions)             # {("caption", 1): (right, n), ...}

A score takes pictures (N, H, W, 3) in [0, 1] and K captions for each, and gives (N, K) numbers. Who scores does not
matter: two towers (the cosine), a captioner (how likely it is to write the caption), or a bag of words (`binding.py`).
Sources: Radford and others 2021 (CLIP: zero-shot classes, retrieval); Tschannen and others 2023, "Image captioners are
scalable vision learners too" (a captioner as a classifier).

But: a captioner's probability also holds how likely a caption is without the picture, and nothing takes that away.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from fmcourse.models.picture_text import Captioner, TwoTowers
from fmcourse.training.image_sets import tensor
from fmcourse.vision.captioning import labelled
from fmcourse.vision.choosing import Choices
from fmcourse.vision.inputs import encode

Score = Callable[[np.ndarray, Sequence[Sequence[str]]], Tensor]
TOGETHER = 512  # pictures or captions at a time


def credit(scores: Tensor, right: Sequence[int] | np.ndarray, k: int = 1) -> Tensor:
    """For each row of scores (N, K) the probability that its right column is among the `k` highest, when ties are
    settled by lot: (N,)."""
    own = scores.gather(1, torch.as_tensor(np.asarray(right))[:, None])
    above, level = (scores > own).sum(1), (scores == own).sum(1)
    return ((k - above) / level).clamp(0, 1)


def choose(score: Score, items: Choices) -> tuple[float, int]:
    """How many of the items are answered rightly, and of how many; a tie counts in parts."""
    return float(credit(score(items.pictures, items.captions), items.right).sum()), len(items.right)


def recall(
    score: Score, pictures: np.ndarray, captions: Sequence[str], ks: Sequence[int] = (1, 5)
) -> dict[tuple[str, int], tuple[float, int]]:
    """How often the true "caption" is among the `k` that fit a picture best, and the true "picture" among those that
    fit a caption best: {("caption", 1): (right, n), ...}. Captions and pictures stand in the same order."""
    scores, own = score(pictures, [list(captions)] * len(pictures)), np.arange(len(pictures))
    sides = {"caption": scores, "picture": scores.T}
    return {(side, k): (float(credit(s, own, k).sum()), len(own)) for side, s in sides.items() for k in ks}


def score_of(model: TwoTowers | Captioner) -> Score:
    """The score of a model: the cosine of its two towers, or how likely (log) a captioner is to write the caption."""
    return _by_towers(model) if isinstance(model, TwoTowers) else _by_writing(model)


def _by_towers(towers: TwoTowers) -> Score:
    @torch.no_grad()
    def score(pictures: np.ndarray, captions: Sequence[Sequence[str]]) -> Tensor:
        texts = list(dict.fromkeys(text for row in captions for text in row))
        number = {text: i for i, text in enumerate(texts)}
        read = torch.cat([towers.texts(encode(part).to(towers.device)) for part in _parts(texts)])
        seen = torch.cat([towers.pictures(tensor(part).to(towers.device)) for part in _parts(pictures)])
        columns = torch.tensor([[number[text] for text in row] for row in captions], device=towers.device)
        return (seen @ read.T).gather(1, columns).cpu()

    return score


def _by_writing(captioner: Captioner) -> Score:
    @torch.no_grad()
    def score(pictures: np.ndarray, captions: Sequence[Sequence[str]]) -> Tensor:
        out, each = [], len(captions[0])
        for rows in _parts(list(range(len(pictures))), max(1, TOGETHER // each)):
            texts = [text for row in rows for text in captions[row]]
            read = {k: v.to(captioner.device) for k, v in labelled(captioner, texts).items()}
            patches = captioner.vit(tensor(pictures[rows]).to(captioner.device)).repeat_interleave(each, 0)
            logits = captioner(read["words"], patches)
            loss = F.cross_entropy(logits.transpose(1, 2), read["labels"], ignore_index=-100, reduction="none")
            out.append(-loss.sum(1).view(len(rows), each).cpu())
        return torch.cat(out)

    return score


def _parts(things: Sequence, size: int = TOGETHER) -> list:
    return [things[i : i + size] for i in range(0, len(things), size)]
