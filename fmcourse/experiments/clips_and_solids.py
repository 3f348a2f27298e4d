"""Clips and solids from captions (notebook 17): the shipped models beside rivals and controls."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import clips_and_solids

DATA = ("data/models/scene-video/model.safetensors", "data/models/scene-voxels/model.safetensors")
TOLERANCE = 0.07  # of 32 solids: two may come out otherwise on another processor
FEW, N = 32, 500


def plan(rows: list[dict]) -> Iterator[dict]:
    yield {"form": "voxels", "what": "withheld combination", "n": FEW}
    for form, asked in clips_and_solids.ASKED.items():
        for what in asked:
            yield {"form": form, "what": what, "n": N}


def make(form: str, what: str, n: int) -> list[dict]:
    return clips_and_solids.rows(form, what, n)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """A few solids again; all clips take some minutes."""
    few = {"form": "voxels", "what": "withheld combination", "n": FEW}
    for now in clips_and_solids.rows(**few):
        then = row_of(rows, who=now["who"], **few)
        yield f"{now['who']}, wholly right", then["each"].count("1") / FEW, now["each"].count("1") / FEW
