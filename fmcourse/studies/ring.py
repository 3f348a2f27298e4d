"""A toy for diffusion: points on a ring in place of pictures, three words that mean stretches of it, a small network.

    places, words = points(256, generator)               # (256, 1, 2), (256, 1)
    clean = Dots()(noisy, time, words)                   # the face of `models.patch_transformer.PatchTransformer`

But: two numbers instead of thousands. It shows what squared error, steps and guidance do, and nothing of pictures.
"""

import torch
from torch import Tensor, nn

SIDES = {"north": 90, "east": -30, "west": 210}  # degrees, in the middle of each stretch
SPREAD = 35  # degrees: the stretches overlap


def points(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """`n` points on the ring of radius 1, (n, 1, 2), and the number of the word for each, (n, 1)."""
    which = torch.randint(len(SIDES), (n,), generator=generator)
    middle = torch.tensor(list(SIDES.values()))[which]
    angle = torch.deg2rad(middle + SPREAD * torch.randn(n, generator=generator))
    return torch.stack([angle.cos(), angle.sin()], -1)[:, None], which[:, None]


class Dots(nn.Module):
    """Noisy points (B, 1, V), times (B,), words (B, 1), which are dropped (B,) -> clean points (B, 1, V).

    Words are numbered from 0; the number behind the last one says nothing.
    """

    def __init__(self, values: int = 2, words: int = len(SIDES), width: int = 128):
        super().__init__()
        self.nothing, self.word = words, nn.Embedding(words + 1, 16)
        sizes, parts = [values + 16 + 16, width, width, width, values], []
        for before, after in zip(sizes[:-1], sizes[1:], strict=True):
            parts += [nn.Linear(before, after), nn.SiLU()]
        self.layers = nn.Sequential(*parts[:-1])

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.word.weight.device

    def forward(self, x: Tensor, t: Tensor, words: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Words that are dropped count as nothing said."""
        said = words[:, 0] if dropped is None else torch.where(dropped, self.nothing, words[:, 0])
        waves = torch.cat([(k * t[:, None]).cos() for k in range(16)], -1)
        return self.layers(torch.cat([x[:, 0], waves, self.word(said)], -1))[:, None]
