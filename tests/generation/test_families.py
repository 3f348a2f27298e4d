"""All families keep the same promises: equal sizes, pictures from a generator, steps from seconds."""

import time

import numpy as np
import pytest
import torch

from fmcourse.generation import families
from fmcourse.generation.families import FAMILIES, Family, clock, size, steps_within
from fmcourse.generation.pictures import draw_pictures
from fmcourse.models.pyramid import Down, Up

TRAINING = draw_pictures(90, "families").images


@pytest.mark.parametrize("name", FAMILIES)
def test_each_trains_and_draws(name):
    model = FAMILIES[name].train(TRAINING, seed=1, steps=2)
    drawn = model.sample(3, torch.Generator().manual_seed(0))
    assert drawn.shape == (3, 16, 16, 3) and 0 <= drawn.min() and drawn.max() <= 1
    assert drawn.dtype == np.float32 and 320_000 <= size(model) <= 375_000
    again = FAMILIES[name].train(TRAINING, seed=1, steps=2).sample(3, torch.Generator().manual_seed(0))
    assert np.array_equal(drawn, again)
    assert hasattr(model, "bound") == (FAMILIES[name].likelihood != "none")


def test_the_clock_takes_before_and_each_apart(monkeypatch):
    def train(pictures, steps):
        until = time.process_time() + 0.05 + 0.01 * steps
        while time.process_time() < until:
            pass

    monkeypatch.setitem(families.FAMILIES, "slow", Family(train, "none"))
    before, each = clock("slow", TRAINING)
    assert before == pytest.approx(0.05, abs=0.02) and each == pytest.approx(0.01, rel=0.2)
    assert steps_within(1.05, 0.05, 0.01) in (99, 100)
    with pytest.raises(ValueError, match="1 seconds are not enough: 2.0 go by"):
        steps_within(1, 2, 0.5)


def test_the_pyramid_goes_down_and_up_and_refuses_what_does_not_fit():
    assert Down(7, width=8)(torch.zeros(5, 3, 16, 16)).shape == (5, 7)
    assert Up(7, width=8)(torch.zeros(5, 7)).shape == (5, 3, 16, 16)
    with pytest.raises(ValueError, match="must be"):
        Down(7)(torch.zeros(5, 16, 16, 3))


def test_a_layer_of_the_pyramid_is_torchs_convolution():
    torch.manual_seed(0)
    x, up = torch.randn(3, 8, 5, 5), Up(7, width=8)
    layer, theirs = up.second, torch.nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)
    with torch.no_grad():
        theirs.weight.copy_(layer.weight.view(16, 8, 4, 4))
        theirs.bias.copy_(layer.bias)
        x = torch.randn(3, 16, 5, 5)
        assert torch.allclose(layer(x), theirs(x))


def test_no_picture_sees_another():
    torch.manual_seed(0)
    x, down = torch.randn(4, 3, 16, 16), Down(5, width=8)
    with torch.no_grad():
        assert torch.allclose(down(x)[2:3], down(x[2:3]), atol=1e-5)
