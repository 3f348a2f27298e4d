"""Which caption fits a picture, asked of a CLIP from the Hugging Face Hub or a folder, with clear words if not.

What this leaves out: everything that CLIP does; its parts are those of the library `transformers`.
Source: Radford and others 2021, "Learning transferable visual models from natural language supervision".
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fmcourse.models.files import ModelProblem
from fmcourse.models.hub import fetch

ALSO = ["preprocessor_config.json", "processor_config.json"]  # beside what every model has: how pictures are prepared


def which_caption(name: str | os.PathLike[str], picture: np.ndarray, texts: Sequence[str]) -> dict[str, float]:
    """How likely each of `texts` is the caption of `picture`, (H, W, 3) in [0, 1], if one of them is: they sum to 1.

    `name` is a CLIP, "owner/name" on the Hub or a folder. Only weights in safetensors are taken, and no code that comes
    with them. A text that is too long for the model is cut. Raises ValueError for no texts, one that comes twice, or a
    picture of another shape, and `ModelProblem`, in one sentence, when the Hub cannot be reached or holds no such CLIP.
    """
    import torch

    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[2] != 3 or not np.isfinite(picture).all():
        raise ValueError(f"a picture is (height, width, 3) of finite numbers from 0 to 1, not {picture.shape}.")
    if not texts or isinstance(texts, str) or len(set(texts)) < len(texts):
        raise ValueError("texts must be a list of captions, at least one, and none of them twice.")
    model, processor = _opened(name)
    pixels = np.rint(255 * picture.clip(0, 1)).astype(np.uint8)  # what CLIP was trained on, and its processor expects
    inputs = processor(text=list(texts), images=pixels, return_tensors="pt", padding=True, truncation=True)
    with torch.no_grad():
        fit = model(**inputs).logits_per_image[0].softmax(-1)
    return dict(zip(texts, fit.tolist(), strict=True))


def _opened(name: str | os.PathLike[str]) -> tuple[Any, Any]:
    """The model and what prepares its inputs."""
    from transformers import CLIPModel, CLIPProcessor
    from transformers.utils import logging

    folder = name if os.path.isdir(name) else fetch(str(name), also=ALSO)
    loud, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # it would advise to install torchvision, which pictures of one size can do without
    logging.disable_progress_bar()
    try:
        _check(Path(folder))
        model, read = CLIPModel.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True
        )
        if read["missing_keys"]:
            raise ValueError(f"{len(read['missing_keys'])} of its tensors are missing")
        return model.eval(), CLIPProcessor.from_pretrained(folder, local_files_only=True)
    except Exception as e:  # a missing or a broken part: each raises its own
        why = (str(e).splitlines() or [""])[0]
        raise ModelProblem(f"{name} cannot be opened as a CLIP: {type(e).__name__}, {why}") from e
    finally:
        logging.set_verbosity(loud)
        if bar:
            logging.enable_progress_bar()


def _check(folder: Path) -> None:
    """Raises for what the library would fill in without a word: another kind of model, or a tokenizer without words."""
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "clip":
        raise ValueError(f"its config.json tells of a {kind!r}")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.json")):
        raise ValueError("it has neither tokenizer.json nor vocab.json")
