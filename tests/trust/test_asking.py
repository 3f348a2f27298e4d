"""Questions at home and abroad, answers with certainty, and what is exchanged in a story."""

import random
from collections import Counter

import pytest
import torch

from fmcourse import load
from fmcourse.models.encoding import encode_prompt
from fmcourse.prompting import complete, first_answer
from fmcourse.trust.answering import greedy_answers
from fmcourse.trust.asking import HOME, abroad, at_home, errors_by_kind, strangers
from fmcourse.trust.marked import exchanged, facts_by_length
from fmcourse.world import World

WORLD = World.default()


def test_home_and_abroad_hold_what_they_say():
    home = at_home(WORLD, 3, each=5)
    assert Counter(q.kind for q in home) == dict.fromkeys(HOME, 5)
    assert len({q.unit for q in home}) == len(home) and all(q.answer for q in home)
    away = abroad(WORLD, 3)
    assert Counter(q.kind for q in away) == {"stranger": 1092, "moon": 240, "two hops": 192, "new labels": 600}
    assert len({q.unit for q in away if q.kind == "stranger"}) == 364
    known = {s for r in WORLD.relations.values() for s in r.values} | set(WORLD.strangers)
    assert not set(strangers()) & known


def test_answers_are_those_of_each_prompt_alone_and_certainty_is_the_first_tokens(monkeypatch):
    monkeypatch.setattr("fmcourse.trust.answering.AT_ONCE", 5)  # prompts of several lengths in one batch
    model, tokenizer, _ = load("world-gpt")
    prompts = [q.prompt for q in at_home(WORLD, 5, each=3)]
    said = greedy_answers(model, tokenizer, prompts)
    assert said.texts == [first_answer(complete(model, tokenizer, [p], max_new_tokens=8)[0]) for p in prompts]
    for prompt, sure in zip(prompts, said.sure().tolist(), strict=True):
        with torch.no_grad():
            p = model(torch.tensor([encode_prompt(tokenizer, prompt)])).logits[0, -1].softmax(-1)
        assert sure == pytest.approx(float(p.max()), abs=1e-4)
    assert (said.sure(2.0) <= said.sure() + 1e-6).all()
    errors = errors_by_kind(model, tokenizer, at_home(WORLD, 5, each=3))
    assert set(errors) == set(HOME) and errors["question"] == 0
    with pytest.raises(ValueError, match="no prompts"):
        greedy_answers(model, tokenizer, [])


def test_only_names_things_and_giving_are_exchanged():
    story = next(iter(WORLD.documents(1, kinds=["story"]))).text
    assert exchanged(WORLD, story, 0.0, random.Random(0)) == story
    other = exchanged(WORLD, story, 1.0, random.Random(0))
    assert other != story and len(other.split()) == len(story.split())
    assert other.split()[:3] == ["A", "story", "about"]


def test_facts_of_one_group_have_one_length():
    tokenizer = load("world-gpt").tokenizer
    groups = facts_by_length(WORLD, tokenizer)
    assert sum(map(len, groups)) > 1000
    assert all(len({len(tokenizer.encode(q)) for q, _ in group}) == 1 for group in groups)
