"""Rewards that a program checks (notebook 13): policy gradient, rejection sampling, a careless checker, many votes."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import verifiable

TOLERANCE = 0.08  # pass@1 after a short training of a policy
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for task, how, seed in verifiable.planned():
        yield {"task": task, "how": how, "seed": seed}


def make(task: str, how: str, seed: int) -> dict:
    return verifiable.trial(task, how, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    key = {"task": "hops", "how": "short", "seed": 0}
    then, now = row_of(rows, **key), make(**key)
    for when in ("before", "after"):
        yield f"hops, short, pass@1 {when}", then[when]["pass@1"], now[when]["pass@1"]
