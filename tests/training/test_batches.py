"""Packing: every document whole, none sees another, none is favoured by its length."""

from itertools import islice

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse.training.batches import IGNORE, document_stream, longest_prefix, pack


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 17), min_size=1, max_size=40), st.integers(1, 5))
def test_packed_sequences_are_whole_and_apart(lengths, rows):
    sequences = [[1000 + i] * n for i, n in enumerate(lengths)]
    ids, document, position = pack(sequences, rows, 17, pad=0)
    kept = longest_prefix(lengths, rows, 17)
    for i, n in enumerate(lengths):
        places = (ids == 1000 + i).nonzero()
        assert len(places) == (n if i < kept else 0)
        if i < kept:
            assert len(set(places[:, 0].tolist())) == 1
            assert position[ids == 1000 + i].tolist() == list(range(n))
            assert set(document[ids == 1000 + i].tolist()) == {i + 1}
    assert ((document == 0) == (ids == 0)).all()


def test_a_document_longer_than_a_row_is_named():
    with pytest.raises(ValueError, match="18 tokens does not fit into a row of 17"):
        pack([[1] * 18], rows=1, length=17, pad=0)


@pytest.fixture(scope="module")
def small():
    from transformers import LlamaConfig, LlamaForCausalLM

    from fmcourse.models.tokenizer import train_tokenizer
    from fmcourse.world import Dials, World

    world = World(Dials(people=20, moons=3))
    tokenizer = train_tokenizer(world, vocab_size=600, per_kind=50)
    torch.manual_seed(0)
    size = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **size)).eval()
    return world, tokenizer, model


def test_a_document_in_a_packed_row_gets_the_logits_it_gets_alone(small):
    from fmcourse.training.batches import causal_batch

    world, tokenizer, model = small
    batch = causal_batch(world, tokenizer, rows=2, length=200, seed=0, step=3, kinds=["person", "work", "borders"])
    assert (batch["position_ids"] == 0).sum() > 6
    with torch.no_grad():
        packed = model(**{k: v for k, v in batch.items() if k != "labels"}).logits
        for row in range(2):
            starts = (batch["input_ids"][row] == tokenizer.bos_token_id).nonzero()[:, 0].tolist()
            for at in starts[:4]:
                end = at + int((batch["input_ids"][row, at:] == tokenizer.eos_token_id).nonzero()[0]) + 1
                alone = model(batch["input_ids"][row : row + 1, at:end]).logits[0]
                torch.testing.assert_close(packed[row, at:end], alone, atol=1e-4, rtol=1e-4)


def test_labels_are_the_tokens_except_begin_and_padding(small):
    from fmcourse.training.batches import causal_batch

    world, tokenizer, _ = small
    batch = causal_batch(world, tokenizer, rows=2, length=200, seed=0, step=0)
    ignored = batch["labels"] == IGNORE
    assert (batch["labels"][~ignored] == batch["input_ids"][~ignored]).all()
    assert set(batch["input_ids"][ignored].tolist()) <= {tokenizer.bos_token_id, tokenizer.pad_token_id}


def test_long_documents_are_not_left_out_more_often(small):
    world, tokenizer, _ = small
    packed, drawn = [], []
    for step in range(40):
        documents = [doc.text for doc in islice(document_stream(world, 0, step), 40)]
        lengths = [len(tokenizer.encode(t)) + 2 for t in documents]
        lengths = [n for n in lengths if n <= 200]
        kept = longest_prefix(lengths, 3, 200)
        packed += lengths[:kept]
        drawn += lengths
    a, b = torch.tensor(packed).double(), torch.tensor(drawn).double()
    assert abs(a.mean() - b.mean()) < 3 * b.std() / len(a) ** 0.5


def test_a_mask_of_booleans_never_goes_to_a_model():
    """Eager attention adds it as 1 and 0 and so hides nothing; one lesson was trained so, unseen."""
    import re

    from fmcourse.paths import course_root

    files = [*course_root().glob("fmcourse/**/*.py"), *course_root().glob("notebooks/**/*.ipynb")]
    bare = [
        f"{file.name}: {line.strip()}"
        for file in files
        for line in file.read_text().splitlines()
        if re.search(r"(?<!def )(?<!additive\()\bblock_mask\(", line)
    ]
    assert bare == []
