"""Records survive a crash, two writers at once, damage and a disk that cannot be written."""

import errno
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from fmcourse import records
from fmcourse.classroom import events, exercise, progress


def test_two_processes_writing_at_once_lose_nothing(tmp_path):
    path = tmp_path / "log.jsonl"
    code = (
        "import sys; from fmcourse import records\n"
        "for i in range(200): records.append(sys.argv[1], {'who': sys.argv[2], 'i': i, 'pad': 'x' * 5000})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "ab"]
    assert [w.wait(60) for w in writers] == [0, 0]
    good, bad = records.split(path)
    assert bad == [] and len(good) == 400
    for who in "ab":
        assert [e["i"] for e in good if e["who"] == who] == list(range(200))


def test_a_line_cut_by_a_crash_is_skipped_and_the_next_one_is_whole(tmp_path):
    path = tmp_path / "log.jsonl"
    records.append(path, {"i": 1})
    with open(path, "a") as file:
        file.write('{"i": 2, "te')
    assert records.read(path) == [{"i": 1}]
    assert records.append(path, {"i": 3})
    assert records.read(path) == [{"i": 1}, {"i": 3}]


def test_what_json_cannot_hold_is_written_anyway(tmp_path):
    path = tmp_path / "log.jsonl"
    odd = {"a": np.float32(0.5), "b": np.arange(2), "c": float("nan"), "d": object, "e": {1: {2}}}
    assert records.append(path, odd)
    entry = records.read(path)[0]
    assert (entry["a"], entry["b"], entry["c"]) == (0.5, [0, 1], "nan")


def test_a_disk_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert records.append(tmp_path / "file" / "log.jsonl", {"i": 1}) is False

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("builtins.open", full)
    assert records.append(tmp_path / "log.jsonl", {"i": 1}) is False


def test_a_stuck_lock_does_not_stop_the_lesson(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "_PATIENCE", 0.05)
    with records.locked(tmp_path / "log.jsonl"):
        assert records.append(tmp_path / "log.jsonl", {"i": 1})


@pytest.mark.parametrize(
    "code, waits",
    [
        ("EAGAIN", True),
        ("EACCES", True),
        ("ENOLCK", False),
        ("EINVAL", False),
        ("ENOTSUP", False),
        ("ENOSYS", False),
        ("EIO", False),
    ],
)
def test_only_a_lock_that_another_holds_is_waited_for(tmp_path, monkeypatch, code, waits):
    def lock(*_):
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))

    monkeypatch.setattr("msvcrt.locking" if os.name == "nt" else "fcntl.flock", lock)
    monkeypatch.setattr(records, "_PATIENCE", 0.3)
    began = time.monotonic()
    assert records.append(tmp_path / "log.jsonl", {"i": 1})
    assert (time.monotonic() - began >= 0.3) is waits


def test_a_broken_progress_file_is_kept_aside_and_told_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))
    events.note("exercise", "00.first", "right")
    path = progress.progress_file()
    path.write_bytes(b"\xff\x00 garbage\n" + path.read_bytes() + b"[1, 2]\n")
    before = path.read_bytes()
    assert progress.solved() == {"00.first"}
    assert capsys.readouterr().out.count("damaged") == 1
    aside = list(tmp_path.glob("progress.broken-*"))
    assert len(aside) == 1 and aside[0].read_bytes() == before
    events.note("quiz", "00", 4)
    assert progress.quiz_scores() == {"00": 4} and progress.solved() == {"00.first"}
    assert capsys.readouterr().out == ""


def test_progress_works_when_home_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "home").write_text("a file where the folder should be")
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path / "home" / "x"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    events.note("exercise", "00.first", "right")
    assert "00.first" in progress.solved()
    assert str(tmp_path) in str(progress.progress_file())


def test_odd_events_do_not_stop_the_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))
    monkeypatch.setenv("FMCOURSE_CLAIMS", str(tmp_path / "claims.jsonl"))
    for entry in (
        {"kind": "quiz", "name": "00", "state": "x"},
        {"kind": "quiz", "name": ["a"], "state": 3},
        {},
        {"kind": "exercise", "name": "00.mean", "state": "right"},
    ):
        records.append(progress.progress_file(), entry)
    assert progress.main() == 0
    out = capsys.readouterr().out
    of = len(exercise.names("00"))
    assert f"1/{of}" in out and "0/5" in out
