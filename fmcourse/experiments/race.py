"""Best of n, DPO and a policy gradient from one start (notebook 12), measured on the way at equal divergence."""
from collections.abc import Iterator
from itertools import islice

from fmcourse.experiments.runner import mean
from fmcourse.models import load
from fmcourse.training import race
from fmcourse.training.race import SEEDS

TOLERANCE = 0.2  # points of true reward; the mean of 704 drawn texts scatters by 0.05, that of the best of 2 by more
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> Iterator[dict]:
    for row in race.trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    seed = SEEDS[0]
    for now in islice(make(seed), 2):
        then = next(r for r in rows if r["seed"] == seed and r["what"] == now["what"])
        yield f"seed {seed}, {now['what']}, true reward", mean(then["true"]), mean(now["true"])
