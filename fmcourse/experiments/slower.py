"""Is the rate to blame? `french` with 512 labels in full, at a third of the rate tuned with 128 (notebook 10)."""

from collections.abc import Iterator

from fmcourse.models.loading import load
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.finetune import Recipe, finetune

TOLERANCE = 0.03  # of 400 texts
DATA = ("data/models/world-gpt/model.safetensors",)
LABELS, TESTED, RATE, SEEDS = 512, 400, 1e-3, (0, 1, 2)  # labels, texts and seeds of the `transfer` record


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> dict:
    french = tasks()["french"]
    tuned = finetune(load("world-gpt", device="cpu"), french, "full", LABELS, seed=seed, recipe=Recipe(rate=RATE))
    return {"seed": seed, "rate": RATE, "labels": LABELS, "accuracy": tuned.accuracy(french.test(TESTED, seed))}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    yield "french, seed 0, accuracy", rows[0]["accuracy"], make(0)["accuracy"]
