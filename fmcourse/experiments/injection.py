"""Injected orders and defences (notebook 11): every attack against every defence, on the same cases."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import injection
from fmcourse.studies.injection import ATTACKS, DEFENCES
from fmcourse.world import World

CASES = 200
TOLERANCE = 0.02  # of 200 greedy answers
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for defence in DEFENCES:
        for attack in ATTACKS:
            yield {"defence": defence, "attack": attack}


def make(defence: str, attack: str) -> dict:
    loaded, asked = load("world-gpt", device="cpu"), injection.cases(World.default(), CASES)
    found = injection.measure(loaded.model, loaded.tokenizer, asked, ATTACKS[attack], DEFENCES[defence])
    return {"defence": defence, "attack": attack, **found}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    for defence in ("none", "sandwich"):
        then, now = row_of(rows, defence=defence, attack="plain order"), make(defence, "plain order")
        for what in ("right", "hijacked"):
            yield f"{defence} against a plain order, {what}", then[what], now[what]
