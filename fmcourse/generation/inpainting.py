"""Inpainting: some patches are known, the rest is drawn so that it fits. No training is needed.

At every step the known patches are put into what the network expects, before the next step is taken. It sees them,
under the step's noise, beside what it draws, and draws the rest to match.
Source: Lugmayr and others 2022, "RePaint: inpainting using denoising diffusion probabilistic models" (without its
repeated steps); Song and others 2021, "Score-based generative modeling through stochastic differential equations".

But: early steps decide where things stand, when the known patches are still mostly noise; seams remain possible.
"""

import torch
from torch import Tensor

from fmcourse.generation.drawing import guided
from fmcourse.generation.flow import shift
from fmcourse.generation.schedules import ancestral_step, flow_times
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
    moved: float | None = None,
) -> Tensor:
    """Clean patches (B, P, V) that equal `known` (B, P, V) where `where` (P,) is True; `words` (B, L) say what to draw.

    Times are moved by `moved`, such as the form's `settled` (None: the `flow.shift` of a picture). Raises ValueError
    for a mask of another length.
    """
    if where.shape != known.shape[1:2]:
        raise ValueError(f"the mask has {tuple(where.shape)} entries, and the picture {known.shape[1]} patches.")
    generator = torch.Generator().manual_seed(seed)
    known, words, keep = known.to(network.device), words.to(network.device), where.to(network.device)[None, :, None]
    x = torch.randn(known.shape, generator=generator).to(known.device)
    times = flow_times(steps, shift(known[0].numel()) if moved is None else moved).tolist()
    for now, later in zip(times[:-1], times[1:], strict=True):
        t = torch.full((len(x),), now, device=x.device)
        clean = torch.where(keep, known, guided(network, x, t, words, guidance))
        fresh = torch.randn(x.shape, generator=generator).to(x.device) if later else x
        x = ancestral_step(clean, now, later, x, fresh)
    return x
