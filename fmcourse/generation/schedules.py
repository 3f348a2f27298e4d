"""How noise comes in and how a step takes some of it out: DDPM, DDIM and the straight flow, by hand.

    schedule = Diffusion.linear()                        # diffusers: DDPMScheduler(), DDIMScheduler()
    noisy = schedule.add_noise(x, noise, t)
    x = schedule.ddpm_step(predicted_noise, t, x, noise) # one step, with fresh noise
    x = schedule.ddim_step(predicted_noise, t, earlier, x)   # many steps at once, without
    x = euler_step(velocity, t, earlier, x)              # diffusers: FlowMatchEulerDiscreteScheduler()
    x = ancestral_step(clean, t, earlier, x, noise)      # the same with some fresh noise: DDIMScheduler() with eta=1
    x = heun_step(velocity, velocity_there, t, earlier, x)  # diffusers: FlowMatchHeunDiscreteScheduler()

Each equals what the library `diffusers` computes to 1e-6; a test compares them.
Sources: Ho, Jain and Abbeel 2020, "Denoising diffusion probabilistic models"; Song, Meng and Ermon 2021, "Denoising
diffusion implicit models"; Nichol and Dhariwal 2021, "Improved denoising diffusion probabilistic models" (cosine).

But: the variance is the smaller one of DDPM's two, and nothing predicted is clipped.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Diffusion:
    """A schedule of T steps. `kept` (T,): how much of the clean signal's variance is left after each, falling to 0.

    x_t = sqrt(kept_t) x + sqrt(1 - kept_t) e, with noise e of variance 1.
    """

    kept: Tensor

    @classmethod
    def linear(cls, steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> "Diffusion":
        """The variance that each step adds grows in a straight line, as in DDPM."""
        return cls((1 - torch.linspace(first, last, steps)).cumprod(0))

    @classmethod
    def cosine(cls, steps: int = 1000, most: float = 0.999) -> "Diffusion":
        """The signal falls as a squared cosine; no step adds more than `most`."""
        level = [math.cos((i / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(steps + 1)]
        added = [min(1 - later / now, most) for now, later in zip(level[:-1], level[1:], strict=True)]
        return cls((1 - torch.tensor(added)).cumprod(0))

    def __len__(self) -> int:
        return len(self.kept)

    def levels(self, t: Tensor | int, like: Tensor) -> tuple[Tensor, Tensor]:
        """The factors of signal and noise at steps t, shaped to multiply `like` (B, ...)."""
        kept = self.kept.to(like.device)[torch.as_tensor(t, device=like.device)].reshape(-1, *[1] * (like.ndim - 1))
        return kept.sqrt(), (1 - kept).sqrt()

    def add_noise(self, x: Tensor, noise: Tensor, t: Tensor | int) -> Tensor:
        """x (B, ...) with the noise of steps t (B,) or of one step."""
        signal, level = self.levels(t, x)
        return signal * x + level * noise

    def clean(self, noise: Tensor, t: Tensor | int, x: Tensor) -> Tensor:
        """What x must have been if `noise` is what was mixed in."""
        signal, level = self.levels(t, x)
        return (x - level * noise) / signal

    def ddpm_step(self, predicted: Tensor, t: int, x: Tensor, noise: Tensor) -> Tensor:
        """From step t to t - 1 with the predicted noise; `noise` is fresh, and not used in the last step, t = 0."""
        now, before = self.kept[t], self.kept[t - 1] if t else torch.tensor(1.0)
        step = now / before  # what this one step keeps
        from_clean = before.sqrt() * (1 - step) / (1 - now)
        from_here = step.sqrt() * (1 - before) / (1 - now)
        mean = from_clean * self.clean(predicted, t, x) + from_here * x
        spread = ((1 - before) / (1 - now) * (1 - step)).clamp(min=1e-20).sqrt()
        return mean + spread * noise if t else mean

    def ddim_step(self, predicted: Tensor, t: int, earlier: int, x: Tensor) -> Tensor:
        """From step t straight to `earlier` (-1: to the clean end) with the predicted noise and nothing random."""
        before = self.kept[earlier] if earlier >= 0 else torch.tensor(1.0)
        return before.sqrt() * self.clean(predicted, t, x) + (1 - before).sqrt() * predicted


def euler_step(velocity: Tensor, t: float, earlier: float, x: Tensor) -> Tensor:
    """From time t to an earlier one along the velocity, for rectified flow."""
    return x + (earlier - t) * velocity


def ancestral_step(clean: Tensor, t: float, earlier: float, x: Tensor, noise: Tensor) -> Tensor:
    """From time t to an earlier one with the clean end that is expected; a part of the noise in x is kept, and the rest
    is fresh: as much as noise that comes in bit by bit would have changed between the two times.

    All of it fresh would be too much: the clean end is an average of what may be, and variety would be lost.
    """
    kept = (1 - t) * earlier / ((1 - earlier) * t) if earlier < 1 else 1.0
    old = (x - (1 - t) * clean) / t
    return (1 - earlier) * clean + earlier * (kept * old + math.sqrt(max(0.0, 1 - kept**2)) * noise)


def heun_step(velocity: Tensor, velocity_there: Tensor, t: float, earlier: float, x: Tensor) -> Tensor:
    """The same with the mean of two velocities: that at x, and that where an Euler step would lead.

    Two looks of the network a step; in return the error of a step falls with the cube of its length.
    """
    return x + (earlier - t) * (velocity + velocity_there) / 2


def flow_times(steps: int, shift: float = 1.0) -> Tensor:
    """The times of `steps` Euler steps from 1 to 0, (steps + 1,), moved towards noise by `shift`."""
    line = torch.linspace(1, 0, steps + 1)
    return shift * line / (1 + (shift - 1) * line)
