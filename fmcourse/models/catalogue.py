"""`load` for every kind of shipped model: those that read and write text, and those that draw or read scenes.

What this leaves out: opening a text model is `loading`, making artefacts is `generation`.
"""

import difflib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmcourse.models import loading
from fmcourse.models.files import SHIPPED, ModelProblem, check_digests, restore
from fmcourse.models.loading import Loaded
from fmcourse.paths import data_dir

SCENES = (
    "scene-diffusion",
    "scene-clip",
    "scene-captioner",
    "scene-answerer",
    "scene-sound",
    "scene-video",
    "scene-voxels",
)
PATCHES = "patch-transformer"  # the model type of those that draw
OURS = (PATCHES, "two-towers", "captioner", "answerer")  # and of those that read pictures: `picture_text.MODELS`


@dataclass(frozen=True)
class Vocabulary:
    """The words that a scene model knows; ids begin at 1, and 0 is padding."""

    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words) + 1


def load(name: str, source: str | os.PathLike[str] = "shipped", device: str | None = None) -> Loaded:
    """Load a model with its tokenizer and card.

    `source` is "shipped" (`name` is one of SHIPPED or SCENES), "hub" (`name` is a repository such as
    "openai-community/gpt2"), or a folder that holds the model, or holds a folder `name`. `device` None is the CPU,
    whatever the machine has, or what FMCOURSE_DEVICE says; "auto" is a GPU when there is one, and "cuda", "mps" and
    "cpu" name one. Raises `ModelProblem` for an unknown name, a damaged or pickled file, a Hub that cannot be reached,
    or a device that is not there.

    >>> model, tokenizer, card = load("world-gpt")            # doctest: +SKIP
    """
    if source == "shipped" and name not in SHIPPED:
        if name not in SCENES:
            near = difflib.get_close_matches(str(name).lower(), (*SHIPPED, *SCENES), n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ModelProblem(
                f"no shipped model is called {name!r}.{hint} There are {', '.join((*SHIPPED, *SCENES))}; "
                f'for one from the Hub pass source="hub", for one in a folder the folder\'s path.'
            )
        folder = data_dir() / "models" / name
        if not folder.is_dir():
            raise ModelProblem(
                f"the folder of {name} is missing from data/models. `fmcourse pretrain {name}` makes it, in about "
                f"an hour on two cores."
            )
        check_digests(folder)
        return _open(folder, name, device)
    if source not in ("shipped", "hub"):
        folder = Path(source) if (Path(source) / "config.json").is_file() else Path(source) / name
        if _config(folder).get("model_type") in OURS:
            return _open(folder, name, device)
    return loading.load(name, source, device)


def _config(folder: Path) -> dict[str, Any]:
    """A folder's config.json; empty where there is none, or one that cannot be read."""
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _open(folder: Path, name: str, device: str | None) -> Loaded:
    """A model that draws or reads scenes, from its folder."""
    from safetensors.torch import load_file

    from fmcourse.models.devices import choose, place

    choose(device)  # before seconds are spent on opening
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        model = _network(config)
        model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
        card = dict(json.loads((folder / "training.json").read_text(encoding="utf-8")))
    except Exception as e:  # whatever a library says about a bad file, the learner reads what to do
        raise ModelProblem(
            f"{name}: it cannot be opened: {type(e).__name__}, {str(e).split(chr(10))[0]}. {restore(folder, name)}"
        ) from e
    readme = folder / "README.md"
    card["text"] = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    # what draws and reads is called like what writes, and used by `generation` and `vision` alone
    return Loaded(place(model, device).eval(), Vocabulary(tuple(words)), card, name)  # type: ignore[arg-type]


def _network(config: dict[str, Any]) -> Any:
    """The network that a config.json tells of, with fresh weights."""
    if config.get("model_type") == PATCHES:
        from fmcourse.models.patch_transformer import PatchTransformer

        return PatchTransformer.from_config(config)
    from fmcourse.models.picture_text import from_config

    return from_config(config)
