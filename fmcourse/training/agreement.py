"""Learning by agreement without rivals: two looks at one picture shall say the same, and nothing says what.

The cheapest way to agree is to say the same of every picture: collapse. Contrast forbids it by rivals. Here:

    SelfDistillation   a student tells what its own slow copy, the teacher, says of the other view
    JointEmbedding     it tells the teacher's features of hidden patches from the visible ones, in place of their pixels
    guard              a price for features that do not vary over pictures, or that all say the same

Sources: J.-B. Grill and others, "Bootstrap your own latent" (BYOL), 2020; A. Bardes, J. Ponce and Y. LeCun, "VICReg:
Variance-Invariance-Covariance Regularization for Self-Supervised Learning", 2022; M. Assran and others,
"Self-Supervised Learning from Images with a Joint-Embedding Predictive Architecture" (I-JEPA), 2023.

But: a small convolutional encoder that sees grey where a patch is hidden, and a guard that I-JEPA does without. VICReg
puts its prices on one vector a picture, after more layers.
"""

import copy
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fmcourse.models.small_conv import SmallConv
from fmcourse.training.patches import MaskedPatches, hide

MOMENTUM = 0.97  # of the teacher: after a step it keeps so much of what it was


def spread(features: Tensor) -> float:
    """How far apart features (N, D) point: mean distance of the unit vectors from their mean.

    0 where all pictures get the same vector, near 1 where vectors point everywhere.

    >>> spread(torch.tensor([[1.0, 0.0], [2.0, 0.0]])), spread(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    (0.0, 1.0)
    """
    unit = F.normalize(features)
    return float((unit - unit.mean(0)).norm(dim=1).mean())


def guard(x: Tensor) -> Tensor:
    """VICReg's two prices on rows x (N, D): for each column whose standard deviation is below 1, what is missing, and
    a twenty-fifth of the squared covariances of different columns. A number from 0."""
    x = x - x.mean(0)
    missing = F.relu(1 - (x.var(0) + 1e-4).sqrt()).mean()
    shared = x.T @ x / (len(x) - 1)
    apart = shared - torch.diag(shared.diagonal())
    return missing + 0.04 * apart.square().sum() / x.shape[1]


class Taught(nn.Module):
    """A student with a teacher: a copy of some of its parts that no gradient reaches, and that follows slowly."""

    teacher: nn.Module | None

    def own(self) -> list[nn.Module]:
        """The student's parts that the teacher copies, in its order."""
        raise NotImplementedError

    @torch.no_grad()
    def follow(self, step: int, loss: float) -> None:
        """After a step: move the teacher a little towards the student. The arguments are those of `fit`'s `on_step`."""
        if self.teacher is not None:
            mine = [p for part in self.own() for p in part.parameters()]
            for old, new in zip(self.teacher.parameters(), mine, strict=True):
                old.lerp_(new, 1 - MOMENTUM)


class SelfDistillation(Taught):
    """Two views of a picture; of each the student tells what the teacher says of the other.

    Without `norm` its heads have no batch norm. Without `teacher` the student agrees with itself, and tells directly.
    """

    def __init__(self, encoder: SmallConv, norm: bool = True, teacher: bool = True):
        super().__init__()
        width = encoder.width
        self.encoder, self.project = encoder, _head(width, width, norm)
        self.tell = _head(64, width, norm) if teacher else nn.Identity()
        self.teacher = nn.Sequential(*copy.deepcopy(self.own())).requires_grad_(False) if teacher else None

    def own(self) -> list[nn.Module]:
        """Encoder and projection."""
        return [self.encoder, self.project]

    def forward(self, first: Tensor, second: Tensor) -> SimpleNamespace:
        """`loss` of two views of the same pictures, each (B, 3, H, W): the squared distance of unit vectors."""
        both = torch.cat([first, second])
        said = self.project(self.encoder(both))
        if self.teacher is None:
            other = said
        else:
            with torch.no_grad():
                other = self.teacher(both)
        apart = F.normalize(self.tell(said)) - F.normalize(other).roll(len(first), 0)
        return SimpleNamespace(loss=apart.square().sum(1).mean())


def _head(inputs: int, width: int, norm: bool) -> nn.Sequential:
    between = [nn.BatchNorm1d(width)] if norm else []
    return nn.Sequential(nn.Linear(inputs, width), *between, nn.ReLU(), nn.Linear(width, 64))


class JointEmbedding(Taught):
    """Half of the patches are hidden; from the rest the student tells the teacher's features of them.

    A patch of 8 pixels is one place of the encoder's last map. The guard's rows are all places of all pictures. Without
    `guarded` there is none; without `foretold` there is nothing else, as a control.
    """

    def __init__(self, encoder: SmallConv, guarded: bool = True, foretold: bool = True):
        super().__init__()
        width = encoder.width
        self.encoder, self.guarded, self.foretold = encoder, guarded, foretold
        self.missing = nn.Parameter(torch.zeros(1, width, 1, 1))  # stands where a patch is hidden
        self.tell = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        self.teacher = copy.deepcopy(encoder).requires_grad_(False)

    def own(self) -> list[nn.Module]:
        """The encoder."""
        return [self.encoder]

    def forward(self, images: Tensor, hidden: Tensor) -> SimpleNamespace:
        """`loss`: the mean squared error of standardised features at hidden places, and the guard.

        Images (B, 3, H, W) and hidden pixels (B, 1, H, W), as of `choose_patches`.
        """
        places = hidden[:, :, ::8, ::8]
        told = self.tell(torch.where(places, self.missing, self.encoder.maps(hide(images, hidden))))
        with torch.no_grad():
            there = self.teacher.maps(images)  # type: ignore[union-attr, operator]  # a SmallConv
            there = (there - there.mean(1, keepdim=True)) / (there.std(1, keepdim=True) + 1e-4)
        loss = (told - there).square()[places.expand_as(there)].mean() * self.foretold
        if self.guarded:
            loss = loss + guard_of_places(self.encoder, images)
        return SimpleNamespace(loss=loss)


class GuardedPatches(MaskedPatches):
    """Masked patches asked for as pixels, with the same guard: what is left between pixels and features."""

    def forward(self, images: Tensor, hidden: Tensor) -> SimpleNamespace:
        """As `MaskedPatches`, and the guard."""
        out = super().forward(images, hidden)
        return SimpleNamespace(loss=out.loss + guard_of_places(self.encoder, images), painted=out.painted)


def guard_of_places(encoder: SmallConv, images: Tensor) -> Tensor:
    """`guard` of the encoder's last maps: a row for each place of each picture."""
    return guard(encoder.maps(images).permute(0, 2, 3, 1).flatten(0, 2))
