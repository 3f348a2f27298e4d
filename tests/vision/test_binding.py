"""Exchanged colours, readers that cannot bind, items to choose from, and what is counted."""

import numpy as np
import pytest
import torch

from fmcourse.models.picture_text import Captioner, PictureTextShape, TwoTowers
from fmcourse.models.vit import ViTShape
from fmcourse.scenes import fits, image, parse, request_of, say, understand
from fmcourse.scenes.asking import WITHHELD_COUNTS, WITHHELD_RELATIONS, Asked, ask
from fmcourse.scenes.captions import LONGEST, WORDS
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.vision import choosing
from fmcourse.vision.binding import (
    attributes,
    bag_of_colours,
    bag_of_words,
    colours_in,
    exchanged,
    familiar,
    names_withheld,
)
from fmcourse.vision.scores import choose, credit, recall, score_of

SIGHT = ViTShape(patch=8, width=24, depth=1, heads=3)


def shape(depth=1):
    return PictureTextShape(len(WORDS), LONGEST, depth=depth, out=16, picture=SIGHT)


def test_exchanging_colours_keeps_the_words_and_makes_the_caption_false():
    rng, some = np.random.default_rng(0), 0
    for _ in range(1500):
        one = ask(rng)
        wrong = exchanged(one)
        if wrong is not None:
            some += 1
            assert attributes(wrong) == attributes(one.request) and wrong != one.request
            assert not fits(one.scene, wrong) and understand(say(wrong)) == wrong
    assert some > 300


def test_what_cannot_be_exchanged():
    for text in (
        "a small red ring at the top and a large red star at the left",  # one colour
        "a small red ring at the left",
    ):
        assert exchanged(Asked(request_of(parse(text)), parse(text))) is None
    scene = parse("a small red ring at the top and a small blue ring at the left")
    assert exchanged(Asked(understand("a red ring and a blue thing"), scene)) is None  # it would still be true
    wrong = exchanged(Asked(request_of(scene, ground=False), scene))
    assert say(wrong) == "a small blue ring at the top and a small red ring at the left"


def test_wrong_captions_of_seen_pictures_do_not_give_themselves_away():
    """A third of them named a withheld combination once; a reader of texts alone then chose rightly in 68 of 100."""
    rng = np.random.default_rng(1)
    some = [(one, exchanged(one), exchanged(one, rare=True)) for one in (ask(rng) for _ in range(600))]
    assert not any(names_withheld(wrong) for _, wrong, _ in some if wrong)
    assert sum(names_withheld(wrong) > 0 for _, _, wrong in some if wrong) > 30
    seen, withheld = (choosing.swaps(60, split) for split in ("seen", "withheld combination"))
    assert choose(familiar, seen) == (30.0, 60)
    assert choose(familiar, withheld)[0] < 30  # the right ones name what is rare
    assert choose(familiar, choosing.relations(40)) == (20.0, 40)


def test_a_bag_of_words_finds_nearly_all_and_binds_nothing():
    """The lesson of the file: retrieval does not show whether a model binds."""
    pictures, captions, scenes = choosing.gallery(60)
    found = recall(bag_of_words(scenes), pictures, captions, ks=(1,))
    assert found["caption", 1][0] >= 59 and found["picture", 1][0] >= 59
    items = choosing.swaps(60)
    assert choose(bag_of_words(items.scenes), items) == (30.0, 60)
    assert choose(bag_of_colours, items) == (30.0, 60)
    one = choosing.classes(40)
    assert choose(bag_of_words(one.scenes), one) == (40.0, 40)
    relation = choosing.relations(40)
    assert choose(bag_of_words(relation.scenes), relation) == (20.0, 40)
    number = choosing.numbers(40)
    assert choose(bag_of_words(number.scenes), number) == (40.0, 40)


def test_colours_are_read_from_pixels():
    rng = np.random.default_rng(0)
    for text in (
        "a small red ring at the top and a large blue star at the left",
        "a small yellow cross in the centre, on a chequered ground",
        "a small black ring at the left, a small pink star at the right and a small green square at the top",
    ):
        scene = parse(text)
        assert colours_in(image(scene, rng=rng, free=True)) == {thing.colour for thing in scene.things}
    items = choosing.classes(120)
    right, n = choose(bag_of_colours, items)
    assert right / n == pytest.approx(1 / 6, abs=0.03)  # the colour is known, the shape is guessed


