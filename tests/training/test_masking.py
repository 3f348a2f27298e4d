"""Masking: the 80/10/10 split, what must never be touched, and batches in which documents do not see each other."""

from itertools import islice

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse.paths import data_dir
from fmcourse.training.batches import IGNORE, causal_batch, document_stream
from fmcourse.training.masking import hide_one, mask_tokens, masked_batch
from fmcourse.world import World

MASK, V, FIRST = 3, 2560, 6


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(data_dir() / "models" / "world-gpt")


def drawn(seed=0, shape=(401, 503)):
    g = torch.Generator().manual_seed(seed)
    ids = torch.randint(FIRST, V, shape, generator=g)
    ids[:, 0], ids[:, -1] = 4, 5
    return ids, ids < FIRST, g


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 5),
    length=st.integers(3, 41),
    p=st.sampled_from([0.0, 0.15, 0.6, 1.0]),
)
def test_laws(seed, rows, length, p):
    ids, special, g = drawn(seed, (rows, length))
    before = ids.clone()
    hidden, labels = mask_tokens(ids, special, p, g)
    assert torch.equal(ids, before)  # the input is not written to
    chosen = labels != IGNORE
    assert not (chosen & special).any()  # special tokens are never asked for ...
    assert torch.equal(hidden[~chosen], ids[~chosen])  # ... and what is not asked for is never changed
    assert torch.equal(labels[chosen], ids[chosen])  # the label is the original
    assert (hidden[chosen] == MASK).logical_or(hidden[chosen] >= FIRST).all() and (hidden < V).all()
    if p == 0:
        assert not chosen.any()
    if p == 1:
        assert torch.equal(chosen, ~special)


def test_same_generator_same_result():
    ids, special, _ = drawn(1, (7, 31))
    one, two, other = (mask_tokens(ids, special, generator=torch.Generator().manual_seed(s)) for s in (5, 5, 6))
    assert torch.equal(one[0], two[0]) and torch.equal(one[1], two[1]) and not torch.equal(one[1], other[1])


def test_integer_special_mask_is_the_same():
    ids, special, _ = drawn(2, (7, 31))
    one, two = (mask_tokens(ids, s, generator=torch.Generator().manual_seed(5)) for s in (special, special.long()))
    assert torch.equal(one[0], two[0]) and torch.equal(one[1], two[1])


def test_shares_are_15_and_80_10_10():
    ids, special, g = drawn()
    hidden, labels = mask_tokens(ids, special, generator=g)
    chosen = labels != IGNORE
    n, ordinary = int(chosen.sum()), int((~special).sum())
    assert abs(n / ordinary - 0.15) < 4 * (0.15 * 0.85 / ordinary) ** 0.5
    for share, wanted in ((hidden == MASK, 0.8), ((hidden != MASK) & (hidden != ids), 0.1), (hidden == ids, 0.1)):
        assert abs(int((share & chosen).sum()) / n - wanted) < 4 * (wanted * (1 - wanted) / n) ** 0.5 + 1 / V


def test_random_tokens_are_uniform_over_the_ordinary_ones():
    ids, special, g = drawn()
    hidden, _ = mask_tokens(ids, special, 1.0, g, mask_share=0.0, random_share=1.0)
    counts = torch.bincount(hidden[~special], minlength=V).double()
    expected = counts.sum() / (V - FIRST)
    assert counts[:FIRST].sum() == 0
    chi2 = ((counts[FIRST:] - expected) ** 2 / expected).sum()
    degrees = V - FIRST - 1
    assert abs(chi2 - degrees) < 5 * (2 * degrees) ** 0.5


def test_agrees_with_the_library_statistically(tokenizer):
    from transformers import DataCollatorForLanguageModeling

    ids, special, g = drawn()

    def table(hidden, labels):
        chosen = labels != -100
        masked, same = hidden == MASK, hidden == ids
        fates = [masked & chosen, ~masked & ~same & chosen, same & chosen, ~chosen & ~special]
        return torch.stack(fates).flatten(1).sum(1).double()

    torch.manual_seed(3)
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)
    theirs = table(*collator.torch_mask_tokens(ids.clone(), special_tokens_mask=special.long()))

    def chi2(ours):
        both = torch.stack([ours, theirs])
        expected = both.sum(1, keepdim=True) * both.sum(0, keepdim=True) / both.sum()
        return float(((both - expected) ** 2 / expected).sum())

    assert chi2(table(*mask_tokens(ids, special, generator=g))) < 16.3  # 3 degrees, p = 0.001
    assert chi2(table(*mask_tokens(ids, special, generator=g, mask_share=0.82))) > 16.3  # the test can fail


@pytest.mark.parametrize(
    "wrong", [{"p": 1.5}, {"p": -0.1}, {"mask_share": 0.9, "random_share": 0.2}, {"vocab_size": 6}]
)
def test_nonsense_is_refused(wrong):
    ids, special, g = drawn(3, (2, 5))
    with pytest.raises(ValueError):
        mask_tokens(ids, special, generator=g, **wrong)
    with pytest.raises(ValueError, match="agree"):
        mask_tokens(ids, special[:, 1:])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), documents=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_one_token_of_each_document_is_hidden(seed, documents):
    """Rows [cls] tokens [sep] of 1 to 7 tokens, with padding behind: exactly one of each document's tokens is asked."""
    g = torch.Generator().manual_seed(seed)
    row = [t for n in documents for t in (4, *[70] * n, 5)] + [0, 0]
    number = [i for i, n in enumerate(documents, start=1) for _ in range(n + 2)] + [0, 0]
    ids, document = torch.tensor([row]), torch.tensor([number])
    hidden, labels = hide_one(ids, ids < FIRST, document, g)
    chosen = labels != IGNORE
    assert document[chosen].tolist() == list(range(1, len(documents) + 1))
    assert (ids[chosen] == 70).all() and (hidden[chosen] == MASK).all() and torch.equal(labels[chosen], ids[chosen])
    assert torch.equal(hidden[~chosen], ids[~chosen])


