"""Who copies, where four families learn from pictures (notebook 14): a copier that moves things, writers stopped early.

"moved" cuts the thing out of a training picture and pastes it somewhere else, whole pixels away: it has no network and
knows no shape. "writer" is the autoregressive family after fewer steps. "few" are perfect draws, judged with 200
training pictures and as many fresh ones: how near they are by chance.

But: the copier knows that one thing stands on a ground that never changes; with photographs it would need more.
"""

from dataclasses import asdict
from typing import Any

import numpy as np

from fmcourse.generation.judging import judge
from fmcourse.generation.pictures import Pictures, draw_pictures
from fmcourse.studies.families import FEW, JUDGED, PRICED, SEEDS, sets

STOPS = (250, 700)  # steps of the writer; in the record of the families it has 3,889
PAIRS = 8  # of sets of FEW pictures


def moved(training: Pictures, n: int, rng: np.random.Generator) -> np.ndarray:
    """`n` pictures (n, 16, 16, 3): things of training pictures, each at a random place of whole pixels."""
    ground = np.median(training.images, 0)
    out = np.repeat(ground[None], n, 0)
    for picture, source in zip(out, rng.integers(len(training), size=n), strict=True):
        ink = np.abs(training.images[source] - ground).max(-1) > 1e-3
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        down, right = (rng.integers(len(ink) - (k[-1] - k[0])) - k[0] for k in (rows, columns))
        where = np.argwhere(ink)
        picture[tuple((where + (down, right)).T)] = training.images[source][ink]
    return out.astype(np.float32)


def row(what: str, seed: int, steps: int = 0) -> dict[str, Any]:
    """One judgement, and for a writer what it asks for pictures of training and for fresh ones, in nats."""
    if what == "few":
        training, fresh = (draw_pictures(FEW, f"{name} few {seed}") for name in ("training", "fresh"))
        return asdict(judge(draw_pictures(JUDGED, f"perfect few {seed}").images, training, fresh))
    training, fresh = sets(seed)
    if what == "moved":
        return asdict(judge(moved(training, JUDGED, np.random.default_rng(seed)), training, fresh))
    import torch

    from fmcourse.generation.families import FAMILIES

    writer: Any = FAMILIES["autoregressive"].train(training.images, seed=seed, steps=steps)
    drawn = writer.sample(JUDGED, torch.Generator().manual_seed(1000 + seed))
    prices = {name: float(writer.bound(pictures.images[:PRICED]).rate.mean())
              for name, pictures in (("training", training), ("fresh", fresh))}  # fmt: skip
    return asdict(judge(drawn, training, fresh)) | {"rate": prices}


def planned() -> list[dict[str, Any]]:
    """The settings of the record."""
    pairs = [{"what": "few", "seed": seed} for seed in range(PAIRS)]
    copiers = [{"what": "moved", "seed": seed} for seed in SEEDS]
    return copiers + pairs + [{"what": "writer", "seed": seed, "steps": n} for seed in SEEDS for n in STOPS]
