"""Prompt, retrieve or tune, and chats with a masked loss (notebook 10): see fmcourse/studies/ways.py and chats.py."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import chats, ways

TOLERANCE = 0.05  # of 120 questions
DATA = ("data/models/world-gpt/model.safetensors",)
KINDS = {"way": ways.row, "masking": chats.row_masking}


def plan(rows: list[dict]) -> Iterator[dict]:
    yield from ways.plan()


def make(what: str, **settings) -> dict:
    return {"what": what, **settings, **KINDS[what](load("world-gpt", device="cpu"), **settings)}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    for key in (
        {"task": "document", "way": "retrieve", "variant": "sentences"},
        {"task": "chat", "way": "tune", "variant": "LoRA"},
    ):
        key = {"what": "way", "seed": 0, **key}
        yield f"{key['task']}, {key['way']}, right", row_of(rows, **key)["right"], make(**key)["right"]
