"""Judges of two texts: does the place of a text, or its length, decide with its worth? (notebook 12)."""

from collections.abc import Iterator
from itertools import islice

from fmcourse.experiments.runner import row_of
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
    """The count of words of the first seed: it needs the texts and the choices, and no training of a judge."""
    now = next(islice(make(SEEDS[0]), 1))
    then = row_of(rows, seed=SEEDS[0], judge=now["judge"])
    yield f"seed {SEEDS[0]}, {now['judge']}, right on unequal pairs", then["agree"], now["agree"]
