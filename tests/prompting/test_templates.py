"""Templates are filled, refuse what cannot be filled, and never obey what is filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmcourse.prompting.decoding import prompt_tokens
from fmcourse.prompting.templates import LIST, SORT, Format, TemplateProblem, TooManyExamples, fill, fitting, slots
from tests.harness import tiny

EXAMPLES = [{"input": str(i), "answer": str(i + 1)} for i in range(23)]


def test_slots_are_found_once_and_in_order():
    assert slots("{b} {a} {b} {{not}}") == ["b", "a"]
    assert slots("no slot") == []


@given(st.text(max_size=40))
def test_what_is_filled_in_stands_there_as_it_is(text):
    assert fill("<{a}|{b}>", a=text, b=text) == f"<{text}|{text}>"


@pytest.mark.parametrize("template", [
    "{q.__class__}", "{q[0]}", "{0}", "{}", "{q!r}", "{q:>9}", "{a b}", "{", "}", "{q", "q}", "{q:{w}}",
])  # fmt: skip
def test_only_plain_names_are_slots(template):
    with pytest.raises(TemplateProblem, match="slot|braces"):
        fill(template, q="x")


def test_a_missing_slot_and_a_missing_value_are_one_sentence_each():
    with pytest.raises(TemplateProblem, match=r"has no slot \{question\}; write \{question\} where it belongs"):
        fill("Answer:", question="Why?")
    with pytest.raises(TemplateProblem, match=r"slot \{b\} got no value; there are a"):
        fill("{a} {b}", a=1)
    with pytest.raises(TemplateProblem, match=r"slot \{name\} is not known here; there are \{input\}"):
        Format("", "", "{name}").write({"input": "x"})


def test_a_format_writes_the_documents_of_the_world():
    shown = [{"input": "Peru", "answer": "Lima"}, {"input": "Iraq", "answer": "Baghdad"}]
    assert LIST.write({"input": "France"}, shown) == "List: Peru -> Lima; Iraq -> Baghdad; France ->"
    assert SORT.write({"input": "pear"}, shown[:1]) == "Sort: Peru -> Lima, pear ->"
    assert LIST.write({"input": "France"}) == "List: France ->"


@pytest.mark.parametrize("new", [1, 7])
def test_as_many_examples_as_fit_and_not_one_more(new):
    model, tokenizer = tiny.decoder(), tiny.tokenizer()
    most = None
    for k in range(len(EXAMPLES)):
        size = len(prompt_tokens_free(tokenizer, LIST.write({"input": "7"}, EXAMPLES[:k]))) + new
        if size <= 67:
            most = k
    assert 1 <= most < len(EXAMPLES) - 1
    prompt = fitting(model, tokenizer, LIST, {"input": "7"}, EXAMPLES[:most], new)
    assert len(prompt_tokens(model, tokenizer, prompt, new)) + new <= 67
    with pytest.raises(TooManyExamples, match=rf"context holds 67: at most {most} of these examples fit"):
        fitting(model, tokenizer, LIST, {"input": "7"}, EXAMPLES[: most + 1], new)
    with pytest.raises(TooManyExamples, match=rf"at most {most} of these examples fit"):
        fitting(model, tokenizer, LIST, {"input": "7"}, EXAMPLES, new)


def prompt_tokens_free(tokenizer, text):
    return [tokenizer.bos_token_id, *tokenizer.encode(text, add_special_tokens=False)]


def test_a_question_that_fits_nowhere_is_said():
    with pytest.raises(TooManyExamples, match="not even the question alone fits"):
        fitting(tiny.decoder(), tiny.tokenizer(), LIST, {"input": "7" * 90}, EXAMPLES[:2], 1)
