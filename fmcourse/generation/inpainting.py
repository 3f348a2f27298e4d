"""Inpainting: some patches are known, the rest is drawn so that it fits. No training is needed.

At every step the known patches are put back before noise is added again. The network sees them beside what it draws,
and draws the rest to match.
Source: Lugmayr and others 2022, "RePaint: inpainting using denoising diffusion probabilistic models" (without its
repeated steps); Song and others 2021, "Score-based generative modeling through stochastic differential equations".

But: early steps decide where things stand, when the known patches are still mostly noise; seams remain possible.
"""

import torch
from torch import Tensor

from fmcourse.generation.drawing import guided
from fmcourse.generation.flow import mixed, shift
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
    generator = torch.Generator().manual_seed(seed)
    known, words, keep = known.to(network.device), words.to(network.device), where.to(network.device)[None, :, None]
    clean = known
    for t in flow_times(steps, shift(known[0].numel()))[:-1].to(known.device):
        noise = torch.randn(known.shape, generator=generator).to(known.device)
        time = t.expand(len(known))
        clean = guided(network, mixed(clean, noise, time), time, words, guidance)
        clean = torch.where(keep, known, clean)
    return clean
