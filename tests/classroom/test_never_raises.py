"""What says that it never raises does not, whatever it is given; what it prints and writes can be printed and read."""

import json
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse import records
from fmcourse.classroom import (
    answer,
    check,
    claim,
    claims,
    events,
    hint,
    predict,
    predictions,
    progress,
    quiz,
    reveal,
    term,
    warmup,
)
from fmcourse.classroom.checks import BROKEN, EMPTY, RIGHT, WRONG, is_stub, judge
from fmcourse.classroom.comparisons import Comparisons, NotYet, in_words
from tests.classroom import hostile

warnings.filterwarnings("ignore", category=UserWarning)
COUNT = len(hostile.values())


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))
    monkeypatch.setenv("FMCOURSE_CLAIMS", str(tmp_path / "claims.jsonl"))
    monkeypatch.setattr(predictions, "_LAST", {})
    return tmp_path


def printed(capsys) -> str:
    """What was printed: at least a word, short enough to read, and writable as UTF-8."""
    out = capsys.readouterr().out
    out.encode()
    assert out.strip() and len(out) < 5000
    return out


@pytest.mark.parametrize("i", range(COUNT))
@pytest.mark.filterwarnings("ignore")
class TestEachOddValue:
    def test_check_hint_and_term(self, i, capsys):
        odd = hostile.values()[i]
        for name in ("00.first", "00.mean", "01.softmax", "03.dearest", "05.tiles", "11.fill"):
            check(name, odd)
            printed(capsys)
        for call in (check, hint):
            call(odd, *([odd] if call is check else []))
            assert "There is no exercise called" in printed(capsys)
        term(odd)
        printed(capsys)
        assert is_stub(odd) in (True, False)

    def test_predictions(self, i, capsys):
        odd = hostile.values()[i]
        for other in (3, 2.5, "word", None, odd):
            for guess, measured in ((odd, other), (other, odd)):
                predict("02.x", guess)
                predict(odd, guess)
                reveal("02.x", measured, odd)
                reveal(odd, measured)
                printed(capsys)

    def test_claims(self, i, capsys):
        odd = hostile.values()[i]
        for place in range(6):
            args = ["Z1", "a sentence", True, 1.0, 5, "live"]
            args[place] = odd
            claim(*args[:4], n=args[4], tier=args[5])
            assert "\n  measured: " in printed(capsys)

    def test_questions(self, i, capsys):
        odd = hostile.values()[i]
        for args in ((odd,), (odd, 1, "a"), ("00", odd), ("00", odd, "a"), ("00", 1, odd), (odd, odd, odd)):
            answer(*args)
            printed(capsys)
        for ask in (quiz, warmup):
            assert ask(odd) is None
            printed(capsys)

    def test_what_is_written_can_be_read_again(self, i, home):
        odd = hostile.values()[i]
        for value in (odd, [odd], {"deep": {"er": odd}}, {"a": odd, "b": 2}):
            json.dumps(records.plain(value), ensure_ascii=False).encode()
        assert len(json.dumps(records.plain(odd))) < 700_000
        path = home / "log.jsonl"
        assert records.append(path, {"before": odd}) and records.append(path, {"id": 1})
        good, bad = records.split(path)
        assert len(good) == 2 and bad == [] and good[1] == {"id": 1}
        events.note(odd, odd, odd)
        progress.table(), events.events(), progress.solved(), progress.quiz_scores()

    def test_words_for_it(self, i):
        odd = hostile.values()[i]
        for text in (in_words(odd), records.text_of(odd), records.quoted(odd), records.kind_of(odd)):
            assert type(text) is str and "\n" not in text and len(text) <= 300
            text.encode()

    def test_comparisons_say_not_yet(self, i):
        t, odd = Comparisons(), hostile.values()[i]
        calls = [(t.close, np.ones(2)), (t.number, "It"), (t.shape, (7, 7)), (t.function, 2), (t.items, "It")]
        calls += [(t.equal, x) for x in (3, [1, 2], "abc", np.ones(2), torch.ones(2, 3), {"a": 1})]
        for call, other in calls:
            try:
                call(odd, other)
            except NotYet as refused:
                assert len(str(refused)) < 400


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("i", range(len(hostile.functions())))
def test_functions_that_return_or_raise_something_odd(i, capsys):
    odd = hostile.functions()[i]
    for name in ("00.mean", "02.nearest", "05.tiles", "08.induction", "10.split", "11.bug", "13.turn"):
        said = judge(name, odd)
        assert said.state in (WRONG, EMPTY, BROKEN, RIGHT) and len(said.message) < 1000
        said.message.encode()
        assert "stopped after" not in said.message, "a check that waits for its time limit"


