"""Four ways to generate side by side, and how each gets equal processor time.

    FAMILIES["VAE"].train(training.images, seed=0, steps=steps_within(60, *clock("VAE", training.images)))

Each family has `train(pictures, seed, steps, ...)`, which returns a model with `sample(n, generator)` -> pictures
(n, 16, 16, 3) in [0, 1] and a `history`. They have 322,000 to 370,000 parameters.

But: equal seconds favour what this machine does quickly; on a GPU the same seconds buy other numbers of steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import process_time

import numpy as np
from torch import nn

from fmcourse.generation import autoregressive, gan, small_diffusion, vae


@dataclass(frozen=True)
class Family:
    """How a family is trained, and what of it has a price for a picture in nats ("exact", "bound" or "none")."""

    train: Callable[..., nn.Module]
    likelihood: str


FAMILIES: Mapping[str, Family] = {
    "autoregressive": Family(autoregressive.train, "exact"),
    "VAE": Family(vae.train, "bound"),
    "GAN": Family(gan.train, "none"),
    "diffusion": Family(small_diffusion.train, "none"),
}


def size(model: nn.Module) -> int:
    """How many numbers a model has learned: its trained parameters and, if it has one, its codebook."""
    codebook = getattr(model, "codebook", None)
    return sum(p.numel() for p in model.parameters() if p.requires_grad) + (codebook.patches.numel() if codebook else 0)


def clock(family: str, pictures: np.ndarray, steps: tuple[int, int] = (5, 25), **dials) -> tuple[float, float]:
    """Processor seconds that training takes (before its first step, for each step), from two short trainings.

    Each is timed three times and the fastest counts, since what else runs on the machine only slows it down. Raises
    KeyError for a family that is none of FAMILIES.
    """
    train, taken = FAMILIES[family].train, []
    train(pictures, steps=1, **dials)  # what happens once in a process does not count
    for n in steps:
        times = []
        for _ in range(3):
            began = process_time()
            train(pictures, steps=n, **dials)
            times.append(process_time() - began)
        taken.append(min(times))
    each = max((taken[1] - taken[0]) / (steps[1] - steps[0]), 1e-6)
    return max(taken[0] - steps[0] * each, 0.0), each


def steps_within(seconds: float, before: float, each: float) -> int:
    """How many steps fit into so many processor seconds. Raises ValueError when not one does.

    >>> steps_within(60, before=10, each=0.5)
    100
    """
    steps = int(round((seconds - before) / each, 6))
    if steps < 1:
        raise ValueError(f"{seconds:g} seconds are not enough: {before:.1f} go by before the first step of {each:.2f}.")
    return steps
