"""What few labels reach without a pretext task: a network trained on them alone, and waves counted by hand.

They stand beside the features of notebook 05, which must be worth their trouble.

But: both know things, too: the network learns from the same altered views as contrastive pairs, and whoever counts
waves knows that patterns are about waves.
"""

import copy
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fmcourse.models.small_conv import SmallConv, features
from fmcourse.training.contrastive import view
from fmcourse.training.fit import Recipe, fit
from fmcourse.training.image_sets import ImageSet

LENGTHS, DIRECTIONS = range(1, 16), 12


def waves(images: Tensor) -> Tensor:
    """How much of each picture (N, 3, 32, 32) lies in waves of each length and each direction: (N, 27), logarithms.

    The squared Fourier transform of the grey picture, its edges faded out, summed over rings and over sectors; the
    sectors are turned so that the strongest comes first, since a pattern may lie in any direction.
    """
    grey = images.mean(1)
    size = grey.shape[-1]
    faded = (grey - grey.mean((1, 2), keepdim=True)) * torch.hann_window(size)[:, None] * torch.hann_window(size)
    power = torch.fft.fftshift(torch.fft.fft2(faded).abs() ** 2, dim=(1, 2))
    down, across = torch.meshgrid(*[torch.arange(size) - size // 2] * 2, indexing="ij")
    length, direction = (down**2 + across**2) ** 0.5, torch.atan2(down.float(), across.float()) % torch.pi
    inside = (length >= 1) & (length < size // 2)
    power = power * inside / (power * inside).sum((1, 2), keepdim=True)
    rings = [power[:, (length >= k) & (length < k + 1)].sum(1) for k in LENGTHS]
    sector = (direction / (torch.pi / DIRECTIONS)).long().clamp(max=DIRECTIONS - 1)
    sectors = torch.stack([power[:, inside & (sector == k)].sum(1) for k in range(DIRECTIONS)], 1)
    turned = torch.stack([row.roll(-int(row.argmax())) for row in sectors])
    return torch.log(torch.cat([torch.stack(rings, 1), turned], 1) + 1e-3)


class Labelled(nn.Module):
    """An encoder with one linear layer that names the class; `loss` in nats a picture."""

    def __init__(self, encoder: SmallConv, classes: int):
        super().__init__()
        self.encoder, self.classifier = encoder, nn.Linear(encoder.width, classes)

    def forward(self, images: Tensor, labels: Tensor) -> SimpleNamespace:
        """Pictures (B, 3, H, W) and their classes (B,)."""
        return SimpleNamespace(loss=F.cross_entropy(self.classifier(self.encoder(images)), labels))


def labels_alone(
    data: ImageSet,
    chosen: np.ndarray,
    seed: int = 0,
    steps: int = 200,
    rows: int = 128,
    start: SmallConv | None = None,
) -> float:
    """Accuracy on the test pictures of a network trained on altered views of the `chosen` labelled ones, from scratch.

    The encoder, its first weights, the number of steps and the views are those of the pretext tasks. With `start` a
    copy of that encoder is trained on instead: fine-tuning.
    """
    torch.manual_seed(seed)
    model = Labelled(copy.deepcopy(start) if start else SmallConv(), len(data.names))
    labels, places = torch.as_tensor(data.labels), torch.as_tensor(chosen)

    def batch(step: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(1_000_003 * seed + step)
        some = places[torch.randint(0, len(places), (rows,), generator=generator)]
        return {"images": view(data.train[some], generator), "labels": labels[some]}

    fit(model, batch, Recipe(steps, lr=0.02, lr_adam=0.004, warmup=min(20, steps), seed=seed), progress=False)
    with torch.no_grad():
        said = model.classifier(features(model.encoder, data.test)).argmax(1)
    return float((said.numpy() == data.truth).mean())
