"""`fmcourse replicate` on a sample notebook: other draws differ, a stopped run goes on, other code starts anew."""

import json

import pytest

from fmcourse.authoring import replicate, run
from fmcourse.classroom import replications
from tests.harness import samples

BEFORE = "from fmcourse.classroom import claim, draws\nx = draws('x').random()"
CLAIM = 'claim("S2", "over a half", x > 0.5, x, n=1)\nclaim("Z1", "made up", True, 1, n=1)'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    there = tmp_path / "notebooks"
    put(there, BEFORE)
    monkeypatch.setattr(replications, "file", lambda: tmp_path / "recorded" / "replications.json")
    return there


def put(there, before):
    def change(cells):
        code = [cell for cell in cells if cell.cell_type == "code"]
        code[3].source, code[4].source, code[5].source = before, CLAIM, "print('later')"
        code[4].metadata = {}

    samples.put(samples.damaged(change), there / "00_first.ipynb")


def test_draws_are_made_once_and_go_on(folder, capsys):
    assert replicate.main(["00"], 2, folder) == 0
    first = replications.recorded()["S2"]
    assert [d["draw"] for d in first["draws"]] == [0, 1] and list(replications.recorded()) == ["S2"]
    assert len({d["measured"] for d in first["draws"]}) == 2
    assert all((float(d["measured"]) > 0.5) == (d["verdict"] == "holds") for d in first["draws"])
    assert replicate.main(["0"], 3, folder) == 0
    again = replications.recorded()["S2"]
    assert again["draws"][:2] == first["draws"] and len(again["draws"]) == 3
    said = capsys.readouterr().out
    assert said.count("draw 1") == 1 and "of 3 draws" in said
    put(folder, BEFORE + " / 2  # another world")
    assert replicate.main(["00"], 1, folder) == 0
    assert len(replications.recorded()["S2"]["draws"]) == 1  # draws of other code are gone


def test_a_draw_is_recorded_in_the_words_of_the_claims_line(folder):
    replicate._record("02", 0, {"A4": "code"}, {"A4": {"here": "holds", "measured": "0.75 " * 110 + "end"}})
    replicate._record("02", 0, {"A5": "code"}, {"A5": {"here": "holds", "measured": 2 / 3}})
    found = {id: claim["draws"][0]["measured"] for id, claim in replications.recorded().items()}
    assert found["A4"].endswith("0.75 end") and found["A5"] == "0.6667"


def test_a_draw_that_fails_is_told_and_not_kept(folder, capsys):
    put(folder, BEFORE + "\nassert draws('x').draw == 0, 'only the stored draw'")
    assert replicate.main(["00"], 2, folder) == 1
    assert "draw 1: cell" in capsys.readouterr().out
    assert [d["draw"] for d in replications.recorded()["S2"]["draws"]] == [0]


def test_an_unknown_notebook_is_one_sentence_and_2(folder, capsys):
    assert replicate.main(["07"], 2, folder) == 2
    assert "no notebook 07" in capsys.readouterr().err


def test_run_draws_anew_and_calls_no_claim_wrong(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "expected", lambda number: {"S2": "does not hold", "Z1": "does not hold"})
    out = tmp_path / "out"
    assert run.main(["00"], out=out, folder=folder) == 1
    assert run.main(["00"], out=out, draw=3, folder=folder) == 0
    row = json.loads((out / "run.json").read_text())["notebooks"][0]
    assert ["Z1", "holds", "does not hold"] in row["differ"]
    capsys.readouterr()
    assert run.main(["00"], out=out, draw=-1, folder=folder) == 2
    assert capsys.readouterr().err == "--draw takes 0 or more, not -1.\n"
    assert run.main(["00"], out=out, draw=3, save=True, folder=folder) == 2
    assert "Only draw 0 is stored" in capsys.readouterr().err
