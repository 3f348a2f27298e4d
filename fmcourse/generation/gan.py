"""One family of four: an artist paints from noise, a judge tells paintings from pictures; each learns from the other.

    model = train(training.images, seed=0, steps=2000)
    model.sample(64, torch.Generator().manual_seed(0))

    judge:  softplus(-J(picture)) + softplus(J(painting))     it should say high numbers to pictures
    artist: softplus(-J(painting))                            non-saturating: a strong gradient while it is bad

No picture is ever compared with a painting, and there is no likelihood: nothing tells the artist that it left a picture
out. `artist_steps` is a dial for that failure: an artist that moves many times before the judge answers runs to
whatever the judge likes best just then, and paints that again and again (mode collapse).
Sources: Goodfellow and others 2014, "Generative adversarial networks"; Mescheder, Geiger and Nowozin 2018, "Which
training methods for GANs do actually converge?" (the penalty on the judge's gradient).

But: two losses that pull against each other do not fit the course's one loop; its own stands here, on one device.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.generation.pictures import chosen, from_tensor, to_tensor
from fmcourse.models.pyramid import Down, Up

LATENT, WIDTH = 24, 68
ROWS = 64  # pictures a step
PENALTY, EVERY = 0.05, 4  # the weight of the judge's gradient, and how many steps apart it is asked for
KEPT = 0.99  # the artist that paints in the end is a running mean of its weights over about 1 / (1 - KEPT) steps


def judge_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log of the probability that the judge gives to the truth, for scores (B,) of pictures and of paintings.

    >>> round(float(judge_loss(torch.zeros(3), torch.zeros(3))), 4)        # knows nothing: 2 log 2
    1.3863
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def artist_loss(fake: Tensor) -> Tensor:
    """-log of the probability that the judge takes a painting for a picture."""
    return F.softplus(-fake).mean()


def gradient_penalty(judge: nn.Module, pictures: Tensor) -> Tensor:
    """The mean over pictures of |dJ / dpicture|^2: a judge that is flat around true pictures lets the artist rest."""
    pictures = pictures.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(judge(pictures).sum(), pictures, create_graph=True)
    return slope.square().flatten(1).sum(1).mean()


@dataclass
class Match:
    """What happened: the two losses of each step."""

    judge: list[float] = field(default_factory=list)
    artist: list[float] = field(default_factory=list)


class GAN(nn.Module):
    """An artist (B, latent) -> (B, 3, 16, 16), and a judge of such pictures, in [-1, 1] -> (B, 1)."""

    def __init__(self, latent: int = LATENT, width: int = WIDTH):
        super().__init__()
        self.latent = latent
        self.artist, self.judge = Up(latent, width), Down(1, width)

    def noise(self, n: int, generator: torch.Generator) -> Tensor:
        """What paintings begin with: (n, latent)."""
        return torch.randn(n, self.latent, generator=generator).to(self.device)

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator, at_once: int = 256) -> np.ndarray:
        """`n` pictures (n, 16, 16, 3) in [0, 1]. Raises ValueError for fewer than one."""
        if n < 1:
            raise ValueError(f"n={n} pictures cannot be drawn; ask for at least one.")
        return from_tensor(torch.cat([self.artist(z).cpu() for z in self.noise(n, generator).split(at_once)]))

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


def train(
    pictures: np.ndarray,
    seed: int = 0,
    steps: int = 2000,
    artist_steps: int = 1,
    penalty: float = PENALTY,
    lr: float = 0.001,
) -> GAN:
    """A GAN of the pictures (n, 16, 16, 3); `history` is a Match.

    In each step the judge moves once, then the artist `artist_steps` times. The rate falls in a straight line to zero.
    Raises ValueError for artist_steps below 1, and FloatingPointError when a loss is no longer a number.
    """
    if artist_steps < 1:
        raise ValueError(f"artist_steps is {artist_steps}; the artist must move at least once a step.")
    torch.manual_seed(seed)
    model, x, match = GAN(), to_tensor(pictures), Match()
    generator = torch.Generator().manual_seed(seed + 1)
    movers = [torch.optim.Adam(part.parameters(), lr=lr, betas=(0.5, 0.99)) for part in (model.judge, model.artist)]
    kept = {name: p.detach().clone() for name, p in model.artist.named_parameters()}
    for step in range(steps):
        for mover in movers:
            mover.param_groups[0]["lr"] = lr * (1 - step / steps)
        real = x[chosen(len(x), ROWS, seed, step)]
        with torch.no_grad():
            fake = model.artist(model.noise(ROWS, generator))
        loss = judge_loss(model.judge(real), model.judge(fake))
        match.judge.append(loss.item())
        if penalty and step % EVERY == 0:
            loss = loss + EVERY * penalty / 2 * gradient_penalty(model.judge, real)
        _move(movers[0], loss)
        for _ in range(artist_steps):
            loss = artist_loss(model.judge(model.artist(model.noise(ROWS, generator))))
            _move(movers[1], loss)
        match.artist.append(loss.item())
        if not math.isfinite(match.judge[-1] + match.artist[-1]):
            raise FloatingPointError(f"a loss is no longer a number at step {step}; lower lr ({lr}).")
        for name, p in model.artist.named_parameters():
            kept[name].lerp_(p.detach(), 1 - min(KEPT, step / (step + 10)))
    model.artist.load_state_dict(kept)
    model.history = match
    return model.eval()


def _move(mover: torch.optim.Optimizer, loss: Tensor) -> None:
    mover.zero_grad(set_to_none=True)
    loss.backward()
    mover.step()
