"""Inpainting: some patches are known, the rest is drawn so that it fits. No training is needed.

At every step the known patches are put back, with as much noise as the step has. The network sees them beside what it
draws, and draws the rest to match.
Source: Lugmayr and others 2022, "RePaint: inpainting using denoising diffusion probabilistic models" (without its
repeated steps); Song and others 2021, "Score-based generative modeling through stochastic differential equations".

But: early steps decide where things stand, when the known patches are still mostly noise; seams remain possible.
"""

import torch
from torch import Tensor

from fmcourse.generation.drawing import guided
from fmcourse.generation.flow import mixed, shift, velocity
from fmcourse.generation.schedules import flow_times
from fmcourse.models.patch_transformer import PatchTransformer


@torch.no_grad()
def inpaint(
    network: PatchTransformer,
    known: Tensor,
    where: Tensor,
    words: Tensor,
    *,
    steps: int = 25,
    guidance: float = 2.0,
    seed: int = 0,
) -> Tensor:
    """Clean patches (B, P, V) that equal `known` (B, P, V) where `where` (P,) is True; `words` (B, L) say what to draw.

    Raises ValueError for a mask of another length.
    """
    if where.shape != known.shape[1:2]:
        raise ValueError(f"the mask has {tuple(where.shape)} entries, and the picture {known.shape[1]} patches.")
    noise = torch.randn(known.shape, generator=torch.Generator().manual_seed(seed)).to(network.device)
    known, words, keep = known.to(network.device), words.to(network.device), where.to(network.device)[None, :, None]
    x = noise
    times = flow_times(steps, shift(known[0].numel())).to(x.device)
    for now, later in zip(times[:-1], times[1:], strict=True):
        t = now.expand(len(x))
        x = torch.where(keep, mixed(known, noise, t), x)
        clean = guided(network, x, t, words, guidance)
        x = x + (later - now) * velocity(x, clean, t) if later > 0 else clean
    return torch.where(keep, known, x)
