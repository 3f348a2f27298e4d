"""Pipelines from the Hugging Face Hub or a folder, with clear words if not: text to image, and speech to text.

The first is the library `diffusers`', the second that of `transformers`, for Whisper and its like.

What this leaves out: everything that a pipeline does; its parts are the libraries'.
"""

import os
from typing import Any

from fmcourse.models.files import ModelProblem
from fmcourse.models.hub import fetch

ALSO = ["preprocessor_config.json", "processor_config.json", "normalizer.json"]  # for sounds, and for spelling
FILES = ["model_index.json", "*/*.json", "*/*.txt", "*/*.safetensors"]  # no pickles, no code


def text_to_image(name: str | os.PathLike[str], device: str = "cpu") -> Any:
    """The pipeline `name` ("owner/name" on the Hub, or a folder), on `device`, without a bar of progress.

    Only weights in safetensors are taken, and no code that comes with them. Raises `ModelProblem`, in one sentence,
    when the Hub cannot be reached, or holds no such pipeline.
    """
    from diffusers import DiffusionPipeline

    folder = name if os.path.isdir(name) else _fetched(str(name))
    try:
        pipeline = DiffusionPipeline.from_pretrained(folder, use_safetensors=True)
    except Exception as e:  # a missing or a broken part: each raises its own
        raise _unusable(name, e) from e
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def speech_to_text(name: str | os.PathLike[str], device: str = "cpu") -> Any:
    """The recogniser `name` ("owner/name" on the Hub, or a folder), such as a Whisper model, on `device`.

    `recogniser(samples)["text"]` takes sound at `recogniser.feature_extractor.sampling_rate`. Only weights in
    safetensors are taken. Raises `ModelProblem`, in one sentence, as `text_to_image` does.
    """
    from transformers import pipeline

    folder = str(name if os.path.isdir(name) else fetch(str(name), also=ALSO))
    try:
        return pipeline(
            "automatic-speech-recognition", model=folder, device=device, model_kwargs={"use_safetensors": True}
        )
    except Exception as e:  # a missing or a broken part: each raises its own
        raise _unusable(name, e) from e


def _unusable(name: Any, e: Exception) -> ModelProblem:
    why = (str(e).strip().splitlines() or [""])[0]
    return ModelProblem(f"{name} cannot be opened as a pipeline: {type(e).__name__}, {why}")


def _fetched(name: str) -> str:
    """The folder with the pipeline's files, from the cache where they are complete."""
    from huggingface_hub import errors, snapshot_download

    try:
        return snapshot_download(name, allow_patterns=FILES)
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as e:
        raise ModelProblem(f"the Hub knows no public pipeline {name!r}.") from e
    except Exception as e:  # no network, a proxy, a time-out: the client has a name for each
        raise ModelProblem(
            f"Skipped: {name} comes from the Hugging Face Hub, which cannot be reached from here."
        ) from e
