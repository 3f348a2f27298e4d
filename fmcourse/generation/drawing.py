"""`draw`: artefacts from captions, by walking from noise to a clean thing in a few steps, with or without guidance.

    pictures = draw(load("scene-diffusion"), ["a red ring left of a star"] * 4, steps=25, guidance=2.0, seed=0)

In each step a part of the noise is thrown anew, so that a mistake of an early step can still be taken back. With
`fresh=False` the noise of the beginning is kept, and the way is a smooth curve (Euler's method).
Guidance asks the network twice, with the caption and without, and goes further in the direction in which they differ:
1 is the network's own answer, 0 ignores the caption.
Sources: Ho and Salimans 2022, "Classifier-free diffusion guidance"; fresh noise in every step as in Ho, Jain and Abbeel
2020, "Denoising diffusion probabilistic models".

But: steps are equal in time; a solver that chooses its own steps would need fewer.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from fmcourse.generation.flow import shift, velocity
from fmcourse.generation.forms import FORMS, Form
from fmcourse.generation.schedules import ancestral_step, euler_step, flow_times

MOST_GUIDANCE, MOST_STEPS, TOGETHER = 20.0, 1000, 128


class Denoiser(Protocol):
    """What can draw: a network (noisy patches, time, words, which captions are dropped) -> clean patches."""

    @property
    def device(self) -> torch.device: ...

    def __call__(self, x: Tensor, t: Tensor, words: Tensor, dropped: Tensor | None = None, /) -> Tensor: ...


def draw(
    loaded: Any,
    captions: Sequence[str],
    *,
    steps: int = 25,
    guidance: float = 1.0,
    seed: int = 0,
    fresh: bool = True,
    on_step: Callable[[int, np.ndarray], None] | None = None,
) -> np.ndarray:
    """One artefact for each caption: pictures (n, 32, 32, 3) in [0, 1], or what else the model draws.

    `on_step(step, artefacts)` gets what the network takes for the clean artefacts after each step, for up to 128
    captions. The same seed gives the same artefacts on the same machine. Raises CaptionError (a ValueError) for a
    caption outside the model's language, ValueError for no caption, steps not between 1 and 1000 and guidance not
    between 0 and 20.
    """
    if isinstance(captions, str):
        raise ValueError('captions is a list: write ["a red ring"], not "a red ring".')
    if not len(captions):
        raise ValueError("there is no caption to draw.")
    if not 1 <= steps <= MOST_STEPS or int(steps) != steps:
        raise ValueError(f"steps must be a whole number from 1 to {MOST_STEPS}, not {steps}.")
    if not 0 <= guidance <= MOST_GUIDANCE:
        raise ValueError(f"guidance must lie between 0 and {MOST_GUIDANCE:g}, not {guidance}.")
    network, form = loaded.model, FORMS[loaded.card["form"]]
    words = form.encode(captions)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(captions), form.patches, form.values, generator=generator)
    out = []
    for start in range(0, len(captions), TOGETHER):
        rows = slice(start, start + TOGETHER)
        watch = (lambda step, clean: on_step(step, _artefacts(form, clean))) if on_step else None
        again = generator if fresh else None
        drawn = flow_from(network, noise[rows], words[rows], steps, guidance, watch, form.settled, again)
        out.append(_artefacts(form, drawn))
    return np.concatenate(out)


def _artefacts(form: Form, patches: Tensor) -> np.ndarray:
    return form.from_patches(patches.cpu().numpy())


@torch.no_grad()
def flow_from(
    network: Denoiser,
    noise: Tensor,
    words: Tensor,
    steps: int = 25,
    guidance: float = 1.0,
    watch: Callable[[int, Tensor], None] | None = None,
    moved: float | None = None,
    fresh: torch.Generator | None = None,
) -> Tensor:
    """From noise (B, P, V) at time 1 to clean patches at time 0, in `steps` steps.

    Times are moved by `moved` (None: the `flow.shift` of a picture). `fresh` gives every step some new noise; with None
    the first noise is kept (Euler's method). `watch(step, clean)` gets the clean patches that each step expects.
    """
    x, words = noise.to(network.device), words.to(network.device)
    moved = shift(noise[0].numel()) if moved is None else moved
    line = flow_times(steps, moved)
    for step, (now, later) in enumerate(zip(line[:-1], line[1:], strict=True), 1):
        t = now.expand(len(x)).to(x.device)
        clean = guided(network, x, t, words, guidance)
        if watch:
            watch(step, clean)
        if later == 0:
            x = clean
        elif fresh is None:
            x = euler_step(velocity(x, clean, t), float(now), float(later), x)
        else:
            x = ancestral_step(clean, float(now), float(later), x, torch.randn(x.shape, generator=fresh).to(x.device))
    return x


def guided(network: Denoiser, x: Tensor, t: Tensor, words: Tensor, guidance: float) -> Tensor:
    """The clean patches that the network expects, with guidance: (B, P, V)."""
    if guidance == 1:
        return network(x, t, words)
    nothing = torch.ones_like(t, dtype=torch.bool)
    free = network(x, t, words, nothing)
    return free if guidance == 0 else free + guidance * (network(x, t, words) - free)
