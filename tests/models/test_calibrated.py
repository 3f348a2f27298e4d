"""Rounding that looks at the data: against plain rounding where nothing can be made up for, and better where it can."""

import pytest
import torch

from fmcourse.models.calibrated import gptq, inner_layers, inputs_of, rounded_by, scaled
from fmcourse.models.quantise import absmax


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("group", [None, 5])
def test_channels_that_do_not_move_together_cannot_make_up_for_each_other(group):
    weight, reads = normal(7, 10), torch.eye(10)
    torch.testing.assert_close(gptq(weight, reads, 4, group), absmax(weight, 4, group).restore())


@pytest.mark.parametrize("rule", [gptq, scaled])
def test_answers_to_what_is_read_move_less_than_after_plain_rounding(rule):
    weight = normal(7, 13)
    reads = normal(211, 3, seed=1) @ normal(3, 13, seed=2) + 0.1 * normal(211, 13, seed=3)
    if rule is scaled:
        reads = normal(211, 13, seed=1) * torch.logspace(-1, 1, 13)
    moved = [float(((m - weight) @ reads.T).norm()) for m in (rule(weight, reads, 4), absmax(weight, 4).restore())]
    assert moved[0] < 0.8 * moved[1]


@pytest.mark.parametrize("bits", [3, 4])
def test_only_few_values_are_left(bits):
    made = gptq(normal(5, 17), normal(101, 17, seed=1), bits)
    assert all(len(row.unique()) <= 2**bits - 1 for row in made)


def test_inputs_are_what_the_layers_read_and_the_model_itself_stays():
    from fmcourse.studies import scaling

    model = scaling.decoder(16, seed=0).eval()
    before = {name: p.clone() for name, p in model.named_parameters()}
    reads = inputs_of(model, [[0, 3, 5], [0, 2]])
    assert set(reads) == set(inner_layers(model)) and all(len(x) == 5 for x in reads.values())
    assert not any(m._forward_pre_hooks for m in model.modules())
    made = rounded_by(model, lambda w, x: w + x[0].mean() * 0 + 1, reads)
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())
    name, layer = next(iter(inner_layers(made).items()))
    torch.testing.assert_close(layer.weight, before[f"{name}.weight"] + 1)
