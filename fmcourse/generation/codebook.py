"""A picture as 64 tokens: a codebook of small patches, found by k-means, so that a language model can draw.

    codebook = Codebook.fit(training.images)             # 512 patches of 4 x 4 pixels
    ids = codebook.encode(pictures)                      # (n, 64) whole numbers, row by row
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
from fmcourse.generation.pictures import cell, picture_at, positions
from fmcourse.scenes.scene import Scene

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
        """k-means on the different patches of pictures (n, 32, 32, 3).

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
        """Pictures (n, 32, 32, 3) in [0, 1] to the number of the nearest entry for each patch: (n, 64), int64."""
        patches = torch.from_numpy(pictures_to_patches(pictures)).to(self.patches.device)
        half = self.patches.square().sum(1) / 2
        return torch.cat([(half - part @ self.patches.T).argmin(-1) for part in patches.split(at_once)]).cpu()

    def decode(self, ids: Tensor) -> np.ndarray:
        """Tokens (n, 64) to pictures (n, 32, 32, 3) in [0, 1]. Raises ValueError for a number that is no entry."""
        if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < len(self):
            raise ValueError(f"tokens run from 0 to {len(self) - 1}; these from {int(ids.min())} to {int(ids.max())}.")
        return patches_to_pictures(self.patches.cpu()[ids.cpu()].numpy())


def floor(codebook: Codebook, scenes: Iterable[Scene]) -> float:
    """The lowest mean of -log p(tokens) that any model can have on pictures of these equally likely scenes, in nats.

    Exact: every position of every scene is drawn and encoded, and pictures with the same tokens are added up. All 540
    scenes take minutes. It is below `pictures.entropy` as far as the codebook makes different pictures equal.
    """
    scenes, p = list(scenes), defaultdict[bytes, float](float)
    for scene in scenes:
        _, _, size, place = cell(scene)
        shifts = positions(size, place)
        ids = codebook.encode(np.stack([picture_at(scene, shift) for shift in shifts]))
        for row in ids.numpy():
            p[row.tobytes()] += 1 / len(scenes) / len(shifts)
    return -sum(q * log(q) for q in p.values())
