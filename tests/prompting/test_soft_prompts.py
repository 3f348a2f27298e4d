"""Learned vectors: the right places, the right gradient, the same weights; equal to words when they are words."""

import pytest
import torch

from fmcourse.prompting import generate
from fmcourse.prompting.decoding import PromptTooLong
from fmcourse.prompting.soft_prompts import (
    IGNORE,
    SoftPrompt,
    answers_with,
    digest,
    encode_soft,
    nearest_words,
    train_soft,
)
from tests.harness import tiny


@pytest.fixture(params=["gpt2", "llama"])
def model(request):
    return tiny.decoder(request.param)


def soft_of_word(model, tokenizer, word):
    """Vectors that are the embeddings of a word's tokens."""
    ids = tokenizer.encode(word, add_special_tokens=False)
    soft = SoftPrompt(model, len(ids))
    soft.vectors.data = model.get_input_embeddings().weight.detach()[ids].clone()
    return soft


def test_vectors_that_are_words_give_the_answers_of_the_words(model):
    tokenizer = tiny.tokenizer()
    soft = soft_of_word(model, tokenizer, "friend")
    texts = ["the {soft} of", "{soft} lives in the", "a b c d {soft} ?", "? {soft}"]
    ids = [[i if i >= 0 else tokenizer.encode("friend", add_special_tokens=False)[-i - 1] for i in
            encode_soft(tokenizer, t, len(soft.vectors))] for t in texts]  # fmt: skip
    for text, row in zip(texts, ids, strict=True):
        whole = torch.tensor([row])
        out = model.generate(input_ids=whole, attention_mask=torch.ones_like(whole), max_new_tokens=7, do_sample=False)
        new = out[0, len(row) :].tolist()
        new = new[: new.index(2)] if 2 in new else new
        wanted = tokenizer.decode(new, skip_special_tokens=True).split(".")[0].strip()
        assert answers_with(model, tokenizer, soft, [text], 7) == [wanted]
    together = answers_with(model, tokenizer, soft, texts, 7)
    assert together == [answers_with(model, tokenizer, soft, [t], 7)[0] for t in texts]
    assert len(set(together)) > 1


def test_training_changes_the_vectors_and_nothing_else(model):
    tokenizer = tiny.tokenizer()
    before, flags = digest(model), [p.requires_grad for p in model.parameters()]
    texts, answers = [f"{{soft}} {i}" for i in range(7)], ["yes"] * 7
    soft, losses = train_soft(model, tokenizer, texts, answers, k=3, steps=30, lr=0.3, rows=7)
    assert digest(model) == before and [p.requires_grad for p in model.parameters()] == flags
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert not torch.equal(soft.vectors, SoftPrompt(model, 3).vectors)
    again, _ = train_soft(model, tokenizer, texts, answers, k=3, steps=30, lr=0.3, rows=7)
    assert torch.equal(soft.vectors, again.vectors)


def test_the_loss_is_that_of_the_answers_alone(model):
    """One step's loss by hand: mean cross-entropy of the answer's tokens, the vectors in their place."""
    tokenizer = tiny.tokenizer()
    _, losses = train_soft(model, tokenizer, ["a {soft} b"], ["yes"], k=2, steps=1, rows=5)
    ids = encode_soft(tokenizer, "a {soft} b", 2)
    tail = tokenizer.encode("yes.", add_special_tokens=False)
    with torch.no_grad():
        embedded = SoftPrompt(model, 2).embed(model, torch.tensor([ids + tail]))
        logits = model(inputs_embeds=embedded).logits[0, :-1]
    labels = torch.tensor([IGNORE] * (len(ids) - 1) + tail)
    assert losses[0] == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item(), abs=1e-5)


def test_a_digest_sees_one_changed_number(model):
    before = digest(model)
    p = next(model.parameters())
    value = p.data.flatten()[5].item()
    p.data.flatten()[5] += 1e-3
    assert digest(model) != before
    p.data.flatten()[5] = value
    assert digest(model) == before


def test_the_nearest_word_of_a_word_is_the_word(model):
    tokenizer = tiny.tokenizer()
    soft = soft_of_word(model, tokenizer, "7")
    found = nearest_words(model, tokenizer, soft, 2)
    assert found[-1][0][0] == "7" and found[-1][0][1] == pytest.approx(1, abs=1e-5) and found[-1][1][1] < 0.999


def test_what_cannot_be_learned_is_said(model):
    tokenizer = tiny.tokenizer()
    with pytest.raises(ValueError, match="0 places"):
        train_soft(model, tokenizer, ["no mark"], ["a"])
    with pytest.raises(ValueError, match="2 places"):
        encode_soft(tokenizer, "{soft} {soft}", 1)
    with pytest.raises(ValueError, match="1 texts and 2 answers"):
        train_soft(model, tokenizer, ["{soft}"], ["a", "b"])
    with pytest.raises(ValueError, match="no texts"):
        train_soft(model, tokenizer, [], [])
    with pytest.raises(ValueError, match="k is 0"):
        SoftPrompt(model, 0)
    with pytest.raises(PromptTooLong, match="context of 67"):
        train_soft(model, tokenizer, ["{soft}"], ["a"], k=70)


def test_an_interrupted_training_gives_the_weights_their_gradients_back(model, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam, "step", stop)
    before = digest(model)
    with pytest.raises(KeyboardInterrupt):
        train_soft(model, tiny.tokenizer(), ["{soft}"], ["a"], steps=3)
    assert all(p.requires_grad for p in model.parameters()) and digest(model) == before
    assert generate(model, tiny.tokenizer(), "the", max_new_tokens=2) is not None
