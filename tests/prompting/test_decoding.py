"""What is written after a prompt: held against `transformers`, against scoring by hand, and against chance."""

import math
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse.prompting import choose, complete, generate, interval, next_token_distribution
from fmcourse.prompting.decoding import PromptTooLong, context_length, prompt_tokens
from tests.harness import tiny

PROMPTS = ["the", "Kator lives in", "a b c d e f", "?", "the friend of the friend", "  two spaces", "1234", ""]
MODELS = {"gpt2": tiny.decoder, "llama": lambda: tiny.decoder("llama"), "t5": tiny.encoder_decoder,
          "bart": lambda: tiny.encoder_decoder("bart")}  # fmt: skip


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture(params=["gpt2", "llama"])
def decoder(request):
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def tokenizer():
    return tiny.tokenizer()


def theirs(model, tokenizer, prompt, new, **settings):
    """The continuation by `transformers`, every setting given, as text in the same way."""
    both = model.config.is_encoder_decoder
    ids = tokenizer.encode(prompt, add_special_tokens=False)
    ids = torch.tensor([[*ids, 2] if both else [1, *ids]])
    plain = {"do_sample": False, "num_beams": 1, "no_repeat_ngram_size": 0, **settings}
    out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, **plain)[0].tolist()
    if both:
        return tokenizer.decode(out, skip_special_tokens=True)
    before = tokenizer.decode(ids[0], skip_special_tokens=True)
    return tokenizer.decode(out, skip_special_tokens=True)[len(before) :]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_is_that_of_transformers(model, tokenizer, prompt):
    written = generate(model, tokenizer, prompt, max_new_tokens=17)
    assert written == theirs(model, tokenizer, prompt, 17)


def test_greedy_answers_differ_so_that_equality_means_something(model, tokenizer):
    assert len({generate(model, tokenizer, p, max_new_tokens=11) for p in PROMPTS}) >= 4


@pytest.mark.parametrize("beams", [2, 5])
@pytest.mark.parametrize("prompt", PROMPTS[:4])
def test_beams_are_those_of_transformers(model, tokenizer, prompt, beams):
    habits = model.generation_config.to_dict()
    written = generate(model, tokenizer, prompt, max_new_tokens=7, beams=beams)
    assert written == theirs(model, tokenizer, prompt, 7, num_beams=beams)
    assert model.generation_config.to_dict() == habits


def test_beams_find_what_greedy_misses(tokenizer):
    model = tiny.decoder()
    assert any(generate(model, tokenizer, p, beams=5, max_new_tokens=7)
               != generate(model, tokenizer, p, max_new_tokens=7) for p in PROMPTS)  # fmt: skip


@pytest.mark.parametrize("stop", [None, "e", [" t", "n"]])
def test_complete_is_generate_at_temperature_zero_for_many(model, tokenizer, stop):
    prompts = PROMPTS * 2
    alone = [generate(model, tokenizer, p, max_new_tokens=13, stop=stop).strip() for p in prompts]
    assert complete(model, tokenizer, prompts, max_new_tokens=13, stop=stop, batch_size=5) == alone
    assert complete(model, tokenizer, []) == []


def chi_square(drawn, p):
    """(statistic, degrees of freedom) with rare tokens taken together, so that each class expects five at least."""
    n = drawn.numel()
    seen = torch.bincount(drawn, minlength=p.numel()).double()
    often = p * n >= 5
    seen = torch.cat([seen[often], seen[~often].sum()[None]])
    wanted = torch.cat([p[often], p[~often].sum()[None]]).double() * n
    keep = wanted > 1e-9
    assert seen[~keep].sum() == 0, "a token of probability zero was drawn"
    return (((seen - wanted) ** 2 / wanted)[keep]).sum().item(), int(keep.sum()) - 1


