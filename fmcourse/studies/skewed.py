"""A skew in the data, and what guidance makes of it: small text-to-image models trained on pictures of one thing.

Of circles 95 in 100 are large, of rings 5, and so on: each shape has its own share (`SKEW`), while of all things half
are large. A caption names the shape and leaves the size open; how often does the model draw a large one?

Guidance w draws, where it does what it is meant to, from p(x | caption) (p(x | caption) / p(x))^(w - 1): a share of q
among things of which m are large becomes `sharpened(q, m, w)`.

But: one thing on a plain ground, and a network a quarter as large as the shipped one.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from fmcourse.generation.drawing import draw
from fmcourse.generation.flow import Objective, batch_of
from fmcourse.generation.forms import FORMS, one_thing
from fmcourse.scenes import read_images
from fmcourse.scenes.scene import SHAPES
from fmcourse.training.fit import Recipe, fit

SKEW = dict(zip(SHAPES, (0.95, 0.80, 0.65, 0.35, 0.20, 0.05), strict=True))
EVEN = dict.fromkeys(SHAPES, 0.5)
KINDS = {"skewed": SKEW, "even": EVEN}
SEEDS, GUIDANCE, PICTURES = (0, 1, 2), (1, 2, 3, 5), 200
STEPS, ROWS, WIDTH, DEPTH, HEADS = 4500, 64, 64, 4, 2
MOVED = 1.5  # times are moved by half of the usual: one thing at nine places leaves little to decide under much noise


def sharpened(q: float, m: float, guidance: float) -> float:
    """The share of large things that guidance should draw, where q of those asked for and m of all are large.

    >>> round(sharpened(0.8, 0.5, 1), 2), round(sharpened(0.8, 0.5, 3), 2)
    (0.8, 0.98)
    """
    large, small = q * (q / m) ** (guidance - 1), (1 - q) * ((1 - q) / (1 - m)) ** (guidance - 1)
    return large / (large + small)


def train(kind: str, seed: int, steps: int = STEPS, progress: bool = False) -> tuple[SimpleNamespace, list[float]]:
    """A model that draws one thing, as `draw` wants it, and its losses."""
    form = FORMS["one thing"]
    torch.manual_seed(seed)
    network = form.network(WIDTH, DEPTH, HEADS)

    def batch(step: int) -> dict[str, torch.Tensor]:
        rng = np.random.default_rng([seed, step])
        texts, pictures = zip(*(one_thing(rng, KINDS[kind]) for _ in range(ROWS)), strict=True)
        patches = torch.from_numpy(form.to_patches(np.stack(pictures)))
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return batch_of(patches, form.encode(texts), generator, MOVED)

    recipe = Recipe(steps, lr=0.02, lr_adam=0.003, warmup=100, seed=seed)
    history = fit(Objective(network), batch, recipe, progress=progress)
    return SimpleNamespace(model=network.eval(), card={"form": "one thing"}), history.loss


def count(loaded: SimpleNamespace, text: str, guidance: float, n: int = PICTURES, seed: int = 0) -> dict[str, float]:
    """Of `n` pictures for one caption the share that shows one thing, that without a flaw ("legal"), and the share of
    large ones among those that show one thing: so small a network leaves flaws in many whose size is plain."""
    readings = read_images(draw(loaded, [text] * n, steps=25, guidance=guidance, seed=seed))
    things = [r.scene.things[0] for r in readings if r.scene and len(r.scene.things) == 1]
    large = float(np.mean([t.size == "large" for t in things])) if things else 0.5
    legal = sum(r.legal for r in readings if r.scene and len(r.scene.things) == 1)
    return {"one": len(things) / n, "legal": legal / n, "large": large, "n": n}


def beginning(kind: str, seed: int, steps: int = 20) -> float:
    """The mean loss of the last half of a training of so few steps: quick to make again."""
    losses = train(kind, seed, steps)[1][steps // 2 :]
    return sum(losses) / len(losses)


def rows_of(kind: str, seed: int) -> list[dict[str, Any]]:
    """One training, and its counts: each shape at each guidance, and a caption that names no shape."""
    loaded, _ = train(kind, seed)
    rows = []
    for guidance in GUIDANCE:
        for shape in (*SHAPES, "thing"):
            share = KINDS[kind].get(shape, 0.5)
            found = count(loaded, f"a {shape}", guidance, seed=100 + seed)
            rows.append({"kind": kind, "seed": seed, "shape": shape, "data": share, "guidance": guidance} | found)
    return [*rows, {"kind": kind, "seed": seed, "shape": "start", "loss": beginning(kind, seed)}]
