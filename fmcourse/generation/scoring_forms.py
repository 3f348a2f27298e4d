"""How often does a model that draws clips, sounds or solids draw what was asked for? As `scoring`, for the other forms.

    asked = truths("clip", "withheld order", 200)
    found = score(load("scene-video"), asked)            # found.right, found.parts["order"].mean()

A caption of these forms leaves nothing open, so that what was drawn is right when the reader finds the very truth that
the caption was made from.

But: a reader's own mistakes count against the model; on true artefacts it makes fewer than one in a hundred.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fmcourse.generation.drawing import draw
from fmcourse.generation.scoring import Score
from fmcourse.scenes import clips, sounds, voxels

WORLDS: Mapping[str, Any] = {"clip": clips, "sound": sounds, "voxels": voxels}
# What a model of each form is asked for: options of the form's `sample`.
QUESTIONS: Mapping[str, Mapping[str, dict]] = {
    "clip": {
        "one thing": {"objects": 1},
        "two things": {"objects": 2},
        "withheld order": {"objects": 1, "split": "withheld order"},
        "two withheld orders": {"objects": 2, "split": "withheld order"},
        "withheld combination": {"objects": 1, "split": "withheld combination"},
    },
    "sound": {
        "one word": {"words": 1},
        "two words": {"words": 2},
        "three words": {"words": 3},
        "withheld order": {"words": 2, "split": "withheld order"},
        "withheld mark": {"words": 1, "split": "withheld mark"},
    },
    "voxels": {
        "one solid": {"objects": 1},
        "two solids": {"objects": 2},
        "withheld combination": {"objects": 1, "split": "withheld"},
        "two withheld combinations": {"objects": 2, "split": "withheld"},
    },
}


def truths(form: str, what: str, n: int, seed: int | str = 0) -> list[Any]:
    """`n` fresh truths that answer one of QUESTIONS. Raises KeyError for another."""
    rng = np.random.default_rng([ord(c) for c in f"{form} {what} {seed}"])
    return [WORLDS[form].sample(rng, **QUESTIONS[form][what])[0] for _ in range(n)]


def score(
    loaded: Any,
    asked: Sequence[Any],
    *,
    steps: int = 25,
    guidance: float = 1.0,
    seed: int = 0,
    fresh: bool = True,
    artefacts: np.ndarray | None = None,
) -> Score:
    """Draw an artefact for each truth (or take `artefacts`), read it, and compare; `fits` is that all is right."""
    world = WORLDS[loaded.card["form"]]
    if artefacts is None:
        texts = [world.caption(one) for one in asked]
        artefacts = draw(loaded, texts, steps=steps, guidance=guidance, seed=seed, fresh=fresh)
    readings = world.read_many(artefacts)
    compared = [world.compare(found.scene, one) for found, one in zip(readings, asked, strict=True)]
    return Score(
        np.array([row["whole"] for row in compared]),
        np.array([found.legal for found in readings]),
        {name: np.array([row[name] for row in compared]) for name in compared[0] if name != "whole"},
        tuple(readings),
    )
