"""From a picture down to a few numbers, and from a few numbers up to a picture: two convolutional networks, mirrored.

`Down` halves height and width twice while the channels double, and reads the last 4 x 4 places out; `Up` goes the
same way back. As encoder and decoder they make a VAE, as judge and artist a GAN.
Source: Radford, Metz and Chintala 2016, "Unsupervised representation learning with deep convolutional generative
adversarial networks" (strided convolutions both ways).

But: pictures of 16 x 16 only, no residuals, no attention, nothing that normalises: two layers do without.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.models.patch_transformer import Outer

SIDE = 16  # pixels each way
LAST = 4  # places each way where the pyramid ends
KERNEL = 4  # twice the stride, so that each pixel is covered equally often


class Filters(nn.Module):
    """A convolution that halves height and width, or, turned `up`, doubles them.

    Its weights lie as one matrix (in or out, the other times 4 x 4), so that the optimiser takes it for a hidden one.
    """

    def __init__(self, before: int, after: int, up: bool = False):
        super().__init__()
        self.up = up
        self.form = (before, after, KERNEL, KERNEL) if up else (after, before, KERNEL, KERNEL)
        seen = before * KERNEL**2 / (4 if up else 1)  # numbers that meet in one output
        self.weight = nn.Parameter(torch.randn(self.form).flatten(1) * (2 / seen) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(after))

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / 2, W / 2), or twice H and W."""
        convolve = F.conv_transpose2d if self.up else F.conv2d
        return convolve(x, self.weight.view(self.form), self.bias, stride=2, padding=1)


class Edge(nn.Module):
    """The same at the picture's side, between 3 colours and the channels: its weights are no hidden matrix."""

    def __init__(self, before: int, after: int, up: bool = False):
        super().__init__()
        layer = nn.ConvTranspose2d if up else nn.Conv2d
        self.layer = layer(before, after, KERNEL, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """As that of `Filters`."""
        return self.layer(x)


class Down(nn.Module):
    """Pictures (B, 3, 16, 16) with values -1 to 1 -> (B, outputs).

    >>> Down(7)(torch.zeros(2, 3, 16, 16)).shape
    torch.Size([2, 7])
    """

    def __init__(self, outputs: int, width: int = 64):
        super().__init__()
        self.first = Edge(3, width)
        self.second = Filters(width, 2 * width)
        self.out = Outer(2 * width * LAST**2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (B, 3, 16, 16) -> (B, outputs). Raises ValueError for another shape."""
        if x.shape[1:] != (3, SIDE, SIDE):
            raise ValueError(f"pictures must be (B, 3, {SIDE}, {SIDE}); these are {tuple(x.shape)}.")
        return self.out(F.silu(self.second(F.silu(self.first(x)))).flatten(1))


class Up(nn.Module):
    """(B, inputs) -> pictures (B, 3, 16, 16), values from about -1 to 1, not limited.

    >>> Up(7)(torch.zeros(2, 7)).shape
    torch.Size([2, 3, 16, 16])
    """

    def __init__(self, inputs: int, width: int = 64):
        super().__init__()
        self.inputs, self.width = inputs, width
        self.enter = Outer(inputs, 2 * width * LAST**2)
        self.second = Filters(2 * width, width, up=True)
        self.last = Edge(width, 3, up=True)

    def forward(self, z: Tensor) -> Tensor:
        """z (B, inputs) -> pictures (B, 3, 16, 16)."""
        x = F.silu(self.enter(z).unflatten(1, (2 * self.width, LAST, LAST)))
        return self.last(F.silu(self.second(x)))
