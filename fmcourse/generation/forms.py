"""The forms that can be drawn from a caption: how each is cut into patches, and what it learns from.

But: what an artefact shows, its captions and its readers stand in `scenes`; here they only meet the network.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fmcourse.generation.flow import shift
from fmcourse.models.patch_transformer import PatchTransformer, Shape
from fmcourse.scenes import captions, clips, sounds, voxels
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.images import image
from fmcourse.scenes.scene import Scene


@dataclass(frozen=True)
class Form:
    """One form: its vocabulary, its patches and how training examples are drawn.

    `grid` says how many patches lie along each axis. `to_patches` takes artefacts (n, ...) in [0, 1] or [-1, 1] to
    patches (n, P, V) of about unit spread, `from_patches` brings them back. `example(rng)` gives a caption and an
    artefact; `understand` raises CaptionError for a caption outside the form's language;
    `split` cuts it into its words. `plain` is how much of the noise it can be told under (`flow.shift`), and `settles`
    how much less far times are moved late in training and in drawing.
    """

    name: str
    words: Sequence[str]
    longest: int
    grid: tuple[int, ...]
    values: int
    to_patches: Callable[[np.ndarray], np.ndarray]
    from_patches: Callable[[np.ndarray], np.ndarray]
    example: Callable[[np.random.Generator], tuple[str, np.ndarray]]
    understand: Callable[[str], object]
    split: Callable[[str], list[str]]
    plain: float = 3.0
    settles: float = 1.0

    @property
    def patches(self) -> int:
        """How many there are."""
        return math.prod(self.grid)

    @property
    def moved(self) -> float:
        """How far its times are moved towards noise."""
        return shift(self.patches * self.values, self.plain)

    @property
    def settled(self) -> float:
        """The same late in training and in drawing: how things look is decided later than where they stand."""
        return self.moved / self.settles

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
            found = self.split(text)
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
    return captions._Words(text).words


def split_spoken(text: str) -> list[str]:
    """The words of what is to be said, and its mark.

    >>> split_spoken("Go now?")
    ['go', 'now', '?']
    """
    utterance = sounds.parse(text)
    return [*utterance.words, utterance.mark]


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


def _of(world: Any) -> Callable[[np.random.Generator], tuple[str, np.ndarray]]:
    """Examples of `clips`, `sounds` or `voxels`: a random truth of what training may see, told and rendered."""

    def example(rng: np.random.Generator) -> tuple[str, np.ndarray]:
        truth, _ = world.sample(rng)
        return world.caption(truth), world.render(truth, rng)

    return example


def _clipped(from_patches: Callable[[np.ndarray], np.ndarray], least: float) -> Callable[[np.ndarray], np.ndarray]:
    """The way back, with values held between `least` and 1, as a screen or a loudspeaker would hold them."""
    return lambda patches: from_patches(patches).clip(least, 1)


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            name="image",
            words=captions.WORDS,
            longest=captions.LONGEST,
            grid=(8, 8),
            values=48,  # 4 x 4 pixels, 3 colours
            to_patches=pictures_to_patches,
            from_patches=patches_to_pictures,
            example=_picture,
            understand=captions.understand,
            split=split,
            settles=2.0,  # 1 and 3 drew as well, but for chance (96 captions each of numbers and relations)
        ),
        Form(  # for networks that must learn fast: one thing at a fixed place, and a quarter of the patches
            name="one thing",
            words=captions.WORDS,
            longest=captions.LONGEST,
            grid=(4, 4),
            values=192,  # 8 x 8 pixels, 3 colours
            to_patches=partial(pictures_to_patches, patch=8),
            from_patches=patches_to_pictures,
            example=one_thing,
            understand=captions.understand,
            split=split,
        ),
        Form(
            name="clip",
            words=clips.WORDS,
            longest=clips.LONGEST,
            grid=(4, 4, 4),
            values=384,  # 2 frames, 8 x 8 pixels, 3 colours
            to_patches=clips.to_patches,
            from_patches=_clipped(clips.from_patches, 0),
            example=_of(clips),
            understand=clips.parse,
            split=split,
            plain=1.0,  # tried: 2, 3, 6 and 12 in all; beyond 3 events are learned later, and edges worse
        ),
        Form(
            name="sound",
            words=sounds.WORDS,
            longest=sounds.LONGEST,
            grid=(64,),
            values=64,  # 8 ms, as 64 cosines
            to_patches=sounds.to_patches,
            from_patches=_clipped(sounds.from_patches, -1),
            example=_of(sounds),
            understand=sounds.parse,
            split=split_spoken,
            plain=2.0,  # tried: 0.6, 1.2 and 2.3 in all; 2.3 was best for words and their order
        ),
        Form(
            name="voxels",
            words=voxels.WORDS,
            longest=voxels.LONGEST,
            grid=(4, 4, 4),
            values=256,  # 4 x 4 x 4 voxels, occupancy and 3 colours
            to_patches=voxels.to_patches,
            from_patches=_clipped(voxels.from_patches, 0),
            example=_of(voxels),
            understand=voxels.parse,
            split=split,
            plain=1.0,  # tried: 1 and 2.3 in all; with 1 nothing was learned
        ),
    )
}
