"""Rounding weights: against torch's own quantisation, by hand, and laws that must hold for any matrix."""

import pytest
import torch

from fmcourse.models.quantise import absmax, quantised


def test_eight_bits_equal_torch_per_channel():
    weight = torch.randn(7, 13, generator=torch.Generator().manual_seed(0))
    ours = absmax(weight, bits=8)
    scale = weight.abs().amax(1) / 127
    zero = torch.zeros(7, dtype=torch.int32)
    theirs = torch.fake_quantize_per_channel_affine(weight, scale, zero, 0, -127, 127)
    torch.testing.assert_close(ours.restore(), theirs)


def test_whole_matrix_equals_torch_per_tensor():
    weight = torch.randn(5, 11, generator=torch.Generator().manual_seed(1))
    ours = absmax(weight, bits=8, whole_matrix=True)
    theirs = torch.fake_quantize_per_tensor_affine(weight, float(weight.abs().max() / 127), 0, -127, 127)
    torch.testing.assert_close(ours.restore(), theirs)
    assert ours.scale.numel() == 1


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("group", [None, 1, 5, 32])
def test_no_error_is_larger_than_half_a_step(bits, group):
    weight = torch.randn(7, 13, generator=torch.Generator().manual_seed(bits))
    q = absmax(weight, bits, group)
    step = (q.scale.expand_as(q.whole.float())).reshape(7, -1)[:, :13]
    assert q.restore().shape == weight.shape
    assert bool(((q.restore() - weight).abs() <= step / 2 + 1e-6).all())
    assert int(q.whole.abs().max()) <= 2 ** (bits - 1) - 1


def test_zeros_stay_zeros_and_small_groups_are_exact():
    assert torch.equal(absmax(torch.zeros(3, 5), 4).restore(), torch.zeros(3, 5))
    weight = torch.randn(3, 5)
    torch.testing.assert_close(absmax(weight, 4, group=1).restore(), weight)


def test_an_outlier_ruins_its_group_and_no_other():
    weight = torch.full((1, 8), 0.4)
    weight[0, 0] = 50.0
    assert absmax(weight, 4).restore()[0, 1:].abs().max() == 0
    torch.testing.assert_close(absmax(weight, 4, group=4).restore()[0, 4:], weight[0, 4:])


def test_bytes_by_hand():
    assert absmax(torch.ones(3, 10), 4, group=4).bytes() == 3 * 10 / 2 + 2 * 9
    assert absmax(torch.ones(3, 10), 8).bytes() == 30 + 2 * 3


def test_a_model_is_copied_and_a_shared_matrix_counted_once():
    model = torch.nn.Sequential(torch.nn.Embedding(7, 5), torch.nn.LayerNorm(5), torch.nn.Linear(5, 7, bias=False))
    model[2].weight = model[0].weight
    before = model[0].weight.clone()
    made, size = quantised(model, 4)
    assert torch.equal(model[0].weight, before) and not torch.equal(made[0].weight, before)
    assert made[2].weight is made[0].weight
    assert size == 7 * 5 / 2 + 2 * 7 + 2 * 10


@pytest.mark.parametrize("wrong", [{"bits": 1}, {"bits": 9}, {"group": 0}, {"group": 4, "whole_matrix": True}])
def test_senseless_requests_are_refused(wrong):
    with pytest.raises(ValueError):
        absmax(torch.ones(2, 3), **wrong)
    with pytest.raises(ValueError, match="matrix"):
        absmax(torch.ones(3))
