"""Diffusion without captions: no word matters, what would read them is not trained, and a little training helps."""

import numpy as np
import pytest
import torch

from fmcourse.generation import small_diffusion
from fmcourse.generation.pictures import draw_pictures
from fmcourse.generation.small_diffusion import PATCHES, VALUES, SmallDiffusion

TRAINING = draw_pictures(30, "diffusion").images


@pytest.fixture(scope="module")
def model():
    return small_diffusion.train(TRAINING, seed=0, steps=40)


def test_a_little_training_helps(model):
    assert np.mean(model.history.loss[-10:]) < 0.8 * np.mean(model.history.loss[:10])


def test_samples_repeat(model):
    one, again, other = (model.sample(3, torch.Generator().manual_seed(seed), steps=3) for seed in (0, 0, 1))
    assert one.shape == (3, 16, 16, 3) and 0 <= one.min() and one.max() <= 1
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_no_word_matters_and_nothing_that_reads_them_is_trained(model):
    torch.manual_seed(0)
    before, after = SmallDiffusion().network.reader, model.network.reader
    assert torch.equal(before.word.weight, after.word.weight)
    assert torch.equal(before.attention.query.weight, after.attention.query.weight)
    assert not torch.equal(before.nothing.weight, after.nothing.weight)
    x, t, dropped = torch.randn(2, PATCHES, VALUES), torch.rand(2), torch.ones(2, dtype=torch.bool)
    with torch.no_grad():
        zero, one = (model.network(x, t, torch.full((2, 4), word), dropped) for word in (0, 1))
    assert torch.equal(zero, one)


@pytest.mark.parametrize(("n", "steps"), [(0, 3), (3, 0)])
def test_what_cannot_be_drawn_is_refused(model, n, steps):
    with pytest.raises(ValueError, match="at least 1"):
        model.sample(n, torch.Generator(), steps)
