"""Contrast between pictures and captions: of all captions of a batch each picture must find its own, and the reverse.

    logits[i, j] = how well picture i fits caption j            (B, B), the true pairs on the diagonal
    info_nce     = -log softmax at the diagonal, mean over rows and over columns        (CLIP)
    sigmoid_loss = -log sigmoid of +logits at the diagonal and of -logits beside it     (SigLIP)

The first asks which caption of these is mine, the second of each pair whether it is one. What the best logits are is
known here: how much a caption tells about a picture, log p(scene | caption) - log p(scene). They give the loss's floor.
Sources: van den Oord, Li and Vinyals 2018, "Representation learning with contrastive predictive coding"; Radford and
others 2021 (CLIP); Zhai and others 2023, "Sigmoid loss for language image pre-training"; Yuksekgonul and others 2023,
"When and why vision-language models behave like bags-of-words" (captions with exchanged parts as more wrong ones).

But: a caption that leaves much open fits other pictures of the batch, too, and is counted as wrong there, as in CLIP.
With several processes each contrasts its own rows only.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.models.picture_text import PictureTextShape, TwoTowers
from fmcourse.scenes.asking import Asked, Conditional, ask
from fmcourse.scenes.captions import say
from fmcourse.scenes.marginal import log_marginal
from fmcourse.vision.binding import exchanged
from fmcourse.vision.inputs import draw_pictures, encode


def info_nce(logits: Tensor, wrong: Tensor | None = None) -> Tensor:
    """The symmetric contrastive loss of logits (B, B), in nats: 0 at best, log B when all are alike.

    `wrong` (B, K) are the logits of K more captions that are wrong for each picture; minus infinity where none is.
    Raises ValueError for logits that are not square.

    >>> round(info_nce(torch.zeros(5, 5)).item(), 4)            # all alike: log 5
    1.6094
    """
    _square(logits)
    own = logits.diagonal()
    rows = logits if wrong is None else torch.cat([logits, wrong], 1)
    to_text, to_picture = rows.logsumexp(1) - own, logits.logsumexp(0) - own
    return (to_text.mean() + to_picture.mean()) / 2


def sigmoid_loss(logits: Tensor, wrong: Tensor | None = None) -> Tensor:
    """The sigmoid loss of logits (B, B), in nats a picture: every pair for itself, summed over the captions.

    `wrong` as in `info_nce`. Raises ValueError for logits that are not square.
    """
    _square(logits)
    sign = 2 * torch.eye(len(logits), dtype=logits.dtype, device=logits.device) - 1  # 1 for a pair, -1 for none
    loss = -F.logsigmoid(sign * logits).sum(1)
    return loss.mean() if wrong is None else (loss - F.logsigmoid(-wrong).sum(1)).mean()


def _square(logits: Tensor) -> None:
    if logits.ndim != 2 or logits.shape[0] != logits.shape[1]:
        raise ValueError(f"logits are {tuple(logits.shape)}; they must be (B, B), a caption for each picture.")


LOSSES = {"softmax": info_nce, "sigmoid": sigmoid_loss}


class Contrast(nn.Module):
    """Two towers with their loss, as `fit` wants it. `loss` is one of LOSSES, or ValueError."""

    def __init__(self, towers: TwoTowers, loss: str = "softmax"):
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"loss='{loss}' is unknown; choose one of: {', '.join(LOSSES)}.")
        self.towers, self.loss = towers, LOSSES[loss]

    def forward(self, pictures: Tensor, words: Tensor, wrong: Tensor | None = None) -> SimpleNamespace:
        """Pictures (B, 3, H, W), their captions (B, L) and, if any, a wrong caption for each (B, L); a row of zeros is
        none."""
        seen, read = self.towers.pictures(pictures), self.towers.texts(words)
        logits, hard = self.towers.compare(seen, read), None
        if wrong is not None:
            fit = self.towers.compare(seen, self.towers.texts(wrong)).diagonal()
            hard = torch.where(wrong.any(1), fit, -torch.inf)[:, None]
        return SimpleNamespace(loss=self.loss(logits, hard), logits=logits)


def starting_towers(shape: PictureTextShape, loss: str = "softmax") -> TwoTowers:
    """Two towers with the scale and the shift that each loss begins with in its paper."""
    return TwoTowers(shape) if loss == "softmax" else TwoTowers(shape, scale=float(np.log(10)), shift=-10.0)


def batch(rng: np.random.Generator, n: int, hard: bool = False, **options: Any) -> dict[str, Tensor]:
    """`n` fresh pictures with a caption each, and with `hard` one wrong caption more, with two colours exchanged, where
    there are two and it names no withheld combination. `options` go to `ask`."""
    asked = [ask(rng, **options) for _ in range(n)]
    texts = [say(one.request) for one in asked]
    rows = {"pictures": draw_pictures([one.scene for one in asked], rng), "words": encode(texts)}
    if hard:
        requests = [exchanged(one) for one in asked]
        turned = encode([say(r) if r else text for r, text in zip(requests, texts, strict=True)])
        rows["wrong"] = turned * torch.tensor([r is not None for r in requests])[:, None]
    return rows


def exact_logits(asked: Sequence[Asked]) -> Tensor:
    """The best logits there are, (N, N): log p(scene of i | request of j) - log p(scene of i), in nats; minus infinity
    where a picture does not fit a caption. `info_nce` of them is the lowest that a pair-by-pair reader can reach."""
    exact = [Conditional(one.request) for one in asked]
    rows = [[c.log_prob(one.scene) - log_marginal(one.scene) for c in exact] for one in asked]
    return torch.tensor(rows, dtype=torch.float64)
