"""Trying a prompt: the template becomes a format, bad ones are one sentence, and fresh questions are other ones."""

import pytest

from fmcourse.models.loading import Loaded
from fmcourse.prompting import complete
from fmcourse.prompting.templates import TemplateProblem, TooManyExamples
from fmcourse.studies.prompt_trial import ASKED, as_format, bench_tasks, questions_of, try_prompt
from fmcourse.studies.techniques import read
from tests.harness import tiny


@pytest.fixture
def loaded(monkeypatch):
    model = tiny.decoder("llama")
    monkeypatch.setattr(model.config, "max_position_embeddings", 400)
    return Loaded(model, tiny.tokenizer(), {}, "tiny")


def test_a_template_becomes_examples_and_a_question():
    form = as_format("List: {examples}{input} ->", ", ")
    shown = [{"input": "Peru", "answer": "Lima"}]
    assert form.write({"input": "France"}, shown) == "List: Peru -> Lima, France ->"
    assert as_format("{question}").write({"question": "Why?"}) == "Why?"


@pytest.mark.parametrize("template, words", [
    ("Answer:", "no slot for the question"), ("{examples}", "after {examples}"), ("{input} {name}", "{name}"),
    ("{input} {examples}", "no slot for the question"), ("{head} {examples}{input}", "{head}"), ("{input", "braces"),
    ("{input.__class__}", "plain name"), ("", "no slot for the question"),
])  # fmt: skip
def test_a_template_that_cannot_be_filled_is_one_sentence(loaded, template, words):
    with pytest.raises(TemplateProblem) as caught:
        try_prompt(loaded, template)
    assert words in str(caught.value) and len(str(caught.value)) < 200


def test_a_trial_is_the_score_of_its_prompts(loaded):
    task, asked = questions_of("verdicts")
    trial = try_prompt(loaded, "{question}", "verdicts")
    prompts = [q.fields["question"] for q in asked]
    made = [read(t) for t in complete(loaded.model, loaded.tokenizer, prompts, max_new_tokens=4)]
    assert trial.score.right == sum(m == q.answer for m, q in zip(made, asked, strict=True))
    assert trial.score.valid == sum(map(task.accepts, made)) and trial.score.n == len(asked) == ASKED
    assert trial.prompt == asked[0].fields["question"] and trial.right == asked[0].answer and trial.said == made[0]
    assert len(trial.next_words) == 8


def test_fresh_questions_are_other_questions():
    for name in bench_tasks():
        _, bench = questions_of(name)
        _, fresh = questions_of(name, fresh=True)
        asked = {q.fields["question"] + q.fields["input"] for q in bench}
        shared = [q for q in fresh if q.fields["question"] + q.fields["input"] in asked]
        assert len(fresh) >= 50 and len(shared) <= len(fresh) / 4, name  # reviews and labels may come up twice


def test_too_many_examples_and_unknown_tasks_are_sentences(loaded, monkeypatch):
    with pytest.raises(TemplateProblem, match=r"no slot \{examples\}"):
        try_prompt(loaded, "{input} ->", examples=2)
    with pytest.raises(ValueError, match="7 examples are wanted, and each question has 0 to 6"):
        try_prompt(loaded, "{examples}{input} ->", examples=7)
    with pytest.raises(ValueError, match="no task is called 'sum'"):
        try_prompt(loaded, "{input}", "sum")
    monkeypatch.setattr(loaded.model.config, "max_position_embeddings", 67)
    with pytest.raises(TooManyExamples, match="at most [0-5] of these examples fit|not even"):
        try_prompt(loaded, "{examples}{input} ->", "listed facts", examples=6)
