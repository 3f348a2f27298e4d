"""The forms that can be drawn from a caption: how each is cut into patches, and what it learns from.

But: what an artefact shows, its captions and its readers stand in `scenes`; here they only meet the network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from fmcourse.models.patch_transformer import PatchTransformer, Shape
from fmcourse.scenes import captions
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.images import image
from fmcourse.scenes.scene import Scene


@dataclass(frozen=True)
class Form:
    """One form: its vocabulary, its patches and how training examples are drawn.

    `grid` says how many patches lie along each axis. `to_patches` takes artefacts (n, ...) in [0, 1] or [-1, 1] to
    patches (n, P, V) of about unit spread, `from_patches` brings them back. `example(rng)` gives a caption and an
    artefact; `understand` raises CaptionError for a caption outside the form's language.
    """

    name: str
    words: Sequence[str]
    longest: int
    patches: int
    values: int
    to_patches: Callable[[np.ndarray], np.ndarray]
    from_patches: Callable[[np.ndarray], np.ndarray]
    example: Callable[[np.random.Generator], tuple[str, np.ndarray]]
    understand: Callable[[str], object]
    grid: tuple[int, ...] = ()

    def network(self, width: int = 96, depth: int = 6, heads: int = 3) -> PatchTransformer:
        """A fresh network for this form."""
        words = len(self.words) + 1
        return PatchTransformer(Shape(self.patches, self.values, words, self.longest, width, depth, heads, self.grid))

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Captions as word ids (n, longest), 0 behind the last word. Raises CaptionError naming what is not known."""
        ids = {word: i for i, word in enumerate(self.words, 1)}
        rows = torch.zeros(len(texts), self.longest, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            self.understand(text)
            found = split(text)
            if len(found) > self.longest:
                raise CaptionError(f"the caption has {len(found)} words, and {self.longest} are the most.")
            row[: len(found)] = torch.tensor([ids[word] for word in found])
        return rows

    def batch(self, rng: np.random.Generator, n: int) -> tuple[Tensor, Tensor]:
        """`n` training examples: patches (n, P, V) and word ids (n, longest)."""
        texts, artefacts = zip(*(self.example(rng) for _ in range(n)), strict=True)
        return torch.from_numpy(self.to_patches(np.stack(artefacts))).float(), self.encode(texts)


def split(text: str) -> list[str]:
    """The words and commas of a caption, without a final full stop.

    >>> split("A red ring, on a dotted ground.")
    ['a', 'red', 'ring', ',', 'on', 'a', 'dotted', 'ground']
    """
    found = captions._Words(text).words
    return found


PATCH = 4  # pixels each way


def pictures_to_patches(pictures: np.ndarray, patch: int = PATCH) -> np.ndarray:
    """(n, 32, 32, 3) in [0, 1] -> (n, P, V) in [-1, 1], patches of `patch` x `patch` pixels row by row: (n, 64, 48)."""
    n, side = len(pictures), pictures.shape[1] // patch
    cut = pictures.reshape(n, side, patch, side, patch, 3).transpose(0, 1, 3, 2, 4, 5)
    return (2 * cut.reshape(n, side * side, -1) - 1).astype(np.float32)


def patches_to_pictures(patches: np.ndarray) -> np.ndarray:
    """The inverse, for patches of any size; values outside [0, 1] are clipped."""
    n, side, patch = len(patches), round(patches.shape[1] ** 0.5), round((patches.shape[2] / 3) ** 0.5)
    laid = patches.reshape(n, side, side, patch, patch, 3).transpose(0, 1, 3, 2, 4, 5)
    return ((laid.reshape(n, side * patch, side * patch, 3) + 1) / 2).clip(0, 1)


def _picture(rng: np.random.Generator) -> tuple[str, np.ndarray]:
    asked = ask(rng)
    return captions.say(asked.request), image(asked.scene, rng=rng, free=True).astype(np.float32)


def one_thing(rng: np.random.Generator, large: Mapping[str, float] | None = None) -> tuple[str, np.ndarray]:
    """A caption of one thing, each attribute said with probability 1/2, and its picture on a plain ground (32, 32, 3).

    `large` is the dial of `ask`: how likely a thing of that shape is large.
    """
    asked = ask(rng, "open", objects=1, large=large)
    request, scene = captions.Request(asked.request.specs), Scene(asked.scene.things)
    return captions.say(request), image(scene, rng=rng).astype(np.float32)


FORMS: Mapping[str, Form] = {
    "image": Form(
        "image",
        captions.WORDS,
        captions.LONGEST,
        64,
        48,
        pictures_to_patches,
        patches_to_pictures,
        _picture,
        captions.understand,
        (8, 8),
    ),
    # for networks that must learn in seconds: one thing at a fixed place, and a quarter of the patches
    "one thing": Form(
        "one thing",
        captions.WORDS,
        captions.LONGEST,
        16,
        192,
        partial(pictures_to_patches, patch=8),
        patches_to_pictures,
        one_thing,
        captions.understand,
        (4, 4),
    ),
}
