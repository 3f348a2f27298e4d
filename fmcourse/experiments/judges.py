"""Judges of two texts: does the place of a text, or its length, decide with its worth? (notebook 12)."""

from collections.abc import Iterator
from itertools import islice

from fmcourse.experiments.runner import mean, row_of
from fmcourse.models.loading import load
from fmcourse.studies import judges
from fmcourse.studies.judges import SEEDS

TOLERANCE = 0.15  # share of pairs; training differs in its last digits between machines, and so does a close verdict
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> Iterator[dict]:
    for row in judges.trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The pool itself: the true reward of its texts, of the first seed."""
    now = next(islice(make(SEEDS[0]), 1))
    then = row_of(rows, seed=SEEDS[0], chooser=now["chooser"], n=1)
    yield f"seed {SEEDS[0]}, the pool, true reward", mean(then["true"]), mean(now["true"])
