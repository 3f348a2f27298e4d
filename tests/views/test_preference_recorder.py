"""What a learner chooses is on the disk at once, can be taken back, and survives spoilt lines and wrong letters."""

import pytest

from fmcourse.training.preferences import Comparison, usable
from fmcourse.views import preference_recorder as pr

QUESTIONS = [(f"Explain {i}:", f"left {i}", f"right <b>{i}</b>") for i in range(5)]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "preferences.jsonl"


def test_the_buttons_keep_each_choice_at_once_and_undo_takes_one_back(file):
    recorder = pr.Recorder(QUESTIONS, file)
    assert "Explain 0:" in recorder.asked.value and "left 0" in recorder.texts[0].value
    assert "&lt;b&gt;0" in recorder.texts[1].value, "texts are shown, never run"
    assert recorder.back.disabled
    recorder.buttons["first"].click()
    assert pr.kept(file) == [Comparison(*QUESTIONS[0], "first")]
    recorder.buttons["second"].click()
    recorder.buttons["tie"].click()
    assert [c.choice for c in pr.kept(file)] == ["first", "second", "tie"] and "3 of 5" in recorder.said.value
    recorder.back.click()
    assert [c.choice for c in pr.kept(file)] == ["first", "second"] and "Explain 2:" in recorder.asked.value
    for _ in range(3):
        recorder.buttons["second"].click()
    assert all(b.disabled for b in recorder.buttons.values()) and "All compared" in recorder.asked.value
    recorder.choose("first")  # nothing is asked any more
    assert len(pr.kept(file)) == 5


def test_a_new_kernel_goes_on_where_the_last_one_stopped(file):
    first = pr.Recorder(QUESTIONS, file)
    first.choose("tie")
    again = pr.Recorder(QUESTIONS, file)
    assert "Explain 1:" in again.asked.value and "1 of 5" in again.said.value


def test_a_full_disk_is_said_and_the_question_stays(file, monkeypatch):
    recorder = pr.Recorder(QUESTIONS, file)
    monkeypatch.setattr(pr.records, "append", lambda *_: False)
    recorder.choose("first")
    assert "could not be written" in recorder.said.value and "Explain 0:" in recorder.asked.value
    monkeypatch.undo()
    recorder.choose("first")
    assert "could not" not in recorder.said.value and len(pr.kept(file)) == 1


def test_letters_do_the_same_without_a_widget(file, capsys):
    assert pr.take_letters(QUESTIONS, "ab =", file) == 3
    assert [c.choice for c in pr.kept(file)] == ["first", "second", "tie"]
    assert pr.take_letters(QUESTIONS, "AB=", file) == 0, "run twice, kept once"
    assert pr.take_letters(QUESTIONS, "AB=A", file) == 1
    capsys.readouterr()
    for bad, words in (("AXB", "'X' is none of"), ("A" * 6, "6 letters for 5"), ("", "No letters yet")):
        assert pr.take_letters(QUESTIONS, bad, file) == 0
        assert words in capsys.readouterr().out
    assert len(pr.kept(file)) == 4, "nothing is lost"


def test_spoilt_lines_are_skipped_and_ties_alone_are_refused(file):
    pr.keep(QUESTIONS[0], "tie", file)
    with open(file, "a") as f:
        f.write('not json\n{"prompt": "p"}\n{"prompt": "p", "first": "a", "second": "b", "choice": "left"}\n')
    pr.keep(QUESTIONS[1], "tie", file)
    assert [c.prompt for c in pr.kept(file)] == ["Explain 0:", "Explain 1:"]
    assert [c.prompt for c in pr.kept(file, prompts=["Explain 1:"])] == ["Explain 1:"]
    with pytest.raises(ValueError, match="all 2 comparisons are ties"):
        usable(pr.kept(file))
    assert len(pr.kept(file)) == 2
    with pytest.raises(ValueError, match="choice"):
        pr.keep(QUESTIONS[0], "left", file)


def test_questions_must_be_questions():
    for bad in ([], [("p", "same", "same")]):
        with pytest.raises(ValueError, match="two different texts"):
            pr.record_preferences(bad)


def test_outside_a_notebook_one_stable_sentence_remains(file, capsys):
    pr.record_preferences(QUESTIONS, file)
    said = capsys.readouterr().out
    assert said.strip() == pr.SENTENCE and not file.exists()
