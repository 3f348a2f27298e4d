"""The accessibility audit without a browser: what counts as a fault, what a row tells, and what the record covers."""

from collections import Counter

from fmcourse.authoring import access
from fmcourse.paths import notebooks_dir

SPOKEN = "The second line ends far above the first."


def seen(rows=(), alts=(SPOKEN,), unreachable=()):
    return {"rows": list(rows), "alts": list(alts), "unreachable": list(unreachable), "counts": Counter(controls=3)}


def broken(ours=True, kind="violations"):
    return {"kind": kind, "rule": "label", "impact": "critical", "ours": ours, "html": "<input>"}


def test_a_good_page_has_no_fault():
    assert access.faults(seen()) == []


def test_each_kind_of_fault_is_told():
    assert access.faults(seen([broken()])) == ["label (critical): <input>"]
    for alts in ([None], [""], ["plot"], [SPOKEN, SPOKEN]):
        assert len(access.faults(seen(alts=alts))) == 1, alts
    assert access.faults(seen(unreachable=["<button>"])) == ["the Tab key does not reach it: <button>"]


def test_what_is_not_ours_or_not_decided_is_counted_and_no_fault():
    told = seen([broken(ours=False), broken(kind="incomplete"), broken(kind="incomplete")])
    row = access.row_of("00_a", told, "0" * 16)
    assert access.faults(told) == [] and row["violations"] == {} and row["short_alts"] == 0
    assert row["theme"] == {"label": {"impact": "critical", "elements": 1}}
    assert row["undecided"] == {"label": {"impact": "critical", "elements": 2}}


def test_a_row_counts_what_is_broken():
    row = access.row_of("00_a", seen([broken()] * 2, [SPOKEN, SPOKEN, "plot"], ["<button>"]), "0" * 16)
    assert row["violations"]["label"]["elements"] == 2
    assert (row["pictures"], row["short_alts"], row["repeated_alts"], row["unreachable"]) == (3, 1, 1, 1)


def test_the_record_found_what_was_planted_and_speaks_of_notebooks_that_are_there():
    record = access.recorded()
    there = {p.stem for p in notebooks_dir().glob("[0-9][0-9]_*.ipynb")}
    assert record["planted"] == dict.fromkeys(access.PLANTED, True) and record["axe"]
    assert {row["notebook"] for row in record["rows"]} <= there and len(record["rows"]) >= 20


def test_the_digest_tells_other_outputs_and_not_other_pictures(tmp_path):
    page = '{"cells": [{"cell_type": "code", "outputs": [{"data": {"text/html": "<img src=base64,%s> %s"}}]}]}'
    digests = []
    for picture, words in (("AAAA", "one"), ("BBBB", "one"), ("AAAA", "two")):
        (tmp_path / "00_a.ipynb").write_text(page % (picture, words))
        digests.append(access.outputs_digest(tmp_path / "00_a.ipynb"))
    assert digests[0] == digests[1] != digests[2]
