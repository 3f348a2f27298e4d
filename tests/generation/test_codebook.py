"""The codebook: nearest patches, what is lost, and the exact floor of its tokens."""

from math import log

import numpy as np
import pytest
import torch

from fmcourse.generation.codebook import Codebook, floor
from fmcourse.generation.forms import pictures_to_patches
from fmcourse.generation.pictures import cell, draw_pictures, entropy, positions
from fmcourse.scenes import all_scenes

TRAINING = draw_pictures(60, "codebook").images


def test_each_patch_becomes_its_nearest_entry():
    codebook = Codebook.fit(TRAINING, 37)
    patches = torch.from_numpy(pictures_to_patches(TRAINING[:7]))
    wanted = torch.cdist(patches, codebook.patches[None].expand(7, -1, -1)).argmin(-1)
    found = codebook.encode(TRAINING[:7], at_once=3)
    assert found.shape == (7, 64) and torch.equal(found, wanted) and len(codebook) == 37


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
    scenes = [s for s in all_scenes(1, "seen") if cell(s)[2:] == ("large", "top left")][:3]
    everything = log(3) + log(len(positions("large", "top left")))
    assert 0 < floor(Codebook.fit(TRAINING, 16), scenes) < floor(Codebook.fit(TRAINING, 300), scenes) < everything
    assert floor(Codebook(torch.zeros(2, 48)), scenes) == pytest.approx(0)  # all patches alike tell nothing
    assert everything < entropy()


@pytest.mark.parametrize("entries", [1, 10_000])
def test_a_codebook_that_cannot_be_is_refused(entries):
    with pytest.raises(ValueError, match=f"entries={entries} does not fit: these pictures hold"):
        Codebook.fit(TRAINING[:2], entries)


def test_unknown_tokens_are_refused():
    with pytest.raises(ValueError, match="from 0 to 15; these from 3 to 16"):
        Codebook.fit(TRAINING, 16).decode(torch.tensor([[3, 16]]))
