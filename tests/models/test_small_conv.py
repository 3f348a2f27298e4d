"""The small encoder: shapes, no picture sees another, and its errors."""

import pytest
import torch

from fmcourse.models.small_conv import SmallConv, features


def test_shapes_at_odd_sizes():
    model = SmallConv(width=96).eval()
    assert model(torch.rand(3, 3, 29, 37)).shape == (3, 96)
    assert model.maps(torch.rand(3, 3, 29, 37)).shape == (3, 96, 4, 5)


def test_the_last_step_is_the_mean_over_places():
    model, images = SmallConv(), torch.rand(2, 3, 31, 23)
    assert torch.allclose(model(images), model.maps(images).flatten(2).mean(2), atol=1e-6)


def test_pictures_of_a_batch_do_not_see_each_other():
    model, images = SmallConv().train(), torch.rand(5, 3, 32, 32)
    alone = torch.cat([model(image[None]) for image in images])
    assert torch.allclose(model(images), alone, atol=1e-5)
    assert torch.allclose(features(model, images, rows=2), alone, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (3, 32, 32), (2, 3, 7, 32)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="pictures must be"):
        SmallConv()(torch.rand(shape))


def test_a_width_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="multiple of 32"):
        SmallConv(width=100)
