"""The mixture of experts: against transformers' Mixtral, the dense sum, and the balance loss of transformers."""

import pytest
import torch

from fmcourse.models.moe import MixtureOfExperts, balance, route


def _layer(experts=5, top_k=2):
    torch.manual_seed(3)
    return MixtureOfExperts(hidden_size=11, width=13, experts=experts, top_k=top_k)


def test_equals_mixtral():
    from transformers import MixtralConfig
    from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

    ours = _layer()
    theirs = MixtralSparseMoeBlock(
        MixtralConfig(hidden_size=11, intermediate_size=13, num_local_experts=5, num_experts_per_tok=2)
    )
    with torch.no_grad():
        theirs.gate.weight.copy_(ours.router.weight)
        for i, e in enumerate(ours.experts):
            theirs.experts.gate_up_proj[i].copy_(torch.cat([e.gate.weight, e.up.weight]))
            theirs.experts.down_proj[i].copy_(e.down.weight)
        x = torch.randn(3, 7, 11)
        out = theirs(x)
        out = out[0] if isinstance(out, tuple) else out
        torch.testing.assert_close(ours(x), out, atol=1e-5, rtol=1e-5)


def test_all_experts_equal_the_dense_sum():
    layer = _layer(top_k=5)
    x = torch.randn(3, 7, 11)
    weights = layer.router(x).softmax(-1)
    dense = sum(weights[..., i, None] * e(x) for i, e in enumerate(layer.experts))
    torch.testing.assert_close(layer(x), dense, atol=1e-6, rtol=1e-5)
    layer.top_k = 4
    assert not torch.allclose(layer(x), dense, atol=1e-4)


def test_balance_equals_transformers():
    from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

    scores = torch.randn(17, 5)
    _, experts = route(scores, 2)
    theirs = load_balancing_loss_func((scores,), num_experts=5, top_k=2)
    torch.testing.assert_close(balance(scores, experts) * 2, theirs)  # theirs adds over the two choices, ours averages


def test_balance_is_lowest_when_even():
    even = balance(torch.zeros(10, 5), torch.arange(10)[:, None] % 5)
    bent = balance(torch.tensor([[9.0, 0, 0, 0, 0]]).expand(10, 5), torch.zeros(10, 1, dtype=torch.long))
    assert even == pytest.approx(1.0) and bent > 4


def test_tokens_do_not_meet():
    layer, x = _layer(), torch.randn(1, 7, 11)
    changed = x.clone()
    changed[0, 3] += 1
    same = [i for i in range(7) if i != 3]
    torch.testing.assert_close(layer(x)[0, same], layer(changed)[0, same])


def test_load_and_active_parameters():
    layer = _layer()
    layer(torch.randn(2, 7, 11))
    assert layer.last_load.sum() == pytest.approx(1.0)
    assert layer.active_parameters() == 5 * 11 + 2 * 3 * 11 * 13


@pytest.mark.parametrize("top_k", [0, 6])
def test_too_many_or_no_experts(top_k):
    with pytest.raises(ValueError, match="experts"):
        route(torch.zeros(2, 5), top_k)
