"""A claim prints two lines, is recorded, and never raises, whatever dial a learner turned."""

import json
import re

import numpy as np
import pytest
import torch

from fmcourse import records
from fmcourse.classroom import claim, ledger
from fmcourse.classroom import claims as module
from fmcourse.paths import course_root

ROOT = course_root()


class Stubborn:
    def __bool__(self):
        raise RuntimeError("no truth here")

    __str__ = __repr__ = __float__ = __bool__


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_CLAIMS", str(tmp_path / "deep" / "claims.jsonl"))
    return tmp_path / "deep" / "claims.jsonl"


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        (True, "holds"),
        (False, "does not hold"),
        (np.bool_(True), "holds"),
        (np.array([False]), "does not hold"),
        (torch.tensor(True), "holds"),
        (torch.tensor([False]), "does not hold"),
        ("Holds with a  condition", "holds with a condition"),
        ("does not hold", "does not hold"),
        (None, "could not be settled"),
        (float("nan"), "could not be settled"),
        (1, "could not be settled"),
        (0.7, "could not be settled"),
        (np.array([True, False]), "could not be settled"),
        ("yes", "could not be settled"),
        (torch.tensor([True, True]), "could not be settled"),
        (Stubborn(), "could not be settled"),
        ([], "could not be settled"),
    ],
)
def test_verdicts(book, capsys, holds, verdict):
    assert claim("A1", "one thing\n  is so", holds, 0.25, n=7) is None
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == f"A1 {verdict}: one thing is so"
    assert rest[0].startswith("  measured:") and rest[-1].endswith(", n = 7, live")
    assert all(line.startswith("    ") for line in rest[1:])
    entry = json.loads(book.read_text())
    assert (entry["id"], entry["verdict"], entry["notebook"], entry["n"]) == ("A1", verdict, "02", 7)


@pytest.mark.parametrize(
    "measured",
    [
        float("nan"),
        float("inf"),
        None,
        "",
        "0.3 (from nan)",
        [1, float("nan")],
        np.array([1.0, np.nan]),
        torch.tensor(float("nan")),
        {"a": float("-inf")},
    ],
)
def test_a_measurement_that_is_not_finite_settles_nothing(book, capsys, measured):
    claim("A1", "so", True, measured, n=3)
    assert capsys.readouterr().out.startswith("A1 could not be settled: so\n  measured: nothing usable")


@pytest.mark.parametrize(
    "measured",
    [
        "the share of nanny words, in fine form",
        {"a": np.float32(1.5)},
        (1, 2),
        np.arange(3),
        torch.ones(2, 2),
        "0.31 (baseline 0.1)",
        0,
        Stubborn(),
    ],
)
def test_ordinary_measurements_settle(book, capsys, measured):
    claim("A1", "so", True, measured, n=np.int64(3))
    assert capsys.readouterr().out.startswith("A1 holds: so\n  measured: ")
    assert records.read(book)[0]["verdict"] == "holds"


@pytest.mark.parametrize("n", [0, -1, None, float("nan"), True, "", "none", [], Stubborn()])
def test_without_a_number_of_measurements_nothing_is_settled(book, capsys, n):
    claim("A1", "so", True, 1, n=n)
    assert "could not be settled" in capsys.readouterr().out


@pytest.mark.parametrize("bad", [None, Stubborn(), 3, ["a"], "x" * 10_000])
def test_odd_ids_sentences_and_tiers_do_not_raise(book, capsys, bad):
    claim(bad, bad, True, 1, n=1)
    claim("A1", "so", True, 1, n=1, tier=bad)
    assert all(len(line) < 700 for line in capsys.readouterr().out.splitlines())
    assert len(records.read(book)) == 2


