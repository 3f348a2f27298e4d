"""Steps against quality, and distillation (notebook 15): the shipped text-to-image model and two students of it."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.catalogue import load
from fmcourse.studies import few_steps

TOLERANCE = 0.02  # of 500 captions
DATA = ("data/models/scene-diffusion/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    yield {"who": "teacher"}
    for seed in few_steps.SEEDS:
        yield {"who": "student", "seed": seed}


def make(who: str, seed: int = 0) -> list[dict]:
    loaded = load("scene-diffusion", device="cpu")
    return few_steps.teacher_rows(loaded) if who == "teacher" else few_steps.student_rows(loaded, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The teacher with few steps."""
    now = few_steps.row(load("scene-diffusion", device="cpu"), 3, few_steps.GUIDANCE)
    then = row_of(rows, who="teacher", steps=3)
    for what in ("right", "legal"):
        share = {"right": then["right"] / then["n"], "legal": then["legal"]}[what]
        yield f"teacher, 3 steps, {what}", share, {"right": now["right"] / now["n"], "legal": now["legal"]}[what]
