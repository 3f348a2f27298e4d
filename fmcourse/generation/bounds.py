"""What a picture costs a model, in nats, in two parts: what it is told, and what is still wrong when it was told.

A model that names a picture (by tokens, by a noisy vector) and then paints it, give or take Gaussian noise of standard
deviation `NOISE` on each of its numbers, gives it a density, and -log of it is at most

    rate:       the cost of the name, -log p(tokens), or KL(q(z | picture) || p(z))
    distortion: -log of the normal density of the picture around what was painted

so that a codebook with a model of its tokens and a VAE can be put side by side.
Sources: Kingma and Welling 2014, "Auto-encoding variational Bayes"; Alemi and others 2018, "Fixing a broken ELBO" (the
two parts).

But: the numbers hang on NOISE. A density may exceed 1, so that nats may be negative; only differences say something.
"""

from dataclasses import dataclass
from math import log, pi

import numpy as np

NOISE = 0.3  # for colours from 0 to 1; finer noise makes a VAE tell details so exactly that its z's leave holes


@dataclass(frozen=True)
class Bound:
    """Both parts in nats, one entry a picture, (n,) each."""

    rate: np.ndarray
    distortion: np.ndarray

    @property
    def nats(self) -> np.ndarray:
        """The bound on -log p: (n,)."""
        return self.rate + self.distortion


def distortion(squares, values: int, noise: float = NOISE):
    """-log of the normal density of `values` numbers whose squared differences add up to `squares`, in nats.

    >>> round(distortion(0.0, 1, noise=1.0), 4)                 # log(2 pi) / 2
    0.9189
    """
    return squares / (2 * noise**2) + values * log(2 * pi * noise**2) / 2
