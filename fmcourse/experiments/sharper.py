"""Super-resolution (notebook 15): four ways to enlarge, and the true pictures."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.generation.enlarging import bicubic
from fmcourse.studies import sharper

TOLERANCE = 0.01  # of 500 pictures


def plan(rows: list[dict]) -> Iterator[dict]:
    for what in ("true", "bicubic", "nearest", *sharper.TRAINED):
        yield {"what": what}


def make(what: str) -> list[dict]:
    return sharper.control() if what == "true" else sharper.rows_of(what)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The bicubic pictures, read again; the networks take a quarter of an hour each."""
    then, now = row_of(rows, what="bicubic", size="any"), sharper.row("bicubic", bicubic)
    for key in ("right", "legal"):
        yield f"bicubic, {key}", then[key] / then["n"], now[key] / now["n"]
