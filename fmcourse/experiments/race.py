"""Best of n, DPO and a policy gradient from one start (notebook 12), measured on the way at equal divergence."""

from collections.abc import Iterator

from fmcourse.experiments.runner import mean, row_of
from fmcourse.models.loading import load
from fmcourse.studies import race
from fmcourse.studies.race import SEEDS

TOLERANCE = 0.15  # points of true reward; the mean of 704 drawn texts scatters by 0.05
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> Iterator[dict]:
    for row in race.trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The tuned start; what follows it is made of the same parts as in `feedback`."""
    then, now = row_of(rows, seed=SEEDS[0], what="start"), next(make(SEEDS[0]))
    yield f"seed {SEEDS[0]}, start, true reward", mean(then["true"]), mean(now["true"])
