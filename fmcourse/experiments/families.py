"""Four ways to generate, with equal parameters and processor time (notebook 14), and how one of them collapses."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import families
from fmcourse.studies.families import SHORT

TOLERANCE = 0.02  # of the ratio of two varieties


def plan(rows: list[dict]) -> Iterator[dict]:
    return families.planned(rows)


def make(what: str, family: str, **settings) -> dict:
    return families.row(what, family, **settings)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """A few steps of each family; a whole training takes minutes."""
    for family, steps in SHORT.items():
        key = {"what": "short", "family": family, "seed": 0, "steps": steps}
        then, now = row_of(rows, **key), make(**key)
        yield f"{family}, {steps} steps, variety as a share of the recorded one", 1.0, now["variety"] / then["variety"]
