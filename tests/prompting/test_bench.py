"""Counting right and valid answers, and the likeliest next words, against counting by hand."""

import pytest
import torch

from fmcourse.prompting import complete, interval
from fmcourse.prompting.bench import count, first_answer, next_words, score
from fmcourse.prompting.decoding import prompt_tokens
from tests.harness import tiny


@pytest.mark.parametrize("text, answer", [
    (" Lima; Cuba -> Havana", "Lima"), ("zub, pear -> mip.", "zub"), ("Paris.", "Paris"), ("", ""), (" a b ", "a b"),
    ("The friend is X. X has a cat. Answer: cat. And", "cat"), ("Answer: a. Answer: b.", "b"),
])  # fmt: skip
def test_the_answer_in_a_continuation(text, answer):
    assert first_answer(text) == answer


def test_right_and_valid_are_two_things():
    made = count(["a", "b", None, "junk", "a"], ["a", "a", "a", "a", "b"], {"a", "b"}.__contains__)
    assert (made.right, made.valid, made.n) == (1, 3, 5)
    assert (made.low, made.high) == interval(1, 5) and made.share == 0.2 and made.validity == 0.6
    assert count(["x"], ["x"]).valid == 1
    for read, answers in ([], []), (["a"], []), (["a"], ["a", "b"]):
        with pytest.raises(ValueError, match="one each"):
            count(read, answers)


def test_a_prompt_is_scored_by_what_the_model_writes():
    model, tokenizer = tiny.decoder(), tiny.tokenizer()
    prompts = ["the", "Kator lives in", "?", "a b c"]
    made = [first_answer(t) for t in complete(model, tokenizer, prompts, max_new_tokens=8)]
    answers = [made[0], made[1] + "x", made[2], made[3] + "x"]
    assert score(model, tokenizer, prompts, answers).right == 2
    assert score(model, tokenizer, prompts, made, read=lambda _: None).valid == 0
    with pytest.raises(ValueError):
        score(model, tokenizer, [], [])


def test_the_next_words_are_those_of_the_softmax():
    model, tokenizer = tiny.decoder("llama"), tiny.tokenizer()
    found = next_words(model, tokenizer, "Kator lives in", 5)
    with torch.no_grad():
        p = model(input_ids=torch.tensor([prompt_tokens(model, tokenizer, "Kator lives in")])).logits[0, -1].softmax(-1)
    wanted = {}
    for token, chance in enumerate(p.tolist()):
        word = tokenizer.decode([token]).strip() or "(space)"
        wanted[word] = wanted.get(word, 0.0) + chance
    best = max(wanted, key=wanted.get)
    assert len(found) == 5 and sum(found.values()) <= 1 + 1e-5 and found[best] <= wanted[best] + 1e-6
    assert tokenizer.decode([int(p.argmax())]).strip() in found
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert all(found[w] <= wanted[w] + 1e-6 for w in found)
