"""The small BERT of notebook 04: what it reads, what is asked, and that its losses are what they say."""

import pytest
import torch

from fmcourse.studies import cloze
from fmcourse.training.batches import IGNORE
from fmcourse.world import World, limits


@pytest.fixture(scope="module")
def corpus():
    return cloze.Corpus(cloze.all_sentences(World.default()))


def test_round_trip(corpus):
    for row, sentence in zip(corpus.ids.tolist(), corpus.sentences, strict=True):
        words = corpus.words(i for i in row if i >= len(cloze.SPECIAL))
        assert " ".join(words).replace(" .", ".") == sentence


def test_what_is_asked_never_stands_in_the_text(corpus):
    world, text = World.default(), set(corpus.sentences)
    held, seen = cloze.asked(world), cloze.asked(world, withheld=False)
    assert len(held) == len(seen) == 96
    assert not any(sentence in text for sentence, _ in held) and all(sentence in text for sentence, _ in seen)
    assert all(sentence.endswith(f"{part}.") for sentence, part in held + seen)


def test_drawn_sentences_follow_the_dials():
    clean, noisy, copied = (cloze.dialled(name) for name in ("clean", "noise", "duplicates"))
    true = set(cloze.all_sentences(World.default()))
    assert set(clean.sentences) <= true
    wrong = sum(s not in true for s in noisy.sentences) / len(noisy.sentences)
    assert 0.2 < wrong < 0.4  # 0.3 of the facts
    assert len(set(copied.sentences)) < len(set(clean.sentences)) / 2
    assert clean.vocabulary == noisy.vocabulary == copied.vocabulary


def test_copies_take_nothing_away_and_deduplication_brings_nothing_back():
    made = {name: cloze.dialled(name).sentences for name in cloze.TEXTS}
    assert set(made["copies"]) == set(made["clean"]) and len(made["copies"]) == 10 * len(made["clean"])
    assert set(made["deduplicated"]) == set(made["duplicates"]) and len(made["deduplicated"]) < 150
    assert len(made["fewer"]) == 1050 and set(made["fewer"]) <= set(cloze.all_sentences(World.default()))


def test_a_batch_of_next_words(corpus):
    batch = cloze.causal_rows(corpus, rows=5)(0)
    ids, labels = batch["input_ids"], batch["labels"]
    assert torch.equal(labels[:, :-1][labels[:, :-1] != IGNORE], ids[:, 1:][ids[:, 1:] != cloze.PAD])
    allowed = batch["attention_mask"][0, 0] == 0
    assert torch.equal(allowed, torch.ones_like(allowed).tril())


def test_causal_model_sees_no_future(corpus):
    model = cloze.small_bert(len(corpus.vocabulary)).eval()
    ids = corpus.ids[:3].clone()
    changed = ids.clone()
    changed[:, 4] = 9
    with torch.no_grad():
        one, two = (model(input_ids=x, attention_mask=cloze.causal_mask(x)).logits for x in (ids, changed))
    assert torch.equal(one[:, :4], two[:, :4]) and not torch.equal(one[:, 4], two[:, 4])


@pytest.mark.parametrize("causal", [False, True])
def test_slot_loss_by_hand(corpus, causal):
    model = cloze.small_bert(len(corpus.vocabulary), seed=3).eval()
    found = cloze.corpus_slots(corpus, "left" if causal else "both")[:40]
    for slot, paid in zip(found, cloze.slot_loss(model, found, causal), strict=True):
        ids = torch.tensor([[cloze.CLS, *slot.ids, cloze.SEP]])
        with torch.no_grad():
            if causal:  # cutting the rest off is the surest way not to see it
                cut = ids[:, : slot.place + 1]
                logits = model(input_ids=cut, attention_mask=cloze.causal_mask(cut)).logits[0, -1]
            else:
                ids[0, slot.place + 1] = cloze.MASK
                logits = model(input_ids=ids).logits[0, slot.place + 1]
        assert float(paid) == pytest.approx(-float(logits.log_softmax(-1)[slot.ids[slot.place]]), abs=1e-4)


def test_training_lowers_the_loss_and_repeats(corpus):
    one, first = cloze.train(corpus, cloze.masked_rows(corpus, rows=32), steps=25)
    _, second = cloze.train(corpus, cloze.masked_rows(corpus, rows=32), steps=25)
    assert first.loss == second.loss and first.loss[-1] < 0.8 * first.loss[0]
    found = cloze.corpus_slots(corpus)
    assert float(cloze.slot_loss(one, found).mean()) > limits.limit(found)


def test_fills_the_last_occurrence(corpus):
    model = cloze.small_bert(len(corpus.vocabulary)).eval()
    got = cloze.filled(model, corpus, [("The capital of Ethiopia is Addis Ababa.", "Addis Ababa")])
    assert len(got[0].split(" ")) == 2
    assert 0 <= cloze.accuracy(model, corpus, cloze.asked(World.default())) < 0.2


def test_the_sweeps_cover_what_the_claims_need():
    found = cloze.conditions()
    assert len({c["p"] for c in found if c["what"] == "masked" and c["dials"] == "clean"}) == len(cloze.RATES) >= 5
    assert {c["seed"] for c in found} == set(range(5)) and len(found) == 5 * 13
