"""The captioner: what it reads and must say, greedy and drawn captions, the grammar, counting, and a few steps."""

import numpy as np
import pytest
import torch

from fmcourse.models.picture_text import Captioner, PictureTextShape
from fmcourse.models.vit import ViTShape
from fmcourse.scenes import caption, parse
from fmcourse.scenes.asking import ask
from fmcourse.scenes.captions import LONGEST, WORDS
from fmcourse.training.fit import Recipe, fit
from fmcourse.vision import captioning, choosing
from fmcourse.vision.captioning import Captioning, caption_counts, labelled, write

SIGHT = ViTShape(patch=8, width=24, depth=1, heads=3)


def captioner():
    torch.manual_seed(0)
    return Captioner(PictureTextShape(len(WORDS), LONGEST, depth=1, picture=SIGHT)).eval()


def batch(model, n=16):
    return lambda step: captioning.batch(np.random.default_rng([0, step]), n, model)


@pytest.fixture(scope="module")
def learned():
    """A captioner after a little training, and its losses."""
    model = captioner()
    history = fit(
        Captioning(model), batch(model), Recipe(steps=60, lr=0.02, lr_adam=0.006, warmup=5), progress=False
    )  # fmt: skip
    return model, history.loss


def test_words_and_labels_stand_one_apart():
    model = captioner()
    rows = labelled(model, ["a red ring", "two small stars, on a dotted ground"])
    number = {word: i for i, word in enumerate(WORDS, 1)}
    assert rows["words"].shape == rows["labels"].shape == (2, 9)
    assert rows["words"][0, :4].tolist() == [model.start, number["a"], number["red"], number["ring"]]
    assert rows["labels"][0].tolist() == [number["a"], number["red"], number["ring"], 0, *[-100] * 5]
    assert rows["labels"][1, -1] == 0 and (rows["labels"][1] >= 0).all()
    assert torch.equal(rows["words"][1, 1:], rows["labels"][1, :-1])


def test_a_batch_depends_on_its_seed_alone():
    model = captioner()
    one, again = batch(model)(3), batch(model)(3)
    assert all(torch.equal(value, again[key]) for key, value in one.items())


def test_a_little_training_helps(learned):
    _, loss = learned
    assert np.mean(loss[-8:]) < 0.5 * np.mean(loss[:8])


def test_captions_are_the_same_again_and_of_the_language(learned):
    model, _ = learned
    pictures = choosing.gallery(9)[0]
    greedy = write(model, pictures)
    assert greedy == write(model, pictures) and len(greedy) == 9
    drawn = write(model, pictures, temperature=1.0, seed=3)
    assert drawn == write(model, pictures, temperature=1.0, seed=3) != write(model, pictures, temperature=1.0, seed=4)
    for text in (*greedy, *drawn):
        assert set(text.replace(",", " ,").split()) <= set(WORDS) and len(text.split()) <= LONGEST
    assert write(model, pictures, temperature=1e-4, seed=1) == greedy
    assert write(model, pictures[4:5])[0] == greedy[4]
    assert write(model, pictures[:0]) == []


@pytest.mark.parametrize("temperature", [0.0, 1.0, 5.0])
def test_grammatical_captions_always_parse(temperature):
    """Even of a network that has learned nothing."""
    pictures = choosing.gallery(20)[0]
    for text in write(captioner(), pictures, temperature=temperature, grammatical=True):
        assert parse(text)
    assert not all(captioning.told(text) for text in write(captioner(), pictures, temperature=1.0))


def test_a_caption_does_not_depend_on_the_other_pictures(learned):
    model, _ = learned
    pictures = choosing.gallery(9)[0]
    assert write(model, pictures[::-1]) == write(model, pictures)[::-1]


def test_counting_what_is_right():
    asked = parse("a small red star at the top and a small blue ring at the left, on a dotted ground")
    texts = [
        caption(asked),
        caption(asked, (1, 0)),  # the order does not matter
        "a small blue star at the top and a small red ring at the left, on a dotted ground",
        "a small red star at the top",
        "a small red red star",
        "",
    ]
    counts = caption_counts(texts, [asked] * 6)
    assert counts["whole"] == (2, 6) and counts["misbound"] == (1, 6) and counts["parsed"] == (4, 6)
    assert counts["colour"] == (3, 6) and counts["ground"] == (3, 6)


def test_errors_are_one_clear_sentence():
    with pytest.raises(ValueError, match="temperature is -1; it must be 0"):
        write(captioner(), choosing.gallery(2)[0], temperature=-1)
    with pytest.raises(ValueError, match=r"pictures must be \(B, 3, 32, 32\)"):
        write(captioner(), np.zeros((2, 16, 16, 3)))
    with pytest.raises(ValueError, match="there are 1 captions for 2 scenes"):
        caption_counts(["a ring"], [parse("a small red ring at the left")] * 2)


def test_a_caption_in_reading_order_tells_the_same_scene():
    rng = np.random.default_rng(3)
    for _ in range(20):
        scene = ask(rng, "full", objects=2).scene
        text = captioning.caption(scene)
        first, second = text.split(", on ")[0].split(" and ")
        turned = text.replace(f"{first} and {second}", f"{second} and {first}")
        assert captioning.in_reading_order(turned) == text == captioning.in_reading_order(text)
    with pytest.raises(captioning.CaptionError):
        captioning.in_reading_order("a thing")
