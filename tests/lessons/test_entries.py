"""The guard refuses a claim whose entry leaves something out, and an entry that its notebook does not keep."""

import json
import re
import tomllib

import pytest

from fmcourse.authoring import guard, worlds
from fmcourse.authoring.claim_entries import NEEDED, faults, faults_in
from fmcourse.classroom import ledger
from fmcourse.paths import course_root, lessons_dir, notebooks_dir
from tests.harness import samples

ENTRY = {
    "id": "A1",
    "notebook": "00",
    "planned": False,
    "headline": False,
    "sentence": "bigger is better",
    "expected": "holds",
    "threshold": "at least 3",
    "unit": "seed: 5",
    "rival": "none: nothing is cheaper",
    "control": "the same by hand",
    "wrong": "size is noise",
    "right_world": "gain = 4",
    "wrong_world": "gain = 0",
}
CELL = 'claim("A1", "bigger "\n      "is better", gain >= bar, f"gain {gain}", n=5)'


def notebook(cell=CELL):
    """A good notebook with a cell that sets a bar, and one that settles a claim."""

    def add(cells):
        cells[4].source, cells[5].source = "import os, math as m\nbar, unused = 3, 4", cell

    return samples.damaged(add)


def refusals(entry=ENTRY, cell=CELL):
    said = guard.inspect(notebook(cell), "00_sample", entries=[entry])
    return [sentence for sentence in said if "claim" in sentence]


def test_a_whole_entry_is_accepted():
    assert refusals() == []
    planned = {key: ENTRY[key] for key in ("id", "notebook", "headline", "sentence")} | {"planned": True}
    assert faults(planned) == []


@pytest.mark.parametrize("field", NEEDED)
@pytest.mark.parametrize("value", [None, "", "  ", "none", "None.", "none:", "none: "])
def test_each_field_must_be_there_or_give_its_reason(field, value):
    entry = {**ENTRY, field: value}
    if value is None:
        del entry[field]
    said = refusals(entry)
    assert any(field in sentence for sentence in said), said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"wrong_world": ""}, "does not give it as `wrong_world`"),
        ({"wrong": "none: both are counts"}, "says that there is none"),
        ({"right_world": ""}, "without the `right_world`"),
        ({"sentence": "bigger is best"}, "another sentence"),
        ({"id": "A2"}, "settles claim A1, which has no entry"),
        ({"planned": True}, "calls planned"),
        ({"expected": "perhaps"}, "must expect one of"),
        ({"treshold": "3"}, "nobody reads: treshold"),
    ],
)
def test_each_damage_of_an_entry_is_named(change, words):
    said = refusals({**ENTRY, **change})
    assert len(said) == 1 and words in said[0], said


@pytest.mark.parametrize(
    "cell",
    [
        'claim(name, "bigger is better", True, 1, n=5)',
        'claim("A1", text, True, 1, n=5)',
        'claim("A1", f"bigger is {better}", True, 1, n=5)',
    ],
)
def test_an_id_or_a_sentence_that_is_computed_is_refused(cell):
    assert any("plain text" in sentence for sentence in refusals(cell=cell))


def test_a_verdict_that_cannot_fail_needs_its_reason_and_no_worlds():
    entry = {**ENTRY, "wrong": "none: both sides are fixed"}
    del entry["wrong_world"], entry["right_world"]
    assert refusals(entry) == []


def test_made_up_claims_need_no_entry():
    assert refusals(cell=CELL + '\nclassroom.claim(id="Z3", sentence="so", holds=True, measured=1, n=1)') == []


def test_a_world_is_judged_with_the_names_of_cells_before():
    entry = {**ENTRY, "cells_before": ["bar", "m"]}
    assert worlds.judged(notebook(), entry, "right").verdict == "holds"
    assert worlds.judged(notebook(), entry, "wrong").verdict == "does not hold"
    assert worlds.judged(notebook(CELL + "\nm.floor(gain), show(views.bar(gain).axes[0])"), entry, "right").n == 5


@pytest.mark.parametrize(
    ("change", "cell", "trouble"),
    [
        ({}, CELL, NameError),  # the bar is defined nowhere
        ({"cells_before": ["bar"], "wrong_world": "gain = 1 / 0"}, CELL, ZeroDivisionError),
        ({"cells_before": ["bar", "height"]}, CELL, LookupError),
        ({"cells_before": ["bar"], "id": "B7"}, CELL, LookupError),
        ({"cells_before": ["bar"]}, "if gain > 9:\n    " + CELL.replace("\n      ", " "), LookupError),
    ],
)
def test_a_world_that_cannot_be_judged_says_so(change, cell, trouble):
    with pytest.raises(trouble):
        worlds.judged(notebook(cell), {**ENTRY, **change}, "wrong")


def test_a_broken_number_is_no_wrong_world():
    entry = {**ENTRY, "cells_before": ["bar"], "wrong_world": "gain = float('nan')"}
    assert worlds.judged(notebook(), entry, "wrong").verdict == "could not be settled"


def test_the_example_of_the_documentation_is_judged():
    text = (course_root() / "docs" / "writing-notebooks.md").read_text(encoding="utf-8")
    cell, entry = (
        re.search(pattern, text, re.S)[1]
        for pattern in (r"```python\n(gap = .*?)```", r"```toml\n(\[\[claim\]\].*?)```")
    )
    entry = {"notebook": "04", "planned": False, **tomllib.loads(entry)["claim"][0]}
    nb = {"cells": [{"cell_type": "code", "source": cell}]}
    assert faults_in(nb, [entry]) == []
    assert [worlds.judged(nb, entry, world).verdict for world in ("right", "wrong")] == ["holds", "does not hold"]


def test_of_an_import_only_the_named_part_is_taken():
    (code,) = worlds._definitions(notebook(), 99, ["m"])
    assert code == "import math as m"


def test_what_is_not_planned_has_its_notebook():
    there = {path.name[:2] for path in notebooks_dir().glob("[0-9][0-9]_*.ipynb")}
    assert {row["notebook"] for row in ledger.entries() if not row["planned"]} <= there


def test_planned_claims_are_listed_and_not_asked_for():
    planned = {row["id"] for row in ledger.entries() if row["planned"] and row["notebook"] == "20"}
    listed = {row["id"] for row in ledger.syllabus("20")}
    assert planned <= listed and set(ledger.expected("20")) == listed - planned and len(listed) == 10
    assert list(ledger.expected("02")) == ["A1", "A4", "A5", "A6"]


def test_every_folder_is_found_and_holds_what_is_looked_for():
    folders = {path.name[2:] for path in lessons_dir().glob("nb[0-9][0-9]")}
    assert {row["notebook"] for row in ledger.entries()} <= folders
    for number in folders & {path.name[:2] for path in notebooks_dir().glob("*.ipynb")}:
        files = {path.name for path in (lessons_dir() / f"nb{number}").iterdir() if path.is_file()}
        assert {"exercises.py", "quiz.toml", "claims.toml"} <= files, number


def test_the_entries_of_the_course_are_whole():
    said = [sentence for entry in ledger.entries() for sentence in faults(entry)]
    assert said == []


def test_the_notebooks_keep_their_entries():
    for path in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb")):
        nb = json.loads(path.read_text(encoding="utf-8"))
        assert faults_in(nb, ledger.entries(path.name[:2])) == [], path.name