@pytest.mark.parametrize("dials", [{}, {"temperature": 2.0, "top_k": 17, "top_p": 0.9}])
def test_sampling_draws_from_the_distribution(tokenizer, monkeypatch, dials):
    """20,000 first tokens; the model is replaced by its logits, so that it is the drawing that takes the time."""
    model, n = tiny.decoder(), 20_000
    dials = {"temperature": 1.0, **dials}
    ids = torch.tensor([prompt_tokens(model, tokenizer, "the")])
    with torch.no_grad():
        out = model(input_ids=ids, use_cache=True)
    monkeypatch.setattr(model, "forward", lambda **_: out)
    drawn = []
    real = torch.multinomial
    monkeypatch.setattr(torch, "multinomial", lambda *a, **k: drawn.append(real(*a, **k)) or drawn[-1])
    for seed in range(0, n, 50):  # a first token and 49 more of the same distribution, as the logits never change
        monkeypatch.setattr(tokenizer.__class__, "eos_token_id", property(lambda _: -1), raising=False)
        generate(model, tokenizer, "the", max_new_tokens=50, seed=seed, **dials)
    drawn = torch.cat(drawn)
    assert drawn.numel() == n
    found, freedom = chi_square(drawn, next_token_distribution(out.logits[0, -1], **dials))
    assert found < freedom + 4 * math.sqrt(2 * freedom) + 4, (found, freedom)
    wrong, freedom = chi_square(drawn % 299, next_token_distribution(out.logits[0, -1] * 1.1, temperature=9.0))
    assert wrong > 10 * freedom  # another distribution is told apart


@pytest.mark.parametrize("dials", [{"temperature": 0.6}, {"top_k": 9}, {"top_p": 0.7},
                                   {"temperature": 1.7, "top_k": 23, "top_p": 0.8}])  # fmt: skip
def test_draws_agree_with_those_of_transformers(tokenizer, dials):
    """20,000 first tokens drawn by `transformers`, beside our distribution, and another distribution told apart."""
    model, n = tiny.decoder("llama"), 20_000
    ids = torch.tensor([prompt_tokens(model, tokenizer, "Kator lives in")])
    theirs = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, **dials}
    torch.manual_seed(11)
    out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=True, max_new_tokens=1,
                         num_return_sequences=n, **theirs)  # fmt: skip
    drawn = out[:, ids.shape[1]]
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0, -1]
    found, freedom = chi_square(drawn, next_token_distribution(logits, **dials))
    assert freedom >= 2 and found < freedom + 4 * math.sqrt(2 * freedom) + 4, (found, freedom)
    kept = drawn[torch.isin(drawn, next_token_distribution(logits, **dials).topk(2).indices)]
    other = next_token_distribution(logits.index_fill(0, kept.unique(), 0.0), top_k=2)
    assert chi_square(kept, 0.5 * other + 0.5 / other.numel())[0] > 1000


def test_a_seed_gives_the_same_text_and_another_seed_another(model, tokenizer):
    texts = [generate(model, tokenizer, "the", temperature=20.0, seed=s, max_new_tokens=17) for s in (1, 1, 2, 3)]
    assert texts[0] == texts[1] and len(set(texts)) == 3


def test_drawing_leaves_the_global_generator_alone(tokenizer):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    generate(tiny.decoder(), tokenizer, "the", temperature=1.0, seed=5, max_new_tokens=3)
    assert torch.equal(torch.get_rng_state(), before)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.floats(-30, 30), min_size=2, max_size=41), st.floats(1e-6, 99), st.integers(1, 50), st.floats(0.01, 1)
)
def test_a_distribution_sums_to_one_and_keeps_what_it_should(logits, temperature, k, p):
    logits = torch.tensor(logits)
    few, fewer = (next_token_distribution(logits, temperature, k, q) for q in (None, p))
    whole = next_token_distribution(logits, temperature)
    for q in (whole, few, fewer):
        assert q.sum().item() == pytest.approx(1, abs=1e-5) and q.min() >= 0
        assert q[whole == whole.max()].max() > 0  # where several are likeliest alike, one of them is kept
    assert (few > 0).sum() <= min(k, logits.numel())
    nucleus = next_token_distribution(logits, temperature, top_p=p) > 0
    assert whole[nucleus].sum() >= p - 1e-4
    smallest = whole[nucleus].min()
    assert whole[nucleus].sum() - smallest < p + 1e-4  # without its last token it would fall short


def test_the_dials_are_those_of_transformers():
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    logits = torch.randn(1, 211, generator=torch.Generator().manual_seed(1)) * 3
    for t, k, p in [(0.7, 13, 0.8), (1.3, 211, 0.99), (1.0, 2, 0.3), (3.0, 101, 0.5)]:
        wanted = logits
        for warp in (TemperatureLogitsWarper(t), TopKLogitsWarper(k), TopPLogitsWarper(p)):
            wanted = warp(None, wanted)
        torch.testing.assert_close(next_token_distribution(logits[0], t, k, p), wanted[0].softmax(-1))


