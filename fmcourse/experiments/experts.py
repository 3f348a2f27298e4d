"""Dense layers, experts, and small experts with a shared one at equal active parameters (notebook 09)."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import experts

TOLERANCE = 0.02  # nats


def plan(rows: list[dict]) -> Iterator[dict]:
    return experts.planned(rows)


def make(what: str, kind: str, rate: float, seed: int) -> dict:
    return {"what": what, "kind": kind, "rate": rate, "seed": seed, **experts.trial(kind, rate, seed)}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, what="count", kind="2 of 8 experts", seed=0)
    now = make("count", then["kind"], then["rate"], 0)
    yield f"{then['kind']}, seed 0, loss", then["loss"], now["loss"]
