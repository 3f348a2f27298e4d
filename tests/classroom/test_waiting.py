"""The line that counts a slow cell's seconds: seen by whoever waits, by nobody else, and gone at the end."""

import time

import IPython.display

from fmcourse.classroom import waiting


class Line:
    def __init__(self):
        self.said = []

    def display(self, html, display_id):
        assert display_id is True
        self.said.append(html.data)
        return self

    def update(self, html):
        self.said.append(html.data)


def line(monkeypatch):
    made = Line()
    monkeypatch.setattr(IPython.display, "display", made.display)
    return made


def test_a_slow_cell_counts_and_leaves_nothing(monkeypatch):
    said, cell = line(monkeypatch).said, waiting.Waiting(patience=0.05, every=0.05)
    cell.before()
    time.sleep(0.4)
    cell.after()
    assert len(said) >= 3 and "so far" in said[0] and said[-1] == ""


def test_a_quick_cell_says_nothing(monkeypatch):
    said, cell = line(monkeypatch).said, waiting.Waiting(patience=5)
    for _ in range(3):
        cell.before()
        cell.after()
    assert said == []


def test_only_where_somebody_waits(monkeypatch):
    for name in ("JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)
    assert not waiting.somebody_waits() and not waiting.watch()
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/00_start_here.ipynb")
    assert waiting.somebody_waits()
    assert not waiting.watch()  # no shell here
