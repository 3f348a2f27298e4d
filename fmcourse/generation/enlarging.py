"""Super-resolution: small pictures made large, by diffusion and by two that only look at the small one.

A picture of 32 x 32 is shrunk to 8 x 8. Each patch of 4 x 4 pixels is told the one colour that is left of it. An
`Enlarger` draws the rest, as a text-to-image model draws from a caption; an `Averager` is the same network without
noise, trained to be right on average: where several pictures shrink to the same small one, the best average is a blur.
Source: Saharia and others 2022, "Image super-resolution via iterative refinement" (the small picture beside the noise).

But: shrinking is a plain mean here; real small pictures are blurred and compressed in ways that nobody knows exactly.
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.generation.drawing import flow_from
from fmcourse.generation.flow import mixed, shift, times, velocity
from fmcourse.generation.forms import PATCH, patches_to_pictures, pictures_to_patches
from fmcourse.models.patch_transformer import PatchTransformer, Shape

BESIDE = 3  # what is left of a patch: one colour


def network(width: int = 96, depth: int = 6, heads: int = 3) -> PatchTransformer:
    """A fresh network whose patches are told the small picture; its caption is always dropped."""
    return PatchTransformer(Shape(64, 48, 2, 4, width, depth, heads, (8, 8), BESIDE))


def shrunk(pictures: np.ndarray) -> np.ndarray:
    """(n, 32, 32, 3) in [0, 1] -> (n, 8, 8, 3): the mean of each square of 4 x 4."""
    n, side = len(pictures), pictures.shape[1] // PATCH
    return pictures.reshape(n, side, PATCH, side, PATCH, 3).mean((2, 4))


def bicubic(small: np.ndarray) -> np.ndarray:
    """(n, 8, 8, 3) -> (n, 32, 32, 3), by torch's bicubic interpolation, clipped to [0, 1]."""
    x = torch.from_numpy(small).float().permute(0, 3, 1, 2)
    large = nn.functional.interpolate(x, scale_factor=PATCH, mode="bicubic", align_corners=False)
    return large.permute(0, 2, 3, 1).clamp(0, 1).numpy()


def nothing(n: int) -> tuple[Tensor, Tensor]:
    """Captions that say nothing: word ids (n, 4), and which are dropped (n,): all."""
    return torch.zeros(n, 4, dtype=torch.long), torch.ones(n, dtype=torch.bool)


class Told(nn.Module):
    """A network that has been told a small picture (B, P, 3): called like one that draws from captions."""

    def __init__(self, inner: PatchTransformer, small: Tensor):
        super().__init__()
        self.inner, self.small = inner, small

    def forward(self, patches: Tensor, time: Tensor, words: Tensor, dropped: Tensor | None = None) -> Tensor:
        """(B, P, V), (B,), what is said (not read) -> the clean patches (B, P, V)."""
        said, none = nothing(len(patches))
        return self.inner(torch.cat([patches, self.small], -1), time, said.to(time.device), none.to(time.device))

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.inner.device


class Enlarger(nn.Module):
    """The diffusion model with its loss: `forward(**batch).loss`, the velocity's mean squared error."""

    def __init__(self, inner: PatchTransformer):
        super().__init__()
        self.inner = inner

    def forward(self, patches: Tensor, small: Tensor, noise: Tensor, time: Tensor) -> SimpleNamespace:
        """patches and noise (B, P, V), small (B, P, 3), time (B,)."""
        x = mixed(patches, noise, time)
        found = Told(self.inner, small)(x, time, patches)
        return SimpleNamespace(loss=(velocity(x, found, time) - velocity(x, patches, time)).square().mean())

    @torch.no_grad()
    def enlarge(self, small: np.ndarray, steps: int = 12, seed: int = 0) -> np.ndarray:
        """(n, 8, 8, 3) in [0, 1] -> (n, 32, 32, 3): one of the pictures that may have been."""
        beside = _beside(small).to(self.inner.device)
        generator = torch.Generator().manual_seed(seed)
        noise, told = torch.randn(len(small), 64, 48, generator=generator), Told(self.inner, beside)
        drawn = flow_from(told, noise, nothing(len(small))[0], steps, fresh=generator)
        return patches_to_pictures(drawn.cpu().numpy())


class Averager(Enlarger):
    """The same network without noise, trained to give the picture itself."""

    def forward(self, patches: Tensor, small: Tensor, noise: Tensor, time: Tensor) -> SimpleNamespace:
        """As above; noise and time are not used."""
        found = Told(self.inner, small)(torch.zeros_like(patches), torch.ones_like(time), patches)
        return SimpleNamespace(loss=(found - patches).square().mean())

    @torch.no_grad()
    def enlarge(self, small: np.ndarray, steps: int = 1, seed: int = 0) -> np.ndarray:
        """(n, 8, 8, 3) in [0, 1] -> (n, 32, 32, 3), in one look, always the same."""
        beside = _beside(small).to(self.inner.device)
        empty, ones = (
            torch.zeros(len(small), 64, 48, device=beside.device),
            torch.ones(len(small), device=beside.device),
        )
        return patches_to_pictures(Told(self.inner, beside)(empty, ones, empty).cpu().numpy())


def _beside(small: np.ndarray) -> Tensor:
    """(n, 8, 8, 3) in [0, 1] -> (n, 64, 3) in [-1, 1], in the order of the patches."""
    return torch.from_numpy(2 * small.reshape(len(small), 64, 3) - 1).float()


def batch_of(pictures: np.ndarray, generator: torch.Generator) -> dict[str, Tensor]:
    """What both read of pictures (n, 32, 32, 3): patches, small ones, noise and times."""
    patches = torch.from_numpy(pictures_to_patches(pictures)).float()
    return {
        "patches": patches,
        "small": _beside(shrunk(pictures)),
        "noise": torch.randn(patches.shape, generator=generator),
        "time": times(len(patches), shift(patches[0].numel()), generator),
    }