def test_leaving_is_told_with_its_line():
    def leaves(values):
        raise SystemExit

    assert "raise SystemExit" in judge("00.mean", leaves).message


def test_an_interruption_is_the_learners_own():
    def interrupted(values):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge("00.mean", interrupted)


def test_the_sentences_name_what_came():
    nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
    for odd, words in (
        (10**400, "a whole number of about 401 digits"),
        ("\ud800", "\\ud800"),
        (hostile.RaisesForEveryName(), "an object of type RaisesForEveryName"),
        (nested, "a NestedTensor without a shape"),
    ):
        assert words in judge("00.first", odd).message


# ---- files that somebody edited, or that were cut


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"id": ["a"], "kind": "exercise", "name": ["x"], "state": "right", "verdict": 3}',
        '{"id": null}',
        '{"id": "02.x"}',
        '{"kind": "exercise", "name": {"a": 1}, "state": "right"}',
        '{"id": {"a": 1}, "verdict": "no"}',
        '{"a": "\\ud800"}',
        '{"n": 1e999}',
        '{"n": ' + "9" * 5000 + "}",
        "\x00",
        "{}",
        "NaN",
    ],
)
def test_odd_lines_in_a_file_stop_nothing(line, home, capsys):
    for name in ("progress.jsonl", "claims.jsonl", "predictions.jsonl"):
        (home / name).write_bytes((line + "\n").encode("utf-8", "surrogatepass") * 3)
    events.note("exercise", "00.first", "right")
    assert "00.first" in progress.solved()
    progress.main()
    reveal("02.x", 3)
    claims.main()
    capsys.readouterr().out.encode()


def test_a_text_with_other_ends_of_lines_is_one_line(home):
    text = "a\u2028b\u2029c\x85d\x0be\x1cf"
    records.append(home / "log.jsonl", {"text": text})
    assert records.split(home / "log.jsonl") == ([{"text": text}], [])


def test_a_path_that_no_disk_can_have_is_no_error():
    assert records.append("a\x00b/c", {"i": 1}) is False
    assert records.read("a\x00b/c") == []


# ---- laws

texts = st.text(st.characters(exclude_categories=[]))  # lone surrogates, too
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner) | st.tuples(inner, inner),
    max_leaves=30,
)


@settings(deadline=None, max_examples=200)
@given(anything)
def test_plain_can_always_be_written_and_is_plain_already(value):
    made = records.plain(value)
    json.dumps(made, ensure_ascii=False, allow_nan=False).encode()
    assert records.plain(made) == made


@settings(deadline=None, max_examples=200)
@given(anything, st.integers(2, 400))
def test_words_are_short_and_writable(value, most):
    for text in (records.text_of(value, most), records.quoted(value, most), in_words(value)):
        text.encode()
        assert "\n" not in text
    assert len(records.text_of(value, most)) <= most and len(records.quoted(value, most)) <= most


@settings(deadline=None, max_examples=100)
@given(anything, anything)
def test_a_prediction_of_anything_is_compared_with_anything(guess, measured):
    said = predictions._compare(records.plain(guess), records.plain(measured))
    said.encode()


@settings(deadline=None, max_examples=100)
@given(anything, anything, anything)
def test_a_claim_about_anything_is_settled(holds, measured, n):
    str(claims.settle("Z1", "a sentence", holds, measured, n=n)).encode()


@settings(deadline=None, max_examples=60)
@given(anything)
def test_an_answer_of_any_kind_is_judged(value):
    for name in ("00.first", "02.flops", "03.merge", "06.join"):
        said = judge(name, value if name == "00.first" else lambda *_: value)
        assert said.state in (WRONG, EMPTY, BROKEN, RIGHT)
        said.message.encode()
