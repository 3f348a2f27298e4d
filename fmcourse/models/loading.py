"""`load`: a shipped model, one in a folder, or one from the Hugging Face Hub, always with its tokenizer and its card.

Only safetensors are read, never pickles; code that comes with a model is never run. A shipped file is compared with its
SHA-256 before it is used, so that a damaged download is named instead of giving strange answers.
"""

import difflib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmcourse.models import imports
from fmcourse.models.files import PICKLED, SHIPPED, ModelProblem, check_digests, refusal, restore
from fmcourse.models.hub import fetch
from fmcourse.paths import data_dir
from fmcourse.types import Model, Tokenizer


@dataclass(frozen=True)
class Loaded:
    """A model ready to use. `model` is in evaluation mode, float32; `card` holds what is known about its training."""

    model: Model
    tokenizer: Tokenizer
    card: dict[str, Any] = field(repr=False)
    name: str = ""

    def __iter__(self) -> Iterator[Any]:
        """So that `model, tokenizer, card = load(...)` works too."""
        return iter((self.model, self.tokenizer, self.card))


def load(name: str, source: str | os.PathLike[str] = "shipped", device: str | None = None) -> Loaded:
    """Load a model with its tokenizer and card.

    `source` is "shipped" (`name` is one of `SHIPPED`), "hub" (`name` is a repository such as "openai-community/gpt2"),
    or a folder that holds the model, or holds a folder `name`. `device` None is the CPU, whatever the machine has, or
    what FMCOURSE_DEVICE says; "auto" is a GPU when there is one, and "cuda", "mps" and "cpu" name one. Raises
    `ModelProblem` for an unknown name, a damaged or pickled file, a Hub that cannot be reached, or a device that is
    not there.

    >>> model, tokenizer, card = load("world-gpt")            # doctest: +SKIP
    """
    if source == "hub":
        folder = fetch(name)
    elif source == "shipped":
        if name not in SHIPPED:
            near = difflib.get_close_matches(str(name).lower(), SHIPPED, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ModelProblem(
                f"no shipped model is called {name!r}.{hint} There are {', '.join(SHIPPED)}; "
                f'for one from the Hub pass source="hub", for one in a folder the folder\'s path.'
            )
        folder = data_dir() / "models" / name
        if not folder.is_dir():
            raise ModelProblem(f"the folder of {name} is missing from data/models. {restore(folder, name)}")
        check_digests(folder)
    else:
        folder = Path(source)
        if not (folder / "config.json").is_file():
            folder = folder / name
        if not (folder / "config.json").is_file():
            raise ModelProblem(f"no model in {Path(source)}: there is no config.json, neither there nor in {name}/.")
    return _open(folder, name, device)


def _open(folder: Path, name: str, device: str | None) -> Loaded:
    import torch
    import transformers

    from fmcourse.models.devices import choose, place

    choose(device)  # before seconds are spent on opening

    if not list(folder.glob("*.safetensors")):
        pickled = sorted(p.name for p in folder.iterdir() if p.suffix in PICKLED)
        if pickled:
            raise ModelProblem(refusal(name, pickled[0]))
        raise ModelProblem(f"{name} has no weights: no .safetensors file in {folder}. {restore(folder, name)}")
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        cls = getattr(transformers, str((config.get("architectures") or ["AutoModel"])[0]), None)
        if not (isinstance(cls, type) and issubclass(cls, transformers.PreTrainedModel)):
            cls = transformers.AutoModel
        model, info = cls.from_pretrained(  # type: ignore[union-attr]  # of transformers, see above
            folder,
            dtype=torch.float32,
            attn_implementation="eager",
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        card_file = folder / "training.json"
        card = dict(json.loads(card_file.read_text(encoding="utf-8"))) if card_file.is_file() else {}
    except Exception as e:  # whatever a library says about a bad file, the learner reads which file and what to do
        bad = _unreadable(folder)
        broken = None if bad else imports.explained(e)
        if broken:
            raise ModelProblem(f"{name} cannot be opened, and its files are not the cause: {'. '.join(broken)}") from e
        reason = f"{bad} is damaged" if bad else f"it cannot be opened: {type(e).__name__}, {str(e).split(chr(10))[0]}"
        raise ModelProblem(f"{name}: {reason}. {restore(folder, name)}") from e
    finally:
        transformers.logging.set_verbosity(level)
    missing = sorted(info["missing_keys"])
    if missing:  # transformers would fill them with random numbers and go on
        raise ModelProblem(
            f"{name}: {len(missing)} weights are not in its files, such as {missing[0]}; with random "
            f"numbers in their place it would not be this model. {restore(folder, name)}"
        )
    readme = folder / "README.md"
    card["text"] = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    return Loaded(place(model, device).eval(), tokenizer, card, name)


def _unreadable(folder: Path) -> str | None:
    """The name of the first file whose form is broken: no JSON, or safetensors that end too early."""
    from safetensors import safe_open

    for file in sorted(folder.iterdir()):
        try:
            if file.suffix == ".json":
                json.loads(file.read_text(encoding="utf-8"))
            elif file.suffix == ".safetensors":
                with safe_open(file, "pt"):
                    pass
        except Exception:
            return file.name
    return None
