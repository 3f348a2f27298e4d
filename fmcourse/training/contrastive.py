"""A contrastive pair as a pretext task: two altered views of one picture must find each other among all the others.

Source: T. Chen and others, "A Simple Framework for Contrastive Learning of Visual Representations" (SimCLR), 2020;
`nt_xent` is their equation 1. What the views change, the features learn to ignore.

But: crops keep their scale, there is no blur, and the batches are small; SimCLR needs larger ones to be at its best.
"""

from types import SimpleNamespace

import torch
from torch import Tensor, nn

from fmcourse.models.small_conv import SmallConv
from fmcourse.training.jigsaw import random_crop

TEMPERATURE = 0.2


def nt_xent(z: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """The contrastive loss, in nats: rows i and i + N of z (2N, D) are views of one picture. A number from 0.

    Each row must pick its partner among the 2N - 1 others, by cosine similarity divided by `temperature`.

    >>> round(nt_xent(torch.ones(6, 4)).item(), 4)        # all alike: one of five, so log 5
    1.6094
    """
    if len(z) % 2 or len(z) < 4:
        raise ValueError(f"pairs need an even number of rows, at least 4; z has {len(z)}.")
    z = z / z.norm(dim=1, keepdim=True).clamp_min(1e-8)
    similar = z @ z.T / temperature
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    similar = similar.masked_fill(itself, -torch.inf)  # nobody may choose itself
    partner = torch.arange(len(z)).roll(len(z) // 2)
    return (similar.logsumexp(1) - similar[torch.arange(len(z)), partner]).mean()


def view(images: Tensor, generator: torch.Generator, size: int = 24, colour: bool = True) -> Tensor:
    """An altered copy of each picture: (B, 3, H, W) -> (B, 3, size, size).

    A random crop, perhaps mirrored, perhaps turned; with `colour`, the channels change places, each gets another
    brightness and contrast, and three in ten pictures become grey.
    """
    b = len(images)

    def some(share: float) -> Tensor:
        return (torch.rand(b, generator=generator) < share)[:, None, None, None]

    images = random_crop(images, size, generator)
    images = torch.where(some(0.5), images.flip(3), images)
    images = torch.where(some(0.5), images.transpose(2, 3), images)
    if colour:
        order = torch.rand(b, 3, generator=generator).argsort(1)
        images = images[torch.arange(b)[:, None], order]
        gain = 0.5 + torch.rand(b, 3, 1, 1, generator=generator)
        images = (images - 0.5) * gain + 0.3 + 0.4 * torch.rand(b, 3, 1, 1, generator=generator)
        images = torch.where(some(0.3), images.mean(1, keepdim=True).expand_as(images), images)
    return images


class Contrastive(nn.Module):
    """An encoder with a projection head that only the loss uses; features are taken before it, as in SimCLR."""

    def __init__(self, encoder: SmallConv):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Linear(encoder.width, encoder.width), nn.ReLU(), nn.Linear(encoder.width, 64))

    def forward(self, first: Tensor, second: Tensor) -> SimpleNamespace:
        """`loss` of two views of the same pictures, each (B, 3, H, W)."""
        return SimpleNamespace(loss=nt_xent(self.head(self.encoder(torch.cat([first, second])))))
