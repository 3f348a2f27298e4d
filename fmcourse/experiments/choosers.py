"""Whose favourites are good: reward models, words, length, rules and coins choose the best of n (notebook 12)."""

from collections.abc import Iterator
from itertools import islice

from fmcourse.experiments.runner import mean, row_of
from fmcourse.models.loading import load
from fmcourse.studies import choosers
from fmcourse.studies.choosers import SEEDS

TOLERANCE = 0.15  # points of true reward; 60 comparisons leave a chooser some play between machines
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> Iterator[dict]:
    for row in choosers.trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The pool itself: the true reward of its texts, of the first seed."""
    now = next(islice(make(SEEDS[0]), 1))
    then = row_of(rows, seed=SEEDS[0], chooser=now["chooser"], n=1)
    yield f"seed {SEEDS[0]}, the pool, true reward", mean(then["true"]), mean(now["true"])
