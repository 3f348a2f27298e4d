"""The limit of a masked slot is exact: against brute force, against the chain rule, and against the other kinds."""

import math
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse.paths import data_dir
from fmcourse.world import Dials, World, limits


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(data_dir() / "models" / "world-gpt")


@pytest.fixture(scope="module")
def small():
    return World(Dials(people=20))


corpora = st.dictionaries(
    st.lists(st.integers(6, 9), min_size=1, max_size=4).map(tuple), st.floats(0.05, 1.0), min_size=1, max_size=12
)


@settings(max_examples=80, deadline=None)
@given(corpora, st.sampled_from(["both", "left"]))
def test_equals_brute_force(corpus, sides):
    def agree(a, b, i):
        if sides == "left":
            return len(b) > i and a[:i] == b[:i]
        return len(a) == len(b) and a[:i] + a[i + 1 :] == b[:i] + b[i + 1 :]

    for s in limits.slots(corpus, sides):
        alike = {b: p for b, p in corpus.items() if agree(s.ids, b, s.place)}
        right = sum(p for b, p in alike.items() if b[s.place] == s.ids[s.place])
        assert s.nats == pytest.approx(-math.log(right / sum(alike.values())), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(corpora)
def test_more_context_never_costs_more(corpus):
    # holds for texts of one length only: a reader of both sides is also told where the text ends
    corpus = {ids: p for ids, p in corpus.items() if len(ids) == 3} or {(6, 7, 8): 1.0}
    assert limits.limit(limits.slots(corpus)) <= limits.limit(limits.slots(corpus, "left")) + 1e-12


def test_texts_sum_to_one_and_are_what_the_world_says(small):
    probabilities = limits.texts(small, ("fact", "person"))
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-9)
    total = small.kind_share("fact") + small.kind_share("person")
    for document, _ in zip(small.documents(5, kinds=["fact", "person"]), range(200), strict=False):
        assert probabilities[document.text] == pytest.approx(math.exp(-document.nats) / total)


def test_left_prices_add_up_to_the_price_of_the_text(small, tokenizer):
    probabilities = limits.tokenised(tokenizer, limits.texts(small, ("person",)))
    paid: dict = {}
    for s in limits.slots(probabilities, "left"):
        paid[s.ids] = paid.get(s.ids, 0.0) + s.nats
    for ids, p in probabilities.items():  # every text ends with its only full stop, so none begins another
        assert paid[ids] == pytest.approx(-math.log(p), abs=1e-6)


def test_other_kinds_of_the_encoders_training_change_nothing(small, tokenizer):
    alone, more = (
        limits.slots(limits.tokenised(tokenizer, limits.texts(small, kinds)))
        for kinds in (("fact", "person"), ("fact", "person", "moon", "borders"))
    )
    with_more = {(s.ids, s.place): s.nats for s in more}
    assert all(abs(with_more[s.ids, s.place] - s.nats) < 1e-9 for s in alone)


def test_a_perfect_model_has_ratio_one_and_a_flat_one_has_not(small, tokenizer):
    probabilities = limits.tokenised(tokenizer, limits.texts(small))
    by_context: dict = {}
    for ids, p in probabilities.items():
        for i, token in enumerate(ids):
            by_context.setdefault((ids[:i], ids[i + 1 :]), {})[token] = p

    class Perfect:
        device = "cpu"

        def __call__(self, input_ids, attention_mask):
            logits = torch.full((*input_ids.shape, len(tokenizer)), -30.0)
            for row, (ids, mask) in enumerate(zip(input_ids.tolist(), attention_mask.tolist(), strict=True)):
                ids = ids[: sum(mask)]
                at = ids.index(tokenizer.mask_token_id)
                for token, p in by_context[tuple(ids[1:at]), tuple(ids[at + 1 : -1])].items():
                    logits[row, at, token] = math.log(p)
            return SimpleNamespace(logits=logits)

    class Flat(Perfect):
        def __call__(self, input_ids, attention_mask):
            return SimpleNamespace(logits=torch.zeros((*input_ids.shape, len(tokenizer))))

    best = limits.masked_slot_comparison(Perfect(), tokenizer, small, n=500)
    assert best["ratio"] == pytest.approx(1, abs=1e-4) and best["error"] < 1e-4
    flat = limits.masked_slot_comparison(Flat(), tokenizer, small, n=500)
    assert flat["loss"] == pytest.approx(math.log(len(tokenizer)), abs=5 * flat["error"]) and flat["ratio"] > 5


def test_unknown_side(small):
    with pytest.raises(ValueError, match="both"):
        limits.slots({(1, 2): 1.0}, "right")
