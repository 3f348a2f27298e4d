"""The learner's copy: nothing they wrote is ever lost, and what they did not write is kept up to date."""

import json

import pytest

from fmcourse.app import copying
from fmcourse.app.copying import digest, make_copy

FIGURE = {"output_type": "display_data", "data": {"text/html": "<figure></figure>"}, "metadata": {}}


def code(source, outputs=(), count=None):
    return {
        "cell_type": "code",
        "id": f"c{abs(hash(source)) % 10**8}",
        "metadata": {"execution": {"at": 1}},
        "source": source,
        "outputs": list(outputs),
        "execution_count": count,
    }


def prose(source):
    return {"cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}


def notebook(*cells):
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def get(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A small course and an empty folder for the learner: (course, learner)."""
    course = tmp_path / "course"
    put(course / "00_start.ipynb", notebook(prose("# Start"), code("1 + 1", [FIGURE], 1), code("2 + 2", [FIGURE], 2)))
    put(course / "01_tools.ipynb", notebook(prose("# Tools"), code("x = 1", [], 1)))
    put(course / "solutions" / "00_start.ipynb", notebook(code("answer = 42", [], 1)))
    put(course / ".ipynb_checkpoints" / "00_start-checkpoint.ipynb", notebook())
    monkeypatch.setattr(copying, "notebooks_dir", lambda: course)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))  # where Jupyter remembers what it trusts
    return course, tmp_path / "my-course"


def revise(course, name="00_start.ipynb", old="# Start", new="# Start, corrected"):
    path = course / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_the_copy_holds_every_notebook_without_answers(place):
    course, mine = place
    report = make_copy(mine)
    found = sorted(p.relative_to(mine).as_posix() for p in mine.rglob("*.ipynb"))
    assert found == ["notebooks/00_start.ipynb", "notebooks/01_tools.ipynb", "notebooks/solutions/00_start.ipynb"]
    assert len(report.new) == 3
    copied = get(mine / "notebooks" / "00_start.ipynb")
    assert [cell["source"] for cell in copied["cells"]] == ["# Start", "1 + 1", "2 + 2"]
    for cell in copied["cells"][1:]:
        assert cell["outputs"] == [] and cell["execution_count"] is None and "execution" not in cell["metadata"]
    assert get(course / "00_start.ipynb")["cells"][1]["outputs"], "the course's own notebook must keep its outputs"


def test_a_second_call_changes_nothing(place):
    _, mine = place
    make_copy(mine)
    before = {p: p.read_bytes() for p in mine.rglob("*") if p.is_file()}
    assert make_copy(mine).sentences() == []
    assert {p: p.read_bytes() for p in mine.rglob("*") if p.is_file()} == before


def test_an_unedited_notebook_is_renewed(place):
    course, mine = place
    make_copy(mine)
    revise(course)
    assert make_copy(mine).renewed == ["00_start.ipynb"]
    assert get(mine / "notebooks" / "00_start.ipynb")["cells"][0]["source"] == "# Start, corrected"
    assert not list(mine.rglob("*.new*"))


def test_an_edited_notebook_is_never_touched_and_the_new_version_is_offered_once(place):
    course, mine = place
    make_copy(mine)
    path = mine / "notebooks" / "00_start.ipynb"
    put(path, notebook(prose("# Start"), prose("my own notes"), code("1 + 1")))
    mine_was = path.read_bytes()
    assert make_copy(mine).beside == [], "an edit alone is no reason to lay anything beside it"
    revise(course)
    report = make_copy(mine)
    assert path.read_bytes() == mine_was
    assert report.beside == ["00_start.new.ipynb"] and "beside yours" in report.sentences()[0]
    offered = mine / "notebooks" / "00_start.new.ipynb"
    assert get(offered)["cells"][0]["source"] == "# Start, corrected"
    offered.unlink()
    assert make_copy(mine).beside == [], "a version that was read and deleted does not come back"
    revise(course, old="corrected", new="corrected twice")
    assert make_copy(mine).beside == ["00_start.new.ipynb"]
    assert path.read_bytes() == mine_was


def test_an_edited_offer_is_not_overwritten(place):
    course, mine = place
    make_copy(mine)
    put(mine / "notebooks" / "00_start.ipynb", notebook(prose("mine")))
    revise(course)
    make_copy(mine)
    put(mine / "notebooks" / "00_start.new.ipynb", notebook(prose("mine, too")))
    revise(course, old="corrected", new="corrected twice")
    assert make_copy(mine).beside == ["00_start.new2.ipynb"]
    assert get(mine / "notebooks" / "00_start.new.ipynb")["cells"][0]["source"] == "mine, too"


def test_running_is_not_editing_and_outputs_of_unchanged_cells_stay(place):
    course, mine = place
    make_copy(mine)
    path = mine / "notebooks" / "00_start.ipynb"
    ran = get(path)
    ran["cells"][1].update(outputs=[FIGURE], execution_count=7, source=["1 ", "+ 1"])  # Jupyter may split lines
    ran["cells"].append(code(""))  # the empty cell after the last Shift+Enter
    put(path, ran)
    revise(course)
    assert make_copy(mine).renewed == ["00_start.ipynb"]
    cells = get(path)["cells"]
    assert cells[0]["source"] == "# Start, corrected"
    assert cells[1]["outputs"] == [FIGURE] and cells[1]["execution_count"] == 7
    assert not (mine / ".fmcourse" / "older").exists(), "nothing was lost, so nothing need be kept"


def test_outputs_that_no_longer_fit_are_kept_in_an_older_copy(place):
    course, mine = place
    make_copy(mine)
    path = mine / "notebooks" / "00_start.ipynb"
    ran = get(path)
    ran["cells"][1].update(outputs=[FIGURE], execution_count=7)
    put(path, ran)
    before = path.read_bytes()
    revise(course, old="1 + 1", new="1 + 3")
    make_copy(mine)
    assert get(path)["cells"][1]["outputs"] == []
    assert [p.read_bytes() for p in (mine / ".fmcourse" / "older").iterdir()] == [before]


@pytest.mark.parametrize("damage", ["not json", "[]", '{"cells": 3}', ""])
def test_a_notebook_that_cannot_be_read_counts_as_edited(place, damage):
    course, mine = place
    make_copy(mine)
    path = mine / "notebooks" / "00_start.ipynb"
    path.write_text(damage)
    revise(course)
    make_copy(mine)
    assert path.read_text() == damage


def test_a_lost_memory_costs_no_text(place):
    course, mine = place
    make_copy(mine)
    (mine / ".fmcourse" / "copied.json").write_text("half a fi")
    put(mine / "notebooks" / "00_start.ipynb", notebook(prose("mine")))
    revise(course)
    make_copy(mine)
    assert get(mine / "notebooks" / "00_start.ipynb")["cells"][0]["source"] == "mine"
    assert get(mine / "notebooks" / "01_tools.ipynb")["cells"][0]["source"] == "# Tools"


def test_a_failed_write_leaves_the_old_file(place, monkeypatch):
    course, mine = place
    make_copy(mine)
    revise(course)
    before = (mine / "notebooks" / "00_start.ipynb").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copying.os, "replace", full)
    with pytest.raises(OSError):
        make_copy(mine)
    assert (mine / "notebooks" / "00_start.ipynb").read_bytes() == before
    assert not list(mine.rglob("*.tmp"))


def test_what_we_lay_down_is_trusted_and_what_a_stranger_ran_is_not(place):
    course, mine = place
    make_copy(mine)
    path = mine / "notebooks" / "00_start.ipynb"
    assert copying._is_trusted(path)
    ran = get(path)
    ran["cells"][1].update(outputs=[FIGURE], execution_count=7)
    put(path, ran)  # not by Jupyter on this machine, so not signed
    revise(course)
    make_copy(mine)
    assert get(path)["cells"][1]["outputs"] == [FIGURE] and not copying._is_trusted(path)
    copying._trust(path)
    revise(course, old="corrected", new="corrected twice")
    make_copy(mine)
    assert get(path)["cells"][1]["outputs"] == [FIGURE] and copying._is_trusted(path)


def test_the_digest_sees_text_and_kind_but_no_output(tmp_path):
    path = tmp_path / "a.ipynb"

    def of(*cells):
        put(path, notebook(*cells))
        return digest(path)

    assert of(code("a")) == of(code("a", [FIGURE], 3)) == of(code("a"), code("  \n"))
    assert len({of(code("a")), of(prose("a")), of(code("b")), of(code("a"), code("b")), of(code("b"), code("a"))}) == 5
