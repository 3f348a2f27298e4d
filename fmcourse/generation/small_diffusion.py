"""One family of four: begin with noise and take it away in steps, with a network that expects the clean picture.

    model = train(training.images, seed=0, steps=1000)
    model.sample(64, torch.Generator().manual_seed(0))

It is the flow and the network that draw from captions (`flow`, `models.patch_transformer`), smaller, and with every
caption dropped, so that what is drawn is left open. 25 steps need 25 passes, all patches at once.
Sources: Ho, Jain and Abbeel 2020, "Denoising diffusion probabilistic models"; Liu, Gong and Liu 2023, "Flow straight
and fast".

But: no likelihood, though one could be had by following the flow backwards (Song and others 2021).
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.generation.drawing import flow_from
from fmcourse.generation.flow import Objective, batch_of
from fmcourse.generation.forms import patches_to_pictures, pictures_to_patches
from fmcourse.generation.pictures import chosen
from fmcourse.models.patch_transformer import PatchTransformer, Shape
from fmcourse.training.fit import Recipe, fit

GRID, PATCHES, VALUES = (4, 4), 16, 48
NO_WORDS = 4  # the length of a caption that is always dropped
ROWS = 64  # pictures a step
STEPS = 25  # from noise to picture


class SmallDiffusion(nn.Module):
    """The patch transformer without captions. What would read one is never trained, and counts for no parameter."""

    def __init__(self, width: int = 84, depth: int = 3, heads: int = 2):
        super().__init__()
        self.network = PatchTransformer(Shape(PATCHES, VALUES, 2, NO_WORDS, width, depth, heads, GRID))
        reader = self.network.reader
        for part in (reader.word, reader.place, reader.attention, reader.feed):
            part.requires_grad_(False)

    def forward(self, **batch: Tensor) -> SimpleNamespace:
        """The flow's loss."""
        return Objective(self.network)(**batch)

    def sample(self, n: int, generator: torch.Generator, steps: int = STEPS, at_once: int = 128) -> np.ndarray:
        """`n` pictures (n, 16, 16, 3) in [0, 1]. Raises ValueError for fewer than one picture or step."""
        if n < 1 or steps < 1:
            raise ValueError(f"n={n} pictures in {steps} steps cannot be drawn; both must be at least 1.")
        noise = torch.randn(n, PATCHES, VALUES, generator=generator)
        drawn = [
            flow_from(self.network, part, _no_words(len(part)), steps, 0.0, fresh=generator).cpu()
            for part in noise.split(at_once)
        ]
        return patches_to_pictures(torch.cat(drawn).numpy())


def _no_words(n: int) -> Tensor:
    return torch.zeros(n, NO_WORDS, dtype=torch.long)


def train(
    pictures: np.ndarray, seed: int = 0, steps: int = 1000, lr: float = 0.02, lr_adam: float = 0.003
) -> SmallDiffusion:
    """A flow of the pictures (n, 16, 16, 3); `history` holds the loss a step."""
    torch.manual_seed(seed)
    model, patches = SmallDiffusion(), torch.from_numpy(pictures_to_patches(pictures))

    def batch(step: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(2_000_003 * (seed + 1) + step)
        rows = batch_of(patches[chosen(len(patches), ROWS, seed, step)], _no_words(ROWS), generator)
        return rows | {"dropped": torch.ones(ROWS, dtype=torch.bool)}

    model.history = fit(model, batch, Recipe(steps, lr, lr_adam, warmup=min(50, steps), seed=seed), progress=False)
    return model
