"""Where things are: the learner's own folder above all, since progress kept in two places is progress lost."""

from pathlib import Path

import pytest

from fmcourse import paths


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    monkeypatch.delenv("FMCOURSE_HOME", raising=False)
    monkeypatch.setattr(paths.Path, "home", lambda: tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_notebook_and_a_command_beside_the_copy_agree(somewhere, monkeypatch):
    deep = somewhere / "my-course" / "notebooks" / "solutions"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    in_a_notebook = paths.home_dir()
    monkeypatch.chdir(somewhere)
    assert paths.home_dir() == in_a_notebook == somewhere / "my-course" / ".fmcourse"


def test_elsewhere_it_is_the_home_folder(somewhere):
    (somewhere / "my-course").mkdir()  # not a copy of the course: nothing of ours is inside
    assert paths.home_dir() == somewhere / "home" / ".fmcourse"


def test_the_environment_decides_first(somewhere, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(somewhere / "mine"))
    assert paths.home_dir() == somewhere / "mine"


def test_a_place_that_cannot_be_written_is_replaced(somewhere, monkeypatch):
    (somewhere / "file").write_text("")
    monkeypatch.setenv("FMCOURSE_HOME", str(somewhere / "file"))
    home = paths.home_dir()
    assert home.is_dir() and home != somewhere / "file"


def test_without_any_home_folder_progress_goes_to_a_spare_place(somewhere, monkeypatch):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(paths.Path, "home", nobody)
    assert paths.home_dir().is_dir()


def test_commands_find_the_learners_copy_from_inside_it_and_from_beside_it(somewhere, monkeypatch):
    assert paths.copy_dir() == Path("my-course")
    for name in ("my-course", "another"):
        (somewhere / name / "notebooks").mkdir(parents=True)
        (somewhere / name / ".fmcourse").mkdir()
        (somewhere / name / ".fmcourse" / "copied.json").write_text("{}")
    assert paths.copy_dir() == Path("my-course")
    monkeypatch.chdir(somewhere / "another" / "notebooks")
    assert paths.copy_dir() == somewhere / "another"
    monkeypatch.setenv("FMCOURSE_HOME", str(somewhere / "my-course" / ".fmcourse"))  # as JupyterLab sets it
    assert paths.copy_dir() == somewhere / "my-course"
    monkeypatch.setenv("FMCOURSE_HOME", str(somewhere / "elsewhere"))  # as a learner may: this is no copy
    assert paths.copy_dir() == somewhere / "another"


def test_the_course_is_found_from_anywhere(somewhere):
    assert paths.course_root() == Path(paths.__file__).resolve().parents[1]
    assert paths.notebooks_dir().is_dir()
