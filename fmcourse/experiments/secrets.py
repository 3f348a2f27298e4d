"""Planted secrets (notebook 20): what a small network gives away of codes that stood 0 to 32 times in its text.

Three texts for each of five seeds: as written, without copies, and with the copies disguised before copies are removed.
One row for each number of repeats.
"""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import secrets

TOLERANCE = 0.5  # bits of exposure, of about 10
SEEDS = (0, 1, 2, 3, 4)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        for text in secrets.TEXTS:
            yield {"text": text, "seed": seed}


def make(text: str, seed: int) -> list[dict]:
    return secrets.rows(text, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """One text again, as it was written."""
    now = secrets.rows("as written", 0)
    for repeats in (0, secrets.REPEATS[-1]):
        key = {"text": "as written", "seed": 0, "repeats": repeats}
        yield f"exposure after {repeats} repeats", row_of(rows, **key)["exposure"], row_of(now, **key)["exposure"]