def test_each_token_of_a_document_is_the_hidden_one_equally_often():
    ids = torch.tensor([[4, 70, 71, 72, 5]]).repeat(6000, 1)
    document = torch.arange(1, 6001)[:, None].expand_as(ids)
    hidden, _ = hide_one(ids, ids < FIRST, document, torch.Generator().manual_seed(0))
    counts = (hidden == MASK).sum(0)[1:4]
    assert counts.sum() == 6000 and (counts - 2000).abs().max() < 4 * (6000 * 2 / 9) ** 0.5


def test_a_heavier_token_is_the_hidden_one_in_proportion_to_its_weight():
    ids = torch.tensor([[4, 70, 71, 72, 5]]).repeat(6000, 1)
    document = torch.arange(1, 6001)[:, None].expand_as(ids)
    weights = torch.ones(V)
    weights[71] = 8.0
    hidden, _ = hide_one(ids, ids < FIRST, document, torch.Generator().manual_seed(0), weights=weights)
    counts = (hidden == MASK).sum(0)[1:4]
    assert counts.sum() == 6000 and (counts - torch.tensor([600, 4800, 600])).abs().max() < 4 * (6000 * 0.16) ** 0.5


def test_a_document_without_an_ordinary_token_has_nothing_hidden():
    ids = torch.tensor([[4, 5, 4, 70, 5]])
    hidden, labels = hide_one(ids, ids < FIRST, torch.tensor([[1, 1, 2, 2, 2]]))
    assert hidden.tolist() == [[4, 5, 4, MASK, 5]] and (labels != IGNORE).sum() == 1
    with pytest.raises(ValueError, match="must agree in shape"):
        hide_one(ids, ids < FIRST, torch.ones(1, 4, dtype=torch.long))


def test_batch_depends_on_seed_and_step_alone(tokenizer):
    def make(seed, step):
        return masked_batch(World.default(), tokenizer, 3, 61, seed=seed, step=step, kinds=["fact", "person"])

    one, two = make(7, 11), make(7, 11)
    assert all(torch.equal(one[k], two[k]) for k in one)
    assert not torch.equal(one["input_ids"], make(7, 12)["input_ids"])
    assert not torch.equal(one["input_ids"], make(8, 11)["input_ids"])


def test_batch_holds_whole_documents(tokenizer):
    batch = masked_batch(World.default(), tokenizer, 5, 61, seed=0, step=0, kinds=["fact", "person"])
    ids = torch.where(batch["labels"] == IGNORE, batch["input_ids"], batch["labels"])  # as it was before masking
    assert {k: tuple(v.shape) for k, v in batch.items()} == {
        "input_ids": (5, 61),
        "labels": (5, 61),
        "attention_mask": (5, 1, 61, 61),
        "position_ids": (5, 61),
    }
    starts = (batch["position_ids"] == 0) & (ids != 0)
    assert (ids[starts] == tokenizer.cls_token_id).all()
    assert (ids == tokenizer.cls_token_id).sum() == (ids == tokenizer.sep_token_id).sum() == starts.sum()
    texts = {
        tokenizer.decode(part, skip_special_tokens=True)
        for row in ids.tolist()
        for part in _split(row, tokenizer.cls_token_id)
    }
    drawn_texts = {d.text for d in islice(document_stream(World.default(), 0, 0, ["fact", "person"]), 200)}
    assert texts and texts <= drawn_texts
    mask = batch["attention_mask"][:, 0] == 0
    assert torch.equal(mask, mask.mT) and mask.diagonal(dim1=1, dim2=2).all()  # both directions, and never an empty row


def _split(row, start):
    at = [i for i, t in enumerate(row) if t == start] + [len(row)]
    return [row[a:b] for a, b in zip(at, at[1:], strict=False)]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_documents_do_not_see_each_other(tokenizer, attention):
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=V,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=48,
            max_position_embeddings=64,
            type_vocab_size=1,
            initializer_range=0.3,
            attn_implementation=attention,
        )
    ).eval()
    batch = masked_batch(World.default(), tokenizer, 2, 61, seed=0, step=0, kinds=["fact"])
    batch.pop("labels")
    with torch.no_grad():
        together = model(**batch).logits
        row, positions = batch["input_ids"][0], batch["position_ids"][0]
        starts = [i for i, (x, t) in enumerate(zip(positions.tolist(), row.tolist(), strict=True)) if x == 0 and t != 0]
        assert len(starts) > 2
        for a, b in zip(starts, starts[1:], strict=False):
            alone = model(input_ids=row[None, a:b]).logits
            assert torch.allclose(alone[0], together[0, a:b], atol=1e-3)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_causal_batch_hides_the_future_and_the_neighbours(tokenizer, attention):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=V,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=48,
            initializer_range=0.3,
            attn_implementation=attention,
        )
    ).eval()
    batch = causal_batch(World.default(), tokenizer, 2, 61, seed=0, step=0, kinds=["fact"])
    batch.pop("labels")
    changed = batch["input_ids"].clone()
    at = int((batch["position_ids"][0, 1:] == 0).nonzero()[0]) - 1  # inside the first document of the first row
    changed[0, at] = 77
    with torch.no_grad():
        one, two = model(**batch).logits[0], model(**{**batch, "input_ids": changed}).logits[0]
    assert torch.equal(one[:at], two[:at]) and not torch.equal(one[at], two[at])
    assert torch.allclose(one[at + 2 :], two[at + 2 :], atol=1e-5)
