"""Outputs that are older than the code above them, or than the course, are found, even where nobody compares them."""

import json

import nbformat
import pytest

from fmcourse.authoring import guard, run, saved
from fmcourse.classroom import progress
from tests.harness import samples


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A notebook as `fmcourse run --save` stores it, read as plain JSON."""
    folder = tmp_path / "notebooks"
    path = samples.put(samples.good(), folder / "00_first.ipynb")
    monkeypatch.setattr(run, "expected", lambda number: {})
    assert run.main(["00"], out=tmp_path / "out", save=True, folder=folder) == 0
    return path


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code(nb):
    return [c for c in nb["cells"] if c["cell_type"] == "code"]


def edit(cell):
    cell["source"] = [*cell["source"], "\n# an afterthought"] if isinstance(cell["source"], list) else "2 + 2"


CHANGES = {
    "an excused cell": lambda nb: edit(code(nb)[3]),
    "another cell": lambda nb: edit(code(nb)[5]),
    "a new cell": lambda nb: nb["cells"].append({**code(nb)[5], "id": "new"}),
    "a cell less": lambda nb: nb["cells"].remove(code(nb)[5]),
    "another order": lambda nb: nb["cells"].reverse(),
}


def test_what_was_just_stored_is_fresh_and_stays_so_when_prose_changes(stored):
    nb = read(stored)
    assert guard.stale(nb, "00_first") == []
    nb["cells"][0]["source"] = "# Another title"
    assert guard.stale(nb, "00_first") == []
    assert saved.executed_from(saved.normalise(nbformat.read(stored, as_version=4))) == saved.code_digest(nb)


def test_the_shared_first_cell_does_not_count_and_one_that_only_stands_elsewhere_does(stored):
    nb = read(stored)
    code(nb)[0]["source"] = "from fmcourse import classroom\nclassroom.begin()"
    before = saved.code_digest(nb)
    code(nb)[0]["source"] = "import os, fmcourse.classroom as classroom\nclassroom.begin()"
    assert saved.code_digest(nb) == before != saved.code_digest(nb, shared=True)
    edit(code(nb)[3])
    code(nb)[3]["source"] = ["classroom.begin()\n", *code(nb)[3]["source"]]
    assert saved.code_digest(nb) != before


@pytest.mark.parametrize("name", CHANGES)
def test_changed_code_is_found(stored, name):
    nb = read(stored)
    CHANGES[name](nb)
    assert guard.stale(nb, "solutions/00_first") == [
        "solutions/00_first holds code that was changed after its outputs were made; renew it: fmcourse run --save 00"
    ]


def test_an_edited_notebook_that_is_only_tidied_up_stays_stale(stored):
    nb = nbformat.read(stored, as_version=4)
    code(nb)[3]["source"] = "print(2)"
    saved.write(nb, stored)
    assert "was changed after" in guard.stale(read(stored), "00_first")[0]


@pytest.mark.parametrize("metadata", [{}, {"fmcourse": {}}, {"fmcourse": "x"}])
def test_a_notebook_that_says_nothing_is_named(stored, metadata):
    assert "does not say which code" in guard.stale({**read(stored), "metadata": metadata}, "00_first")[0]


def test_a_run_that_failed_is_not_stamped(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    samples.put(samples.damaged(lambda cells: setattr(cells[5], "source", "1 / 0")), folder / "00_first.ipynb")
    monkeypatch.setattr(run, "expected", lambda number: {})
    assert run.main(["00"], out=tmp_path / "out", folder=folder) == 1
    assert saved.executed_from(read(tmp_path / "out" / "notebooks" / "00_first.ipynb")) is None


def test_notebooks_that_have_come_since_are_found(stored, tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("fmcourse.classroom.progress.notebooks_dir", lambda: stored.parent)
    nb = read(stored)
    code(nb)[3]["outputs"] = [samples.stream(progress.table() + "\n")]
    missing = [line[:2] for line in progress.table().splitlines() if "(not here yet)" in line]
    assert len(missing) > 10
    assert guard.stale(nb, "00_first", there=["00"]) == []
    assert guard.stale(nb, "00_first", there=["00", missing[-1]]) == [
        f"00_first prints that notebook {missing[-1]} is not here yet, and it is; renew it: fmcourse run --save 00"
    ]


def test_a_picture_from_before_exports_kept_it_is_found(stored):
    nb = read(stored)
    assert [s for s in guard.lost_in_print(nb, "00_first") if "code cell 2: its picture has no PNG beside it" in s]
    code(nb)[1]["outputs"][0]["data"]["image/png"] = samples.PIXEL
    assert guard.lost_in_print(nb, "00_first") == []


def test_the_guard_asks_every_notebook_of_a_folder(stored):
    nb = nbformat.read(stored, as_version=4)
    del nb.metadata["fmcourse"]
    samples.put(nb, stored.parent / "solutions" / "01_first.ipynb")
    code(nb)[3]["outputs"] = [samples.stream("01  0/4   0/5     0/4  (not here yet)\n")]
    samples.put(nb, stored)
    said = guard.inspect_folder(stored.parent)
    assert [s.split(",")[0].split(" does")[0] for s in said if "renew it" in s and "which code" in s] == [
        "00_first.ipynb",
        "solutions/01_first.ipynb",
    ]
    assert any("notebook 01 is not here yet, and it is" in s for s in said)
    assert sum("no PNG beside it" in s for s in said) == 2
