"""One family of four: squeeze a picture into a few noisy numbers and restore it, so that noise alone gives pictures.

    model = train(training.images, seed=0, steps=2000)
    model.sample(64, torch.Generator().manual_seed(0))
    model.bound(pictures)                                # rate and distortion of each picture, in nats
    model.active_units(pictures)                         # how many of the few numbers say something

The encoder gives for each picture a normal distribution over z. A z is drawn from it (reparametrised: mean + spread *
noise, so that gradients pass), and the decoder paints what it takes for the picture. Training lowers a bound on
-log p(picture) with two parts (`bounds`): the rate, KL(q(z | picture) || normal), and the distortion. `beta` weighs the
rate. When it is large, saying nothing in z is cheaper than restoring better: the posterior collapses onto the prior,
unit by unit.
Sources: Kingma and Welling 2014, "Auto-encoding variational Bayes"; Higgins and others 2017, "beta-VAE"; Burda, Grosse
and Salakhutdinov 2016, "Importance weighted autoencoders" (active units).

But: the decoder takes all pixels as independent given z, and the prior is one normal distribution, where flows or an
autoregressive prior would fit the z's that occur.
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.generation.bounds import Bound, distortion
from fmcourse.generation.pictures import chosen, from_tensor, to_tensor
from fmcourse.models.pyramid import Down, Up
from fmcourse.training.fit import Recipe, fit

LATENT, WIDTH = 10, 68
ROWS = 64  # pictures a step
ACTIVE = 0.01  # a unit is active when its mean varies by more than this from picture to picture


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats for each unit: the same shape.

    >>> kl(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 0.0])).tolist()
    [0.0, 2.0]
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


class VAE(nn.Module):
    """Encoder, decoder, and the weight `beta` of the rate."""

    def __init__(self, latent: int = LATENT, width: int = WIDTH, beta: float = 1.0):
        super().__init__()
        self.latent, self.beta = latent, beta
        self.encoder, self.decoder = Down(2 * latent, width), Up(latent, width)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, 16, 16) in [-1, 1] to mean and log-variance of z, each (B, latent)."""
        mean, log_variance = self.encoder(x).chunk(2, 1)
        return mean, log_variance.clamp(-12, 6)

    def forward(self, x: Tensor, noise: Tensor) -> SimpleNamespace:
        """x (B, 3, 16, 16) in [-1, 1], noise (B, latent) -> `loss`, and `rate` and `distortion` (B,) in nats.

        The loss is rate * beta + distortion for each of a picture's 768 numbers.
        """
        mean, log_variance = self.encode(x)
        z = mean + (log_variance / 2).exp() * noise
        wrong = (self.decoder(z) - x).square().flatten(1) / 4  # colours from 0 to 1 have half the range
        rate, rest = kl(mean, log_variance).sum(1), distortion(wrong.sum(1), wrong.shape[1])
        loss = (self.beta * rate + rest).mean() / wrong.shape[1]
        return SimpleNamespace(loss=loss, rate=rate, distortion=rest)

    @torch.no_grad()
    def bound(self, pictures: np.ndarray, generator: torch.Generator | None = None, at_once: int = 256) -> Bound:
        """The bound on -log p for each picture (n, 16, 16, 3), with one z each; None draws always the same z."""
        parts, generator = [], generator or torch.Generator().manual_seed(0)
        for x in to_tensor(pictures).split(at_once):
            noise = torch.randn(len(x), self.latent, generator=generator)
            parts.append(self(x.to(self.device), noise.to(self.device)))
        return Bound(*(torch.cat([getattr(p, k) for p in parts]).cpu().numpy() for k in ("rate", "distortion")))

    @torch.no_grad()
    def means(self, pictures: np.ndarray, at_once: int = 256) -> Tensor:
        """The mean of z for each picture: (n, latent)."""
        return torch.cat([self.encode(x.to(self.device))[0].cpu() for x in to_tensor(pictures).split(at_once)])

    def active_units(self, pictures: np.ndarray) -> int:
        """How many units of z have a mean that varies from picture to picture by more than 0.01 (variance)."""
        return int((self.means(pictures).var(0) > ACTIVE).sum())

    @torch.no_grad()
    def decode(self, z: Tensor, at_once: int = 256) -> np.ndarray:
        """z (n, latent) to pictures (n, 16, 16, 3) in [0, 1], without the decoder's noise."""
        return from_tensor(torch.cat([self.decoder(part.to(self.device)).cpu() for part in z.split(at_once)]))

    def sample(self, n: int, generator: torch.Generator) -> np.ndarray:
        """`n` pictures (n, 16, 16, 3) in [0, 1]. Raises ValueError for fewer than one."""
        if n < 1:
            raise ValueError(f"n={n} pictures cannot be drawn; ask for at least one.")
        return self.decode(torch.randn(n, self.latent, generator=generator))

    def between(self, first: np.ndarray, last: np.ndarray, steps: int = 8) -> np.ndarray:
        """A walk from one picture (16, 16, 3) to another, in a straight line through z: (steps, 16, 16, 3)."""
        if steps < 2:
            raise ValueError(f"a walk has at least its two ends; steps={steps}.")
        a, b = self.means(np.stack([first, last]))
        return self.decode(a + torch.linspace(0, 1, steps)[:, None] * (b - a))

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


def train(
    pictures: np.ndarray,
    seed: int = 0,
    steps: int = 2000,
    beta: float = 1.0,
    lr: float = 0.02,
    lr_adam: float = 0.003,
) -> VAE:
    """A VAE of the pictures (n, 16, 16, 3); `history` holds the loss a step. Raises ValueError for a negative beta."""
    if not beta >= 0:
        raise ValueError(f"beta is {beta}; it weighs a cost and must not be negative.")
    torch.manual_seed(seed)
    model, x = VAE(beta=beta), to_tensor(pictures)

    def batch(step: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(2_000_003 * (seed + 1) + step)
        return {"x": x[chosen(len(x), ROWS, seed, step)], "noise": torch.randn(ROWS, model.latent, generator=generator)}

    model.history = fit(model, batch, Recipe(steps, lr, lr_adam, warmup=min(50, steps), seed=seed), progress=False)
    return model
