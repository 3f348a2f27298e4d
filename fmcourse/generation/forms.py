"""The forms that can be drawn from a caption: how each is cut into patches, and what it learns from.

But: what an artefact shows, its captions and its readers stand in `scenes`; here they only meet the network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fmcourse.scenes import captions, clips, sounds, voxels
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import CaptionError
from fmcourse.scenes.images import image


@dataclass(frozen=True)
class Form:
    """One form: its vocabulary, its patches and how training examples are drawn.

    `to_patches` takes artefacts (n, ...) in [0, 1] or [-1, 1] to patches (n, P, V) of about unit spread, `from_patches`
    brings them back. `example(rng)` gives a caption and an artefact; `understand` raises CaptionError for a caption
    outside the form's language; `split` cuts a caption into its words.
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
    split: Callable[[str], list[str]]

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


def pictures_to_patches(pictures: np.ndarray) -> np.ndarray:
    """(n, 32, 32, 3) in [0, 1] -> (n, 64, 48) in [-1, 1], patches row by row."""
    n, side = len(pictures), pictures.shape[1] // PATCH
    cut = pictures.reshape(n, side, PATCH, side, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
    return (2 * cut.reshape(n, side * side, -1) - 1).astype(np.float32)


def patches_to_pictures(patches: np.ndarray) -> np.ndarray:
    """The inverse; values outside [0, 1] are clipped."""
    n, side = len(patches), round(patches.shape[1] ** 0.5)
    laid = patches.reshape(n, side, side, PATCH, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
    return ((laid.reshape(n, side * PATCH, side * PATCH, 3) + 1) / 2).clip(0, 1)


def _picture(rng: np.random.Generator) -> tuple[str, np.ndarray]:
    asked = ask(rng)
    return captions.say(asked.request), image(asked.scene, rng=rng, free=True).astype(np.float32)


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
        split,
    ),
    "clip": Form(  # 2 frames x 8 x 8 pixels x 3 colours
        "clip",
        clips.WORDS,
        clips.LONGEST,
        64,
        384,
        clips.to_patches,
        _clipped(clips.from_patches, 0),
        _of(clips),
        clips.parse,
        split,
    ),
    "sound": Form(  # 8 ms, as 64 cosines
        "sound",
        sounds.WORDS,
        sounds.LONGEST,
        64,
        64,
        sounds.to_patches,
        _clipped(sounds.from_patches, -1),
        _of(sounds),
        sounds.parse,
        split_spoken,
    ),
    "voxels": Form(  # 4 x 4 x 4 voxels, occupancy and 3 colours
        "voxels",
        voxels.WORDS,
        voxels.LONGEST,
        64,
        256,
        voxels.to_patches,
        _clipped(voxels.from_patches, 0),
        _of(voxels),
        voxels.parse,
        split,
    ),
}