def test_a_disk_that_cannot_be_written_costs_only_the_record(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FMCOURSE_CLAIMS", str(tmp_path / "file" / "claims.jsonl"))
    claim("A1", "so", True, 1, n=1)
    assert capsys.readouterr().out.startswith("A1 holds")


def test_the_lines_are_what_the_guard_and_nbval_look_for():
    from fmcourse.authoring.guard import claims_in

    text = str(module.settle("V3", "so", False, 0.123456, n=5))
    nb = {"cells": [{"cell_type": "code", "metadata": {}, "outputs": [{"output_type": "stream", "text": text}]}]}
    assert claims_in(nb) == {"V3": "does not hold"}
    rules = (ROOT / "tests" / "nbval-sanitize.cfg").read_text(encoding="utf-8")
    (rule, instead), *_ = re.findall(r"^regex: (.*)$\n^replace: (.*)$", rules, flags=re.M)  # as nbval reads it
    told = "0.98 of pairs that were never seen, of all of them; " * 6
    for measured in (0.123456, told):
        text = str(module.settle("V3", "so", False, measured, n=5)) + "\nand what is printed next"
        found = re.sub(rule, instead, text)
        assert found == "V3 does not hold: so\n  measured: (any)\nand what is printed next"
        assert all(len(line) <= 100 for line in text.splitlines())


LESSON = {  # what the course promises, notebook by notebook; * marks a headline. More may be added, none may vanish
    "02": "A1* A4* A5 A6",
    "03": "T1 T2* T3 T4",
    "04": "U1* U2 U4 U5",
    "05": "U3*",
    "06": "X1* X3 X6",
    "07": "X2* X4 X5",
    "08": "V1* V2* V3* V4 V5",
    "09": "A2* A3 E1 E2 E3 E4",
    "10": "F1* F2* F3* F4 F5",
    "11": "P1* P2* P3 P4 P5 P6*",
    "12": "H1* H2 H3* H4 H5 H6",
    "13": "Q1* Q2 Q3 Q4",
    "14": "G1* G2 G3",
    "15": "D1* D2 D3 D4 D5",
    "16": "M1* M2 M6",
    "17": "M3* M4 M5",
    "18": "B1 B2 B3 B4 B5 B6 B13* B14",
    "19": "B7* B8 B9 B10 B11 B12",
    "20": "R1* R2* R3* R4 R5 R6 R7 R8",
}


def test_the_syllabus_is_whole():
    rows = ledger.syllabus()
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    for notebook, wanted in LESSON.items():
        there = {row["id"] + "*" * row["headline"] for row in ledger.syllabus(notebook)}
        assert set(wanted.split()) <= there, notebook
    for row in rows:
        assert set(row) == {"id", "notebook", "headline", "sentence", "expected"}
        assert re.fullmatch(r"[A-Z]\d{1,2}", row["id"]) and re.fullmatch(r"\d\d", row["notebook"])
        assert row["expected"] in module.VERDICTS
        assert row["sentence"] and not row["sentence"].endswith(".")


def test_differences_are_named():
    good = {row["id"]: row["expected"] for row in ledger.syllabus("02")}
    assert ledger.differences(good, ["02"]) == []
    assert ledger.differences({**good, "A4": "does not hold"}) == [
        "Claim A4 came out as 'does not hold'; the syllabus expects 'holds'."
    ]
    assert ledger.differences({**good, "A4": "could not be settled"}) != []
    del good["A5"]
    assert ledger.differences(good, ["02"]) == ["Claim A5 of notebook 02 was not settled."]
    assert ledger.differences({"Z9": "does not hold"}) == []  # a learner's own


def test_the_last_record_counts(book):
    claim("A4", "so", False, 1, n=1)
    assert ledger.differences(book) != []
    claim("A4", "so", True, 1, n=1)
    assert ledger.differences(book) == []


def test_the_command_prints_every_claim(book, capsys):
    claim("A4", "so", False, 1, n=1)
    claim("Z9", "mine", True, 1, n=1)
    assert module.main() == 1
    out = capsys.readouterr().out
    assert "Claim A4 came out as" in out and "(your own)" in out and "R8" in out
