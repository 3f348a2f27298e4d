"""A marked text has more green pairs than an unmarked one, for the right key alone."""

import pytest

from fmcourse import load
from fmcourse.trust.watermark import detect, generate, green_after


@pytest.fixture(scope="module")
def gpt():
    return load("world-gpt")


def texts(gpt, delta, key=7, n=12):
    begin = "A story about a"
    return [
        begin + generate(gpt.model, gpt.tokenizer, begin, key=key, delta=delta, max_new_tokens=50, seed=i)
        for i in range(n)
    ]


def test_marked_stories_are_greener_for_their_key_alone(gpt):
    marked, plain = texts(gpt, 6.0), texts(gpt, 0.0)
    z = lambda stories, key: sum(detect(gpt.tokenizer, s, key=key).z for s in stories) / len(stories)  # noqa: E731
    assert z(marked, 7) > z(plain, 7) + 1
    assert abs(z(marked, 8) - z(plain, 8)) < 1


def test_half_of_the_vocabulary_is_green_and_the_key_decides():
    one, other = green_after(3, 5, 10_007), green_after(4, 5, 10_007)
    assert one.float().mean().item() == pytest.approx(0.5, abs=0.02)
    assert (one == other).float().mean().item() == pytest.approx(0.5, abs=0.03)
    assert (one == green_after(3, 5, 10_007)).all()
    assert green_after(3, 5, 10_007, 0.25).float().mean().item() == pytest.approx(0.25, abs=0.02)


def test_a_repeated_text_is_no_new_evidence(gpt):
    once = detect(gpt.tokenizer, "the cat sleeps the cat sleeps", key=1)
    often = detect(gpt.tokenizer, "the cat sleeps the cat sleeps" + " the cat sleeps" * 20, key=1)
    assert often.tokens == once.tokens and often.z == once.z


def test_bad_input(gpt):
    for call, words in (
        (lambda: detect(gpt.tokenizer, "", key=1), "no pair"),
        (lambda: detect(gpt.tokenizer, "a b", key=-1), "whole number"),
        (lambda: detect(gpt.tokenizer, "a b", key=1, gamma=1.0), "gamma"),
        (lambda: generate(gpt.model, gpt.tokenizer, "a", key=1, delta=-1.0), "delta"),
        (lambda: generate(gpt.model, gpt.tokenizer, "a", key="secret"), "whole number"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_bytes_and_nul_are_text(gpt):
    assert detect(gpt.tokenizer, "\x00 \ud800 né 猫", key=1).tokens > 0
