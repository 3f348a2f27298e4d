"""The schedules by hand equal those of diffusers to 1e-6, step by step."""

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    FlowMatchEulerDiscreteScheduler,
    FlowMatchHeunDiscreteScheduler,
)

from fmcourse.generation.schedules import Diffusion, ancestral_step, euler_step, flow_times, heun_step

PAIRS = {
    "linear": (Diffusion.linear(), {"beta_schedule": "linear"}),
    "cosine": (Diffusion.cosine(), {"beta_schedule": "squaredcos_cap_v2"}),
}


def parts(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, 4, 2, 2, 2, generator=generator)


@pytest.mark.parametrize("name", PAIRS)
def test_signal_and_noise(name):
    ours, dials = PAIRS[name]
    theirs = DDPMScheduler(**dials)
    assert torch.allclose(ours.kept, theirs.alphas_cumprod, atol=1e-6)
    x, noise, _ = parts()
    t = torch.tensor([0, 10, 500, 999])
    assert torch.allclose(ours.add_noise(x, noise, t), theirs.add_noise(x, noise, t), atol=1e-6)
    assert len(ours) == 1000


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("t", [0, 1, 250, 999])
def test_one_ddpm_step(name, t, monkeypatch):
    ours, dials = PAIRS[name]
    theirs = DDPMScheduler(**dials, clip_sample=False)
    x, predicted, fresh = parts(1)
    monkeypatch.setattr("diffusers.schedulers.scheduling_ddpm.randn_tensor", lambda *a, **k: fresh)
    wanted = theirs.step(predicted, t, x).prev_sample
    found = ours.ddpm_step(predicted, t, x, fresh)
    assert torch.allclose(found, wanted, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_ddim_steps(name):
    ours, dials = PAIRS[name]
    theirs = DDIMScheduler(**dials, clip_sample=False, set_alpha_to_one=True)
    theirs.set_timesteps(20)
    x, predicted, _ = parts(2)
    for t in (950, 500, 0):
        wanted = theirs.step(predicted, t, x).prev_sample
        assert torch.allclose(ours.ddim_step(predicted, t, t - 50, x), wanted, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_flow_steps(shift):
    theirs = FlowMatchEulerDiscreteScheduler(shift=shift)
    line = flow_times(10, shift)
    theirs.set_timesteps(sigmas=torch.linspace(1, 0.1, 10).numpy())
    assert torch.allclose(line, theirs.sigmas, atol=1e-6)
    x, v, _ = parts(3)
    wanted = x
    for i, t in enumerate(theirs.timesteps):
        wanted = theirs.step(v, t, wanted).prev_sample
        x = euler_step(v, float(line[i]), float(line[i + 1]), x)
    assert torch.allclose(x, wanted, atol=1e-5)


def test_steps_with_some_fresh_noise(monkeypatch):
    """A flow at time t is a diffusion with signal a and noise s, t = s / (a + s), divided by a + s."""
    theirs = DDIMScheduler(clip_sample=False, set_alpha_to_one=True)
    theirs.set_timesteps(20)
    x, predicted, fresh = parts(3)
    monkeypatch.setattr("diffusers.schedulers.scheduling_ddim.randn_tensor", lambda *a, **k: fresh)
    for t in (950, 500, 100):
        (a, s), (b, r) = ((kept.sqrt(), (1 - kept).sqrt()) for kept in theirs.alphas_cumprod[[t, t - 50]])
        wanted = theirs.step(predicted, t, x, eta=1.0).prev_sample
        now, later = float(s / (a + s)), float(r / (b + r))
        found = ancestral_step((x - s * predicted) / a, now, later, x / (a + s), fresh) * (b + r)
        assert torch.allclose(found, wanted, atol=1e-5)


def test_some_fresh_noise_leaves_the_distribution_as_it_is():
    """Of clean numbers with mean 0 and variance 1 the expected clean end is known, and they must come out again."""
    chance, line = torch.Generator().manual_seed(0), flow_times(100).tolist()
    x = torch.randn(20_000, generator=chance)
    for now, later in zip(line[:-1], line[1:], strict=True):
        clean = x * (1 - now) / ((1 - now) ** 2 + now**2)
        x = ancestral_step(clean, now, later, x, torch.randn(x.shape, generator=chance))
    assert abs(float(x.std()) - 1) < 0.03 and abs(float(x.mean())) < 0.03


def test_a_perfect_prediction_leads_back():
    x, noise, fresh = parts(4)
    ours = Diffusion.linear()
    noisy = ours.add_noise(x, noise, 999)
    assert torch.allclose(ours.ddim_step(noise, 999, -1, noisy), x, atol=2e-4)
    assert torch.allclose(ours.clean(noise, 500, ours.add_noise(x, noise, 500)), x, atol=1e-5)


def test_heun_steps():
    theirs = FlowMatchHeunDiscreteScheduler()
    theirs.set_timesteps(6)
    x, one, two = parts(4)
    now, later = float(theirs.sigmas[0]), float(theirs.sigmas[1])
    euler = theirs.step(one, theirs.timesteps[0], x).prev_sample
    assert torch.allclose(euler, euler_step(one, now, later, x), atol=1e-6)
    wanted = theirs.step(two, theirs.timesteps[1], euler).prev_sample
    assert torch.allclose(heun_step(one, two, now, later, x), wanted, atol=1e-6)
