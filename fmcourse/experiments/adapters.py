"""LoRA on all matrices or on attention alone, and on 4 bits (notebook 10): see fmcourse/studies/adapters.py."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import adapters

TOLERANCE = 0.03  # of 400 texts
DATA = ("data/models/world-gpt/model.safetensors",)
KINDS = {"rate": adapters.row_rate, "place": adapters.row_place}


def plan(rows: list[dict]) -> Iterator[dict]:
    yield from adapters.plan(rows)


def make(what: str, **settings) -> dict:
    return {"what": what, **settings, **KINDS[what](load("world-gpt", device="cpu"), **settings)}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    for place in ("attention", "4 bits"):
        then = row_of(rows, what="place", task="pairs", place=place, seed=10)
        now = make(**{k: then[k] for k in ("what", "task", "place", "rate", "seed")})
        yield f"pairs, {place}, accuracy", then["accuracy"], now["accuracy"]
