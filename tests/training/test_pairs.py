"""Source and target texts: every target follows from its source; a batch holds the tasks that were asked for."""

import pytest
import torch

from fmcourse.training.batches import IGNORE, document_stream
from fmcourse.training.pairs import TASKS, pair_batch, pairs
from fmcourse.world import World
from fmcourse.world.kinds.language import NOUNS, french_noun_phrase


@pytest.fixture(scope="module")
def tokenizer():
    from fmcourse.models import train_tokenizer

    return train_tokenizer()


def drawn(kind: str, n: int = 40):
    stream = pairs(document_stream(World.default(), 0, 0, kinds=[kind]))
    return [pair for _, pair in zip(range(n), stream, strict=False)]


@pytest.mark.parametrize("kind", TASKS)
def test_a_pair_is_one_task_with_its_answer(kind):
    for pair in drawn(kind):
        assert pair.source.startswith(TASKS[kind]) and pair.target and pair.target not in pair.source
        assert pair.document.kind == kind


def test_a_summary_keeps_each_fact_and_a_simplification_each_value():
    for pair in drawn("summary"):
        assert all(value in pair.target and value in pair.source for value in pair.document.label["facts"].values())
    for pair in drawn("register"):
        assert all(value in pair.target for value in pair.document.label["facts"].values())


def test_a_translation_holds_the_french_of_its_noun():
    for pair in drawn("translation"):
        english = pair.source.removeprefix(TASKS["translation"])
        noun = next(n for n, row in NOUNS.items() if {n, row[2]} & set(english.lower().strip(".").split()))
        forms = {french_noun_phrase(noun, None, plural, True).split()[-1] for plural in (False, True)}
        assert any(form.removeprefix("l'") in pair.target for form in forms)


@pytest.mark.parametrize("tasks", [("translation",), ("summary", "register"), tuple(TASKS)])
def test_a_batch_holds_the_tasks_asked_for_and_nothing_else(tokenizer, tasks):
    batch = pair_batch(World.default(), tokenizer, 23, seed=3, step=5, tasks=tasks)
    sources = tokenizer.batch_decode(batch["input_ids"], skip_special_tokens=True)
    assert {s.split()[0] for s in sources} == {TASKS[t].strip() for t in tasks} and len(sources) == 23
    assert ((batch["input_ids"] != tokenizer.pad_token_id) == batch["attention_mask"].bool()).all()
    for row in batch["labels"]:
        kept = row[row != IGNORE]
        assert kept[-1] == tokenizer.eos_token_id and (kept != tokenizer.pad_token_id).all()


def test_the_same_step_gives_the_same_batch_and_another_step_another(tokenizer):
    one, two, other = (pair_batch(World.default(), tokenizer, 7, seed=1, step=s)["input_ids"] for s in (4, 4, 5))
    assert torch.equal(one, two) and not (one.shape == other.shape and torch.equal(one, other))
