"""What a hub starts for a student: the copy, then the server, with the hub's own words last."""

import os
import sys

import pytest

from fmcourse.app import room


@pytest.fixture
def started(monkeypatch, tmp_path):
    """What would have been started: command, environment, folder."""
    seen = {}
    monkeypatch.setattr(os, "execve", lambda path, command, env: seen.update(command=command, env=env, cwd=os.getcwd()))
    monkeypatch.chdir(tmp_path)
    return seen


def test_a_student_gets_a_copy_and_a_server(started, tmp_path):
    folder = tmp_path / "my-course"
    room.main(["--MappingKernelManager.cull_idle_timeout=1800"], folder)
    assert (folder / "notebooks" / "00_start_here.ipynb").is_file()
    assert started["command"][:3] == [sys.executable, "-m", "jupyterhub.singleuser"]
    assert started["command"][-1] == "--MappingKernelManager.cull_idle_timeout=1800"
    assert f"--ServerApp.root_dir={folder}" in started["command"]
    assert "--LabApp.news_url=None" in started["command"]
    assert started["env"]["FMCOURSE_HOME"] == str(folder / ".fmcourse") and started["cwd"] == str(folder)


def test_the_server_starts_although_the_disk_is_full(started, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "my-course"
    (folder / "notebooks").mkdir(parents=True)

    def full(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "lay_out", full)
    room.main([], folder)
    assert started["command"] and "No space left on device" in capsys.readouterr().err


def test_without_a_copy_and_a_place_for_one_there_is_one_sentence(started, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert room.main([], tmp_path / "file" / "my-course") == 1
    assert not started and len(capsys.readouterr().err.splitlines()) == 1
