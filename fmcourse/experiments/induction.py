"""Induction heads by layers (notebook 08): one, two and three layers, and one layer with three times the steps."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import induction
from fmcourse.studies.induction import LAYERS, PATIENCE, SEEDS, STEPS

TOLERANCE = 0.05  # share right, and nats


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        for layers, steps in [*((n, STEPS) for n in LAYERS), (1, PATIENCE * STEPS)]:
            yield {"layers": layers, "seed": seed, "steps": steps}


def make(layers: int, seed: int, steps: int) -> dict:
    return induction.trial(layers, seed, steps)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then, now = row_of(rows, layers=2, seed=0, steps=STEPS), make(2, 0, STEPS)
    yield "2 layers, seed 0, share right", then["right"], now["right"]
    yield "2 layers, seed 0, nats", then["loss"], now["loss"]
