"""The best of 16 by people, by rules, by people with a weakness, and with a filter against it (notebook 12)."""

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
    for row in choosers.short_trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The count of words of the first seed: it needs the texts and the choices, and no training of a reward model."""
    for now in islice(make(SEEDS[0]), 2):
        then = row_of(rows, seed=SEEDS[0], chooser=now["chooser"], n=now["n"])
        yield f"seed {SEEDS[0]}, {now['chooser']}, n = {now['n']}", mean(then["true"]), mean(now["true"])
