"""A small student taught by words and by world-gpt (notebook 09): three ways, several seeds.

The bar of claim E3 was set after a look at the first seed, so six newer ones judge it, two ways each.
"""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.training import distill
from fmcourse.training.distill import HOW, SEEDS

TOLERANCE = 0.03  # nats of excess loss
NEW_SEEDS = range(4, 10)  # these alone judge
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in range(SEEDS):
        for how in HOW:
            yield {"how": how, "seed": seed}
    for seed in NEW_SEEDS:
        for how in HOW[:2]:
            yield {"how": how, "seed": seed}


def make(how: str, seed: int) -> dict:
    return distill.trial(how, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    yield "from the words, seed 0, excess", row_of(rows, how=HOW[0], seed=0)["excess"], make(HOW[0], 0)["excess"]
