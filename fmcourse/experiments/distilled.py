"""Few-step students of the shipped text-to-image model (notebook 15): two distillations, with 8, 4, 2 and 1 steps."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.generation.distilling import distil
from fmcourse.generation.forms import FORMS
from fmcourse.models.catalogue import load
from fmcourse.studies import few_steps

TOLERANCE = 0.0003  # of a change in the weights of 0.003 that a few steps make
DATA = ("data/models/scene-diffusion/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in few_steps.SEEDS:
        yield {"who": "student", "seed": seed}
    yield {"who": "beginning"}


def make(who: str, seed: int = 0) -> list[dict]:
    loaded = load("scene-diffusion", device="cpu")
    if who == "beginning":
        return [{"who": who, "moved": _beginning(loaded)}]
    return few_steps.student_rows(loaded, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The first steps of one round; a whole distillation takes a quarter of an hour."""
    then = row_of(rows, who="beginning")["moved"]
    yield "movement of the last layer in six steps", then, _beginning(load("scene-diffusion", device="cpu"))


def _beginning(loaded) -> float:
    """How far a student's last layer moves in six steps, relative to its size."""
    student = distil(loaded.model, FORMS["image"], (8,), steps=6, rows=8, seed=0, progress=False)[8]
    before, after = loaded.model.leave.weight, student.leave.weight
    return float((after - before).norm() / before.norm())
