"""A correction of ours and a student's edit in one notebook: what nbgitpuller's merge does, and what our copying does.

nbgitpuller merges lines of the file. Where both changed the same line, or neighbours, it keeps the student's without
a word; elsewhere it mixes both in one cell. Needs git and the extra `class`.
"""

import json
import shutil
import subprocess

import pytest

from fmcourse.app import copying

pull = pytest.importorskip("nbgitpuller.pull", reason="needs the extra `class`: start.py class --help")
if not shutil.which("git"):
    pytest.skip("needs git", allow_module_level=True)

NAME = "03_tokens.ipynb"
WRONG, RIGHT = "total = 1 + 2\ntotal - 1", "total = 1 + 2\ntotal"


def code(number, source):
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell{number}",
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def book(*sources):
    cells = [code(number, source) for number, source in enumerate(sources)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def ran(notebook, number, text):
    cell = notebook["cells"][number]
    cell["execution_count"] = number + 1
    data = {"text/plain": [text]}
    cell["outputs"] = [{"data": data, "execution_count": number + 1, "metadata": {}, "output_type": "execute_result"}]
    return notebook


def store(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1) + "\n", encoding="utf-8")


def sources(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


class Course:
    """Our repository and a student's folder; `update` is what a click on the link does."""

    def __init__(self, folder):
        self.ours, self.mine = folder / "ours", folder / "student"
        self.ours.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words):
        own = ["-c", "user.email=a@b", "-c", "user.name=a", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *own, *words], cwd=self.ours, check=True, capture_output=True)

    def publish(self, notebook):
        store(self.ours / NAME, notebook)
        self.git("add", "-A")
        self.git("commit", "-qm", "a version")

    def update(self):
        return "".join(pull.GitPuller(f"file://{self.ours}", str(self.mine), branch="main").pull())


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def first(course, *cells):
    course.publish(book(*cells))
    course.update()
    return course.mine / NAME


def test_changes_far_apart_are_both_there(course):
    theirs = first(course, WRONG, "a = 1", "b = 2", "c = 3")
    store(theirs, book(WRONG, "a = 1", "b = 2", "c = 'mine'"))
    course.publish(book(RIGHT, "a = 1", "b = 2", "c = 3"))
    course.update()
    assert sources(theirs) == [RIGHT, "a = 1", "b = 2", "c = 'mine'"]


def test_a_correction_of_an_edited_cell_vanishes_without_a_word(course):
    theirs = first(course, WRONG, "a = 1")
    store(theirs, book(WRONG + " * 1", "a = 1"))
    course.publish(book(RIGHT, "a = 1"))
    said = course.update()
    assert sources(theirs) == [WRONG + " * 1", "a = 1"] and "CONFLICT" not in said


def test_it_vanishes_too_when_the_edit_is_in_the_line_above(course):
    theirs = first(course, WRONG, "a = 1")
    store(theirs, book("total = 1 + 2  # mine\ntotal - 1", "a = 1"))
    course.publish(book(RIGHT, "a = 1"))
    said = course.update()
    assert sources(theirs) == ["total = 1 + 2  # mine\ntotal - 1", "a = 1"] and "CONFLICT" not in said


def test_two_lines_further_down_the_cell_is_mixed_and_nobody_wrote_it(course):
    theirs = first(course, "n = 10\nx = 2\nprint(n)", "a = 1")
    store(theirs, book("m = 10\nx = 2\nprint(n)", "a = 1"))  # a student on the way to another name
    course.publish(book("n = 10\nx = 2\nprint(n + x)", "a = 1"))
    course.update()
    assert sources(theirs)[0] == "m = 10\nx = 2\nprint(n + x)"


def test_a_cell_that_was_only_run_is_corrected_and_keeps_the_wrong_output(course):
    theirs = first(course, "1 + 1", "a = 1")
    store(theirs, ran(book("1 + 1", "a = 1"), 0, "'2'"))
    course.publish(book("1 + 2", "a = 1"))
    course.update()
    assert sources(theirs) == ["1 + 2", "a = 1"] and "'2'" in theirs.read_text(encoding="utf-8")


# ---- The same cases with what `fmcourse lab` and the server for a room do


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(copying, "notebooks_dir", lambda: tmp_path / "shipped")
    return tmp_path / "shipped" / NAME


def test_ours_lays_the_correction_beside_the_edited_one_and_says_so(shipped, tmp_path):
    store(shipped, book(WRONG, "a = 1"))
    copying.make_copy(tmp_path / "c")
    mine = tmp_path / "c" / "notebooks" / NAME
    store(mine, book(WRONG + " * 1", "a = 1"))
    store(shipped, book(RIGHT, "a = 1"))
    said = copying.make_copy(tmp_path / "c").sentences()
    assert sources(mine) == [WRONG + " * 1", "a = 1"]
    assert sources(mine.with_name("03_tokens.new.ipynb")) == [RIGHT, "a = 1"]
    assert any("03_tokens.new.ipynb" in sentence for sentence in said)


def test_ours_renews_one_that_was_only_run_and_drops_the_output_of_the_cell_that_changed(shipped, tmp_path):
    store(shipped, book("wrong()", "a = 1"))
    copying.make_copy(tmp_path / "c")
    mine = tmp_path / "c" / "notebooks" / NAME
    store(mine, ran(book("wrong()", "a = 1"), 0, "'2'"))
    store(shipped, book("right()", "a = 1"))
    copying.make_copy(tmp_path / "c")
    assert sources(mine) == ["right()", "a = 1"] and "'2'" not in mine.read_text(encoding="utf-8")
    assert not mine.with_name("03_tokens.new.ipynb").exists()
