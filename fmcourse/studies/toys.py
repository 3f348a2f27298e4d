"""Two toy worlds whose whole truth is known: stamps of 8 x 8 pixels, and towns on a map (notebook 14).

    world, held = stamps(), kept_back()        # four shapes at 25 places each, all equally likely; 20 of the 100
    score(world)["legal"]                      # 1.0: each is one of the hundred
    points = visitors(1000, generator)         # eight towns on a circle, all equally likely
    visited(points)                            # 8

They are small enough that a network learns each in seconds, and that what it leaves out can be counted.

But: eighty stamps can be learned by heart; what is asked about new pictures is asked of `generation.pictures`.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

SHAPES = {
    "box": "#### #..# #..# ####",
    "cross": "#..# .##. .##. #..#",
    "nail": "#### .##. .##. .##.",
    "stairs": "#... ##.. ###. ####",
}
SIDE, PLACES = 8, 5  # pixels, and places along each side where a shape of 4 x 4 can stand
KEYS = [(shape, row, column) for shape in SHAPES for row in range(PLACES) for column in range(PLACES)]
CLOSE = 3  # of the 64 pixels may differ
ANGLES = torch.arange(8) * torch.pi / 4
TOWNS = 2 * torch.stack([ANGLES.cos(), ANGLES.sin()], 1)  # (8, 2)
SCATTER, NEAR, OFTEN = 0.1, 0.5, 20  # of visitors; around a town; painted points that make a town visited


def stamps() -> Tensor:
    """All stamps, in the order of KEYS: (100, 64), ink is 1 and paper 0."""
    out = torch.zeros(len(KEYS), SIDE, SIDE)
    for x, (shape, row, column) in zip(out, KEYS, strict=True):
        ink = [[mark == "#" for mark in line] for line in SHAPES[shape].split()]
        x[row : row + 4, column : column + 4] = torch.tensor(ink).float()
    return out.flatten(1)


def kept_back() -> Tensor:
    """Which of them no training shows: (100,), true for 20, five of each shape."""
    return torch.tensor([([*SHAPES].index(shape) + row + column) % 5 == 0 for shape, row, column in KEYS])


def images(stamps: Iterable[Tensor] | Tensor) -> Tensor:
    """Stamps (n, 64) as pictures (n, 8, 8), black ink on white paper."""
    return 1 - torch.stack(list(stamps)).view(-1, SIDE, SIDE)


def to_pixels(codes: Tensor) -> Tensor:
    """Codes (n, 16) from 0 to 15, one for each tile of 2 x 2 pixels, as stamps (n, 64).

    >>> to_pixels(torch.tensor([[9] + 15 * [0]])).nonzero()[:, 1].tolist()     # 9 = 8 + 1: top left and bottom right
    [0, 9]
    """
    tiles = (codes[..., None] // torch.tensor([8, 4, 2, 1]) % 2).view(-1, 4, 4, 2, 2).transpose(2, 3)
    return tiles.reshape(-1, SIDE * SIDE).float()


def score(drawn: Tensor) -> dict[str, float]:
    """How good are drawings (n, 64), values 0 to 1? Each is held against all 100 stamps.

    "legal": the share in which every pixel is as in one of them; "close": at most 3 of 64 differ; "of 80": how many of
    the training stamps something close was drawn of; "new": the share that are legal and were kept back.
    """
    apart = torch.cdist((drawn > 0.5).float(), stamps()).square()  # pixels that differ
    wrong, which = apart.min(1)
    legal, close, held = wrong < 0.5, wrong < CLOSE + 0.5, kept_back()
    return {
        "legal": legal.float().mean().item(),
        "close": close.float().mean().item(),
        "of 80": int((~held[which[close].unique()]).sum()),
        "new": (held[which] & legal).float().mean().item(),
    }


def in_words(share: float) -> str:
    """A share in a word that stays the same from machine to machine: "nearly all", "most", "some", "hardly any"."""
    words = {"nearly all": 0.9, "most": 0.5, "some": 0.05, "hardly any": 0.0}
    return next(word for word, least in words.items() if share >= least)


def visitors(n: int, generator: torch.Generator) -> Tensor:
    """`n` points (n, 2), each near a town."""
    towns = TOWNS[torch.randint(len(TOWNS), (n,), generator=generator)]
    return towns + SCATTER * torch.randn(n, 2, generator=generator)


def visited(points: Tensor) -> int:
    """How many of the eight towns have at least 20 of the points (n, 2) near them."""
    away, which = torch.cdist(points, TOWNS).min(1)
    return int((which[away < NEAR].bincount(minlength=len(TOWNS)) >= OFTEN).sum())
