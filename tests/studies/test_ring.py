"""Points lie on the ring, each near its word; a dropped word says nothing."""

import torch

from fmcourse.studies.ring import SIDES, Dots, points


def test_points_lie_on_the_ring_around_their_word():
    places, words = points(3000, torch.Generator().manual_seed(0))
    assert places.shape == (3000, 1, 2) and torch.allclose(places.norm(dim=-1), torch.ones(3000, 1))
    for number, degrees in enumerate(SIDES.values()):
        middle = places[words[:, 0] == number, 0].mean(0)
        there = torch.deg2rad(torch.tensor(float(degrees)))
        assert torch.allclose(middle / middle.norm(), torch.stack([there.cos(), there.sin()]), atol=0.06)


def test_a_dropped_word_counts_as_nothing():
    torch.manual_seed(0)
    dots, x, t = Dots(), torch.randn(4, 1, 2), torch.rand(4)
    words, all_of_them = torch.tensor([[0], [1], [2], [1]]), torch.ones(4, dtype=torch.bool)
    assert torch.equal(dots(x, t, words, all_of_them), dots(x, t, torch.full((4, 1), dots.nothing)))
    assert not torch.allclose(dots(x, t, words), dots(x, t, words, all_of_them))
