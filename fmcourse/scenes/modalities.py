"""The forms of what is true: pictures, clips, sounds and solids. Each has a renderer and a reader that takes it back.

    read(render(scene), "image").scene == scene          read(sound, "sound").legal

A form's renderer takes its own kind of truth: a Scene, a Story (`clips`), an Utterance (`sounds`) or a Space
(`voxels`). Whatever the form, a reading has a `scene` (or None), says whether the artefact is `legal`, and if not, the
`reason`.

But: the forms are worlds beside each other; no scene is told in two of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from fmcourse.scenes import clips, sounds, voxels
from fmcourse.scenes.images import image
from fmcourse.scenes.reader import read_image
from fmcourse.scenes.scene import did_you_mean
from fmcourse.types import T


class Found(Protocol):
    """What the readings of all forms have in common."""

    @property
    def scene(self) -> Any:
        """The most likely truth, or None."""

    @property
    def legal(self) -> bool:
        """Whether the artefact is a true one, noise aside."""

    @property
    def reason(self) -> str:
        """Why it is not; empty when it is."""


RENDERERS: dict[str, Callable[..., Any]] = {
    "image": image,
    "clip": clips.render,
    "sound": sounds.render,
    "voxels": voxels.render,
}
READERS: dict[str, Callable[..., Found]] = {
    "image": read_image,
    "clip": clips.read_one,
    "sound": sounds.read_one,
    "voxels": voxels.read_one,
}


def _find(table: Mapping[str, Callable[..., T]], modality: str) -> Callable[..., T]:
    if modality not in table:
        raise ValueError(f"a scene has no form called '{modality}'; {did_you_mean(modality, list(table))}")
    return table[modality]


def render(scene: Any, modality: str = "image", **options: Any) -> Any:
    """What is true, in its form; `options` go to that form's renderer. ValueError for an unknown form."""
    return _find(RENDERERS, modality)(scene, **options)


def read(artefact: Any, modality: str = "image", **options: Any) -> Found:
    """What an artefact of that form shows. ValueError for an unknown form."""
    return _find(READERS, modality)(artefact, **options)
