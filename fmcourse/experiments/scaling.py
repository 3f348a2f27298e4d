"""Loss over size and data (notebook 09): rates tuned for each width, a grid over seeds, and a row of equal compute."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import scaling

TOLERANCE = 0.02  # nats


def plan(rows: list[dict]) -> Iterator[dict]:
    return scaling.planned(rows)


def make(kind: str, width: int, tokens: int, rate: float, seed: int) -> dict:
    return scaling.run(kind, width, tokens, rate, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, kind="tune", width=min(scaling.WIDTHS), rate=min(scaling.RATES))
    now = make(**{key: then[key] for key in ("kind", "width", "tokens", "rate", "seed")})
    yield f"width {then['width']}, {then['tokens']:,} tokens, loss", then["loss"], now["loss"]
