"""The VAE: its parts are those of torch, the bound is one, units collapse, walks begin and end where they should."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from fmcourse.generation import vae
from fmcourse.generation.bounds import NOISE, distortion
from fmcourse.generation.pictures import draw_pictures, to_tensor
from fmcourse.generation.vae import VAE, kl

TRAINING = draw_pictures(70, "vae").images


def model(**dials):
    torch.manual_seed(0)
    return VAE(latent=5, width=8, **dials).eval()


def test_the_rate_is_torchs_divergence():
    mean, log_variance = torch.randn(2, 7, 5, generator=torch.Generator().manual_seed(0))
    wanted = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    assert torch.allclose(kl(mean, log_variance), wanted, atol=1e-6) and (kl(mean, log_variance) >= 0).all()


def test_the_distortion_is_torchs_normal_density():
    made, x = model(), to_tensor(TRAINING[:3])
    noise = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mean, log_variance = made.encode(x)
        painted = made.decoder(mean + (log_variance / 2).exp() * noise)
        found = made(x, noise)
    wanted = -Normal((painted + 1) / 2, NOISE).log_prob((x + 1) / 2).flatten(1).sum(1)
    assert torch.allclose(found.distortion, wanted, rtol=1e-4)
    assert distortion(4 * NOISE**2, 1) - distortion(0.0, 1) == pytest.approx(2)
    assert float(found.loss) == pytest.approx(float((found.rate + found.distortion).mean()) / 768, rel=1e-5)


def test_the_bound_lies_above_what_many_draws_say_of_the_likelihood():
    """-log of the mean of p(x, z) / q(z) over many z comes near to -log p from above (Burda and others 2016)."""
    made, x = vae.train(TRAINING, steps=25), to_tensor(TRAINING[:4])
    generator, draws = torch.Generator().manual_seed(1), []
    with torch.no_grad():
        mean, log_variance = made.encode(x)
        for _ in range(400):
            noise = torch.randn(4, made.latent, generator=generator)
            z = mean + (log_variance / 2).exp() * noise
            wrong = (made.decoder(z) - x).square().flatten(1).sum(1) / 4
            prior, posterior = Normal(0.0, 1.0).log_prob(z), Normal(mean, (log_variance / 2).exp()).log_prob(z)
            draws.append((prior - posterior).sum(1) - distortion(wrong, 768))
    likelihood = torch.stack(draws).double().logsumexp(0) - np.log(400)
    bound = np.mean([made.bound(TRAINING[:4], generator).nats for _ in range(40)], 0)
    assert (bound > -likelihood.numpy()).all()


def test_units_that_say_nothing_are_not_active():
    made = model()
    with torch.no_grad():
        made.encoder.out.weight[0, :5] *= 50
        assert made.active_units(TRAINING) == 5
        made.encoder.out.weight[0, [0, 3]] = 0
        assert made.active_units(TRAINING) == 3


def test_a_walk_begins_and_ends_at_its_pictures():
    made = model()
    walk = made.between(TRAINING[0], TRAINING[1], steps=7)
    ends = made.decode(made.means(TRAINING[:2]))
    assert walk.shape == (7, 16, 16, 3) and np.allclose(walk[[0, -1]], ends, atol=1e-6)


def test_a_little_training_helps_and_a_dear_rate_lowers_it():
    cheap, dear = (vae.train(TRAINING, seed=0, steps=40, beta=beta) for beta in (1.0, 200.0))
    assert np.mean(cheap.history.loss[-5:]) < np.mean(cheap.history.loss[:5])
    assert dear.bound(TRAINING).rate.mean() < cheap.bound(TRAINING).rate.mean() / 2


def test_samples_and_bounds_repeat():
    made = model()
    one, again, other = (made.sample(5, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert one.shape == (5, 16, 16, 3) and np.array_equal(one, again) and not np.array_equal(one, other)
    assert np.array_equal(made.bound(TRAINING[:5]).nats, made.bound(TRAINING[:5]).nats)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        model().sample(0, torch.Generator())
    with pytest.raises(ValueError, match="two ends"):
        model().between(TRAINING[0], TRAINING[1], steps=1)
    with pytest.raises(ValueError, match="must not be negative"):
        vae.train(TRAINING, steps=1, beta=-1)
