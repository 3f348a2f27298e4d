"""The parts called Deeper can be skipped whole, and each read without the others."""

import json

import pytest

from fmcourse.authoring.skipping import missing, names
from fmcourse.paths import notebooks_dir

PAGES = sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))


def page(*cells: str) -> dict:
    """Cells from sources; those that begin with # are text."""
    return {"cells": [{"cell_type": "markdown" if c.startswith("#") else "code", "source": [c]} for c in cells]}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem[:2])
def test_no_cell_needs_what_may_be_skipped(path):
    assert missing(json.loads(path.read_text(encoding="utf-8"))) == []


def test_a_name_from_a_skipped_part_is_missed():
    nb = page("a = 1", "## Deeper: more (can be skipped)", "b = a", "print(b)", "## Exercises", "print(a, b)")
    assert missing(nb) == ["cell 4 needs b, which no cell makes that may not be skipped."]


def test_a_part_may_not_lean_on_another():
    nb = page("## Deeper: one", "b = 1", "## Deeper: two", "print(b)")
    assert missing(nb) == ["cell 2 needs b, which no cell makes that may not be skipped."]


def test_a_skipped_part_may_not_change_what_others_take():
    nb = page("a = 1", "## Deeper: one", "a = 2", "print(a)", "## Exercises", "print(a)", "a = 3", "print(a)")
    assert missing(nb) == ["cell 4 takes a, which a part that may be skipped has changed."]


@pytest.mark.parametrize(
    ("source", "takes"),
    [
        ("def f(x):\n    y = x\n    return y + z", {"z"}),
        ("[x for x in many]", {"many"}),
        ("x = x + 1", {"x"}),
        ("x = 1\ny = x", set()),
        ("total += 1", {"total"}),
        ("f = lambda q: q @ w", {"w"}),
        ("for i in range(3):\n    last = i\nprint(last)", {"range", "print"}),
        ("%timeit a\nb = 1", set()),
    ],
)
def test_what_a_cell_takes(source, takes):
    assert names(source)[1] == takes
