"""Masking rates, one-sided context, duplication and noise (notebook 04): small networks on the countries' sentences."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import cloze

TOLERANCE = 0.03  # nats


def plan(rows: list[dict]) -> Iterator[dict]:
    for condition in cloze.conditions():
        yield condition | ({"p": None} if condition["what"] == "causal" else {})


def make(what: str, p: float | None, dials: str, seed: int, steps: int) -> dict:
    return cloze.trial(what, cloze.RATE if p is None else p, dials, seed, steps)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then = row_of(rows, what="masked", p=cloze.RATE, dials="clean", seed=0, steps=cloze.STEPS)
    now = make("masked", cloze.RATE, "clean", 0, cloze.STEPS)
    yield f"masked at {cloze.RATE}, clean, seed 0, loss", then["slot_loss"], now["slot_loss"]
