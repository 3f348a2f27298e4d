"""How many labels pretraining saves (notebook 10): see fmcourse/studies/transfer.py for the kinds of rows."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import transfer
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.rates import RATES

TOLERANCE = 0.03  # of 400 texts
DATA = ("data/models/world-gpt/model.safetensors",)
KINDS = {
    "rate": transfer.row_rate,
    "new": transfer.row_new,
    "familiar": transfer.row_familiar,
    "paired": transfer.row_paired,
    "forget": transfer.row_forget,
    "longer": transfer.row_longer,
}


def plan(rows: list[dict]) -> Iterator[dict]:
    """The rates first: the rest is made with those of rates.py, which must be the best of them."""
    for settings, _ in transfer.plan():
        if settings["what"] != "rate" and (best := transfer.best_rates(rows)) != RATES:
            raise ValueError(f"rates.py says {RATES}, and the best are {best}: write them there, then go on.")
        yield settings


def make(what: str, task: str, **settings) -> dict:
    found = KINDS[what](load("world-gpt", device="cpu"), tasks()[task], rates=RATES, **settings)
    return {"what": what, "task": task, **settings, **found}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    for method, labels in (("head", 64), ("LoRA", 32)):
        key = {"what": "new", "task": "pets", "method": method, "labels": labels, "seed": 1}
        yield f"pets, {method}, {labels} labels, accuracy", row_of(rows, **key)["accuracy"], make(**key)["accuracy"]
