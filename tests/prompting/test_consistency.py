"""Drawing many at a time is drawing one at a time; votes are counted as votes."""

import math
from collections import Counter

import pytest
import torch

from fmcourse.prompting import generate, next_token_distribution
from fmcourse.prompting.consistency import samples
from fmcourse.prompting.decoding import PromptTooLong, prompt_tokens
from tests.harness import tiny

PROMPTS = ["the", "Kator lives in", "a b c d e f", "?", "the friend of the friend"]


@pytest.fixture(params=["gpt2", "llama"])
def model(request):
    return tiny.decoder(request.param)


def test_with_one_possible_token_drawing_is_greedy(model):
    tokenizer = tiny.tokenizer()
    wanted = [generate(model, tokenizer, p, max_new_tokens=11).strip() for p in PROMPTS]
    for dials in ({"top_k": 1}, {"temperature": 1e-6}, {"top_p": 1e-9}):
        drawn = samples(model, tokenizer, PROMPTS, 3, max_new_tokens=11, batch_size=4, **dials)
        assert drawn == [[w] * 3 for w in wanted]


@pytest.mark.parametrize("dials", [{"temperature": 0.7}, {"temperature": 1.5, "top_k": 11}, {"top_p": 0.6}])
def test_first_tokens_follow_the_distribution(model, dials):
    """4,000 first tokens beside the distribution of one prompt among longer ones (padding must not count)."""
    tokenizer, n = tiny.tokenizer(), 4000
    drawn = samples(model, tokenizer, ["?", "the friend of the friend"], n, max_new_tokens=1, batch_size=4096, **dials)
    for prompt, texts in zip(["?", "the friend of the friend"], drawn, strict=True):
        ids = prompt_tokens(model, tokenizer, prompt)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
        p = next_token_distribution(logits, **{"temperature": 1.0, **dials})
        wanted = Counter()
        before = tokenizer.decode(ids, skip_special_tokens=True)
        for token, chance in enumerate(p.tolist()):
            text = tokenizer.decode([*ids, token], skip_special_tokens=True)[len(before) :].strip()
            wanted[text] += chance * n
        seen = Counter(texts)
        often = [t for t, w in wanted.items() if w >= 5]
        rest_seen, rest = n - sum(seen[t] for t in often), n - sum(wanted[t] for t in often)
        found = sum((seen[t] - wanted[t]) ** 2 / wanted[t] for t in often)
        found += (rest_seen - rest) ** 2 / rest if rest > 0.5 else 0
        assert len(often) > 2 and found < len(often) + 4 * math.sqrt(2 * len(often)) + 4
        flat = n / len(often)
        assert sum((seen[t] - flat) ** 2 / flat for t in often) > 10 * len(often)  # a wrong distribution is told apart


def test_a_seed_decides_and_the_global_generator_is_left_alone(model):
    tokenizer = tiny.tokenizer()
    before = torch.get_rng_state()
    a, b, c = (samples(model, tokenizer, PROMPTS, 3, temperature=9.0, seed=s, max_new_tokens=7) for s in (1, 1, 2))
    assert a == b != c and len({t for texts in a for t in texts}) > 5
    assert torch.equal(torch.get_rng_state(), before)


def test_a_stop_ends_the_text(model):
    tokenizer = tiny.tokenizer()
    whole = samples(model, tokenizer, ["Kator"], 5, temperature=3.0, max_new_tokens=23)
    mark = Counter("".join(whole[0])).most_common(1)[0][0]
    cut = samples(model, tokenizer, ["Kator"], 5, temperature=3.0, max_new_tokens=23, stop=mark)
    assert all(mark not in t for t in cut[0])


def test_what_cannot_be_drawn_is_refused(model):
    tokenizer = tiny.tokenizer()
    with pytest.raises(ValueError, match="n is 0"):
        samples(model, tokenizer, ["a"], 0)
    with pytest.raises(ValueError, match="temperature is 0"):
        samples(model, tokenizer, ["a"], 1, temperature=0)
    with pytest.raises(ValueError, match="decoders"):
        samples(tiny.encoder_decoder(), tokenizer, ["a"], 1)
    with pytest.raises(PromptTooLong, match="67"):
        samples(model, tokenizer, ["9" * 60], 1, max_new_tokens=17)
    assert samples(model, tokenizer, [], 2) == []
