"""The forms a scene can take. A form is a renderer (scene -> artefact) and a reader (artefact -> Reading).

But: only images exist so far. A clip, a sound or a voxel grid joins by adding its two functions to the two tables.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fmcourse.scenes.images import image
from fmcourse.scenes.reader import Reading, read_image
from fmcourse.scenes.scene import Scene, did_you_mean
from fmcourse.types import T

RENDERERS: dict[str, Callable[..., Any]] = {"image": image}
READERS: dict[str, Callable[..., Reading]] = {"image": read_image}


def _find(table: Mapping[str, Callable[..., T]], modality: str) -> Callable[..., T]:
    if modality not in table:
        raise ValueError(f"a scene has no form called '{modality}'; {did_you_mean(modality, list(table))}")
    return table[modality]


def render(scene: Scene, modality: str = "image", **options: Any) -> Any:
    """The scene in one of its forms; `options` go to that form's renderer. ValueError for an unknown form."""
    return _find(RENDERERS, modality)(scene, **options)


def read(artefact: Any, modality: str = "image", **options: Any) -> Reading:
    """What an artefact of that form shows. ValueError for an unknown form."""
    return _find(READERS, modality)(artefact, **options)
