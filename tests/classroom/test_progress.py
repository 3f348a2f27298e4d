"""The table of progress says where one stands, what comes next, and how long it takes."""

import pytest

from fmcourse.classroom import events, exercise, progress
from fmcourse.paths import notebooks_dir


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))


def finish(nb, quiz=True):
    for name in exercise.names(nb):
        events.note("exercise", name, "right")
    if quiz:
        events.note("quiz", nb, 4)


def test_every_notebook_says_its_minutes():
    assert set(progress.minutes()) == {path.name[:2] for path in notebooks_dir().glob("[0-9]*.ipynb")}
    for nb, (reading, exercises) in progress.minutes().items():
        assert 30 <= reading <= 50, nb
        assert exercises == sum(exercise.get(name).minutes for name in exercise.names(nb)), nb
    first = next(iter(notebooks_dir().glob("00_*.ipynb"))).read_text(encoding="utf-8")
    times = progress.minutes()["00"]
    assert f"Reading: {times[0]} minutes" in first and f"Exercises: {times[1]} minutes" in first
    assert "  {}+{}  Start here".format(*times) in progress.table().splitlines()[1]


def test_the_next_step_follows_what_was_done_last():
    times = progress.minutes()["00"]
    assert progress.following() == "Next: 00 Start here, about {} minutes of reading and {} of exercises.".format(
        *times
    )
    events.note("exercise", "03.price", "right")
    assert progress.following() == "Next: 03 Tokens and embeddings, 4 of 5 exercises and the quiz left."
    finish("03", quiz=False)
    assert progress.following().endswith("0 of 5 exercises and the quiz left.")
    finish("03")
    assert progress.following().startswith("Next: 04 ") and "minutes of reading" in progress.following()
    finish("21")
    assert progress.following().startswith("Next: 00 "), "what was left out comes at the end"


def test_when_all_is_done_nothing_is_left():
    for nb in progress.titles():
        finish(nb)
    assert "nothing is left" in progress.table().splitlines()[-1]


def test_odd_entries_do_not_break_it():
    for name in (None, 3, "", "zz"):
        events.note("exercise", name, "right")
    assert progress.following().startswith("Next: ")
