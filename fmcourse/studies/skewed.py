"""A skew in the data where the truth is known in full: stamps of 8 x 8 pixels, six shapes, small or large.

Of boxes 95 in 100 are large, of cups 5, and so on (`SKEW`), while of all stamps half are large. A caption names the
shape and leaves size and place open. A network learns it in a minute with the loss, the times and the steps of the
pictures, and there are so few stamps that the best possible network can be written down beside it (`best_guess`).

But: 108 stamps, all of which are in training. Nothing here is about new pictures.
"""

from typing import Any

import torch
from torch import Tensor

from fmcourse.generation.drawing import flow_from
from fmcourse.generation.flow import Objective, batch_of
from fmcourse.studies.ring import Dots
from fmcourse.training.fit import Recipe, fit

SIDE, WORDS = 8, ("box", "tee", "stairs", "cross", "plus", "cup")
SKEW = dict(zip(WORDS, (0.95, 0.80, 0.65, 0.35, 0.20, 0.05), strict=True))
EVEN = dict.fromkeys(WORDS, 0.5)
KINDS = {"skewed": SKEW, "even": EVEN}
SMALL = ("### #.# ###", "### .#. .#.", "#.. ##. ###", "#.# .#. #.#", ".#. ### .#.", "#.# #.# ###")
LARGE = (
    "##### #...# #...# #...# #####",
    "##### ..#.. ..#.. ..#.. ..#..",
    "#.... ##... ###.. ####. #####",
    "#...# .#.#. ..#.. .#.#. #...#",
    "..#.. ..#.. ##### ..#.. ..#..",
    "#...# #...# #...# #...# #####",
)
SEEDS, GUIDANCE, PICTURES, CLOSE = tuple(range(5)), (1, 2, 3, 5), 500, 3  # CLOSE: of 64 pixels may differ
STEPS, ROWS, WIDTH, DRAWN_IN = 3000, 256, 256, 50  # of training; of drawing, the noise kept


def stamps() -> Tensor:
    """All stamps, ink 1 and paper -1: (6 shapes, 2 sizes, 9 places, 64)."""
    out = -torch.ones(len(WORDS), 2, 9, SIDE, SIDE)
    for large, (drawings, apart) in enumerate(((SMALL, 2), (LARGE, 1))):
        for shape, drawing in enumerate(drawings):
            ink = 2.0 * torch.tensor([[mark == "#" for mark in line] for line in drawing.split()]) - 1
            for place in range(9):
                row, column = apart * (place // 3), apart * (place % 3)
                out[shape, large, place, row : row + len(ink), column : column + len(ink)] = ink
    return out.flatten(3)


def examples(n: int, skew: dict[str, float], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """`n` stamps (n, 1, 64) and the number of the shape that each caption names, (n, 1)."""
    shape = torch.randint(len(WORDS), (n,), generator=generator)
    share = torch.tensor([skew[word] for word in WORDS])[shape]
    large = (torch.rand(n, generator=generator) < share).long()
    place = torch.randint(9, (n,), generator=generator)
    return stamps()[shape, large, place][:, None], shape[:, None]


def shares(skew: dict[str, float]) -> Tensor:
    """How likely each stamp is in training, (108,), in the order of `stamps`."""
    large = torch.tensor([skew[word] for word in WORDS])[:, None, None]
    return (torch.cat([1 - large, large], 1).expand(-1, -1, 9) / (9 * len(WORDS))).flatten()


def best_guess(x: Tensor, t: float, likely: Tensor) -> Tensor:
    """What the best network answers to x (B, 64) at time t: the average of all stamps, each by how likely it is.

    `likely` (108,) need not sum to 1; put 0 for the stamps that a caption rules out.
    """
    known = stamps().flatten(0, 2)
    misfit = ((x[:, None] - (1 - t) * known) ** 2).sum(-1) / (2 * t * t)
    return (likely.log() - misfit).softmax(-1) @ known


def train(kind: str, seed: int, steps: int = STEPS) -> tuple[Dots, list[float]]:
    """A network that draws stamps, and its losses."""
    torch.manual_seed(seed)
    network = Dots(values=SIDE * SIDE, words=len(WORDS), width=WIDTH)

    def batch(step: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(1_000_003 * (seed + 1) + step)
        return batch_of(*examples(ROWS, KINDS[kind], generator), generator, 1.0)

    history = fit(Objective(network), batch, Recipe(steps, 0.02, 0.003, warmup=100, seed=seed), progress=False)  # type: ignore[arg-type]
    return network.eval(), history.loss


def count(network: Dots, word: str | None, guidance: float, n: int = PICTURES, seed: int = 0) -> dict[str, float]:
    """Of `n` drawings for one word (None: nothing said) the share that is a stamp in every pixel ("legal"), that is
    close to one, and of those close to one the share of large ones."""
    number = WORDS.index(word) if word else len(WORDS)
    noise = torch.randn(n, 1, SIDE * SIDE, generator=torch.Generator().manual_seed(seed))
    drawn = flow_from(network, noise, torch.full((n, 1), number), DRAWN_IN, guidance, moved=1.0)[:, 0]
    apart = torch.cdist((drawn > 0).float(), (stamps().flatten(0, 2) > 0).float()).square()  # pixels that differ
    wrong, which = apart.min(1)
    close = wrong < CLOSE + 0.5
    large = (which // 9 % 2)[close].float()
    return {"legal": (wrong < 0.5).float().mean().item(), "close": close.float().mean().item(), "n": n,
            "large": large.mean().item() if len(large) else 0.5}  # fmt: skip


def rows_of(kind: str, seed: int) -> list[dict[str, Any]]:
    """One training, and its counts: each shape at each guidance, and nothing said."""
    network, losses = train(kind, seed)
    rows = []
    for guidance in GUIDANCE:
        for word in (*WORDS, None):
            found = count(network, word, guidance, seed=100 + seed)
            share = KINDS[kind][word] if word else 0.5
            rows.append({"kind": kind, "seed": seed, "shape": word or "anything", "data": share,
                         "guidance": guidance, "loss": losses[-1]} | found)  # fmt: skip
    return rows
