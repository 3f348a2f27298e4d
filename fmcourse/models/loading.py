"""`load`: a shipped model, one in a folder, or one from the Hugging Face Hub, always with its tokenizer and its card.

Only safetensors are read, never pickles; code that comes with a model is never run. A shipped file is compared with its
SHA-256 before it is used, so that a damaged download is named instead of giving strange answers.
"""

import difflib
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmcourse.paths import data_dir

SHIPPED = ("world-gpt", "world-bert", "world-t5")
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


class ModelProblem(ValueError):
    """A model cannot be had; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Loaded:
    """A model ready to use. `model` is in evaluation mode, float32; `card` holds what is known about its training."""

    model: Any
    tokenizer: Any
    card: dict[str, Any] = field(repr=False)
    name: str = ""

    def __iter__(self):
        """So that `model, tokenizer, card = load(...)` works too."""
        return iter((self.model, self.tokenizer, self.card))


def load(name: str, source: str | os.PathLike = "shipped", device: str = "auto") -> Loaded:
    """Load a model with its tokenizer and card.

    `source` is "shipped" (`name` is one of `SHIPPED`), "hub" (`name` is a repository such as "openai-community/gpt2"),
    or a folder that holds the model, or holds a folder `name`. `device` is "auto" (a GPU when there is one), "cpu",
    "cuda"... Raises `ModelProblem` for an unknown name, a damaged or pickled file, or a Hub that cannot be reached.

    >>> model, tokenizer, card = load("world-gpt")            # doctest: +SKIP
    """
    if source == "hub":
        from fmcourse.models.hub import fetch

        folder = fetch(name)
    elif source == "shipped":
        if name not in SHIPPED:
            near = difflib.get_close_matches(str(name).lower(), SHIPPED, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ModelProblem(
                f"no shipped model is called {name!r}.{hint} There are {', '.join(SHIPPED)}; "
                f'for one from the Hub pass source="hub".'
            )
        folder = data_dir() / "models" / name
        if not folder.is_dir():
            raise ModelProblem(
                f"the folder of {name} is missing from data/models; restore it with `git checkout data/models`, "
                f"or make it again with `fmcourse pretrain {name}`."
            )
        check_digests(folder)
    else:
        folder = Path(source)
        if not (folder / "config.json").is_file():
            folder = folder / name
        if not (folder / "config.json").is_file():
            raise ModelProblem(f"no model in {Path(source)}: there is no config.json, neither there nor in {name}/.")
    return _open(folder, name, device)


def _open(folder: Path, name: str, device: str) -> Loaded:
    import torch
    import transformers
    from safetensors import SafetensorError

    if not list(folder.glob("*.safetensors")):
        pickled = sorted(p.name for p in folder.iterdir() if p.suffix in PICKLED)
        if pickled:
            raise ModelProblem(
                f"{name} has only pickled weights ({pickled[0]}), which can run any code when opened; they are "
                f"refused. Ask for a repository with model.safetensors."
            )
        raise ModelProblem(f"{name} has no weights: no .safetensors file in {folder}.")
    kind = json.loads((folder / "config.json").read_text())
    wanted = (kind.get("architectures") or ["AutoModel"])[0]
    cls = getattr(transformers, wanted, None) or transformers.AutoModel
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = cls.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", use_safetensors=True, trust_remote_code=False
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    except (SafetensorError, OSError, json.JSONDecodeError, RuntimeError) as e:
        raise ModelProblem(f"the files of {name} are damaged ({type(e).__name__}). {restore(folder, name)}") from e
    finally:
        transformers.logging.set_verbosity(level)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    card_file = folder / "training.json"
    card = json.loads(card_file.read_text()) if card_file.is_file() else {}
    readme = folder / "README.md"
    card["text"] = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    return Loaded(model.to(device).eval(), tokenizer, card, name)


def restore(folder: Path, name: str) -> str:
    """One sentence on how to get a model's files back."""
    if folder.is_relative_to(data_dir()):
        again = f"or make them again with `fmcourse pretrain {name}`"
        return f"Restore them with `git checkout -- data/models/{name}`, {again}."
    return f"Delete {folder} and load it again."


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def check_digests(folder: Path) -> None:
    """Compare every file of a shipped model with SHA256SUMS beside it; raise `ModelProblem` naming the first that
    differs.
    """
    sums = folder / "SHA256SUMS"
    if not sums.is_file():
        raise ModelProblem(
            f"{folder.name} has no SHA256SUMS, so its files cannot be trusted. {restore(folder, folder.name)}"
        )
    for line in sums.read_text().splitlines():
        digest, file = line.split("  ", 1)
        if not (folder / file).is_file():
            raise ModelProblem(f"{folder.name}/{file} is missing. {restore(folder, folder.name)}")
        if sha256(folder / file) != digest:
            raise ModelProblem(
                f"{folder.name}/{file} is damaged: its SHA-256 is not the one listed. {restore(folder, folder.name)}"
            )


def write_digests(folder: Path) -> None:
    """Write SHA256SUMS for all files of a model's folder."""
    lines = [f"{sha256(p)}  {p.name}" for p in sorted(folder.iterdir()) if p.is_file() and p.name != "SHA256SUMS"]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
