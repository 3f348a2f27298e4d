"""Contrastive pairs: the loss against two other formulas, and what views change."""

import math

import pytest
import torch
import torch.nn.functional as F

from fmcourse.training import contrastive


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("n", "d"), [(2, 3), (7, 5), (13, 11)])
def test_the_loss_equals_cross_entropy_and_a_loop(n, d):
    z = torch.randn(2 * n, d, generator=gen(n), dtype=torch.float64)
    similar = F.cosine_similarity(z[:, None], z[None], dim=-1) / 0.3
    target = (torch.arange(2 * n) + n) % (2 * n)
    expected = F.cross_entropy(similar - 1e9 * torch.eye(2 * n, dtype=torch.float64), target)
    total = 0.0
    for i in range(2 * n):  # equation 1 of the paper, written out
        others = sum(math.exp(similar[i, k]) for k in range(2 * n) if k != i)
        total -= math.log(math.exp(similar[i, (i + n) % (2 * n)]) / others)
    got = contrastive.nt_xent(z, 0.3)
    assert torch.isclose(got, expected, atol=1e-9) and got.item() == pytest.approx(total / (2 * n))
    assert not torch.isclose(got, contrastive.nt_xent(torch.cat([z[:n].roll(1, 0), z[n:]]), 0.3), atol=1e-6)
    assert torch.isclose(got, contrastive.nt_xent(z * torch.rand(2 * n, 1, generator=gen()) * 7, 0.3))


def test_views_are_parts_of_their_picture_when_colours_are_kept():
    images = torch.rand(11, 3, 17, 17, generator=gen())
    views = contrastive.view(images, gen(1), size=13, colour=False)
    for one, made in zip(images, views, strict=True):
        turned = [made, made.flip(2), made.transpose(1, 2), made.transpose(1, 2).flip(2)]
        turned += [t.flip(1) for t in turned]
        parts = one.unfold(1, 13, 1).unfold(2, 13, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
        assert any((parts == t).flatten(1).all(1).any() for t in turned)


def test_colours_change_and_a_seed_repeats():
    images = torch.rand(200, 3, 17, 17, generator=gen())
    kept, changed = (contrastive.view(images, gen(1), 13, colour=c) for c in (False, True))
    assert changed.shape == kept.shape and not torch.allclose(changed, kept)
    grey = (changed == changed[:, :1]).flatten(1).all(1).float().mean()
    assert 0.15 < float(grey) < 0.45
    assert torch.equal(changed, contrastive.view(images, gen(1), 13))
    assert not torch.equal(changed, contrastive.view(images, gen(2), 13))


@pytest.mark.parametrize("rows", [2, 5])
def test_pairs_need_company(rows):
    with pytest.raises(ValueError, match="even number"):
        contrastive.nt_xent(torch.rand(rows, 3))
