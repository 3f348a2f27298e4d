"""Every way to ask against every task (notebook 11)."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import techniques
from fmcourse.studies.techniques import TECHNIQUES
from fmcourse.tasks.questions import tasks
from fmcourse.world import World

TOLERANCE = 0.03  # of 135 answers
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for technique in TECHNIQUES:
        for task in tasks(World.default()):
            yield {"technique": technique.name, "task": task}


def make(technique: str, task: str) -> dict:
    how, what = next(t for t in TECHNIQUES if t.name == technique), tasks(World.default())[task]
    return techniques.row(what, how, techniques.cell(load("world-gpt", device="cpu"), what, how))


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """A greedy cell, one that is drawn, and one by beams."""
    for name in ("input and arrow", "temperature 1", "4 beams"):
        then, now = (r["share"] for r in (row_of(rows, technique=name, task="other facts"), make(name, "other facts")))
        yield f"{name}, other facts, share right", then, now
