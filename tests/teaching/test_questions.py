"""Term questions: every notebook has one, seeds decide the answers, answers are compared as they should be."""

import pytest

from fmcourse.classroom.exercise import get
from fmcourse.classroom.exercise import names as exercises
from fmcourse.teaching.answers import plain, same
from fmcourse.teaching.bank.planted import PROGRAMS, _run
from fmcourse.teaching.problem import Problem
from fmcourse.teaching.term import Term
from fmcourse.teaching.varied import Tensor, ask, literal, names

ONE, OTHER = Term("the first term's seed"), Term("another term's seed")
NOTEBOOKS = sorted({name[:2] for name in exercises()})


def test_every_notebook_has_a_question():
    assert sorted({name[:2] for name in names()}) == NOTEBOOKS
    assert len(NOTEBOOKS) == 22


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_two_seeds_give_other_answers(notebook):
    keys = {name: (ask(name, ONE), ask(name, OTHER)) for name in names(notebook)}
    assert all(one.given != other.given for one, other in keys.values())
    # A key out of a few dozen values may come out alike once; a notebook's keys together may not.
    assert any(not same(one.key, other.key) for one, other in keys.values())


@pytest.mark.parametrize("name", names())
def test_the_same_seed_gives_the_same_question(name):
    assert ask(name, ONE) == ask(name, Term("the first term's seed"))
    assert ask(name, ONE).key is not None


@pytest.mark.parametrize("name", sorted(set(names()) & set(exercises())))
def test_values_as_a_student_gets_them_give_the_key(name):
    import torch

    asked, space = ask(name, ONE), {"torch": torch}
    for variable, value in asked.given.items():
        exec(f"{variable} = {literal(value)}", space)
    assert same(plain(get(name).solution(*(space[v] for v in asked.given))), asked.key)


def test_a_question_calls_a_function_that_the_assignment_has():
    import re

    from fmcourse.teaching.assignment import notebook, tasks

    bold = next(task for task in tasks("00") if task.name == "00.bold")
    # the check of the lesson has None there
    assert bold.stub.endswith("answer_00_bold = None  # when it is mended: boldness")
    for number in NOTEBOOKS:
        defined = "\n".join(task.stub for task in tasks(number))
        for cell in notebook(number, ONE)[0].cells:
            for called in re.findall(r"What does your `(.*?)` of exercise", cell.source):
                assert f"def {called}(" in defined or f"class {called}" in defined, (number, called)


def test_people_are_of_the_world():
    from fmcourse.world import World

    relations = World.default().relations
    asked = ask("00.people", ONE)
    friends = [relations["friend"].values[p] for p in asked.given["people"]]
    assert asked.key == [relations["city"].values[f] for f in friends]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_planted_bug_shows_and_mending_its_line_gives_the_key(name):
    planted = set()
    for i in range(12):
        asked = ask(name, Term(f"a seed for planting {i}"))
        line, value = asked.key
        wrong, right = asked.program.splitlines(), PROGRAMS[name].right.splitlines()
        assert [n for n, (a, b) in enumerate(zip(wrong, right, strict=True), 1) if a != b] == [line]
        try:
            assert not same(plain(_run(asked.program, asked.given)), value)
        except (IndexError, ZeroDivisionError, TypeError):
            pass  # a bug that crashes shows, too
        wrong[line - 1] = right[line - 1]
        assert same(plain(_run("\n".join(wrong), asked.given)), value)
        planted.add(asked.program)
    assert len(planted) > 1


@pytest.mark.parametrize("seed", ["", "spring", "aaaaaaaaaaaaaaaa", "spring 2031"])
def test_a_seed_that_can_be_guessed_is_refused(seed):
    with pytest.raises(Problem, match="password of the key"):
        Term(seed)


@pytest.mark.parametrize(
    "got, key, right",
    [
        (0.3333, 1 / 3, True),
        (0.333, 1 / 3, True),
        (0.33, 1 / 3, False),
        (1, 1.0, True),
        (True, 1, False),
        (1, True, False),
        ("Oslo ", "Oslo", True),
        ("oslo", "Oslo", False),
        ([1, [2, 3]], [1, [2, 3]], True),
        ([1, 2], [1, 2, 3], False),
        (None, 0.0, False),
        ("nan", 0.5, False),
        ([], 0.5, False),
        (1728787200000000001, 1728787200000000000, True),
        (13, 14, False),
        ({"a": 1}, [1], False),
    ],
)
def test_answers_are_compared(got, key, right):
    assert same(got, key) is right


def test_answers_become_plain():
    import numpy as np
    import torch

    assert plain((np.float64(2), torch.tensor([[1, 2]]), "a")) == [2.0, [[1, 2]], "a"]
    with pytest.raises(TypeError, match="numbers, texts and lists"):
        plain(lambda: 1)
    with pytest.raises(TypeError, match="at most"):
        plain(list(range(20_000)))
    endless = []
    endless.append(endless)
    with pytest.raises(TypeError, match="at most"):
        plain(endless)


def test_a_tensor_is_written_as_code():
    assert literal({"b", "a"}) == "{'a', 'b'}" and literal(Tensor([1.5])) == "torch.tensor([1.5])"


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_an_assignment_is_solved_by_its_own_solutions(number, capsys, monkeypatch, tmp_path):
    from fmcourse.teaching import kernel
    from fmcourse.teaching.assignment import notebook, tasks

    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))
    told = {}
    monkeypatch.setattr(kernel, "record", lambda name, value: told.update({name: plain(value)}))
    book, key = notebook(number, ONE)
    set_up = {"__name__": "__main__"}
    exec(book.cells[1].source, set_up)
    taken = set(set_up) | {task.answer for task in tasks(number)}
    assert not taken & {variable for name in names(number) for variable in ask(name, ONE).given}
    space = {"__name__": "__main__"}
    for cell in book.cells:
        if cell.cell_type == "code":
            exec(cell.source, space)  # `tried` raises for a wrong one
    said = capsys.readouterr().out
    assert "not yet" not in said and "not answered" not in said
    assert said.count(": right.") == 2 * len(exercises(number))
    assert sorted(told) == sorted(names(number)) and len(key) == len(told)
    assert all(same(told[name], ask(name, ONE).key) for name in told)
