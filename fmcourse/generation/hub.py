"""A text-to-image pipeline of the library `diffusers`, from the Hugging Face Hub or a folder, with clear words if not.

What this leaves out: everything that the pipeline does; its parts are the library's.
"""

import os
from typing import Any

from fmcourse.models.files import ModelProblem


def text_to_image(name: str | os.PathLike[str], device: str = "cpu") -> Any:
    """The pipeline `name` ("owner/name" on the Hub, or a folder), on `device`, without a bar of progress.

    Only weights in safetensors are taken, and no code that comes with them. Raises `ModelProblem`, in one sentence,
    when the Hub cannot be reached, or holds no such pipeline.
    """
    from diffusers import DiffusionPipeline

    try:
        pipeline = DiffusionPipeline.from_pretrained(name, use_safetensors=True)
    except Exception as e:  # the library, its client and the network each raise their own
        if not os.path.isdir(name) and _unreachable(e):
            raise ModelProblem(
                f"Skipped: {name} comes from the Hugging Face Hub, which cannot be reached from here."
            ) from e
        raise ModelProblem(
            f"{name} cannot be opened as a pipeline: {type(e).__name__}, {str(e).splitlines()[0]}"
        ) from e
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _unreachable(problem: BaseException | None) -> bool:
    """Whether somewhere in the chain of causes a connection failed."""
    while problem is not None:
        words = f"{type(problem).__name__} {problem}".lower()
        if any(sign in words for sign in ("connect", "offline", "localentrynotfound", "name resolution", "timed out")):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
