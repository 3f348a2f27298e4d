"""`save` and `open`: work goes from one machine to another whole, and a hostile pack changes nothing."""

import json
import stat
import zipfile

import pytest
from typer.testing import CliRunner

from fmcourse import cli
from fmcourse.app import copying, lab, packing
from fmcourse.classroom import events, progress
from tests.app.test_copying import code, get, notebook, prose, put

NB = "notebooks/03_tokens.ipynb"


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "course"
    put(folder / "00_start.ipynb", notebook(prose("# Start"), code("1 + 1", [], 1)))
    put(folder / "03_tokens.ipynb", notebook(prose("# Tokens"), code("x = 1", [], 1)))
    monkeypatch.setattr(copying, "notebooks_dir", lambda: folder)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    at(monkeypatch, tmp_path / "nobody")
    return folder


def at(monkeypatch, mine):
    """From now on we work on the machine whose copy is `mine`, as JupyterLab has it."""
    monkeypatch.setenv("FMCOURSE_HOME", str(mine / ".fmcourse"))


def saved(monkeypatch, tmp_path, *solved, source="mine"):
    """A pack of another machine where notebook 03 was edited and exercises were solved."""
    mine = tmp_path / "one" / "my-course"
    at(monkeypatch, mine)
    lab.make_copy(mine)
    put(mine / NB, notebook(prose(source)))
    for name in solved:
        events.note("exercise", name, "right")
    assert packing.save(tmp_path / "a.zip", mine) == 0
    return tmp_path / "a.zip"


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_work_goes_on_on_another_machine_and_progress_is_added_up(course, tmp_path, monkeypatch, capsys):
    pack = saved(monkeypatch, tmp_path, "03.price", "03.merge")
    there = tmp_path / "two" / "my-course"
    at(monkeypatch, there)
    lab.make_copy(there)
    events.note("exercise", "00.first", "right")
    done = CliRunner().invoke(cli.app, ["open", str(pack), "--folder", str(there)])
    assert done.exit_code == 0 and "2 entries added" in done.output, done.output
    assert get(there / NB)["cells"][0]["source"] == "mine"
    assert progress.solved() == {"00.first", "03.price", "03.merge"}
    kept = files(there)
    assert packing.unpack(pack, there) == 0 and "0 files laid down, 0 entries added" in capsys.readouterr().out
    assert {name: data for name, data in files(there).items() if name in kept} == kept, "opening twice changes nothing"
    assert lab.make_copy(there).sentences() == [], "what was edited there counts as edited here"


def test_a_new_machine_gets_the_whole_course(course, tmp_path, monkeypatch):
    pack = saved(monkeypatch, tmp_path, "03.price")
    there = tmp_path / "two" / "my-course"
    monkeypatch.delenv("FMCOURSE_HOME")
    monkeypatch.chdir(tmp_path)
    assert packing.unpack(pack, there) == 0
    assert get(there / NB)["cells"][0]["source"] == "mine" and (there / "notebooks" / "00_start.ipynb").exists()
    assert "03.price" in (there / ".fmcourse" / "progress.jsonl").read_text()


def test_what_was_edited_on_both_sides_is_kept_twice(course, tmp_path, monkeypatch, capsys):
    pack = saved(monkeypatch, tmp_path)
    there = tmp_path / "two" / "my-course"
    at(monkeypatch, there)
    lab.make_copy(there)
    put(there / NB, notebook(prose("edited here")))
    for _ in range(2):
        assert packing.unpack(pack, there) == 0
    assert get(there / NB)["cells"][0]["source"] == "edited here"
    assert get(there / "notebooks" / "03_tokens.opened.ipynb")["cells"][0]["source"] == "mine"
    assert "both are kept: notebooks/03_tokens.opened.ipynb" in capsys.readouterr().out
    assert not list(there.rglob("*opened2*"))


def test_an_older_copy_that_nobody_edited_does_not_replace_edits(course, tmp_path, monkeypatch):
    mine = tmp_path / "one" / "my-course"
    at(monkeypatch, mine)
    lab.make_copy(mine)
    assert packing.save(tmp_path / "a.zip", mine) == 0
    there = tmp_path / "two" / "my-course"
    at(monkeypatch, there)
    lab.make_copy(there)
    put(there / NB, notebook(prose("edited here")))
    assert packing.unpack(tmp_path / "a.zip", there) == 0
    assert get(there / NB)["cells"][0]["source"] == "edited here" and not list(there.rglob("*opened*"))


