"""A masked model that writes, beside its sibling that writes from left to right (notebook 04)."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import unmasking

TOLERANCE = 0.10  # of 500 sentences


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in range(unmasking.SEEDS):
        for what in ("all rates", "one rate", "left"):
            yield {"what": what, "seed": seed, "steps": unmasking.STEPS}
    yield {"what": "left", "seed": 0, "steps": 200}  # for the replay


def make(what: str, seed: int, steps: int) -> list[dict]:
    return [{"what": what, "seed": seed, "steps": steps, **row} for row in unmasking.trial(what, seed, steps)]


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, what="left", seed=0, steps=200)
    yield "left, 200 steps, true", then["true"], make("left", 0, 200)[0]["true"]
