"""One family of four: write the picture as a text, one token at a time, each drawn given those before it.

    model = train(training.images, seed=0, steps=1000)
    model.sample(64, torch.Generator().manual_seed(0))   # pictures (64, 16, 16, 3)
    model.nats(pictures)                                 # -log p of each picture's tokens, exact

p(tokens) is the product of p(token | tokens before), so that this family has an exact likelihood, and training raises
it directly. The price: 16 passes through the network for a picture, one after another.
Sources: van den Oord, Kalchbrenner and Kavukcuoglu 2016, "Pixel recurrent neural networks"; Ramesh and others 2021,
"Zero-shot text-to-image generation" (tokens of patches, read in rows).

But: the likelihood is that of the tokens; what the codebook loses is not in it.
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.generation.bounds import Bound, distortion
from fmcourse.generation.codebook import ENTRIES, Codebook
from fmcourse.generation.pictures import chosen
from fmcourse.models.config import Config
from fmcourse.models.transformer import Cache, Decoder
from fmcourse.training.fit import Recipe, fit

WIDTH, LAYERS, HEADS = 92, 3, 4
ROWS = 64  # pictures a step
TOKENS = 16  # of a picture


class Autoregressive(nn.Module):
    """A codebook and a decoder over its tokens; one more token says that a picture begins."""

    def __init__(self, codebook: Codebook, width: int = WIDTH, layers: int = LAYERS, heads: int = HEADS):
        super().__init__()
        self.codebook, self.start = codebook, len(codebook)
        self.decoder = Decoder(
            Config(
                len(codebook) + 1,
                hidden_size=width,
                layers=layers,
                heads=heads,
                feed_forward=5 * width // 2,
                positions="learned",  # where a token stands is a row and a column, not a distance
                max_positions=TOKENS,
            )
        )

    def forward(self, tokens: Tensor) -> SimpleNamespace:
        """Tokens (B, 16) -> `loss`, the mean of -log p a token, and `nats` (B,), the sum for each picture."""
        before = torch.cat([torch.full_like(tokens[:, :1], self.start), tokens[:, :-1]], 1)
        logits = self.decoder(before)[..., : self.start]  # a picture does not begin twice
        nats = nn.functional.cross_entropy(logits.mT, tokens, reduction="none").sum(1)
        return SimpleNamespace(loss=nats.mean() / tokens.shape[1], nats=nats)

    @torch.no_grad()
    def nats(self, pictures: np.ndarray, at_once: int = 256) -> np.ndarray:
        """-log p of the tokens of each picture (n, 16, 16, 3), in nats: (n,)."""
        tokens = self.codebook.encode(pictures).to(next(self.parameters()).device)
        return torch.cat([self(part).nats for part in tokens.split(at_once)]).cpu().numpy()

    def bound(self, pictures: np.ndarray) -> Bound:
        """What each picture costs: its tokens, and what the codebook gets wrong."""
        squares = ((self.codebook.decode(self.codebook.encode(pictures)) - pictures) ** 2).sum((1, 2, 3))
        return Bound(self.nats(pictures), distortion(squares, pictures[0].size))

    def sample(self, n: int, generator: torch.Generator, temperature: float = 1.0, at_once: int = 256) -> np.ndarray:
        """`n` pictures (n, 16, 16, 3) in [0, 1]. Temperature below 1 prefers what is likely, above 1 what is not.

        Raises ValueError for a temperature that is not positive, or fewer than one picture.
        """
        if not temperature > 0:
            raise ValueError(f"temperature is {temperature}; it must be positive.")
        if n < 1:
            raise ValueError(f"n={n} pictures cannot be drawn; ask for at least one.")
        parts = [self.write(min(at_once, n - done), generator, temperature) for done in range(0, n, at_once)]
        return self.codebook.decode(torch.cat(parts))

    @torch.no_grad()
    def write(self, n: int, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
        """The tokens (n, 16) of fresh pictures. What was read once is kept in a cache."""
        device, cache = next(self.parameters()).device, Cache()
        tokens = torch.full((n, 1), self.start, device=device)
        written = []
        for _ in range(TOKENS):
            logits = self.decoder(tokens, cache=cache)[:, -1, : self.start]
            p = (logits / temperature).softmax(-1).cpu()
            tokens = torch.multinomial(p, 1, generator=generator).to(device)
            written.append(tokens.cpu())
        return torch.cat(written, 1)


def train(
    pictures: np.ndarray,
    seed: int = 0,
    steps: int = 1000,
    entries: int = ENTRIES,
    lr: float = 0.02,
    lr_adam: float = 0.004,
) -> Autoregressive:
    """A codebook of the pictures (n, 16, 16, 3), then a decoder over their tokens; `history` holds the loss a step."""
    torch.manual_seed(seed)
    model = Autoregressive(Codebook.fit(pictures, entries, seed))
    tokens = model.codebook.encode(pictures)

    def batch(step: int) -> dict[str, Tensor]:
        return {"tokens": tokens[chosen(len(tokens), ROWS, seed, step)]}

    model.history = fit(model, batch, Recipe(steps, lr, lr_adam, warmup=min(50, steps), seed=seed), progress=False)
    return model
