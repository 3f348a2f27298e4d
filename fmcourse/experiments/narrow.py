"""Narrow models for one kind of document each (notebook 02): six tasks, three seeds, each model asked all six."""

from collections.abc import Iterator
from functools import cache

from fmcourse.experiments.runner import row_of
from fmcourse.models import train_tokenizer
from fmcourse.studies import narrow
from fmcourse.studies.narrow import SEEDS, SHORT, STEPS, TASKS
from fmcourse.world import World

ITEMS = 200
TOLERANCE = 0.1  # of 200 items after a short training


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"task": "review", "steps": SHORT, "seed": seed}  # the point that notebook 02 measures again
        for task in TASKS:
            yield {"task": task, "steps": STEPS, "seed": seed}


@cache
def tokenizer():
    return train_tokenizer(World.default())


def make(task: str, steps: int, seed: int) -> dict:
    world, asked = World.default(), [task] if steps == SHORT else list(TASKS)
    items = {other: narrow.test_items(world, other, ITEMS) for other in asked}
    return narrow.row(world, tokenizer(), task, steps, seed, items)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then, now = (
        r["accuracy"]["review"] for r in (row_of(rows, task="review", steps=SHORT, seed=0), make("review", SHORT, 0))
    )
    yield "review, short, seed 0, accuracy", then, now
