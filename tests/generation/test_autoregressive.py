"""The autoregressive family: probabilities that sum to one, nothing seen ahead, and samples from what is predicted."""

from itertools import product

import numpy as np
import pytest
import torch

from fmcourse.generation import autoregressive
from fmcourse.generation.autoregressive import Autoregressive
from fmcourse.generation.bounds import distortion
from fmcourse.generation.codebook import Codebook
from fmcourse.generation.pictures import draw_pictures

TRAINING = draw_pictures(40, "autoregressive").images


def model(entries=29):
    torch.manual_seed(0)
    made = Autoregressive(Codebook.fit(TRAINING, entries), width=16, layers=2, heads=2)
    with torch.no_grad():
        for p in made.parameters():
            p.mul_(8)  # far from an even distribution
    return made.eval()


def test_all_sequences_together_have_probability_one():
    torch.manual_seed(1)
    small = Autoregressive(Codebook(torch.randn(3, 48)), width=8, layers=1, heads=2)
    with torch.no_grad():
        nats = small(torch.tensor(list(product(range(3), repeat=4)))).nats
    assert float((-nats.double()).exp().sum()) == pytest.approx(1, abs=1e-5)


def test_a_later_token_changes_nothing_before_it():
    one = torch.randint(29, (5, 16), generator=torch.Generator().manual_seed(0))
    other = one.clone()
    other[:, 11:] = (other[:, 11:] + 7) % 29
    made = model()
    with torch.no_grad():
        assert torch.allclose(made(one[:, :11]).nats, made(other[:, :11]).nats)
        assert not torch.allclose(made(one).nats, made(other).nats)


def test_tokens_are_drawn_from_what_is_predicted_cache_or_not():
    made, again = model(), torch.Generator().manual_seed(3)
    written = made.write(3, torch.Generator().manual_seed(3))
    so_far = torch.full((3, 1), made.start)
    with torch.no_grad():
        for _ in range(16):
            p = made.decoder(so_far)[:, -1, : made.start].softmax(-1)
            so_far = torch.cat([so_far, torch.multinomial(p, 1, generator=again)], 1)
    assert torch.equal(written, so_far[:, 1:])


def test_a_low_temperature_takes_the_likeliest():
    made = model()
    cold = made.write(2, torch.Generator().manual_seed(0), temperature=1e-4)
    before = torch.cat([torch.full((2, 1), made.start), cold[:, :-1]], 1)
    with torch.no_grad():
        assert torch.equal(made.decoder(before)[..., : made.start].argmax(-1), cold)


def test_nats_and_bound_of_pictures():
    made = model()
    nats = made.nats(TRAINING[:7], at_once=3)
    assert nats.shape == (7,) and (nats > 0).all()
    bound = made.bound(TRAINING[:7])
    restored = made.codebook.decode(made.codebook.encode(TRAINING[:7]))
    assert np.allclose(bound.rate, nats, rtol=1e-5) and np.allclose(bound.nats, bound.rate + bound.distortion)
    assert np.allclose(bound.distortion, distortion(((restored - TRAINING[:7]) ** 2).sum((1, 2, 3)), 768))


def test_a_little_training_helps_and_samples_repeat():
    made = autoregressive.train(TRAINING, seed=0, steps=6, entries=20)
    assert made.history.loss[-1] < 0.7 * made.history.loss[0]
    one = made.sample(5, torch.Generator().manual_seed(0), at_once=3)
    assert one.shape == (5, 16, 16, 3) and 0 <= one.min() and one.max() <= 1
    assert np.array_equal(one, made.sample(5, torch.Generator().manual_seed(0), at_once=3))
    assert not np.array_equal(one, made.sample(5, torch.Generator().manual_seed(1), at_once=3))


@pytest.mark.parametrize(("n", "temperature", "words"), [(3, 0, "must be positive"), (0, 1, "at least one")])
def test_what_cannot_be_drawn_is_refused(n, temperature, words):
    with pytest.raises(ValueError, match=words):
        model().sample(n, torch.Generator(), temperature)
