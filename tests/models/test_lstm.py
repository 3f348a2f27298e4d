"""The LSTM beside the transformer: its formula by hand, its order in time, its size."""

import pytest
import torch

from fmcourse.models.lstm import LSTM, as_large_as, size
from fmcourse.models.transformer import Config, Decoder


def by_hand(model, ids):
    """One token after the other, by the formulas of the paper (with the forget gate of Gers et al. 2000)."""
    x = model.embedding(ids)
    for layer in range(model.layers.num_layers):
        w_in, w_back, b_in, b_back = (
            getattr(model.layers, f"{n}_l{layer}") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h = c = torch.zeros(len(ids), model.layers.hidden_size)
        out = []
        for t in range(x.shape[1]):
            i, f, g, o = (x[:, t] @ w_in.T + b_in + h @ w_back.T + b_back).chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            out.append(h)
        x = torch.stack(out, dim=1)
    return x @ model.embedding.weight.T


def test_formula_by_hand():
    torch.manual_seed(0)
    model, ids = LSTM(vocab_size=53, hidden_size=19, layers=3), torch.randint(53, (5, 11))
    with torch.no_grad():
        model.embedding.weight.mul_(20)
        assert model(ids).shape == (5, 11, 53)
        assert torch.allclose(model(ids), by_hand(model, ids), atol=1e-5)
        model.layers.bias_hh_l1[3] += 0.5
        changed = model(ids)
        model.layers.bias_hh_l1[3] -= 0.5
        assert not torch.allclose(changed, by_hand(model, ids), atol=1e-5)


def test_a_future_token_changes_nothing():
    torch.manual_seed(0)
    model, ids = LSTM(vocab_size=53, hidden_size=19, layers=2), torch.randint(53, (3, 11))
    other = ids.clone()
    other[:, 7] = (ids[:, 7] + 1) % 53
    a, b = model(ids), model(other)
    assert torch.equal(a[:, :7], b[:, :7])
    assert not torch.equal(a[:, 7:], b[:, 7:])


@pytest.mark.parametrize("vocab, hidden, layers", [(53, 24, 3), (2560, 128, 4), (97, 64, 1)])
def test_equal_size(vocab, hidden, layers):
    decoder = Decoder(Config(vocab_size=vocab, hidden_size=hidden, layers=layers))
    model = as_large_as(decoder)
    assert size(decoder) == sum(p.numel() for p in {id(p): p for p in decoder.parameters()}.values())
    assert model.layers.num_layers == layers
    assert abs(size(model) / size(decoder) - 1) < 0.02
