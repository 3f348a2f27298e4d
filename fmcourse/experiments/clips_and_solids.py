"""Clips and solids beside their captions (notebook 17): the shipped models and rivals that hold no network."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.catalogue import load
from fmcourse.studies import clips_and_solids as study

TOLERANCE = 0.05  # of 60 captions
DATA = ("data/models/scene-video/model.safetensors", "data/models/scene-voxels/model.safetensors")
FEW, FAST = 60, 10  # captions and steps of the rows that are made again


def plan(rows: list[dict]) -> Iterator[dict]:
    for n, steps in ((study.N, study.STEPS), (FEW, FAST)):
        for what in ("one thing", "withheld order"):
            yield {"form": "clip", "what": what, "n": n, "steps": steps}
        for what in study.SOLIDS:
            yield {"form": "voxels", "what": what, "n": n, "steps": steps}


def make(form: str, what: str, n: int, steps: int) -> list[dict]:
    if form == "clip":
        return study.clip_rows(load("scene-video", device="cpu"), what, n, steps)
    return study.solid_rows(load("scene-voxels", device="cpu"), what, n, steps)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """Few captions in few steps, of each form."""
    for form, what in (("clip", "one thing"), ("voxels", "seen")):
        key = {"form": form, "what": what, "who": "model", "n": FEW}
        then, now = row_of(rows, **key), row_of(make(form, what, FEW, FAST), **key)
        yield f"{form}, {what}, whole", then["whole"] / FEW, now["whole"] / FEW
