"""What a hub starts for a student: the copy, then the server, with the hub's own words last."""

import os
import runpy
import sys

import pytest
import yaml
from traitlets.config import Config

from fmcourse.app import room
from fmcourse.paths import course_root


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


def test_the_server_and_the_cluster_give_a_student_the_same(tmp_path, monkeypatch):
    server = course_root() / "docs" / "server"
    (tmp_path / "students.txt").write_text("ana\nbo\n")
    monkeypatch.chdir(tmp_path)
    config = Config()
    told = runpy.run_path(str(server / "jupyterhub_config.py"), {"get_config": lambda: config})
    pods = yaml.safe_load((server / "kubernetes-values.yaml").read_text(encoding="utf-8"))
    student = pods["singleuser"]
    assert student["memory"]["limit"] == f"{told['GIGABYTES']}G" and student["cpu"]["limit"] == told["CORES"]
    assert student["extraEnv"].items() <= config.Spawner.environment.items() and len(student["extraEnv"]) == 2
    assert student["startTimeout"] == config.Spawner.start_timeout
    assert config.Spawner.cmd[-2:] == student["cmd"][-2:] == ["-m", "fmcourse.app.room"]
    idle = next(word for s in config.JupyterHub.services for word in s["command"] if word.startswith("--timeout"))
    assert idle == f"--timeout={pods['cull']['timeout']}"
    assert "authenticator_class: dummy" not in str(pods)
    assert config.Authenticator.allowed_users == {"ana", "bo"} and "127.0.0.1" in config.JupyterHub.bind_url


def test_the_image_is_made_of_the_file_that_binder_reads():
    recipe = (course_root() / "docs" / "server" / "Dockerfile").read_text(encoding="utf-8")
    values = (course_root() / "docs" / "server" / "kubernetes-values.yaml").read_text(encoding="utf-8")
    assert "--file environment.yml" in recipe and '".[lab,class]"' in recipe
    home, number = "/home/learner", "--uid 1001"
    assert home in recipe and number in recipe and home in values and "uid: 1001" in values
