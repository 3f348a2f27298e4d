"""Cheap rivals of networks that read pictures: straight lines through the pixels, and the nearest picture ever seen.

    linear = LinearReader.learn(rng, 3000)                 # a colour and a shape from the pixels, put together
    right, n = linear.count(items)                         # of `choosing.classes`
    cut = CutOutReader.learn(rng, 3000)                    # first the colour; then the shape of what has that colour
    texts = nearest_captions(pictures, rng, 10_000)        # of each picture's nearest neighbour

The first two have never seen a withheld combination either, and could still name it, as they read colour and shape
apart. The third can only say what was said before.

But: a reader that knows how shapes look, and not only what they are called, is `scenes.read_image`.
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
from fmcourse.vision.binding import NEAR
from fmcourse.vision.choosing import Choices
from fmcourse.vision.inputs import draw_pictures, images

RIDGE = 30.0  # holds the weights small; about the spread of a pixel times the root of a thousand pictures
TOGETHER = 500
SIDE = 14  # pixels of what is cut out; the largest thing has 11


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


@dataclass(frozen=True)
class CutOutReader:
    """The colour that most pixels have; then straight lines through the pixels of that colour, cut out around their
    middle, (SIDE * SIDE + 1, 6). It knows by hand that things have one colour and may stand anywhere."""

    shape: Tensor

    @classmethod
    def learn(cls, rng: np.random.Generator, n: int) -> "CutOutReader":
        """From `n` pictures of one thing of a combination that training shows, by ridge regression."""
        scenes = [ask(rng, "full", objects=1).scene for _ in range(n)]
        x = _cut_out(images(draw_pictures(scenes, rng)))[1]
        target = torch.tensor([[float(s.things[0].shape == shape) for shape in SHAPES] for s in scenes])
        return cls(torch.linalg.inv(x.T @ x + RIDGE * torch.eye(x.shape[1])) @ (x.T @ (2 * target - 1)))

    def count(self, items: Choices) -> tuple[int, int]:
        """How many pictures of `choosing.classes` are called by the right colour and shape, and of how many."""
        truths = [understand(row[i]).specs[0] for row, i in zip(items.captions, items.right, strict=True)]
        colours, x = _cut_out(items.pictures)
        found = [(colour, SHAPES[j]) for colour, j in zip(colours, (x @ self.shape).argmax(1).tolist(), strict=True)]
        return sum((t.colour, t.shape) == pair for t, pair in zip(truths, found, strict=True)), len(found)


def _cut_out(pictures: np.ndarray) -> tuple[list[str], Tensor]:
    """The colour that most pixels of each picture (N, H, W, 3) have, and where it is around its middle, as `_flat`."""
    colours, rows = [], []
    for picture in pictures:
        near = np.linalg.norm(picture[:, :, None] - np.array(list(COLOURS.values())), axis=-1) < NEAR
        most = int(near.sum((0, 1)).argmax())
        there = np.pad(near[:, :, most], SIDE)
        y, x = (int(round(float(side.mean()))) if len(side) else SIDE for side in np.nonzero(there))
        rows.append(there[y - SIDE // 2 : y + SIDE // 2, x - SIDE // 2 : x + SIDE // 2])
        colours.append(list(COLOURS)[most])
    return colours, _flat(torch.from_numpy(np.stack(rows)).float()[:, None])


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
