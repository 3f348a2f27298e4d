"""Cheap rivals of networks that read pictures: straight lines through the pixels, and the nearest picture ever seen.

    linear = LinearReader.learn(rng, 3000)                 # a colour and a shape from the pixels, put together
    right, n = linear.count(items)                         # of `choosing.classes`
    texts = nearest_captions(pictures, rng, 10_000)        # of each picture's nearest neighbour

The first has never seen a withheld combination either, and could still name it, as it reads colour and shape apart. The
second can only say what was said before.

But: no features made by hand; a reader that knows how shapes look is `scenes.read_image`, and makes no mistakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import caption, understand
from fmcourse.scenes.scene import COLOURS, SHAPES, Scene
from fmcourse.training.image_sets import tensor
from fmcourse.vision.choosing import Choices
from fmcourse.vision.inputs import draw_pictures

RIDGE = 30.0  # holds the weights small; about the spread of a pixel times the root of a thousand pictures
TOGETHER = 500


@dataclass(frozen=True)
class LinearReader:
    """Two straight-line readers of the same pixels, (3 H W + 1, 6) each: the highest of six numbers is the answer."""

    colour: Tensor
    shape: Tensor

    @classmethod
    def learn(cls, rng: np.random.Generator, n: int) -> "LinearReader":
        """From `n` pictures of one thing of a combination that training shows, by ridge regression."""
        scenes = [ask(rng, "full", objects=1).scene for _ in range(n)]
        x = _flat(draw_pictures(scenes, rng))
        inverse = torch.linalg.inv(x.T @ x + RIDGE * torch.eye(x.shape[1]))
        told = [
            torch.tensor([[float(getattr(s.things[0], name) == value) for value in values] for s in scenes])
            for name, values in (("colour", COLOURS), ("shape", SHAPES))
        ]
        return cls(*(inverse @ (x.T @ (2 * target - 1)) for target in told))

    def read(self, pictures: np.ndarray) -> list[tuple[str, str]]:
        """A colour and a shape for each picture (N, H, W, 3)."""
        x, colours = _flat(tensor(pictures)), list(COLOURS)
        pairs = zip((x @ self.colour).argmax(1).tolist(), (x @ self.shape).argmax(1).tolist(), strict=True)
        return [(colours[i], SHAPES[j]) for i, j in pairs]

    def count(self, items: Choices) -> tuple[int, int]:
        """How many pictures of `choosing.classes` are called by the right colour and shape, and of how many."""
        truths = [understand(row[i]).specs[0] for row, i in zip(items.captions, items.right, strict=True)]
        found = self.read(items.pictures)
        return sum((t.colour, t.shape) == pair for t, pair in zip(truths, found, strict=True)), len(found)


def _flat(pictures: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 3 H W + 1), around 0, with a 1 at the end."""
    x = 2 * pictures.flatten(1) - 1
    return torch.cat([x, torch.ones(len(x), 1)], 1)


def nearest_captions(pictures: np.ndarray, rng: np.random.Generator, n: int) -> list[str]:
    """For each picture (N, H, W, 3) the full caption of the nearest, pixel by pixel, of `n` training pictures."""
    wanted = tensor(pictures).flatten(1)
    best, texts = torch.full((len(wanted),), torch.inf), [""] * len(wanted)
    for start in range(0, n, TOGETHER):
        scenes: Sequence[Scene] = [ask(rng, "full").scene for _ in range(min(TOGETHER, n - start))]
        away, which = torch.cdist(wanted, draw_pictures(scenes, rng).flatten(1)).min(1)
        for i in (away < best).nonzero()[:, 0].tolist():
            best[i], texts[i] = away[i], caption(scenes[int(which[i])])
    return texts
