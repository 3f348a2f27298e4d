"""The jigsaw as a pretext task: cut a picture into tiles, scramble them, ask where each tile came from.

Source: M. Noroozi and P. Favaro, "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles", 2016.
They cut 3 x 3 tiles and ask for one of a chosen list of permutations; here 2 x 2 is the default, and each tile's place
is asked. `origin[b, i]` is the place, in reading order, that the tile now at i came from.

Beside the network stand two solvers without one: `match_edges` looks at the borders of tiles and nothing else, and
`ceiling` says what nobody can beat because some tiles are identical.

But: no list of permutations far apart, and the lens of `shade` is far worse than a real one.
"""

from itertools import permutations
from math import factorial
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fmcourse.models.small_conv import SmallConv


def cut(images: Tensor, n: int = 2, tile: int | None = None, generator: torch.Generator | None = None) -> Tensor:
    """Cut into n x n tiles, in reading order: (B, C, H, W) -> (B, n * n, C, tile, tile).

    `tile` smaller than a cell leaves a gap: each tile is taken from a random place inside its cell. ValueError when it
    is larger than a cell.
    """
    cell = min(images.shape[2:]) // n
    tile = cell if tile is None else tile
    if not 1 <= tile <= cell:
        raise ValueError(f"a tile of {tile} pixels does not fit into a cell of {cell}; choose 1 to {cell}.")
    tiles = []
    for row in range(n):
        for column in range(n):
            part = images[:, :, row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            tiles.append(part if tile == cell else random_crop(part, tile, generator))
    return torch.stack(tiles, 1)


def random_crop(images: Tensor, size: int, generator: torch.Generator | None = None) -> Tensor:
    """A square of `size` pixels from a random place of each picture: (B, C, H, W) -> (B, C, size, size)."""
    b, _, h, w = images.shape
    top = torch.randint(0, h - size + 1, (b,), generator=generator)[:, None] + torch.arange(size)
    left = torch.randint(0, w - size + 1, (b,), generator=generator)[:, None] + torch.arange(size)
    picked = images[torch.arange(b)[:, None, None], :, top[:, :, None], left[:, None, :]]  # (B, size, size, C)
    return picked.permute(0, 3, 1, 2)


def scramble(tiles: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """Put the tiles of each picture into a random order: (B, N, ...) -> (scrambled, origin (B, N))."""
    origin = torch.rand(tiles.shape[:2], generator=generator).argsort(1)
    return tiles[torch.arange(len(tiles))[:, None], origin], origin


def standardise(tiles: Tensor) -> Tensor:
    """Give every tile and colour channel mean 0.5 and standard deviation 0.2: shade and tint no longer tell."""
    mean, spread = tiles.mean((-2, -1), keepdim=True), tiles.std((-2, -1), keepdim=True)
    return 0.5 + 0.2 * (tiles - mean) / spread.clamp_min(0.02)


def ceiling(tiles: Tensor) -> Tensor:
    """The best chance of naming all origins, for each picture (B,), even by somebody who knows the whole picture.

    k identical tiles can stand in k! orders that look the same; a solver can only guess which one it was.

    >>> ceiling(torch.tensor([[1., 2., 2., 2.]])[..., None]).item()       # one tile differs, three are the same
    0.1666...
    """
    best = []
    for picture in tiles.flatten(2):
        _, counts = picture.unique(dim=0, return_counts=True)
        best.append(1.0 / torch.tensor([factorial(int(k)) for k in counts], dtype=torch.float64).prod())
    return torch.stack(best).float()


def match_edges(tiles: Tensor) -> Tensor:
    """Guess the origins of 2 x 2 scrambled tiles from their borders alone: (B, 4, C, t, t) -> (B, 4).

    Of all 24 ways to lay the tiles, the one whose touching borders differ least (sum of squares). No learning.
    """
    if tiles.shape[1] != 4:
        raise ValueError(f"match_edges lays 2 x 2 tiles; there are {tiles.shape[1]}.")
    right = ((tiles[:, :, None, :, :, -1] - tiles[:, None, :, :, :, 0]) ** 2).sum((-1, -2))  # (B, left, right)
    below = ((tiles[:, :, None, :, -1, :] - tiles[:, None, :, :, 0, :]) ** 2).sum((-1, -2))  # (B, upper, lower)
    ways = list(permutations(range(4)))  # way[place] = the tile laid there
    cost = torch.stack([right[:, a, b] + right[:, c, d] + below[:, a, c] + below[:, b, d] for a, b, c, d in ways], 1)
    laid = torch.tensor(ways)[cost.argmin(1)]
    return laid.argsort(1)  # tile -> place


def shade(images: Tensor, strength: float = 0.15) -> Tensor:
    """A camera with a fault: every picture is redder to the right and bluer to the bottom. Values stay in 0 to 1."""
    across = torch.linspace(-1, 1, images.shape[3]).expand(images.shape[2:])
    down = torch.linspace(-1, 1, images.shape[2])[:, None].expand(images.shape[2:])
    return (images + strength * torch.stack([across, torch.zeros_like(across), down])).clamp(0, 1)


class Jigsaw(nn.Module):
    """An encoder with a head that says for each of four tiles where it came from; `loss` in nats per tile."""

    def __init__(self, encoder: SmallConv, tile: int = 14, pieces: int = 4):
        super().__init__()
        self.encoder, self.pieces = encoder, pieces
        self.squeeze = nn.Linear(encoder.width * (-(-tile // 8)) ** 2, 64)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(64 * pieces, 256), nn.ReLU(), nn.Linear(256, pieces * pieces))

    def forward(self, tiles: Tensor, origin: Tensor) -> SimpleNamespace:
        """`loss`, and `logits` (B, N, N): the place of each of N tiles (B, N, 3, t, t); `origin` (B, N) says it."""
        each = self.squeeze(self.encoder.maps(tiles.flatten(0, 1)).flatten(1))  # (B * N, 64)
        logits = self.head(each.view(len(tiles), -1)).view(-1, self.pieces, self.pieces)  # (B, tile, place)
        return SimpleNamespace(loss=F.cross_entropy(logits.flatten(0, 1), origin.flatten()), logits=logits)