@pytest.mark.parametrize("split", ["seen", "withheld combination"])
def test_classes_are_one_of_36_and_withheld_ones_come_in_turn(split):
    items = choosing.classes(30, split)
    assert items.pictures.shape == (30, 32, 32, 3) and len(items.captions[0]) == 36
    for text, scene in zip(
        (row[i] for row, i in zip(items.captions, items.right, strict=True)), items.scenes, strict=True
    ):
        assert fits(scene, understand(text))
    kinds = [(s.things[0].shape, s.things[0].colour) for s in items.scenes]
    assert kinds[:6] == list(WITHHELD) if split != "seen" else not set(kinds) & set(WITHHELD)


@pytest.mark.parametrize(
    ("make", "splits"),
    [
        (choosing.swaps, ("seen", "withheld combination")),
        (choosing.relations, ("seen", "withheld relation")),
        (choosing.numbers, ("seen", "withheld count")),
    ],
)
def test_one_caption_of_each_item_is_true(make, splits):
    for split in splits:
        items = make(50, split)
        for row, right, scene in zip(items.captions, items.right, items.scenes, strict=True):
            assert [fits(scene, understand(text)) for text in row] == [i == right for i in range(len(row))]
        told = [understand(row[i]) for row, i in zip(items.captions, items.right, strict=True)]
        if split == "withheld relation":
            assert all((one.relation, one.specs[0].shape) in WITHHELD_RELATIONS for one in told)
        elif make is choosing.relations:
            every = [understand(text) for row in items.captions for text in row]
            assert not any((one.relation, one.specs[0].shape) in WITHHELD_RELATIONS for one in every)
        if split == "withheld count":
            assert all((len(one.specs), one.specs[0].shape) in WITHHELD_COUNTS for one in told)
        again = make(50, split)
        assert again.captions == items.captions and np.array_equal(again.pictures, items.pictures)


def test_a_gallery_holds_no_caption_twice():
    pictures, captions, scenes = choosing.gallery(50, seed=3)
    assert len(set(captions)) == 50 == len(pictures) and [parse(text) for text in captions] == scenes


def test_credit_is_shared_among_equals():
    scores = torch.tensor([[3.0, 1, 2], [2, 2, 1], [0, 0, 0], [1, 5, 4]])
    assert credit(scores, [0, 1, 2, 0]).tolist() == pytest.approx([1, 1 / 2, 1 / 3, 0])
    assert credit(scores, [0, 1, 2, 0], k=2).tolist() == pytest.approx([1, 1, 2 / 3, 0])
    assert credit(scores, [2, 2, 1, 0], k=3).tolist() == [1, 1, 1, 1]


@torch.no_grad()
def test_a_models_scores_are_its_own():
    torch.manual_seed(0)
    towers, captioner, items = TwoTowers(shape()).eval(), Captioner(shape()).eval(), choosing.swaps(7)
    from fmcourse.training.image_sets import tensor
    from fmcourse.vision.inputs import encode

    found = score_of(towers)(items.pictures, items.captions)
    wanted = [
        (towers.pictures(tensor(items.pictures[i : i + 1])) @ towers.texts(encode(items.captions[i])).T)[0]
        for i in range(7)
    ]
    assert torch.allclose(found, torch.stack(wanted), atol=1e-5)
    written = score_of(captioner)(items.pictures, items.captions)
    assert written.shape == (7, 2) and (written < 0).all()
    words = encode(items.captions[3][1:])
    start = torch.full((1, 1), captioner.start)
    read = captioner(torch.cat([start, words], 1), captioner.vit(tensor(items.pictures[3:4]))).log_softmax(-1)[0]
    by_hand = sum(read[i, word] for i, word in enumerate([*words[0].tolist(), 0]))
    assert written[3, 1] == pytest.approx(by_hand.item(), abs=1e-3)


def test_towers_without_order_cannot_bind_either():
    torch.manual_seed(0)
    items = choosing.swaps(20)
    scores = score_of(TwoTowers(shape(depth=0)).eval())(items.pictures, items.captions)
    assert torch.allclose(scores[:, 0], scores[:, 1], atol=1e-5)
