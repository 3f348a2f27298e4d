"""Preferences inside pretraining (notebook 12): small networks from nothing, with the mark and without."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import marked as marks
from fmcourse.studies.marked import SEEDS, STEPS

TOLERANCE = 0.35  # points; the mean of 304 drawn texts scatters by 0.1
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        for marked in (False, True):
            yield {"seed": seed, "marked": marked}


def make(seed: int, marked: bool) -> dict:
    found = marks.pretrained_with_preferences(load("world-gpt", device="cpu").tokenizer, marked, seed)
    return {"seed": seed, "marked": marked, "steps": STEPS, **found}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    seed = SEEDS[0]
    then, now = row_of(rows, seed=seed, marked=False), make(seed, False)
    yield f"no mark, seed {seed}, mean worth", then["true"]["no mark"], now["true"]["no mark"]
