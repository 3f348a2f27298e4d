"""A small convolutional encoder for pictures: three layers, 95,232 weights, one vector a picture.

Each layer slides small filters over the picture and halves its height and width. The last step averages over all
places, so that the vector says *what* is in the picture and hardly where. Any size from 8 pixels goes in.
Norm: groups of channels within one picture (Wu and He, 2018), so that no picture of a batch can see another.

But: no attention, no residuals, and nothing that was ever trained; it starts random.
"""

import torch
from torch import Tensor, nn


class SmallConv(nn.Module):
    """Pictures (B, 3, H, W) with values 0 to 1 -> features (B, width).

    >>> SmallConv()(torch.rand(5, 3, 32, 32)).shape
    torch.Size([5, 128])
    """

    def __init__(self, width: int = 128):
        super().__init__()
        if width < 32 or width % 32:
            raise ValueError(f"width={width} does not fit: it must be a multiple of 32, such as 128.")
        sizes = (3, width // 4, width // 2, width)
        layers: list[nn.Module] = []
        for before, after, kernel in zip(sizes, sizes[1:], (5, 3, 3), strict=False):
            filters = nn.Conv2d(before, after, kernel, stride=2, padding=kernel // 2)
            layers += [filters, nn.GroupNorm(8, after), nn.ReLU()]
        self.layers, self.width = nn.Sequential(*layers), width

    def maps(self, images: Tensor) -> Tensor:
        """The last layer before averaging: (B, 3, H, W) -> (B, width, H / 8, W / 8), rounded up."""
        if images.ndim != 4 or images.shape[1] != 3 or min(images.shape[2:]) < 8:
            raise ValueError(f"pictures must be (B, 3, H, W) with H and W from 8; these are {tuple(images.shape)}.")
        return self.layers(images - 0.5)

    def forward(self, images: Tensor) -> Tensor:
        """The mean of each map, one vector a picture: (B, 3, H, W) -> (B, width)."""
        return self.maps(images).mean((2, 3))


@torch.no_grad()
def features(encoder: nn.Module, images: Tensor, rows: int = 500) -> Tensor:
    """The encoder's vectors for many pictures, `rows` at a time, without gradients: (N, width)."""
    return torch.cat([encoder(part) for part in images.split(rows)])
