"""`check` answers whatever it is given with a sentence; every exercise's solution passes and each slip fails."""

import threading
import time

import numpy as np
import pytest
import torch

from fmcourse.classroom import check, checks, exercise, hint
from fmcourse.classroom.checks import BROKEN, EMPTY, RIGHT, UNKNOWN, WRONG, judge
from fmcourse.classroom.comparisons import Comparisons, NotYet
from fmcourse.classroom.timelimit import OutOfTime, time_limit

NAMES = exercise.names()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))


@pytest.fixture
def task(monkeypatch):
    """A made-up exercise "99.double", checked within half a second."""
    monkeypatch.setattr(exercise, "_found", {})

    def checker(answer, t):
        t.function(answer, 1)
        values = t.rng.normal(size=(3, 5))
        t.close(answer(values), 2 * values, what="The doubled array")

    exercise.exercise(
        "99.double",
        difficulty=2,
        minutes=1,
        hints=["first", "second"],
        solution=lambda x: 2 * x,
        wrong=[(len, "x")],
        seconds=0.5,
    )(checker)
    return "99.double"


# ---- every exercise of the course


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes_and_nothing_is_neutral(name):
    task = exercise.get(name)
    assert judge(name, task.solution).state == RIGHT, judge(name, task.solution)
    assert judge(name, None).state == EMPTY
    assert judge(name, ...).state == EMPTY


@pytest.mark.parametrize(("name", "i"), [(name, i) for name in NAMES for i in range(len(exercise.get(name).wrong))])
def test_each_slip_fails_with_its_words(name, i):
    answer, words = exercise.get(name).wrong[i]
    said = judge(name, answer)
    assert said.state == WRONG, said
    assert words.lower() in said.message.lower(), said


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "odd",
    [
        float("nan"),
        "text",
        0,
        -1.5,
        [],
        {},
        object(),
        int,
        len,
        lambda: None,
        lambda *a: None,
        np.zeros((2, 0)),
        torch.full((3,), float("nan")),
        [None],
        ("a", 1),
    ],
)
def test_odd_answers_get_a_sentence(name, odd, capsys):
    assert judge(name, odd).state in (WRONG, EMPTY, BROKEN)
    check(name, odd)
    assert capsys.readouterr().out.startswith(f"Exercise {name}: ")


@pytest.mark.parametrize("name", NAMES)
def test_the_file_lists_what_is_registered(name):
    task = exercise.get(name)
    assert task is not None and task.name == name and len(task.hints) >= 2


# ---- functions that misbehave


def endless(x):
    while True:
        pass


def swallows_everything(x):
    until = time.monotonic() + 1.2
    while time.monotonic() < until:
        try:
            while True:
                pass
        except BaseException:
            pass


def swallows_for_ever(x):
    while True:
        try:
            time.sleep(0.01)
        except:  # noqa: E722  what is meant
            continue


def sleeps(x):
    time.sleep(60)


def divides_by_zero(x):
    return 1 / 0


def in_a_library(x):
    return np.linalg.inv(x)  # not square: raises inside numpy


def recurses(x):
    return recurses(x)


def todo(x):
    "A stub."


def todo_raises(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (None, EMPTY, "not answered"),
        (todo, EMPTY, "not answered"),
        (todo_raises, EMPTY, "not answered"),
        (endless, WRONG, "stopped after"),
        (sleeps, WRONG, "stopped after"),
        (swallows_everything, WRONG, ""),
        (swallows_for_ever, WRONG, "stopped after"),
        (divides_by_zero, WRONG, "`return 1 / 0`, with ZeroDivisionError"),
        (in_a_library, WRONG, "`return np.linalg.inv(x)"),
        (recurses, WRONG, "RecursionError"),
        (lambda x: print, WRONG, "should have shape (3, 5)"),
        (lambda: 3, WRONG, "1 argument"),
        (lambda x: 2 * x.T, WRONG, "swapped"),
        (lambda x: x, WRONG, "differs most at position"),
        (lambda x: x * np.nan, WRONG, "NaN"),
        (lambda x: None, EMPTY, ""),
        (lambda x: (None, x)[0], WRONG, "return"),
        (lambda x: "2x", WRONG, "the text '2x'"),
        (lambda x: torch.from_numpy(2 * x), RIGHT, ""),
        (lambda x: [[2 * v for v in row] for row in x], RIGHT, ""),
        (np.zeros(3), WRONG, "array of shape (3,)"),
        (lambda x: [[1], [2, 3]], WRONG, "should have shape"),
    ],
    ids=lambda v: getattr(v, "__name__", None),
)
def test_misbehaving_answers(task, answer, state, words):
    began = time.monotonic()
    said = judge(task, answer)
    assert time.monotonic() - began < 4
    assert said.state == state and words in said.message, said


def test_the_line_is_named(task):
    line = divides_by_zero.__code__.co_firstlineno + 1
    assert f"line {line}," in judge(task, divides_by_zero).message


