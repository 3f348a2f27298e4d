"""Three sets of pictures for self-supervised learning, each split so that no picture stands on two sides.

`textures`: patterns with one thing in front, made by the course, so that every truth is known.
`digits`: scikit-learn's 8 x 8 handwritten digits, each pixel drawn 4 x 4.
`photographs`: squares cut from scikit-learn's two photographs; all for training lie left, all for testing right.

But: `digits` has one pool for training with and without labels, as there are only 1,797; and two photographs are two.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from fmcourse.scenes import COLOURS
from fmcourse.scenes.textures import texture_dataset

LEFT = 0.6  # the part of a photograph that training may see


@dataclass(frozen=True)
class ImageSet:
    """Pictures (N, 3, 32, 32), values 0 to 1: `pool` without labels; `train` and `test` with."""

    pool: Tensor
    train: Tensor
    labels: np.ndarray
    test: Tensor
    truth: np.ndarray
    names: tuple[str, ...]
    other: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)  # more truths: (train, test)


def tensor(images: ArrayLike) -> Tensor:
    """(N, H, W, 3) as the scenes make them -> (N, 3, H, W) as torch wants them."""
    return torch.from_numpy(np.ascontiguousarray(np.asarray(images, np.float32).transpose(0, 3, 1, 2)))


def textures(seed: int = 0, pool: int = 3000, train: int = 600, test: int = 1000, objects: int = 1) -> ImageSet:
    """Patterns, with a thing in front. The pool and the labelled pictures depend on `seed`; the test never does."""
    parts = [texture_dataset(s, n, objects=objects) for s, n in ((1000 + seed, pool), (2000 + seed, train), (99, test))]
    other = {}
    if objects == 1:
        colours = list(COLOURS)
        other["colour of the thing"] = tuple(
            np.array([colours.index(s.things[0].colour) for s in p.scenes])  # type: ignore[union-attr]  # objects were asked for
            for p in parts[1:]
        )
    return ImageSet(
        tensor(parts[0].images),
        tensor(parts[1].images),
        parts[1].labels,
        tensor(parts[2].images),
        parts[2].labels,
        parts[0].kinds,
        other,  # type: ignore[arg-type]  # two arrays each
    )


def digits(seed: int = 0, test: int = 600) -> ImageSet:
    """Handwritten digits at 32 x 32; `test` of them, always the same, are kept apart."""
    from sklearn.datasets import load_digits

    data = load_digits()
    grey = torch.from_numpy(data.images.astype(np.float32) / 16)[:, None]
    images = grey.repeat_interleave(4, 2).repeat_interleave(4, 3).expand(-1, 3, -1, -1).contiguous()
    order = np.random.default_rng(99).permutation(len(images))
    tested, rest = order[:test], np.random.default_rng(seed).permutation(order[test:])
    return ImageSet(
        images[rest], images[rest], data.target[rest], images[tested], data.target[tested], tuple("0123456789")
    )


def grey_squares(images: Tensor) -> Tensor:
    """Without colour and with equal brightness and contrast, so that only texture and form are left."""
    grey = images.mean(1, keepdim=True)
    mean, spread = grey.mean((2, 3), keepdim=True), grey.std((2, 3), keepdim=True)
    return (0.5 + 0.2 * (grey - mean) / spread.clamp_min(0.02)).clamp(0, 1).expand(-1, 3, -1, -1).contiguous()


def photographs(
    seed: int = 0, train: int = 600, test: int = 1000, by_side: bool = True, left: float = LEFT
) -> ImageSet:
    """Grey squares of 64 x 64 pixels, shrunk to 32 x 32, from a temple and a flower; the label says which.

    Training sees the `left` part of each. With `by_side=False` training and testing take their squares from everywhere:
    they overlap, and that is a leak.
    """
    import torch.nn.functional as F
    from sklearn.datasets import load_sample_images

    photos = [torch.from_numpy(np.array(p)).permute(2, 0, 1).float() / 255 for p in load_sample_images().images]

    def squares(n: int, rng: np.random.Generator, start_at: float, end_at: float) -> tuple[Tensor, np.ndarray]:
        labels, out = np.arange(n) % 2, []
        for label in labels:
            _, h, w = photos[label].shape
            top, start = rng.integers(h - 63), rng.integers(int(start_at * w), int(end_at * w) - 63)
            out.append(F.avg_pool2d(photos[label][:, top : top + 64, start : start + 64], 2))
        return grey_squares(torch.stack(out)), labels

    sides = ((0, left), (left, 1)) if by_side else ((0, 1), (0, 1))
    images, labels = squares(train, np.random.default_rng(3000 + seed), *sides[0])
    tested, truth = squares(test, np.random.default_rng(98), *sides[1])
    return ImageSet(images, images, labels, tested, truth, ("temple", "flower"))
