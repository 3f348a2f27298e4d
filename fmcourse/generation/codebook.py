"""A picture as 16 tokens: a codebook of small patches, found by k-means, so that a language model can draw.

    codebook = Codebook.fit(training.images)             # 512 patches of 4 x 4 pixels
    ids = codebook.encode(pictures)                      # (n, 16) whole numbers, row by row
    codebook.decode(ids)                                 # pictures again, and a little is lost

Each patch becomes the number of the nearest one in the codebook. Ground is by far the most frequent, so that patches
that are equal count once; else k-means would spend its centres on shades of white.
Sources: Lloyd 1982, "Least squares quantization in PCM"; van den Oord and others 2017, "Neural discrete representation
learning" (VQ-VAE), where encoder, codebook and decoder are learned together.

But: nothing is learned around the codebook, so that a patch is restored without a look at its neighbours. What is lost
here no model of the tokens brings back.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import log

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.generation.forms import patches_to_pictures, pictures_to_patches
from fmcourse.generation.pictures import COMBINATIONS, Shown, picture_of, positions, probability
from fmcourse.scenes.scene import SIZES

ENTRIES = 512


class Codebook(nn.Module):
    """`patches` (K, 48): the entries, with values in [-1, 1]."""

    patches: Tensor

    def __init__(self, patches: Tensor):
        super().__init__()
        self.register_buffer("patches", patches)

    def __len__(self) -> int:
        return len(self.patches)

    @classmethod
    def fit(cls, pictures: np.ndarray, entries: int = ENTRIES, seed: int = 0) -> "Codebook":
        """k-means on the different patches of pictures (n, 16, 16, 3).

        Raises ValueError when the pictures hold fewer different patches than `entries`, or `entries` is below 2.
        """
        from sklearn.cluster import KMeans

        different = np.unique(pictures_to_patches(pictures).reshape(-1, 48).round(3), axis=0)
        if not 2 <= entries <= len(different):
            raise ValueError(
                f"entries={entries} does not fit: these pictures hold {len(different)} different patches; "
                "choose from 2 to as many."
            )
        found = KMeans(entries, n_init=1, max_iter=25, random_state=seed).fit(different)
        return cls(torch.from_numpy(found.cluster_centers_).float())

    @torch.no_grad()
    def encode(self, pictures: np.ndarray, at_once: int = 256) -> Tensor:
        """Pictures (n, 16, 16, 3) in [0, 1] to the number of the nearest entry for each patch: (n, 16), int64."""
        patches = torch.from_numpy(pictures_to_patches(pictures)).to(self.patches.device)
        half = self.patches.square().sum(1) / 2
        return torch.cat([(half - part @ self.patches.T).argmin(-1) for part in patches.split(at_once)]).cpu()

    def decode(self, ids: Tensor) -> np.ndarray:
        """Tokens (n, 16) to pictures (n, 16, 16, 3) in [0, 1]. Raises ValueError for a number that is no entry."""
        if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < len(self):
            raise ValueError(f"tokens run from 0 to {len(self) - 1}; these from {int(ids.min())} to {int(ids.max())}.")
        return patches_to_pictures(self.patches.cpu()[ids.cpu()].numpy())


def everything() -> Iterable[list[Shown]]:
    """What all pictures show, those of one shape, colour and size at a time."""
    for combination in COMBINATIONS:
        for size in SIZES:
            yield [(*combination, size, shift) for shift in positions(size)]


def floor(codebook: Codebook, groups: Iterable[list[Shown]] | None = None) -> float:
    """The lowest mean of -log p(tokens) that any model can have on pictures, in nats; of all, or of these groups.

    Exact: every picture is drawn and encoded, and those with the same tokens are added up. It is below
    `pictures.entropy` as far as the codebook makes different pictures equal.
    """
    p = defaultdict[bytes, float](float)
    for group in groups or everything():
        for shown, row in zip(
            group, codebook.encode(np.stack([picture_of(one) for one in group])).numpy(), strict=True
        ):
            p[row.tobytes()] += probability(shown)
    whole = sum(p.values())
    return -sum(q / whole * log(q / whole) for q in p.values())
