"""A small student taught by words and by world-gpt (notebook 09): three ways, several seeds."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.training import distill
from fmcourse.training.distill import HOW, SEEDS

TOLERANCE = 0.03  # nats of excess loss
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in range(SEEDS):
        for how in HOW:
            yield {"how": how, "seed": seed}


def make(how: str, seed: int) -> dict:
    return distill.trial(how, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    yield "from the words, seed 0, excess", row_of(rows, how=HOW[0], seed=0)["excess"], make(HOW[0], 0)["excess"]
