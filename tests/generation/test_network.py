"""The network, its objective and its sampler: shapes, what begins as nothing, guidance, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fmcourse.generation import FORMS, PatchTransformer, draw
from fmcourse.generation.drawing import flow_from
from fmcourse.generation.flow import Objective, batch_of, mixed, shift, times, velocity
from fmcourse.generation.forms import patches_to_pictures, pictures_to_patches
from fmcourse.generation.schedules import ancestral_step, euler_step, flow_times
from fmcourse.scenes import CaptionError
from fmcourse.training.fit import Recipe, fit
from fmcourse.training.muon import optimisers

FORM = FORMS["image"]


def network(width=32, depth=2):
    torch.manual_seed(0)
    return FORM.network(width, depth, 2)


def loaded(net):
    return SimpleNamespace(model=net, card={"form": "image"})


def learned():
    """A network whose zero layers are not zero any more."""
    net = network()
    with torch.no_grad():
        for p in net.parameters():
            p += 0.05 * torch.randn_like(p)
    return net.eval()


@pytest.mark.parametrize("fresh", [False, True])
def test_the_way_from_noise_is_made_of_the_schedules_steps(fresh):
    net, words, chance = learned(), FORM.encode(["a red ring"] * 2), torch.Generator().manual_seed(2)
    x = noise = torch.randn(2, 64, 48, generator=torch.Generator().manual_seed(1))
    made = flow_from(net, noise, words, 4, fresh=torch.Generator().manual_seed(2) if fresh else None)
    line = flow_times(4, shift(3072))
    with torch.no_grad():
        for now, later in zip(line[:-1].tolist(), line[1:].tolist(), strict=True):
            t = torch.full((2,), now)
            clean = net(x, t, words)
            if fresh and later:
                x = ancestral_step(clean, now, later, x, torch.randn(x.shape, generator=chance))
            else:
                x = euler_step(velocity(x, clean, t), now, later, x)
    assert torch.allclose(made, x, atol=1e-4)


def test_a_fresh_network_says_zero_and_has_the_right_shape():
    net = network()
    out = net(torch.randn(3, 64, 48), torch.rand(3), FORM.encode(["a ring"] * 3))
    assert out.shape == (3, 64, 48) and not out.any()
    assert PatchTransformer.from_config(net.config()).config() == net.config()


def test_padding_and_a_dropped_caption_do_not_matter():
    net, x, t = learned(), torch.randn(2, 64, 48), torch.tensor([0.3, 0.8])
    one, other = FORM.encode(["a red ring", "a small star at the top"]), FORM.encode(["two blue crosses", "a thing"])
    dropped = torch.ones(2, dtype=torch.bool)
    with torch.no_grad():
        assert torch.allclose(net(x, t, one), net(x, t, one[:, :8]), atol=1e-5)
        assert torch.allclose(net(x, t, one, dropped), net(x, t, other, dropped), atol=1e-6)
        assert (net(x, t, one) - net(x, t, other)).abs().max() > 1e-3


def test_edges_are_left_to_adamw():
    net = network()
    muon, adam = optimisers(net, 0.02, 0.002)
    inside = {
        id(p) for block in net.blocks for m in block.modules() if isinstance(m, torch.nn.Linear) for p in [m.weight]
    }
    found = {id(p) for group in muon.param_groups for p in group["params"]}
    assert inside <= found and not found & {id(net.enter.weight), id(net.leave.weight), id(net.position.weight)}


def test_patches_are_cut_and_laid_again():
    pictures = np.random.default_rng(0).random((3, 32, 32, 3)).astype(np.float32)
    patches = pictures_to_patches(pictures)
    assert patches.shape == (3, 64, 48) and abs(patches).max() <= 1
    assert np.allclose(patches_to_pictures(patches), pictures, atol=1e-6)
    assert np.allclose(patches[0, 1].reshape(4, 4, 3), 2 * pictures[0, :4, 4:8] - 1)


def test_the_flow_is_straight():
    x, noise, t = torch.randn(4, 64, 48), torch.randn(4, 64, 48), torch.tensor([0.1, 0.3, 0.6, 1.0])
    x_t = mixed(x, noise, t)
    assert torch.allclose(velocity(x_t, x, t), noise - x, atol=1e-4)
    assert shift(3072) == 3 and shift(4 * 3072) == 6
    drawn = times(20_000, 1.0, torch.Generator().manual_seed(0))
    assert abs(drawn.mean() - 0.5) < 0.01 and times(20_000, 3.0, torch.Generator().manual_seed(0)).mean() > 0.65


def test_a_batch_depends_on_its_seed_alone_and_a_little_training_helps():
    def batch(step):
        return batch_of(*FORM.batch(np.random.default_rng([0, step]), 16), torch.Generator().manual_seed(step))

    again = batch(3)
    assert all(torch.equal(a, again[k]) for k, a in batch(3).items())
    net = network()
    history = fit(Objective(net), batch, Recipe(steps=30, lr=0.02, lr_adam=0.005, warmup=5), progress=False)
    assert np.mean(history.loss[-5:]) < 0.8 * np.mean(history.loss[:5])


def test_drawing_gives_pictures_the_same_ones_again_and_any_batch_the_same():
    net = learned()
    texts = ["a red ring", "two small stars", "a cross above a thing"]
    seen = []
    one = draw(loaded(net), texts, steps=3, seed=5, on_step=lambda step, x: seen.append((step, x.shape)))
    assert one.shape == (3, 32, 32, 3) and one.min() >= 0 and one.max() <= 1
    assert seen == [(k, (3, 32, 32, 3)) for k in (1, 2, 3)]
    assert np.array_equal(one, draw(loaded(net), texts, steps=3, seed=5))
    kept, again = (draw(loaded(net), texts, steps=3, seed=5, fresh=False) for _ in range(2))
    assert np.array_equal(kept, again) and not np.allclose(kept, one)
    assert not np.allclose(one, draw(loaded(net), texts, steps=3, seed=6))


def test_guidance_0_ignores_the_caption_and_1_is_the_network_itself():
    net = learned()
    zero = (
        draw(loaded(net), ["a red ring"], steps=2, guidance=0.0),
        draw(loaded(net), ["two stars"], steps=2, guidance=0.0),
    )
    assert np.allclose(*zero)
    one, nearly = (draw(loaded(net), ["a red ring"], steps=2, guidance=g) for g in (1.0, 1.0 + 1e-6))
    assert np.allclose(one, nearly, atol=1e-4)
    assert not np.allclose(one, draw(loaded(net), ["a red ring"], steps=2, guidance=4.0), atol=1e-3)


@pytest.mark.parametrize(
    ("captions", "options", "words"),
    [
        ("a red ring", {}, "captions is a list"),
        ([], {}, "no caption"),
        ([""], {}, "ends after 0 words"),
        (["a red rnig"], {}, "did you mean 'ring'"),
        (["a red ring"], {"steps": 0}, "from 1 to 1000, not 0"),
        (["a red ring"], {"steps": 2.5}, "whole number"),
        (["a red ring"], {"guidance": -1}, "between 0 and 20"),
        (["a red ring"], {"guidance": 1e6}, "between 0 and 20"),
        (["a ring at the top and a star at the top"], {}, "at the same place"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(captions, options, words):
    with pytest.raises(ValueError) as error:
        draw(loaded(learned()), captions, **options)
    assert words in str(error.value)
    assert isinstance(error.value, CaptionError) or options or not captions or isinstance(captions, str)
