"""Look-up and tally: the layers equal their loops, the texts have the answers they say, the contest is equal."""

import pytest
import torch

from fmcourse.studies import fixed_state as study


def made(seed=0, T=11, N=5, C=3):
    g = torch.Generator().manual_seed(seed)
    return *(torch.randn(2, T, n, generator=g) for n in (N, N, C)), torch.rand(2, T, generator=g)


def by_loop(q, k, v, keep):
    out = torch.zeros(*q.shape[:2], v.shape[-1])
    state = torch.zeros(q.shape[0], q.shape[-1], v.shape[-1])
    for t in range(q.shape[1]):
        state = keep[:, t, None, None] * state + k[:, t, :, None] * v[:, t, None]
        out[:, t] = (q[:, t, None] @ state)[:, 0]
    return out


def test_layers_equal_their_loops_and_torch():
    q, k, v, keep = made()
    assert torch.allclose(study.gated_mix(q, k, v, keep), by_loop(q, k, v, keep), atol=1e-4)
    assert torch.allclose(study.linear_mix(q, k, v, keep), by_loop(q, k, v, torch.ones_like(keep)), atol=1e-4)
    library = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert torch.allclose(study.softmax_mix(q, k, v, keep), library, atol=1e-5)


@pytest.mark.parametrize("mix", study.MIXES.values())
def test_a_later_place_moves_no_earlier_one(mix):
    one = made()
    other = [x.clone() for x in one]
    for x in other:
        x[:, 7] = 0.3
    change = (mix(*one) - mix(*other)).abs().amax(-1)
    assert change[:, :7].max() < 1e-5 and change[:, 7:].min() > 1e-4


def test_texts_have_the_answers_they_say():
    pairs = 7
    keys, digits, answers = study.texts(53, pairs, torch.Generator().manual_seed(1))
    assert keys.shape == digits.shape == answers.shape == (53, pairs + study.ASKED + 1)
    ties = 0
    for k, d, a in zip(keys.tolist(), digits.tolist(), answers.tolist(), strict=True):
        known = dict(zip(k[:pairs], d[:pairs], strict=True))
        assert len(known) == pairs and a[:pairs] == [-100] * pairs
        assert a[pairs:-1] == [known[asked] for asked in k[pairs:-1]]
        assert k[-1] == study.KEYS and set(d[pairs:]) == {study.DIGITS}  # no digit is told where it is asked
        counts = sorted((d[:pairs].count(n), n) for n in set(d[:pairs]))
        tie = len(counts) > 1 and counts[-1][0] == counts[-2][0]
        assert a[-1] == (-100 if tie else counts[-1][1])
        ties += tie
    assert 0 < ties < 53


def test_networks_are_of_one_size_whatever_mixes_and_whatever_state():
    sizes = [
        sum(p.numel() for p in study.Reader(mix, state).parameters())
        for mix in study.MIXES.values()
        for state in study.STATES
    ]
    assert max(sizes) < 1.01 * min(sizes)


class Oracle:
    """Looks up by equal keys, and counts."""

    def __call__(self, keys, digits):
        pairs = keys.shape[1] - study.ASKED - 1
        same = (keys[:, :, None] == keys[:, None, :pairs]).float()
        same[:, -1] = 1
        return same @ torch.nn.functional.one_hot(digits[:, :pairs], study.DIGITS).float()


def test_scores():
    found = study.scores(Oracle(), 8, rows=101)
    assert found["look-up"] == found["tally"] == 1 and 0.1 < found["guess"] < 0.6
    blind = study.scores(study.Reader(study.linear_mix, 8), 8, rows=101)
    assert max(blind["look-up"], blind["tally"]) < 0.5


def test_training_is_the_same_twice():
    a, b = (study.train(study.softmax_mix, 8, 0.02, seed=3, steps=3) for _ in range(2))
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
