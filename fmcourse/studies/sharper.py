"""Super-resolution: pictures shrunk from 32 x 32 to 8 x 8, enlarged in four ways, and read.

`right`: the reader finds the scene that was there. `invented`: a flawless picture of another scene, which nobody would
doubt; `doubtful`: wrong, with flaws that show it.

But: the reader is exact about scenes of this course, and would call an odd but honest blur a mistake.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from fmcourse.generation import enlarging
from fmcourse.generation.enlarging import Averager, Enlarger, bicubic, shrunk
from fmcourse.scenes import Scene, image, read_images
from fmcourse.scenes.asking import ask
from fmcourse.training.fit import Recipe, fit

STEPS, ROWS, PICTURES, STORED = 2000, 64, 500, 10_000
TRAINED = {"diffusion": Enlarger, "regression": Averager}


def pictures(n: int, seed: int | list[int], size: str | None = None) -> tuple[list[Scene], np.ndarray]:
    """`n` scenes of one to three things and their pictures (n, 32, 32, 3); `size` keeps those of that size alone."""
    rng, scenes = np.random.default_rng(seed), []
    while len(scenes) < n:
        scene = ask(rng, "full").scene
        if size is None or all(thing.size == size for thing in scene.things):
            scenes.append(scene)
    return scenes, np.stack([image(s, rng=rng, free=True) for s in scenes]).astype(np.float32)


def train(what: str, seed: int = 0, steps: int = STEPS, progress: bool = False) -> tuple[Enlarger, list[float]]:
    """A network of TRAINED and its losses."""
    torch.manual_seed(seed)
    model = TRAINED[what](enlarging.network())

    def batch(step: int) -> dict[str, torch.Tensor]:
        shown = pictures(ROWS, [seed, 1, step])[1]
        return enlarging.batch_of(shown, torch.Generator().manual_seed(step + 1))

    history = fit(model, batch, Recipe(steps, lr=0.02, lr_adam=0.003, warmup=100, seed=seed), progress=progress)
    return model.eval(), history.loss


def nearest(small: np.ndarray, stored: int = STORED) -> np.ndarray:
    """For each small picture the stored one whose own small picture is nearest: (n, 32, 32, 3)."""
    known = pictures(stored, 99)[1]
    keys, asked = shrunk(known).reshape(stored, -1), small.reshape(len(small), -1)
    apart = (keys**2).sum(1) - 2 * asked @ keys.T
    return known[apart.argmin(1)]


def row(
    what: str, enlarge: Callable[[np.ndarray], np.ndarray], size: str | None = None, n: int = PICTURES
) -> dict[str, Any]:
    """How pictures enlarged by `enlarge` are read: counts of right, invented and doubtful ones."""
    scenes, large = pictures(n, 7, size)
    readings = read_images(enlarge(shrunk(large)))
    right = [r.scene == scene for r, scene in zip(readings, scenes, strict=True)]
    invented = [r.legal and not true for r, true in zip(readings, right, strict=True)]
    return {"what": what, "size": size or "any", "right": sum(right), "invented": sum(invented), "n": n,
            "legal": sum(r.legal for r in readings)}  # fmt: skip


def rows_of(what: str) -> list[dict[str, Any]]:
    """One way to enlarge: pictures of any size and of large things alone."""
    losses: list[float] = []
    if what in TRAINED:
        model, losses = train(what)
        enlarge = model.enlarge
    else:
        enlarge = {"bicubic": bicubic, "nearest": nearest}[what]
    rows = [row(what, enlarge, size) for size in (None, "large")]
    return [r | {"loss": losses[-1]} if losses else r for r in rows]


def control() -> list[dict[str, Any]]:
    """The true pictures, read."""
    rows = []
    for size in (None, "large"):
        scenes, large = pictures(PICTURES, 7, size)
        found = read_images(large)
        right = sum(r.scene == s for r, s in zip(found, scenes, strict=True))
        rows.append({"what": "true", "size": size or "any", "right": right, "invented": 0, "n": PICTURES,
                     "legal": sum(r.legal for r in found)})  # fmt: skip
    return rows