def test_dials_at_their_edges():
    logits = torch.tensor([2.0, 1.0, 1.0, -3.0])
    plain = logits.softmax(-1)
    torch.testing.assert_close(next_token_distribution(logits, top_k=99, top_p=1.0), plain)
    torch.testing.assert_close(next_token_distribution(logits, top_k=4), plain)
    assert next_token_distribution(logits, top_k=1).tolist() == [1, 0, 0, 0]
    assert next_token_distribution(logits, top_p=1e-9).tolist() == [1, 0, 0, 0]
    assert next_token_distribution(logits, temperature=1e-40).tolist() == [1, 0, 0, 0]
    assert (next_token_distribution(logits, top_k=2) > 0).sum() == 2  # of two equals one is kept
    assert (next_token_distribution(torch.zeros(7), top_p=1.0) > 0).all()
    torch.testing.assert_close(next_token_distribution(logits, temperature=math.inf), torch.full((4,), 0.25))


@pytest.mark.parametrize("dials", [{"temperature": 0}, {"temperature": -1}, {"temperature": math.nan}, {"top_k": 0},
                                   {"top_k": -3}, {"top_p": 0}, {"top_p": 1.5}, {"top_p": math.nan}])  # fmt: skip
def test_a_dial_without_a_meaning_is_refused_with_its_value(dials):
    with pytest.raises(ValueError, match=str(next(iter(dials.values())))):
        next_token_distribution(torch.zeros(5), **dials)


def test_top_k_of_one_is_greedy(model, tokenizer):
    greedy = generate(model, tokenizer, "the", max_new_tokens=11)
    assert generate(model, tokenizer, "the", max_new_tokens=11, temperature=1.7, top_k=1, seed=9) == greedy


def test_the_text_ends_before_the_first_stop(model, tokenizer):
    whole = generate(model, tokenizer, "Kator", max_new_tokens=23)
    assert len(whole) > 6
    for stop in (whole[4], whole[2:5], [whole[-3:], whole[3:5]]):
        stops = [stop] if isinstance(stop, str) else stop
        wanted = whole[: min(whole.index(s) for s in stops)]
        assert generate(model, tokenizer, "Kator", max_new_tokens=23, stop=stop) == wanted
    assert generate(model, tokenizer, "Kator", max_new_tokens=23, stop="never written, surely") == whole
    assert generate(model, tokenizer, "Kator", max_new_tokens=23, stop=[]) == whole


def test_an_empty_stop_and_negative_lengths_are_refused(model, tokenizer):
    for wrong in ({"stop": ""}, {"stop": ["a", ""]}, {"max_new_tokens": -1}, {"beams": 0}):
        with pytest.raises(ValueError):
            generate(model, tokenizer, "the", **wrong)


@pytest.mark.parametrize("beams", [1, 3])
def test_nothing_more_is_nothing(model, tokenizer, beams):
    assert generate(model, tokenizer, "the", max_new_tokens=0, beams=beams) == ""
    assert complete(model, tokenizer, ["the", "a"], max_new_tokens=0) == ["", ""]


def test_the_end_of_a_document_ends_the_text(tokenizer, monkeypatch):
    model = tiny.decoder()
    bias = torch.zeros(300)
    bias[tokenizer.eos_token_id] = 1e6
    forward = model.forward

    def ending(*args, **kwargs):
        out = forward(*args, **kwargs)
        out.logits = out.logits + bias
        return out

    monkeypatch.setattr(model, "forward", ending)
    assert generate(model, tokenizer, "the") == ""
    assert complete(model, tokenizer, ["the"]) == [""]


def test_a_context_is_filled_to_the_last_token_and_no_further(decoder, tokenizer):
    assert context_length(decoder) == 67
    prompt = "9" * 49  # a digit is a token, the space before the text another, and one token begins
    assert len(prompt_tokens(decoder, tokenizer, prompt)) == 51
    generate(decoder, tokenizer, prompt, max_new_tokens=16)
    with pytest.raises(PromptTooLong, match="51 tokens and 17 more .* 67. Shorten the prompt to 50 tokens"):
        generate(decoder, tokenizer, prompt, max_new_tokens=17)
    with pytest.raises(PromptTooLong, match="51 tokens"):
        complete(decoder, tokenizer, ["a", prompt], max_new_tokens=17)
    with pytest.raises(PromptTooLong, match="67"):
        choose(decoder, tokenizer, "9" * 70, ["a", "b"])


