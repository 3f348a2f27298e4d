"""Constrained decoding: masks against those of llguidance, and only allowed sentences come out."""

import json
import random

import pytest

from fmcourse import load
from fmcourse.prompting import next_words
from fmcourse.prompting.constrained import allowed_tokens, constrained

CITIES = ("Lima", "Paris", "Oslo", "Mexico City", "Delhi")
SENTENCES = tuple(
    " " + json.dumps({"country": a, "capital": b}) for a in ("Peru", "France", "Norway", "Mexico") for b in CITIES
)


@pytest.fixture(scope="module")
def loaded():
    return load("world-gpt")


def test_what_may_follow(loaded):
    tokenizer = loaded.tokenizer
    read = lambda text: [tokenizer.convert_ids_to_tokens(i) for i in allowed_tokens(tokenizer, text, (" no.", " yes."))]  # noqa: E731
    assert set(read(" y")) == {"e", "es"} & set(tokenizer.get_vocab())
    assert read(" yes.") == [tokenizer.eos_token]
    assert read(" maybe") == []


def test_only_an_allowed_sentence_is_written_and_the_prompt_decides_which(loaded):
    model, tokenizer, _ = loaded
    assert json.loads(constrained(model, tokenizer, "Question: What is the capital of Peru? Answer:", SENTENCES))
    for country, city in (("Peru", "Lima"), ("France", "Paris"), ("Mexico", "Mexico City")):
        prompt = f"Question: What is the capital of {country}? Answer:"
        assert constrained(model, tokenizer, prompt, [f" {c}." for c in CITIES]) == f" {city}."
        without = [f" {c}." for c in CITIES if c != city]  # the mask wins against what the model would say
        assert next_words(model, tokenizer, prompt, 1).keys() <= {city.split()[0]}
        assert constrained(model, tokenizer, prompt, without) in without


def test_a_sentence_without_tokens_is_refused(loaded):
    with pytest.raises(ValueError, match="no sentence can be reached"):
        constrained(loaded.model, loaded.tokenizer, "x", ["\u2603"])


def test_masks_equal_those_of_llguidance_on_1000_random_beginnings(loaded):
    llguidance = pytest.importorskip("llguidance", reason="llguidance is not installed: pip install llguidance")
    from llguidance.hf import from_tokenizer

    tokenizer, rng = loaded.tokenizer, random.Random(11)
    theirs = from_tokenizer(tokenizer, slices=[])
    grammar = llguidance.LLMatcher.grammar_from_lark("start: " + " | ".join(json.dumps(s) for s in SENTENCES))
    compared = forced = 0
    while compared < 1000:
        matcher, text = llguidance.LLMatcher(theirs, grammar), ""
        assert not matcher.get_error()
        while True:
            mine = allowed_tokens(tokenizer, text, SENTENCES)
            mask = [i for i, m in enumerate(matcher.compute_logit_bias()) if m]
            starts = {s[len(text) : len(text) + 1] for s in SENTENCES if s.startswith(text)}
            if len(starts) > 1:  # a choice: the same mask
                assert mask == mine, text
            else:  # no choice: the library writes one cut of the forced text, and would take ours as well
                assert set(mask) <= set(mine), text
                assert all(i == tokenizer.eos_token_id or matcher.validate_tokens([i]) == 1 for i in mine), text
                forced += 1
            compared += 1
            token = rng.choice(mine)
            if token == tokenizer.eos_token_id:
                break
            matcher.consume_token(token)
            text += tokenizer.convert_ids_to_tokens(token).replace("Ġ", " ")
    assert 0 < forced < compared