def test_without_a_copy_progress_alone_travels_as_on_colab(course, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path / "drive"))
    monkeypatch.chdir(tmp_path)
    events.note("exercise", "03.price", "right")
    assert packing.save(tmp_path / "a.zip", tmp_path / "my-course") == 0
    assert "your progress alone" in capsys.readouterr().out
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path / "another"))
    assert packing.unpack(tmp_path / "a.zip", tmp_path / "my-course") == 0
    assert progress.solved() == {"03.price"} and not (tmp_path / "my-course").exists()


def test_entries_are_in_order_of_time_in_whatever_zone_they_were_noted(tmp_path):
    home, theirs = tmp_path / "home", tmp_path / "theirs"
    home.mkdir()
    (home / "progress.jsonl").write_text('{"n": 2, "time": "2026-03-01T14:00:00+0000"}\n')
    theirs.write_text(
        '{"n": 3, "time": "2026-03-01T14:30:00+0000"}\n{"n": 1, "time": "2026-03-01T14:30:00+0100"}\nhalf'
    )
    assert packing._merge({".fmcourse/progress.jsonl": theirs}, home) == 2
    assert [json.loads(line)["n"] for line in (home / "progress.jsonl").read_text().splitlines()] == [1, 2, 3]


def entry(name, kind=stat.S_IFREG):
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    return info


HOSTILE = {
    "climbs out": [entry("my-course/notebooks/../../evil.py")],
    "absolute": [entry("/etc/evil")],
    "other slashes": [entry("my-course\\..\\evil")],
    "dots with spaces": [entry("my-course/.. /evil")],
    "a link": [entry("my-course/notebooks/link", stat.S_IFLNK)],
    "two folders": [entry("my-course/notebooks/a.txt"), entry("other/notebooks/a.txt")],
    "something else": [entry("photos/cat.jpg")],
    "at the top": [entry("evil.py")],
    "twice": [entry("my-course/notebooks/a.txt"), entry("my-course/notebooks/a.txt")],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_pack_changes_nothing(course, tmp_path, capsys, what):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as pack:
        pack.writestr(entry("my-course/notebooks/fine.txt"), "fine")
        for info in HOSTILE[what]:
            pack.writestr(info, "evil")
    before = files(tmp_path)
    assert packing.unpack(tmp_path / "a.zip", tmp_path / "two") == 1 and files(tmp_path) == before
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Nothing was changed." in said


@pytest.mark.parametrize("what", ["no zip", "cut off", "a flipped byte", "missing", "too many", "too large"])
def test_a_broken_pack_is_one_sentence(course, tmp_path, monkeypatch, capsys, what):
    pack = saved(monkeypatch, tmp_path)
    data = bytearray(pack.read_bytes())
    if what == "no zip":
        data[:] = b"PK nothing"
    elif what == "cut off":
        del data[len(data) // 2 :]
    elif what == "a flipped byte":
        data[60] ^= 0xFF
    pack.write_bytes(data)
    if what == "missing":
        pack.unlink()
    monkeypatch.setattr(packing, "MOST_FILES", 1 if what == "too many" else 99)
    monkeypatch.setattr(packing, "MOST_MB", 1e-5 if what == "too large" else 99)
    capsys.readouterr()
    assert packing.unpack(pack, tmp_path / "two") == 1 and not (tmp_path / "two").exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_settings_that_jupyter_would_obey_stay_in_the_pack(course, tmp_path):
    names = ["jupyter_server_config.py", "jupyter_lab_config.json", ".fmcourse/jupyter/x.py", ".ipython/startup/x.py"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as pack:
        for name in [*names, "notebooks/fine.txt", "notes.md"]:
            pack.writestr(f"my-course/{name}", "x")
    assert packing.unpack(tmp_path / "a.zip", tmp_path / "two") == 0
    assert not [name for name in names if (tmp_path / "two" / name).exists()]
    assert (tmp_path / "two" / "notes.md").exists() and (tmp_path / "two" / "notebooks" / "fine.txt").exists()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"cells": 3}', '{"cells": [1]}', "\ud800".encode("utf-8", "replace").decode()]
)
def test_odd_notebooks_and_records_in_a_pack_break_nothing(course, tmp_path, text):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as pack:
        pack.writestr("my-course/" + NB, text)
        pack.writestr("my-course/.fmcourse/progress.jsonl", text + '\n{"kind": ["a"], "name": "\\ud800", "state": 1}\n')
        pack.writestr("my-course/.fmcourse/copied.json", '{"03_tokens.ipynb": {"copied": 3}, "00_start.ipynb": []}')
    assert packing.unpack(tmp_path / "a.zip", tmp_path / "two") == 0
    assert (tmp_path / "two" / NB).read_text() == text
    progress.table()
