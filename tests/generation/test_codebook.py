"""The codebook: nearest patches, what is lost, and the exact floor of its tokens."""

from math import log

import numpy as np
import pytest
import torch

from fmcourse.generation.codebook import Codebook, everything, floor
from fmcourse.generation.forms import pictures_to_patches
from fmcourse.generation.pictures import draw_pictures, entropy, positions

TRAINING = draw_pictures(60, "codebook").images


def test_each_patch_becomes_its_nearest_entry():
    codebook = Codebook.fit(TRAINING, 37)
    patches = torch.from_numpy(pictures_to_patches(TRAINING[:7]))
    wanted = torch.cdist(patches, codebook.patches[None].expand(7, -1, -1)).argmin(-1)
    found = codebook.encode(TRAINING[:7], at_once=3)
    assert found.shape == (7, 16) and torch.equal(found, wanted) and len(codebook) == 37


def test_what_was_decoded_is_encoded_again_without_loss():
    codebook = Codebook.fit(TRAINING, 53)
    ids = codebook.encode(TRAINING)
    assert torch.equal(codebook.encode(codebook.decode(ids)), ids)


def test_more_entries_lose_less_and_as_many_as_patches_nothing():
    different = len(np.unique(pictures_to_patches(TRAINING[:5]).reshape(-1, 48).round(3), axis=0))
    lost = []
    for entries in (5, 40, different):
        codebook = Codebook.fit(TRAINING[:5], entries)
        lost.append(abs(codebook.decode(codebook.encode(TRAINING[:5])) - TRAINING[:5]).max())
    assert lost[0] > lost[1] > lost[2] and lost[2] < 1e-3


def test_the_floor_of_tokens_that_tell_everything_is_the_entropy_of_pictures():
    groups = list(everything())
    some = [group for group in groups if group[0][2] == "large"][:3]
    told = log(3) + log(len(positions("large")))
    assert len(groups) == 60 and sum(map(len, groups)) == 15_420
    assert 0 < floor(Codebook.fit(TRAINING, 16), some) < floor(Codebook.fit(TRAINING, 300), some) < told + 1e-9
    assert floor(Codebook(torch.zeros(2, 48)), some) == pytest.approx(0)  # all patches alike tell nothing
    assert told < entropy()


@pytest.mark.parametrize("entries", [1, 10_000])
def test_a_codebook_that_cannot_be_is_refused(entries):
    with pytest.raises(ValueError, match=f"entries={entries} does not fit: these pictures hold"):
        Codebook.fit(TRAINING[:2], entries)


def test_unknown_tokens_are_refused():
    with pytest.raises(ValueError, match="from 0 to 15; these from 3 to 16"):
        Codebook.fit(TRAINING, 16).decode(torch.tensor([[3, 16]]))