def test_an_endless_loop_is_stopped_outside_the_main_thread_too(task):
    said = []
    thread = threading.Thread(target=lambda: said.append(judge(task, endless)), daemon=True)
    thread.start()
    thread.join(10)
    assert said and "stopped after" in said[0].message


def test_a_time_limit_leaves_nothing_behind():
    import signal

    before = signal.getsignal(signal.SIGALRM) if hasattr(signal, "SIGALRM") else None
    for _ in range(3):
        with time_limit(0.05):
            pass
    time.sleep(0.1)  # an alarm left over would ring here
    if before is not None:
        assert signal.getsignal(signal.SIGALRM) is before
    with pytest.raises(OutOfTime), time_limit(0.05):
        while True:
            pass


def test_an_exercise_whose_checker_breaks_says_so(monkeypatch):
    monkeypatch.setattr(exercise, "_found", {})
    exercise.exercise("99.bad", difficulty=1, minutes=1, hints=["h"], solution=1, wrong=[(2, "")])(
        lambda answer, t: {}["missing"]
    )
    said = judge("99.bad", [1, 2])
    assert said.state == BROKEN and "a list of 2" in said.message


# ---- what is printed


def test_hints_come_one_at_a_time_and_are_offered_after_a_slip(task, capsys, monkeypatch):
    monkeypatch.setattr(checks, "_shown", {})
    check(task, len)
    assert 'hint("99.double")' in capsys.readouterr().out
    for _ in range(3):
        hint(task)
    out = capsys.readouterr().out
    assert out.index("Hint 1 of 2") < out.index("Hint 2 of 2") and "solutions/" in out
    check(task, len)
    assert "All hints are used" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["00.nothing", "zz", "", None, 3, ["a"], "../x"])
def test_an_unknown_name_is_told(name, capsys):
    check(name, 1)
    hint(name)
    assert capsys.readouterr().out.count("There is no exercise called") == 2
    assert judge(name, 1).state == UNKNOWN


def test_right_answers_are_noted(task, capsys):
    from fmcourse.classroom import progress

    check(task, lambda x: x)
    assert progress.solved() == set()
    check(task, lambda x: 2 * x)
    assert progress.solved() == {task}


@pytest.mark.parametrize("slip", [{"name": "merge"}, {"difficulty": 4}, {"minutes": 0}, {"hints": []}, {"wrong": []}])
def test_an_authors_slip_is_refused(slip):
    good = dict(name="99.x", difficulty=1, minutes=1, hints=["h"], solution=1, wrong=[(2, "")])
    with pytest.raises(ValueError):
        exercise.exercise(**{**good, **slip})


# ---- comparisons


@pytest.mark.parametrize(
    ("method", "args", "words"),
    [
        ("equal", ([1, 2], [1, 3]), "3 at position 1"),
        ("equal", ([1], [1, 3]), "2 elements"),
        ("equal", ("a", "b"), "'b'"),
        ("equal", (3, "3"), "the text '3'"),
        ("equal", ({1}, {2}), "{2}"),
        ("equal", (True, 1), "one number"),
        ("equal", (None, [1]), "return"),
        ("equal", (np.array([1, 2]), np.array([1, 3])), "position 1"),
        ("close", (1.0, 1.1), "should be 1.1"),
        ("close", ("1", 1), "one number"),
        ("close", (float("inf"), 1), "inf"),
        ("close", (torch.ones(2, 3), torch.ones(3, 2)), "swapped"),
        ("close", (np.ones(2), np.ones(3)), "shape (3,)"),
        ("close", (["a", "b"], [1, 2]), "hold numbers"),
        ("shape", ("ab", (2,)), "the text"),
        ("number", (float("nan"),), "nan"),
        ("number", ([1, 2],), "one number"),
        ("function", (3,), "function itself"),
        ("function", (lambda a, b: 0, 1), "1 argument"),
        ("true", (0, "why"), "why"),
        ("fail", ("why",), "why"),
    ],
)
def test_comparisons_refuse(method, args, words):
    with pytest.raises(NotYet, match=None) as refused:
        getattr(Comparisons(), method)(*args)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("equal", ([1, 2], (1, 2))),
        ("equal", (np.array([1, 2]), [1, 2])),
        ("equal", ("a", "a")),
        ("equal", (3.0, 3)),
        ("equal", (torch.tensor([1, 2]), torch.tensor([1, 2]))),
        ("close", (torch.tensor(1.0, requires_grad=True), 1)),
        ("close", ([float("-inf"), 1], [float("-inf"), 1])),
        ("close", (1e9 + 1, 1e9)),
        ("shape", ([[1, 2]], (1, 2))),
        ("number", (np.array([2.0]),)),
        ("function", (len, 1)),
        ("true", (1, "why")),
        ("equal", (True, True)),
        ("close", (torch.ones(2, dtype=torch.bfloat16), torch.ones(2))),
    ],
)
def test_comparisons_accept(method, args):
    getattr(Comparisons(), method)(*args)


def test_the_generator_is_seeded():
    assert Comparisons(3).rng.normal() == Comparisons(3).rng.normal() != Comparisons(4).rng.normal()
