"""Inpainting keeps what is known, and asks about the rest."""

import pytest
import torch

from fmcourse.generation import FORMS
from fmcourse.generation.drawing import flow_from
from fmcourse.generation.inpainting import inpaint

FORM = FORMS["one thing"]


def network():
    torch.manual_seed(0)
    net = FORM.network(16, 1, 1)
    with torch.no_grad():
        for p in net.parameters():
            p += 0.1 * torch.randn_like(p)
    return net.eval()


def test_known_patches_stay_and_the_rest_depends_on_them():
    net, words = network(), FORM.encode(["a red ring"])
    known, where = torch.randn(1, FORM.patches, FORM.values), torch.arange(FORM.patches) < 8
    one = inpaint(net, known, where, words, steps=4)
    assert torch.equal(one[:, :8], known[:, :8]) and not torch.allclose(one[:, 8:], known[:, 8:])
    other = inpaint(net, known + 2 * where[None, :, None], where, words, steps=4)
    assert not torch.allclose(other[:, 8:], one[:, 8:])
    elsewhere = known.clone()
    elsewhere[:, 8:] = 9.0  # what is not known must not count
    assert torch.equal(inpaint(net, elsewhere, where, words, steps=4)[:, 8:], one[:, 8:])


def test_with_nothing_known_it_is_the_sampler():
    net, words = network(), FORM.encode(["a red ring"])
    known, none = torch.zeros(1, FORM.patches, FORM.values), torch.zeros(FORM.patches, dtype=torch.bool)
    chance = torch.Generator().manual_seed(3)
    drawn = flow_from(net, torch.randn(known.shape, generator=chance), words, 5, 2.0, moved=1.5, fresh=chance)
    assert torch.allclose(inpaint(net, known, none, words, steps=5, seed=3, moved=1.5), drawn, atol=1e-5)


def test_a_mask_of_another_length():
    with pytest.raises(ValueError, match="mask"):
        inpaint(network(), torch.zeros(1, 16, 192), torch.zeros(9, dtype=torch.bool), FORM.encode(["a ring"]))
