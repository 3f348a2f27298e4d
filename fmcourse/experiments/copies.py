"""Who copies, and how little "new" can mean (notebook 14): a copier that moves things, writers stopped early."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import copies

TOLERANCE = 0.01  # of 1,000 pictures


def plan(rows: list[dict]) -> Iterator[dict]:
    yield from copies.planned()


def make(what: str, seed: int, steps: int = 0) -> dict:
    return {"what": what, "seed": seed, "steps": steps, **copies.row(what, seed, steps)}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The copier again."""
    then, now = row_of(rows, what="moved", seed=0), make("moved", 0)
    for key in ("legal", "nearer", "new_picture"):
        yield f"moved copies, {key}", then[key], now[key]
