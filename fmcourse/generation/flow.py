"""Rectified flow: noise is mixed in along a straight line, and the network is asked what the line began with.

    x_t = (1 - t) x + t e          e is noise of variance 1; t runs from 0 (clean) to 1 (noise)
    v   = e - x                    the line's direction; x = x_t - t v

The network predicts the clean x, and the loss is that of the velocity which follows from it, (x_t - x) / t. Where a
patch holds more numbers than the network is wide, noise cannot pass through the network, so that it could not predict
v; the clean patch has less in it.
Sources: Liu, Gong and Liu 2023, "Flow straight and fast"; Esser and others 2024, "Scaling rectified flow transformers
for high-resolution image synthesis" (times drawn as a logistic of a normal number, shifted for larger things); Li and
He 2025, "Back to basics: let denoising generative models denoise".

But: one loss weighs all times by what the velocity makes of them; other weights are not tried here.
"""

from types import SimpleNamespace

import torch
from torch import Tensor, nn

from fmcourse.models.patch_transformer import PatchTransformer

LEAST = 0.05  # the time below which the velocity is not divided any further
DROPPED = 0.1  # share of captions that are dropped in training, so that guidance can be used later


def shift(values: int, plain: float = 3.0) -> float:
    """How far times move towards noise for a thing of so many numbers: `plain` for a picture of 32 x 32 x 3.

    In a larger thing neighbours tell more about each other, so that the same noise hides less. Our scenes are flat
    pieces of colour, which can still be told under three quarters of noise: what stands where is decided before, and
    without the 3 only one example in seven would be about that, not one in two.
    """
    return plain * (values / 3072) ** 0.5


def times(n: int, moved: float, generator: torch.Generator) -> Tensor:
    """`n` times in (0, 1): a logistic of normal numbers, `moved` by the factor of `shift`."""
    t = torch.randn(n, generator=generator).sigmoid()
    return moved * t / (1 + (moved - 1) * t)


def mixed(x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t of clean patches (B, P, V), noise of the same shape and times (B,)."""
    t = t[:, None, None]
    return (1 - t) * x + t * noise


def velocity(x_t: Tensor, clean: Tensor, t: Tensor) -> Tensor:
    """The velocity that leads from `clean` to `x_t` (B, P, V) in the time t (B,), divided by no less than LEAST."""
    return (x_t - clean) / t.clamp(min=LEAST)[:, None, None]


class Objective(nn.Module):
    """A network with its loss, as `fit` wants it: `forward(**batch).loss`."""

    def __init__(self, network: PatchTransformer):
        super().__init__()
        self.network = network

    def forward(self, patches: Tensor, noise: Tensor, time: Tensor, words: Tensor, dropped: Tensor) -> SimpleNamespace:
        """The mean squared error of the velocity, over all numbers of all patches."""
        x_t = mixed(patches, noise, time)
        found = self.network(x_t, time, words, dropped)
        return SimpleNamespace(loss=(velocity(x_t, found, time) - velocity(x_t, patches, time)).square().mean())


def batch_of(
    patches: Tensor, words: Tensor, generator: torch.Generator, moved: float | None = None
) -> dict[str, Tensor]:
    """What `Objective` reads: clean patches (B, P, V) and word ids (B, L) with noise, times and dropped captions.

    Times are moved by `moved`; None is the `shift` of a picture.
    """
    n, values = len(patches), patches[0].numel()
    return {
        "patches": patches,
        "noise": torch.randn(patches.shape, generator=generator),
        "time": times(n, shift(values) if moved is None else moved, generator),
        "words": words,
        "dropped": torch.rand(n, generator=generator) < DROPPED,
    }
