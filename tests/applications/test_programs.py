"""Programs are judged from outside: by what they return, and not by what they say about themselves."""

import pytest

from fmcourse.applications import programs
from fmcourse.applications.programs import answers, passes_all
from fmcourse.applications.sandbox import Result, run

DOUBLE = "def f(x):\n    return x * 2"
closed = pytest.mark.skipif(run("").reason.startswith("not run"), reason="this system closes no files for a program")


def test_answers_come_back_in_order_and_true_is_not_one():
    above = "def f(x):\n    return x > 5"
    assert answers([DOUBLE, above, DOUBLE], [[1, 7], [5, 6], [0]]) == ["[2, 14]", "[false, true]", "[0]"]
    assert passes_all([above, above], [[(6, True)], [(6, 1)]]) == [True, False]


@pytest.mark.parametrize("source", ["", "no program", "def g(x):\n    return x", "def f(x):\n    return y"])
def test_what_fails_has_no_answer_and_spoils_no_other(source):
    assert answers([source, DOUBLE], [[1], [1]]) == ["null", "[2]"]


@closed
@pytest.mark.parametrize(
    "source",
    [
        "import os\nos._exit(0)",
        "raise SystemExit(0)",
        "class Same(int):\n    __eq__ = lambda a, b: True\ndef f(x):\n    return Same(7)",
        "def f(x):\n    while True: pass",
        "print('[2]')",
        "import sys\nsys.__stdout__.write('[2]\\n[2]\\n')",
    ],
)
def test_who_cheats_does_not_pass_and_others_are_judged_all_the_same(source):
    assert passes_all([DOUBLE, source, DOUBLE], [[(1, 2)]] * 3) == [True, False, True]


def test_without_a_sandbox_the_tree_walker_answers(monkeypatch):
    monkeypatch.setattr(programs, "run", lambda *a, **k: Result(False, "", "", "not run: nothing is closed"))
    assert answers([DOUBLE, "import os"], [[3], [3]]) == ["[6]", "null"]


def test_no_tests_and_uneven_lists_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        passes_all([DOUBLE], [[]])
    with pytest.raises(ValueError, match="give each program one"):
        answers([DOUBLE], [])
