"""A whole DPO run by trl, in its own process, loses what ours loses; without trl there is no number and no error."""

import copy
from types import SimpleNamespace

import pytest

from fmcourse.models.loading import load
from fmcourse.studies import dpo_trl
from fmcourse.training.preferences import DPORecipe, Pair, dpo

RECIPE = DPORecipe(epochs=1, rows=2, lr=1e-3, beta=0.3, seed=4)
PAIRS = [Pair("Explain the whale to a child:", *both) for both in (
    ("It eats krill.", "It eats mice. It is a fish."), ("It is a mammal.", "It is a fish."), ("It eats krill.", "It."),
    ("Its home is the ocean. It eats krill.", "Its home is the pond."), ("It is a mammal.", "I hope this helps."),
)]  # fmt: skip


def test_a_run_of_trl_equals_ours_step_by_step():
    pytest.importorskip("trl")
    start = load("world-gpt", device="cpu")
    start.model.get_input_embeddings().weight.requires_grad_(False)
    theirs = dpo_trl.losses_of_trl(start, PAIRS, RECIPE)
    ours = dpo(copy.deepcopy(start.model), start.tokenizer, PAIRS, RECIPE, reference=start.model).loss
    assert len(ours) == 3 and ours == pytest.approx(theirs, abs=1e-4)
    weak = DPORecipe(1, 2, 1e-3, 0.1, 4)
    other = dpo(copy.deepcopy(start.model), start.tokenizer, PAIRS, weak, reference=start.model)
    assert max(abs(a - b) for a, b in zip(other.loss, theirs, strict=True)) > 1e-2, "another beta is seen"


def test_without_trl_there_is_no_number(monkeypatch):
    monkeypatch.setattr(dpo_trl, "find_spec", lambda name: None)
    assert dpo_trl.losses_of_trl(SimpleNamespace(), PAIRS, RECIPE) is None


def test_two_passes_are_refused():
    with pytest.raises(ValueError, match="2 passes"):
        dpo_trl.losses_of_trl(SimpleNamespace(), PAIRS, DPORecipe(epochs=2))
