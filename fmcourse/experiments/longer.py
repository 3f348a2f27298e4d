"""The student from the words alone, trained twice as long: the rival of distillation at equal cost (notebook 09).

With a teacher a step costs the processor about twice as much, so 600 steps of words stand beside 300 with a teacher.
"""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.training import distill

TOLERANCE = 0.03  # nats of excess loss
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in range(distill.SEEDS):
        yield {"seed": seed, "steps": 2 * distill.STEPS}


def make(seed: int, steps: int) -> dict:
    return distill.trial(distill.HOW[0], seed, steps)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, seed=0)
    yield f"from the words, {then['steps']} steps, excess", then["excess"], make(0, then["steps"])["excess"]
