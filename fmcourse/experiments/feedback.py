"""Reward models, best of n, DPO, a policy gradient, a constitution and a bias (notebook 12), three seeds."""

from collections.abc import Iterator
from itertools import islice

from fmcourse.experiments.runner import mean
from fmcourse.models.loading import load
from fmcourse.studies import feedback
from fmcourse.studies.feedback import SEEDS

TOLERANCE = 0.12  # points of true reward; the mean of 1,408 drawn texts scatters by 0.03
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> Iterator[dict]:
    for row in feedback.trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The start, and the first reward model's first row: what a minute reaches of the hours."""
    for now in islice(make(0), 2):
        then = next(r for r in rows if r["seed"] == 0 and r["what"] == now["what"])
        yield f"seed 0, {now['what']}, true reward", mean(then["true"]), mean(now["true"])
