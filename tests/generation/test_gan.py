"""The GAN: losses are torch's cross-entropies, the penalty is the slope's square, each part moves in its turn."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fmcourse.generation import gan
from fmcourse.generation.gan import GAN, artist_loss, gradient_penalty, judge_loss
from fmcourse.generation.pictures import draw_pictures

TRAINING = draw_pictures(30, "gan").images


def test_losses_are_cross_entropies():
    real, fake = torch.randn(2, 7, generator=torch.Generator().manual_seed(0))
    ones, zeros = torch.ones(7), torch.zeros(7)
    wanted = F.binary_cross_entropy_with_logits(real, ones) + F.binary_cross_entropy_with_logits(fake, zeros)
    assert torch.allclose(judge_loss(real, fake), wanted)
    assert torch.allclose(artist_loss(fake), F.binary_cross_entropy_with_logits(fake, ones))


def test_a_bad_artist_has_a_strong_gradient():
    score = torch.tensor([-9.0], requires_grad=True)
    (mine,) = torch.autograd.grad(artist_loss(score), score)
    (saturating,) = torch.autograd.grad(-F.softplus(score).mean(), score)
    assert mine.abs() > 0.99 and saturating.abs() < 0.001


def test_the_penalty_is_the_square_of_the_slope():
    judge = nn.Sequential(nn.Flatten(), nn.Linear(12, 1))
    found = gradient_penalty(judge, torch.randn(5, 3, 2, 2))
    assert torch.allclose(found, judge[1].weight.square().sum())
    found.backward()  # the judge itself can be pushed to be flatter
    assert torch.allclose(judge[1].weight.grad, 2 * judge[1].weight)


def test_a_step_moves_both_and_the_dial_the_artist_more():
    made = [gan.train(TRAINING, seed=0, steps=1, artist_steps=n) for n in (1, 3)]
    torch.manual_seed(0)
    fresh = GAN()
    moved = [(m.artist.enter.weight - fresh.artist.enter.weight).abs().mean().item() for m in made]
    assert 0 < moved[0] < moved[1]
    assert all((m.judge.out.weight != fresh.judge.out.weight).any() for m in made)


def test_the_judge_learns_and_samples_repeat():
    made = gan.train(TRAINING, seed=0, steps=12)
    assert len(made.history.judge) == len(made.history.artist) == 12
    assert min(made.history.judge) < 0.8 * made.history.judge[0]
    one, again, other = (made.sample(5, torch.Generator().manual_seed(seed), at_once=2) for seed in (0, 0, 1))
    assert one.shape == (5, 16, 16, 3) and 0 <= one.min() and one.max() <= 1
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="at least once"):
        gan.train(TRAINING, steps=1, artist_steps=0)
    with pytest.raises(ValueError, match="at least one"):
        GAN(width=4).sample(0, torch.Generator())
    with pytest.raises(FloatingPointError, match="lower lr"):
        gan.train(TRAINING, steps=4, lr=1e30)
