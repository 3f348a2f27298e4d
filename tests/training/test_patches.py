"""Masked patches: whole patches, the right number, and a loss that looks at hidden pixels only."""

import pytest
import torch

from fmcourse.models.small_conv import SmallConv
from fmcourse.training import patches


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


def test_whole_patches_in_the_right_number():
    hidden = patches.choose_patches(13, 35, 21, patch=7, share=0.6, generator=gen())
    blocks = hidden.view(13, 5, 7, 3, 7).permute(0, 1, 3, 2, 4).flatten(3)
    assert (blocks.all(-1) | ~blocks.any(-1)).all()
    assert (blocks.all(-1).flatten(1).sum(1) == 9).all()
    assert len(hidden.unique(dim=0)) == 13


def test_every_patch_is_hidden_equally_often():
    share = patches.choose_patches(4000, 16, 16, patch=8, share=0.25, generator=gen()).float().mean(0)
    assert (share - 0.25).abs().max() < 0.04


def test_the_loss_equals_torchs_on_hidden_pixels_and_ignores_the_others():
    images, painted = torch.rand(5, 3, 14, 21), torch.rand(5, 3, 14, 21)
    hidden = patches.choose_patches(5, 14, 21, patch=7, share=0.5, generator=gen())
    where = hidden.expand(-1, 3, -1, -1)
    loss = patches.patch_loss(painted, images, hidden)
    assert torch.isclose(loss, torch.nn.functional.mse_loss(painted[where], images[where]))
    assert torch.equal(loss, patches.patch_loss(torch.where(hidden, painted, 9.0), images, hidden))
    assert not torch.isclose(loss, torch.nn.functional.mse_loss(painted, images))


def test_the_encoder_does_not_see_what_is_hidden():
    torch.manual_seed(0)
    model, images = patches.MaskedPatches(SmallConv(32)).eval(), torch.rand(3, 3, 32, 32)
    hidden = patches.choose_patches(3, 32, 32, generator=gen())
    first = model(images, hidden)
    second = model(torch.where(hidden, torch.rand(3, 3, 32, 32), images), hidden)
    assert first.painted.shape == images.shape and torch.equal(first.painted, second.painted)
    assert not torch.equal(first.painted, model(torch.where(hidden, images, 0.1), hidden).painted)


def test_errors():
    with pytest.raises(ValueError, match="do not fill"):
        patches.choose_patches(1, 32, 32, patch=7)
    with pytest.raises(ValueError, match="nothing is hidden"):
        patches.patch_loss(torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8, dtype=torch.bool))
