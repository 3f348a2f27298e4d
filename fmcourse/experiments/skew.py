"""What guidance makes of a skew in the data (notebook 15): skewed and even data, three seeds, six shapes."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import skewed

TOLERANCE = 0.05  # of a loss of about 1.5, the velocity's mean square


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in skewed.SEEDS:
        for kind in skewed.KINDS:
            yield {"kind": kind, "seed": seed}


def make(kind: str, seed: int) -> list[dict]:
    return skewed.rows_of(kind, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The first steps of one training; a whole one takes minutes."""
    then = row_of(rows, kind="skewed", seed=0, shape="start")["loss"]
    yield "loss after 20 steps, skewed, seed 0", then, skewed.beginning("skewed", 0)