def test_an_encoder_has_its_own_limit(tokenizer):
    bart, t5 = tiny.encoder_decoder("bart"), tiny.encoder_decoder()
    generate(bart, tokenizer, "9" * 65, max_new_tokens=5)
    with pytest.raises(PromptTooLong, match="68 tokens, but .* 67. Shorten the prompt to 67 tokens[.]"):
        generate(bart, tokenizer, "9" * 66, max_new_tokens=5)
    with pytest.raises(PromptTooLong, match="68 tokens .* 67"):
        generate(bart, tokenizer, "9", max_new_tokens=68)
    assert context_length(t5) is None
    generate(t5, tokenizer, "9" * 300, max_new_tokens=2)


LONG = {"letters": "a" * 10**6, "words": "the word " * 110_000, "emoji": "🙂" * 250_000, "spaces": " " * 10**6,
        "nul": "\0" * 10**6, "special": "<eos>" * 200_000}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_a_megabyte_is_answered_at_once_with_both_lengths(model, tokenizer, name):
    start = time.process_time()
    with pytest.raises(PromptTooLong) as caught:
        generate(model, tokenizer, LONG[name])
    assert time.process_time() - start < 2
    limit = str(context_length(model) or 2048)
    assert str(len(LONG[name])) in str(caught.value) and limit in str(caught.value)


ODD = ["", " ", "\n", "🙂", "👩‍🚀", "e\u0301", "\x00\x1b[31m", "<b>&amp;</b>", "<eos><bos>", "\u202etxt", "漢字"]
ODD += ["\ud800", "a\udfffb"]  # halves of a character


@pytest.mark.parametrize("text", ODD)
def test_any_string_is_a_prompt(model, tokenizer, text):
    assert isinstance(generate(model, tokenizer, text, max_new_tokens=5), str)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_comes_back_from_the_tokenizer(text):
    tokenizer = tiny.tokenizer()
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_without_a_begin_token_an_empty_prompt_is_refused(tokenizer, monkeypatch):
    monkeypatch.setattr(tokenizer.__class__, "bos_token_id", property(lambda _: None), raising=False)
    assert prompt_tokens(tiny.decoder(), tokenizer, "a") == tokenizer.encode("a", add_special_tokens=False)
    with pytest.raises(ValueError, match="empty"):
        generate(tiny.decoder(), tokenizer, "")


@pytest.mark.parametrize("answers", [["Paris", "Rome"], ["cat", "cats", "dog"], ["yes"], [" .", "!", "12"]])
@pytest.mark.parametrize("prompt", ["The city is", "The city is ", ""])
def test_a_choice_is_scoring_by_hand(decoder, tokenizer, prompt, answers):
    """By hand: one answer at a time, log-probability of the whole text, every token after the first."""
    scores = []
    for answer in answers:
        space = " " if prompt == "The city is" and answer[0].isalnum() else ""
        ids = torch.tensor([[1, *tokenizer.encode(prompt + space + answer, add_special_tokens=False)]])
        with torch.no_grad():
            logp = decoder(input_ids=ids).logits.log_softmax(-1)
        scores.append(sum(logp[0, i, ids[0, i + 1]].item() for i in range(ids.shape[1] - 1)))
    top = max(scores)
    weights = [math.exp(s - top) for s in scores]
    wanted = {a: w / sum(weights) for a, w in zip(answers, weights, strict=True)}
    found = choose(decoder, tokenizer, prompt, answers)
    assert list(found) == answers and sum(found.values()) == pytest.approx(1, abs=1e-6)
    assert found == pytest.approx(wanted, abs=1e-5)


def test_a_choice_that_cannot_be_made_is_refused(tokenizer):
    for answers in ([], ["a", "a"]):
        with pytest.raises(ValueError):
            choose(tiny.decoder(), tokenizer, "the", answers)
    with pytest.raises(ValueError, match="decoders"):
        choose(tiny.encoder_decoder(), tokenizer, "the", ["a", "b"])


def test_an_interval_holds_the_share_and_narrows():
    for right, n in [(0, 7), (7, 7), (3, 7), (300, 700)]:
        low, high = interval(right, n)
        assert 0 <= low <= right / n <= high <= 1
    assert interval(300, 700)[1] - interval(300, 700)[0] < interval(3, 7)[1] - interval(3, 7)[0]
    for wrong in [(0, 0), (8, 7), (-1, 7)]:
        with pytest.raises(ValueError):
            interval(*wrong)
