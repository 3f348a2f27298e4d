"""Steps against quality (notebook 15): the shipped text-to-image model with 1 to 50 steps."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.catalogue import load
from fmcourse.studies import few_steps

TOLERANCE = 0.02  # of 500 captions
DATA = ("data/models/scene-diffusion/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for steps in few_steps.STEPS:
        for who in ("teacher", "fresh"):
            yield {"who": who, "steps": steps}


def make(who: str, steps: int) -> list[dict]:
    return few_steps.teacher_rows(load("scene-diffusion", device="cpu"), (steps,), fresh=who == "fresh")


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The teacher with few steps."""
    now = few_steps.row(load("scene-diffusion", device="cpu"), 3, few_steps.GUIDANCE)
    then = row_of(rows, who="teacher", steps=3)
    for what in ("right", "legal"):
        share = {"right": then["right"] / then["n"], "legal": then["legal"]}[what]
        yield f"teacher, 3 steps, {what}", share, {"right": now["right"] / now["n"], "legal": now["legal"]}[what]
