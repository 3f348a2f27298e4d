"""What guidance makes of a skew in the data (notebook 15): stamps, skewed and even data, five seeds, six shapes."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import skewed

TOLERANCE = 0.02  # of a loss of about 3


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in skewed.SEEDS:
        for kind in skewed.KINDS:
            yield {"kind": kind, "seed": seed}
    yield {"kind": "beginning"}


def make(kind: str, seed: int = 0) -> list[dict]:
    if kind == "beginning":
        return [{"kind": kind, "loss": _beginning()}]
    return skewed.rows_of(kind, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The first steps of one training; a whole one takes more than a minute."""
    yield "loss after 60 steps", row_of(rows, kind="beginning")["loss"], _beginning()


def _beginning() -> float:
    _, losses = skewed.train("skewed", 0, steps=60)
    return sum(losses[-10:]) / 10
