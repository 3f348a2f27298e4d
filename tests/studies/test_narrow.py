"""Narrow models: what they are asked is withheld where it should be, and a seed repeats."""

import pytest

from fmcourse.models import train_tokenizer
from fmcourse.studies import narrow
from fmcourse.world import World
from fmcourse.world.audit import audit

WORLD = World.default()


@pytest.mark.parametrize("task", narrow.TASKS)
def test_items_ask_for_what_they_say(task):
    items = narrow.test_items(WORLD, task, 50)
    assert len(items) == 50 and all(prompt and right for prompt, right in items)
    assert items == narrow.test_items(WORLD, task, 50) != narrow.test_items(WORLD, task, 50, seed=1)


def test_facts_are_asked_in_the_withheld_phrasing():
    from fmcourse.world import Document

    for prompt, right in narrow.test_items(WORLD, "fact", 100):
        assert audit(WORLD, [Document(f"{prompt} {right}.", "fact", 0.0)]), "this phrasing is in the training text"


def test_a_seed_repeats_its_training():
    import torch

    tokenizer = train_tokenizer(WORLD, vocab_size=400, per_kind=20)
    first, tokens = narrow.train_narrow(WORLD, tokenizer, "review", steps=3, seed=5)
    again, same = narrow.train_narrow(WORLD, tokenizer, "review", steps=3, seed=5)
    other, _ = narrow.train_narrow(WORLD, tokenizer, "review", steps=3, seed=6)
    a, b, c = (m.get_input_embeddings().weight for m in (first, again, other))
    assert tokens == same > 0 and torch.allclose(a, b, atol=1e-5) and not torch.allclose(a, c, atol=1e-2)
    assert narrow.accuracy(first, tokenizer, narrow.test_items(WORLD, "summary", 3)) == 0.0
