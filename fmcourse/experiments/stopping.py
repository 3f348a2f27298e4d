"""Validation loss while a model is fine-tuned (notebook 10): see fmcourse/studies/stopping.py."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import stopping
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.finetune import Recipe

TOLERANCE = 0.05  # of 400 texts
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in stopping.SEEDS:
        for task in stopping.ON:
            yield {"task": task, "seed": seed}


def make(task: str, seed: int, steps: int = stopping.STEPS) -> dict:
    labels, rate = stopping.ON[task]
    recipe = Recipe(rate=rate, steps=steps)
    looks = stopping.watched(load("world-gpt", device="cpu"), tasks()[task], labels, seed, recipe)
    return {"task": task, "seed": seed, "looks": looks}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    then, now = row_of(rows, task="pets", seed=0)["looks"][:4], make("pets", 0, steps=30)["looks"]
    for a, b in zip(then, now, strict=True):
        yield f"pets, step {a['step']}, right", a["fresh"], b["fresh"]
