"""The answerer: batches, asking, counting, controls without the picture, and a few steps."""

import numpy as np
import pytest
import torch

from fmcourse.models.picture_text import Answerer, PictureTextShape
from fmcourse.models.vit import ViTShape
from fmcourse.scenes import parse, questions
from fmcourse.scenes.question_words import LONGEST, WORDS
from fmcourse.scenes.questions import Posed
from fmcourse.scenes.scene import PLACES
from fmcourse.training.fit import Recipe, fit
from fmcourse.vision import answering
from fmcourse.vision.answering import Answering, answer_counts, ask, counted, fresh, handed_on, named_places

SIGHT = ViTShape(patch=8, width=24, depth=1, heads=3)


def answerer():
    torch.manual_seed(0)
    shape = PictureTextShape(len(WORDS), LONGEST, depth=1, out=len(questions.ANSWERS), picture=SIGHT)
    return Answerer(shape).eval()


def batch(step):
    return answering.batch(np.random.default_rng([0, step]), 24)


def test_a_batch_depends_on_its_seed_alone():
    one, again = batch(2), batch(2)
    assert all(torch.equal(value, again[key]) for key, value in one.items())
    assert one["pictures"].shape == (24, 3, 32, 32) and one["words"].shape[1] <= LONGEST
    assert 0 <= one["labels"].min() <= one["labels"].max() < len(questions.ANSWERS)


@pytest.mark.parametrize("blind", [False, True])
def test_a_little_training_helps(blind):
    objective = Answering(answerer(), blind)
    history = fit(objective, batch, Recipe(steps=40, lr=0.02, lr_adam=0.005, warmup=5), progress=False)
    assert np.mean(history.loss[-8:]) < 0.75 * np.mean(history.loss[:8])


def test_pointing_asks_where_the_named_things_stand():
    rows = answering.batch(np.random.default_rng([0, 2]), 24, pointing=True)
    plain = batch(2)
    assert set(rows) - set(plain) == {"where"} and torch.equal(rows["words"], plain["words"])
    assert rows["where"].shape == (*rows["words"].shape, 9) and set(rows["where"].unique().tolist()) == {-1, 0, 1}
    posed = [
        Posed(question, questions.answer(question, scene), scene)
        for text, told in (
            ("how many red rings are there?", "a small red ring at the top and a large red ring in the centre"),
            ("is there a red star above a blue ring?", "a small red star at the left and a small pink ring at the top"),
            ("what shape is the thing at the top?", "a small red star at the top"),
        )
        for question, scene in [(questions.understand(text), parse(told))]
    ]
    where, places = named_places(posed, 12), list(PLACES)
    assert {(r, w) for r, w, _ in torch.nonzero(where >= 0).tolist()} == {(0, 3), (1, 4), (1, 8)}
    assert {(r, places[p]) for r, _, p in torch.nonzero(where == 1).tolist()} == {
        (0, "top"),
        (0, "centre"),
        (1, "left"),
    }


def test_pointing_changes_training_and_nothing_of_the_answerer():
    model, rows = answerer(), answering.batch(np.random.default_rng([0, 2]), 24, pointing=True)
    told, silent = Answering(model, pointing=3.0), Answering(model)
    assert torch.allclose(told(**rows).logits, silent(**rows).logits, atol=1e-6)
    assert told(**rows).loss > silent(**rows).loss + 1
    history = fit(told, lambda step: answering.batch(np.random.default_rng([0, step]), 24, pointing=True),
                  Recipe(steps=40, lr=0.02, lr_adam=0.005, warmup=5), progress=False)  # fmt: skip
    assert np.mean(history.loss[-8:]) < np.mean(history.loss[:8]) - 0.8
    assert list(model.state_dict()) == list(answerer().state_dict())


@torch.no_grad()
def test_blind_training_never_looks():
    objective, rows = Answering(answerer(), blind=True), batch(1)
    assert torch.equal(objective(**rows).logits, objective(**{**rows, "pictures": rows["pictures"] * 0}).logits)


def test_asking_gives_an_answer_each():
    model, items = answerer(), fresh(15)
    texts = [questions.say(one.question) for one in items.posed]
    found = ask(model, items.pictures, texts)
    assert len(found) == 15 and set(found) <= set(questions.ANSWERS)
    assert ask(model, items.pictures[3:5], texts[3:5]) == found[3:5]
    assert len(set(ask(model, None, texts[:1] * 5))) == 1


def test_items_come_in_turn_and_the_same_again():
    items = fresh(20, seed=4)
    assert [one.question.kind for one in items.posed[:5]] == list(questions.KINDS)
    assert np.array_equal(items.pictures, fresh(20, seed=4).pictures)
    assert fresh(20, seed=5).posed != items.posed
    assert {one.question.kind for one in fresh(6, split="withheld relation").posed} == {"relation"}
    assert {one.question.kind for one in fresh(6, kind="count").posed} == {"count"}


def test_only_some_are_kept_and_they_are_as_many():
    many = fresh(12, 0, lambda one: one.answer in ("three", "four"), kind="count")
    assert len(many.posed) == len(many.pictures) == 12 and {one.answer for one in many.posed} <= {"three", "four"}
    assert len({one.answer for one in fresh(40, kind="count").posed}) > 2


def test_pictures_are_handed_on_and_answers_stay():
    items = fresh(40)
    other = handed_on(items)
    assert other.posed == items.posed and not (other.pictures == items.pictures).all((1, 2, 3)).any()


def test_counting():
    items = fresh(10)
    truth = [one.answer for one in items.posed]
    assert counted(truth, items.posed) == {**{kind: (2, 2) for kind in questions.KINDS}, "all": (10, 10)}
    wrong = ["green" if answer != "green" else "red" for answer in truth]
    assert counted(wrong, items.posed)["all"] == (0, 10)
    counts = answer_counts(answerer(), items)
    assert counts["all"][1] == 10 and sum(counts[kind][0] for kind in questions.KINDS) == counts["all"][0]
    assert answer_counts(answerer(), items, blind=True)["all"][1] == 10


def test_errors_are_one_clear_sentence():
    with pytest.raises(questions.QuestionError, match="did you mean 'rings'"):
        ask(answerer(), None, ["how many red rigns are there?"])
    with pytest.raises(ValueError, match="there are 3 pictures for 1 questions"):
        ask(answerer(), fresh(3).pictures, ["how many red rings are there?"])
