"""The material of the technique table is what it says: withheld, right, complete; and the record still matches."""

import pytest

from fmcourse.classroom import recorded
from fmcourse.studies.techniques import TECHNIQUES, VOTES, cell, listed, read
from fmcourse.tasks.questions import tasks
from fmcourse.world import World
from fmcourse.world.baselines import labelling_reader
from tests.harness import tiny

WORLD = World.default()
ASKED = tasks(WORLD, n=61, seed=5)
BY_NAME = {t.name: t for t in TECHNIQUES}


def test_there_are_enough_of_both_and_names_are_names():
    assert len(BY_NAME) == len(TECHNIQUES) >= 10 and len(ASKED) >= 4
    again = tasks(WORLD, n=61, seed=5)
    assert all(again[k].questions == ASKED[k].questions for k in ASKED)
    with pytest.raises(ValueError, match="n is 0"):
        tasks(WORLD, n=0)


def test_questions_about_facts_are_withheld_and_answered_rightly():
    for name in ("listed facts", "other facts"):
        for q in ASKED[name].questions:
            relation = next(r for r in WORLD.relations.values() if f"say the {r.name}" == q.fields["instruction"])
            subject = q.fields["input"]
            assert relation.values[subject] == q.answer and subject not in WORLD.asked_subjects(relation.name)
            assert (relation.name in WORLD.listed) == (name == "listed facts")
            assert all(relation.values[e["input"]] == e["answer"] != q.answer for e in q.examples)


def test_two_hop_questions_are_about_withheld_people_and_examples_are_not():
    friend = WORLD.relations["friend"].values
    for q in ASKED["two hops"].questions:
        assert q.fields["input"] in WORLD.two_hop_withheld
        relation = q.fields["instruction"].split()[2]
        assert q.answer == WORLD.relations[relation].values[friend[q.fields["input"]]]
        assert all(e["input"] in WORLD.two_hop_people and e["answer"] != q.answer for e in q.examples)


def test_sums_are_right_and_labels_are_new():
    for q in ASKED["sums"].questions:
        a, b = map(int, q.fields["input"].split(" + "))
        assert a + b == int(q.answer) and q.answer in q.options and q.answer not in [e["answer"] for e in q.examples]
    withheld = {frozenset(p) for p in WORLD.withheld_label_pairs}
    for q in ASKED["new labels"].questions:
        assert {e["answer"] for e in q.examples[:2]} == {e["answer"] for e in q.examples}
        assert frozenset(e["answer"] for e in q.examples) in withheld
        prompt = listed(4)(ASKED["new labels"], q)
        assert labelling_reader(prompt, WORLD) == {q.answer: 1.0}


@pytest.mark.parametrize("task", ASKED)
def test_every_technique_writes_a_prompt_for_every_task(task):
    for q in ASKED[task].questions[:7]:
        made = {t.name: t.write(ASKED[task], q) for t in TECHNIQUES}
        assert all(isinstance(p, str) and p for p in made.values())
        assert q.answer in q.options
        assert q.fields["input"].split()[0] in made["list, 6 examples"]
        for e in q.examples[:4]:
            right = f"{e['input']} -> {e['answer']}"
            assert right in made["list, 4 examples"] and right not in made["list, 4 wrong examples"]


def test_an_answer_is_read_from_steps_too():
    assert read("7 + 5 = 12, carry 1, and 3 + 4 + 1 = 8, so 82.") == "82"
    assert read("The friend of A is B. B has a cat. Answer: cat.") == "cat"


@pytest.mark.parametrize("name", ["document form", "steps, vote of 7", "temperature 1", "4 beams", "given answers"])
def test_every_way_of_answering_answers_every_question(name, monkeypatch):
    """A tiny random model: nothing right is expected, but one answer for each question."""
    from fmcourse.models.loading import Loaded

    model = tiny.decoder("llama")
    monkeypatch.setattr(model.config, "max_position_embeddings", 400)
    loaded = Loaded(model, tiny.tokenizer(), {}, "tiny")
    small = tasks(WORLD, n=3, seed=5)["verdicts"]
    made = cell(loaded, small, BY_NAME[name])
    assert made.n == 3 and 0 <= made.right <= made.valid <= 3
    assert VOTES % 2  # so that two labels never tie


def test_the_record_is_a_whole_table_with_intervals():
    rows = recorded("prompt_table")["rows"]
    cells = {(r["technique"], r["task"]) for r in rows}
    assert len(cells) == len(rows) and cells == {(t, k) for t in BY_NAME for k in ASKED}
    assert all(r["low"] - 1e-9 <= r["share"] <= r["high"] + 1e-9 and r["n"] >= 100 for r in rows)
    assert len({r["share"] for r in rows}) > 20
