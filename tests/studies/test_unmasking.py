"""Writing from masks: what is hidden, what is kept, and what counts as a true sentence."""

import pytest
import torch

from fmcourse.studies import cloze, unmasking
from fmcourse.world import World


@pytest.fixture(scope="module")
def corpus():
    return cloze.Corpus(cloze.all_sentences(World.default()))


def test_all_shares_of_words_are_hidden_and_never_the_start(corpus):
    batch = unmasking.hidden_rows(corpus, rows=256)(0)
    hidden = batch["labels"] != -100
    shares = hidden[:, 1:].float().mean(1)
    assert not hidden[:, 0].any() and shares.min() < 0.2 and shares.max() == 1
    assert torch.equal(batch["input_ids"] == cloze.MASK, hidden) and (batch["attention_mask"] == 1).all()
    steady = unmasking.hidden_rows(corpus, rows=256, p=0.3)(0)["labels"] != -100
    assert steady.float().mean().item() == pytest.approx(0.3 * 11 / 12, abs=0.03)


def test_writing_fills_every_place_and_repeats(corpus):
    model = cloze.small_bert(len(corpus.vocabulary)).eval()
    for calls in (1, 4, 11):
        ids = unmasking.write(model, 6, 12, calls, seed=2)
        assert ids.shape == (6, 12) and (ids[:, 0] == cloze.CLS).all() and (ids != cloze.MASK).all()
    assert torch.equal(ids, unmasking.write(model, 6, 12, 11, seed=2))
    for calls in (0, 12):
        with pytest.raises(ValueError, match="between 1 and 11"):
            unmasking.write(model, 6, 12, calls)


def test_what_counts_as_true(corpus):
    rows = [corpus.encode(s) for s in ("The capital of Norway is Oslo.", "The capital of Norway is Lima.")]
    rows.append(rows[0][::-1])
    got = unmasking.judged(corpus, corpus.rows(rows))
    assert got["true"] == pytest.approx(1 / 3) and got["formed"] == pytest.approx(2 / 3) and got["different"] == 1
    assert unmasking.sentences(corpus, corpus.rows(rows))[0] == "The capital of Norway is Oslo."
