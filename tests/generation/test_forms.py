"""Every form: its captions become words, its patches go forth and back, an untrained network draws it, a reader scores.

What a trained network draws stands on the cards; here the networks know nothing.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fmcourse.generation import FORMS, draw
from fmcourse.generation.flow import Objective, batch_of
from fmcourse.generation.scoring_forms import QUESTIONS, WORLDS, score, truths
from fmcourse.scenes import CaptionError, read
from fmcourse.training.fit import Recipe, fit

OTHERS = tuple(WORLDS)
PICTURES = ("image", "one thing")
SHAPES = {
    "image": (32, 32, 3),
    "one thing": (32, 32, 3),
    "clip": (8, 32, 32, 3),
    "sound": (4096,),
    "voxels": (16, 16, 16, 4),
}


def network(form, width=24):
    torch.manual_seed(0)
    net = form.network(width, 1, 2)
    with torch.no_grad():
        for p in net.parameters():
            p += 0.05 * torch.randn_like(p)
    return SimpleNamespace(model=net.eval(), card={"form": form.name})


@pytest.mark.parametrize("name", list(FORMS))
def test_examples_become_patches_and_words(name):
    form = FORMS[name]
    assert form.name == name and set(SHAPES) == set(FORMS)
    patches, words = form.batch(np.random.default_rng(1), 6)
    assert patches.shape == (6, form.patches, form.values) and words.shape == (6, form.longest)
    assert patches.dtype == torch.float32 and patches.abs().max() < 30 and words.max() <= len(form.words)
    texts, artefacts = zip(*(form.example(np.random.default_rng(i)) for i in range(4)), strict=True)
    made = np.stack(artefacts)
    assert made.shape[1:] == SHAPES[name]
    np.testing.assert_allclose(form.from_patches(form.to_patches(made)), made, atol=1e-5)
    for text, row in zip(texts, form.encode(texts), strict=True):
        assert [form.words[i - 1] for i in row.tolist() if i] == form.split(text)
    again = form.batch(np.random.default_rng(1), 6)
    assert torch.equal(again[0], patches) and torch.equal(again[1], words)


@pytest.mark.parametrize("name", list(FORMS))
def test_no_caption_is_longer_than_the_network_can_read_and_every_word_is_said(name):
    form, rng = FORMS[name], np.random.default_rng(2)
    said = [form.split(form.example(rng)[0]) for _ in range(200)]
    assert max(map(len, said)) <= form.longest
    assert {word for text in said for word in text} <= set(form.words)


@pytest.mark.parametrize("name", list(FORMS))
def test_an_untrained_network_draws_and_a_reader_finds_no_true_one(name):
    form = FORMS[name]
    texts = [form.example(np.random.default_rng(i))[0] for i in range(3)]
    seen = []
    made = draw(network(form), texts, steps=2, guidance=2.0, seed=5, on_step=lambda step, x: seen.append(x.shape))
    assert made.shape == (3, *SHAPES[name]) and seen == [made.shape] * 2
    assert made.min() >= (-1 if name == "sound" else 0) and made.max() <= 1
    assert np.array_equal(made, draw(network(form), texts, steps=2, guidance=2.0, seed=5))
    found = read(made[0], "image" if name in PICTURES else name)
    assert not found.legal and found.reason


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("clip", "a red ring", "where a size should be"),
        ("sound", "go home?", "'home', which is not spoken here"),
        ("sound", "go now", "must end with a mark"),
        ("voxels", "a small red star at the top back left", "where a shape should be"),
    ],
)
def test_captions_of_other_languages_are_refused(name, text, words):
    with pytest.raises(CaptionError) as error:
        draw(network(FORMS[name]), [text], steps=1)
    assert words in str(error.value)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_true_scores_all_and_what_is_handed_on_scores_less(name):
    for what in QUESTIONS[name]:
        asked = truths(name, what, 8, "test")
        assert asked == truths(name, what, 8, "test") != truths(name, what, 8, "other")
        made = np.stack([WORLDS[name].render(one, np.random.default_rng(i)) for i, one in enumerate(asked)])
        loaded = SimpleNamespace(card={"form": name})
        assert score(loaded, asked, artefacts=made).right == 1
        handed_on = score(loaded, [*asked[1:], asked[0]], artefacts=made)
        assert handed_on.right < 0.5 and handed_on.legal.all()


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_withheld_is_never_learned_from(name):
    world, rng = WORLDS[name], np.random.default_rng(0)
    learned = [world.parse(FORMS[name].example(rng)[0]) for _ in range(300)]
    assert not any(world.audit(learned).values())
    for what, options in QUESTIONS[name].items():
        found = sum(world.audit(truths(name, what, 30)).values())
        assert (found > 0) == (options.get("split", "seen") != "seen"), what


@pytest.mark.parametrize("name", OTHERS)
def test_a_little_training_helps(name):
    """By the loss on one batch, before and after: the loss of a step hangs on how near to 0 its times come."""
    form = FORMS[name]

    def batch(step, n=16):
        generator = torch.Generator().manual_seed(step)
        return batch_of(*form.batch(np.random.default_rng([0, step]), n), generator, form.moved)

    torch.manual_seed(0)
    net = form.network(32, 2, 2)
    objective, held = Objective(net), batch(1000, 64)
    with torch.no_grad():
        before = objective(**held).loss
    fit(objective, batch, Recipe(steps=30, lr=0.02, lr_adam=0.005, warmup=5), progress=False)
    with torch.no_grad():
        assert objective(**held).loss < 0.95 * before


def test_times_are_moved_as_far_as_each_form_needs_in_training_and_in_drawing(monkeypatch):
    from fmcourse.generation import drawing

    moved = {name: round(form.moved, 2) for name, form in FORMS.items()}
    assert moved == {"image": 3.0, "one thing": 3.0, "clip": 2.83, "sound": 2.31, "voxels": 2.31}
    form, asked = FORMS["clip"], []
    late, early = (
        batch_of(*form.batch(np.random.default_rng(0), 50), torch.Generator().manual_seed(1), far)["time"].mean()
        for far in (form.moved, 1.0)
    )
    assert late > early + 0.1
    walk = drawing.flow_from
    monkeypatch.setattr(drawing, "flow_from", lambda *args: asked.append(args[-2]) or walk(*args))
    draw(network(form), [form.example(np.random.default_rng(0))[0]], steps=1)
    assert asked == [form.settled] == [form.moved] and FORMS["image"].settled == 1.5
