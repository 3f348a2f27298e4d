"""Masked patches as a pretext task: hide squares of a picture, ask for their pixels.

Sources: D. Pathak and others, "Context Encoders: Feature Learning by Inpainting", 2016; K. He and others, "Masked
Autoencoders Are Scalable Vision Learners", 2022. The loss is counted on hidden patches only, as -100 does for words.

But: the encoder is convolutional and sees grey where a patch is hidden; He's leaves hidden patches out, which is what
makes it fast. And no patch is standardised before it is asked for.
"""

from types import SimpleNamespace

import torch
from torch import Tensor, nn

from fmcourse.models.small_conv import SmallConv

GREY = 0.5


def choose_patches(
    n: int, height: int, width: int, patch: int = 8, share: float = 0.5, generator: torch.Generator | None = None
) -> Tensor:
    """Which pixels are hidden, for n pictures: bool (n, 1, height, width), true in whole patches.

    Each picture hides exactly round(share * patches) of them. ValueError when patches do not fill the picture.

    >>> int(choose_patches(3, 32, 32, patch=8, share=0.75).sum())       # 12 of 16 patches of 64 pixels, three times
    2304
    """
    if height % patch or width % patch:
        raise ValueError(f"patches of {patch} pixels do not fill {height} x {width}; choose a divisor of both.")
    rows, columns = height // patch, width // patch
    order = torch.rand(n, rows * columns, generator=generator).argsort(1).argsort(1)  # a random rank for each patch
    hidden = (order < round(share * rows * columns)).view(n, 1, rows, columns)
    return hidden.repeat_interleave(patch, 2).repeat_interleave(patch, 3)


def hide(images: Tensor, hidden: Tensor) -> Tensor:
    """The pictures with grey where `hidden` is true."""
    return torch.where(hidden, GREY, images)


def patch_loss(predicted: Tensor, images: Tensor, hidden: Tensor) -> Tensor:
    """Mean squared error over hidden pixels and their colours, and over no others."""
    if not hidden.any():
        raise ValueError("nothing is hidden, so nothing is asked; choose a larger share.")
    return ((predicted - images) ** 2)[hidden.expand_as(images)].mean()


class MaskedPatches(nn.Module):
    """An encoder with a small decoder that paints the whole picture; `loss` is the squared error on what was hidden."""

    def __init__(self, encoder: SmallConv):
        super().__init__()
        self.encoder = encoder
        self.decoder = nn.Sequential(
            nn.Conv2d(encoder.width, 256, 1),
            nn.PixelShuffle(2),
            nn.ReLU(),
            nn.Conv2d(64, 48, 3, padding=1),
            nn.PixelShuffle(4),
        )

    def forward(self, images: Tensor, hidden: Tensor) -> SimpleNamespace:
        """`loss`, and `painted`, the whole picture as the decoder sees it: (B, 3, H, W), like `images`."""
        painted = GREY + self.decoder(self.encoder.maps(hide(images, hidden)))
        return SimpleNamespace(loss=patch_loss(painted, images, hidden), painted=painted)
