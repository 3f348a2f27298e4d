"""Exercises of notebook 05: tiles, the ceiling of a puzzle, and a contrastive loss that lies."""

import math
from collections import Counter

import numpy as np
import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _tiles(picture, n):
    high, wide = picture.shape[0] // n, picture.shape[1] // n
    return [picture[r * high : (r + 1) * high, c * wide : (c + 1) * wide] for r in range(n) for c in range(n)]


def _tiles_by_column(picture, n):
    return [tile for c in range(n) for tile in _tiles(picture, n)[c::n]]


def _tiles_square(picture, n):
    side = picture.shape[0] // n
    return [picture[r * side : (r + 1) * side, c * side : (c + 1) * side] for r in range(n) for c in range(n)]


@exercise(
    "05.tiles",
    difficulty=1,
    minutes=6,
    solution=_tiles,
    hints=[
        "A tile is `picture.shape[0] // n` high and `picture.shape[1] // n` wide.",
        "Two loops: rows outside, columns inside. `picture[a:b, c:d]` cuts out a rectangle.",
        "high, wide = picture.shape[0] // n, picture.shape[1] // n; return [picture[r * high:(r + 1) * high, "
        "c * wide:(c + 1) * wide] for r in range(n) for c in range(n)]",
    ],
    wrong=[
        (_tiles_by_column, "reading order"),
        (_tiles_square, "wide"),
        (lambda p, n: _tiles(p, n)[:n], "tiles"),
        (lambda p, n: [p] * n * n, "shape"),
    ],
    praise="Scissors for pictures of any shape.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(4):
        n, high, wide = int(t.rng.integers(2, 5)), int(t.rng.integers(3, 6)), int(t.rng.integers(7, 10))
        picture = t.rng.normal(size=(n * high, n * wide))
        got = t.items(answer(picture, n))
        t.equal(len(got), n * n, "The number of tiles")
        shapes, expected = [np.shape(tile) for tile in got], _tiles(picture, n)
        t.true(
            all(s[0] == high and s[1] == wide for s in shapes if len(s) == 2),
            f"Each tile should have shape ({high}, {wide}), as high as picture.shape[0] // n and as wide as "
            "picture.shape[1] // n.",
        )
        t.true(
            not all(map(np.array_equal, got, _tiles_by_column(picture, n))),
            "Your tiles go down the columns; reading order goes along the rows.",
        )
        for i in range(n * n):
            t.equal(got[i], expected[i], f"Tile {i}")


def _ceiling(tiles):
    return 1 / math.prod(math.factorial(k) for k in Counter(tiles).values())


@exercise(
    "05.ceiling",
    difficulty=2,
    minutes=8,
    solution=_ceiling,
    hints=[
        "`collections.Counter(tiles).values()` counts how often each tile occurs.",
        "k identical tiles can stand in k! orders. Several groups: multiply.",
        "return 1 / math.prod(math.factorial(k) for k in Counter(tiles).values())",
    ],
    wrong=[
        (lambda t: 1 / math.factorial(len(t)), "blind"),
        (lambda t: 1 / math.prod(Counter(t).values()), "orders"),
        (lambda t: 1 / math.factorial(max(Counter(t).values())), "several groups"),
        (lambda t: len(set(t)) / len(t), "share of different"),
        (lambda t: 1 / _ceiling(t), "probability"),
    ],
    praise="Whoever claims more than your number has found a leak.",
)
def _(answer, t):
    t.function(answer, 1)
    cases = [["sky", "sky", "sky", "roof", "roof", "roof", "tree"], ["a", "b", "c", "d"]]
    cases += [[str(x) for x in t.rng.integers(0, 3, size=int(t.rng.integers(5, 9)))] for _ in range(4)]
    for tiles in cases:
        got, expected, counts = t.number(answer(list(tiles)), "The ceiling"), _ceiling(tiles), Counter(tiles).values()

        def like(value, got=got, expected=expected):
            return abs(got - value) < 1e-9 and abs(value - expected) > 1e-9

        t.true(got <= 1 + 1e-9, "A probability is at most 1; yours is the number of orders that look the same.")
        t.true(not like(1 / math.factorial(len(tiles))), "That is a blind guess; only identical tiles must be guessed.")
        t.true(not like(1 / math.prod(counts)), "k identical tiles can stand in k! orders, not in k.")
        t.true(not like(1 / math.factorial(max(counts))), "There may be several groups of identical tiles; all count.")
        t.true(not like(len(counts) / len(tiles)), "That is the share of different tiles, not a chance of being right.")
        t.close(got, expected, what=f"The ceiling of {tiles}")


def _honest(z, temperature):
    z = z / z.norm(dim=1, keepdim=True)
    similar = z @ z.T / temperature
    similar = similar.masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
    n = len(z) // 2
    partner = torch.cat([torch.arange(n) + n, torch.arange(n)])
    return torch.nn.functional.cross_entropy(similar, partner)


def _their(z, temperature):
    similar = z @ z.T / temperature
    return torch.nn.functional.cross_entropy(similar, torch.arange(len(z)).roll(len(z) // 2))


def _only_length(z, temperature):
    return _their(z / z.norm(dim=1, keepdim=True), temperature)


def _only_self(z, temperature):
    similar = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
    return torch.nn.functional.cross_entropy(similar, torch.arange(len(z)).roll(len(z) // 2))


def _neighbours(z, temperature):
    z = z / z.norm(dim=1, keepdim=True)
    similar = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf)
    return torch.nn.functional.cross_entropy(similar, torch.arange(len(z)) ^ 1)


def _times(z, temperature):
    return _honest(z, 1 / temperature)


@exercise(
    "05.bug",
    difficulty=3,
    minutes=12,
    solution=_honest,
    hints=[
        "A long vector has large dot products with everybody. What makes all vectors equally long?",
        "Who is most similar to a row? The row itself. It must not be among those it can choose.",
        "z = z / z.norm(dim=1, keepdim=True); similar = z @ z.T / temperature; "
        "similar = similar.masked_fill(torch.eye(len(z), dtype=torch.bool), -torch.inf); "
        "then their last line",
    ],
    wrong=[
        (_their, "two mistakes"),
        (_only_length, "itself"),
        (_only_self, "length"),
        (_neighbours, "half"),
        (_times, "temperature"),
    ],
    praise="With the first bug a network can win by growing, with the second its loss can never come near 0.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(4):
        n, d = int(t.rng.integers(3, 8)), int(t.rng.integers(3, 8))
        z, temperature = torch.from_numpy(t.rng.normal(size=(2 * n, d))), float(t.rng.uniform(0.2, 0.7))
        got = t.number(answer(z.clone(), temperature), "The loss")

        def like(wrong, got=got, z=z, temperature=temperature):
            return abs(got - float(wrong(z, temperature))) < 1e-9

        t.true(not like(_their), "That is still their loss; there are two mistakes in it.")
        t.true(not like(_only_length), "Each row still finds itself among those it can choose.")
        t.true(not like(_only_self), "The cosine does not depend on the length of a vector; yours does.")
        t.true(not like(_neighbours), "The partner of row i is half the rows away, at i + N, not the neighbour.")
        t.true(not like(_times), "Divide by the temperature, do not multiply.")
        t.close(got, float(_honest(z, temperature)), what="The loss")
