"""Stamps with a skew: their shares, the best guess, and a reader that takes each for what it is."""

import pytest
import torch

from fmcourse.studies import skewed


def test_stamps_differ_from_each_other():
    known = skewed.stamps().flatten(0, 2)
    apart = torch.cdist((known > 0).float(), (known > 0).float()).square().round()
    size = torch.arange(108) // 9 % 2
    assert known.shape == (108, 64) and set(known.unique().tolist()) == {-1.0, 1.0}
    assert (apart + torch.eye(108)).min() >= 1  # a small box and a small cup differ in one pixel
    assert apart[size[:, None] != size].min() >= 4  # sizes can be told apart with one wrong pixel


def test_half_of_all_are_large():
    for kind in skewed.KINDS.values():
        likely = skewed.shares(kind).reshape(6, 2, 9)
        assert likely.sum() == pytest.approx(1) and likely[:, 1].sum() == pytest.approx(0.5)
        assert likely[0, 1].sum() * 6 == pytest.approx(kind["box"])


def test_examples_have_the_shares():
    x, words = skewed.examples(6000, skewed.SKEW, torch.Generator().manual_seed(0))
    which = torch.cdist(x[:, 0], skewed.stamps().flatten(0, 2)).argmin(1)
    assert (which // 18 == words[:, 0]).all()
    for number, word in enumerate(skewed.WORDS):
        large = (which // 9 % 2)[words[:, 0] == number].float()
        assert large.mean().item() == pytest.approx(skewed.SKEW[word], abs=0.06)


def test_the_best_guess():
    known, likely = skewed.stamps().flatten(0, 2), skewed.shares(skewed.SKEW)
    assert torch.allclose(skewed.best_guess(known[5:6] * 0.9, 0.1, likely), known[5:6], atol=1e-4)  # little noise
    blind = skewed.best_guess(torch.randn(1, 64, generator=torch.Generator().manual_seed(0)), 1.0, likely)
    assert torch.allclose(blind[0], likely @ known, atol=1e-5)  # all noise: the average by shares
    only = torch.where(torch.arange(108) == 7, likely, torch.zeros(()))
    assert torch.allclose(skewed.best_guess(torch.zeros(1, 64), 0.9, only), known[7:8])  # the rest is ruled out


def test_a_network_with_a_few_steps_counts():
    network, losses = skewed.train("skewed", 0, steps=3)
    found = skewed.count(network, "box", 2.0, n=8)
    assert len(losses) == 3 and set(found) == {"legal", "close", "n", "large"} and found["n"] == 8
