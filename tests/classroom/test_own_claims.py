"""A learner's own claim: what was written down before the first measurement is what counts."""

import pytest

from fmcourse.classroom import ledger
from fmcourse.classroom.own_claims import own_claims_file, settle_own, write_down


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))
    monkeypatch.setenv("FMCOURSE_CLAIMS", str(tmp_path / "claims.jsonl"))
    return tmp_path


def written(id="Z1", at_least=0.9, sentence="it answers", unit="moon: 60", rival="0.33"):
    write_down(id, sentence, at_least=at_least, unit=unit, rival=rival)


def test_a_claim_is_settled_by_its_threshold(capsys):
    written()
    settle_own("Z1", 0.9, n=60, measured="0.90")
    written("Z2")
    settle_own("Z2", 0.89, n=60, measured="0.89")
    out = capsys.readouterr().out
    assert "Z1 holds: it answers, at least 0.9" in out and "Z2 does not hold: it answers" in out
    assert "rival: 0.33" in out


def test_before_it_is_settled_it_may_be_written_anew_and_afterwards_not(capsys):
    written(at_least=0.5)
    written(at_least=0.7)
    settle_own("Z1", 0.6, n=60, measured="0.60")
    written(at_least=0.5)
    settle_own("Z1", 0.6, n=60, measured="0.60")
    out = capsys.readouterr().out
    assert out.count("Z1 does not hold") == 2 and "Z1 holds" not in out and "0.7 stays" in out


def test_without_a_threshold_nothing_is_settled(capsys):
    settle_own("Z7", 1.0, n=60, measured="1.00")
    assert "never written down" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "P1"}, "Z and a number"),
        ({"id": None}, "Z and a number"),
        ({"at_least": "0.9"}, "must be a number"),
        ({"at_least": float("nan")}, "must be a number"),
        ({"at_least": True}, "must be a number"),
        ({"sentence": " "}, "sentence is missing"),
        ({"unit": "..."}, "unit is missing"),
        ({"rival": None}, "rival is missing"),
    ],
)
def test_what_is_not_whole_is_refused_in_a_sentence(capsys, change, words):
    written(**change)
    assert words in capsys.readouterr().out
    assert not own_claims_file().exists()


def test_the_ledger_of_the_course_has_no_id_of_a_learner():
    assert not [row["id"] for row in ledger.syllabus() if row["id"].startswith("Z")]
