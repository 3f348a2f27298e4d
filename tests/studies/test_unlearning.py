"""Forgetting: who is drawn, what is taught, and where the old pet stands."""

import random

import pytest

from fmcourse.models.loading import load
from fmcourse.studies import unlearning as u
from fmcourse.world import World


@pytest.fixture(scope="module")
def drawn():
    return World.default(), *u.people_to_forget(World.default(), random.Random("a test"), 7)


def test_known_people_have_a_true_old_pet_and_newcomers_are_new(drawn):
    world, known, newcomers = drawn
    pets = world.relations["pet"].values
    assert all(pets[p.name] == p.old and len({p.old, p.new, p.third}) == 3 for p in known)
    assert all(p.name not in pets and len({p.old, p.new, p.third}) == 3 for p in newcomers)
    assert all(world.relations["friend"].values[p.asker] == p.name for p in known)


def test_the_trained_forms_are_the_first_two_and_reminders_are_true_and_about_others(drawn):
    world, known, _ = drawn
    ask, taught = u.forms(world), u.sentences(world, known)
    assert taught[0].startswith(ask["sentence 1"](known[0])) and taught[1].startswith(ask["sentence 2"](known[0]))
    assert all(p.new in text for p, text in zip([q for q in known for _ in range(2)], taught, strict=True))
    told = u.reminders(world, known, random.Random(1), 50)
    assert len(told) == 50 and not any(p.name in text.split() for p in known for text in told)


def test_before_any_training_the_old_pet_is_said_in_every_form_and_comes_first(drawn):
    world, known, newcomers = drawn
    model, tokenizer, _ = load("world-gpt", device="cpu")
    for form, ask in u.forms(world).items():
        prompts = [ask(p) for p in known]
        assert u.said(world, model, tokenizer, prompts) == [p.old for p in known], form
        assert u.places_of_old(world, model, tokenizer, known, prompts) == [1] * len(known)
    prompts = [u.forms(world)["sentence 1"](p) for p in newcomers]
    places = u.places_of_old(world, model, tokenizer, newcomers, prompts)
    assert all(1 <= place <= 9 for place in places) and max(places) > 1


def test_the_loss_on_what_is_true_is_lower(drawn):
    world, known, _ = drawn
    model, tokenizer, _ = load("world-gpt", device="cpu")
    assert u.loss_on(model, tokenizer, u.sentences(world, known, "old")) < u.loss_on(
        model, tokenizer, u.sentences(world, known)
    )
