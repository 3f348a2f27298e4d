"""One assignment: the exercises of a lesson and its term questions, as the notebook that nbgrader starts from.

It holds the worked solutions between nbgrader's marks, and each hidden test; nbgrader takes both out of what students
get. What this leaves out: the lesson's own text, for which an assignment sends its reader back to the lesson.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from fmcourse.classroom.exercise import get
from fmcourse.paths import notebooks_dir
from fmcourse.teaching.problem import Problem
from fmcourse.teaching.term import Term
from fmcourse.teaching.varied import POINTS, Asked, ask, literal, names

HERE = "# Write your answer above this line."
RULES = """Work through the lesson first. Write where a cell says so; other cells are locked, and those of this term's \
questions bring their values. A check may be run as often as you like. Before you hand in, restart and run all cells: \
what takes longer than a minute is stopped."""
TERM_RULES = """Their values differ from term to term. An answer is a number, a text, or a list of them; write the \
call that gives it, or the result with at least four digits."""
SET_UP = """import math, random, re
from collections import Counter, defaultdict

import numpy as np, torch
from torch.nn import functional as F

from fmcourse.classroom import check, hint
from fmcourse.teaching.kernel import record, tried"""


@dataclass(frozen=True)
class Task:
    """One exercise as its lesson asks it: the text, the student's stub, the name that is checked, a worked solution."""

    name: str
    text: str
    stub: str
    answer: str
    solution: str
    function: str  # what a term question calls

    @property
    def check(self) -> str:
        """The line in which the student asks for feedback."""
        return f'check("{self.name}", {self.answer})'


def lesson(number: str) -> Path:
    """The lesson notebook with that number, two digits. Raises Problem where there is none."""
    found = sorted(notebooks_dir().glob(f"{number}_*.ipynb"))
    if not found:
        raise Problem(f"There is no notebook {number}: numbers are two digits, such as 03.")
    return found[0]


def tasks(number: str) -> list[Task]:
    """The exercises of a lesson, in its order, with the solutions notebook's answers. Raises Problem as `lesson`."""
    path = lesson(number)
    solved = {}
    for cell in _cells(path.parent / "solutions" / path.name):
        if cell.cell_type == "code" and (found := _check(cell.source)):
            solved[found[0]] = (found[1], found[2])
    out, text = [], []
    for cell in _cells(path):
        found = _check(cell.source) if cell.cell_type == "code" else None
        if "## Exercises" in cell.source:
            text = [_unlinked(cell.source.split("## Exercises", 1)[1])]
        elif found and text:
            name, expression, stub = found
            answer = expression if expression.isidentifier() and expression != "None" else "answer_" + _slug(name)
            theirs, solution = solved[name]
            function = answer if answer == expression or not theirs.isidentifier() else theirs
            if answer != expression:
                mended = f"  # when it is mended: {function}" if function != answer else ""
                stub = f"{stub}\n\n{answer} = {expression}{mended}".strip()
            if theirs != answer:
                solution = f"{solution}\n\n{answer} = {theirs}".strip()
            out.append(Task(name, "\n\n".join(text).strip(), stub, answer, solution, function))
            text = [""]
        elif text:
            text.append(_unlinked(cell.source) if cell.cell_type == "markdown" else f"```python\n{cell.source}\n```")
    return out


def notebook(number: str, term: Term) -> tuple[NotebookNode, dict]:
    """The instructor's notebook of a lesson's assignment, and the key of its term questions: plain values by variable.

    Raises Problem where there is no lesson of that number.
    """
    title = _cells(lesson(number))[0].source.splitlines()[0].removeprefix("# ")
    cells = [_text("title", f"# Assignment {title}\n\n{RULES}"), _code("set-up", SET_UP)]
    found, key = tasks(number), {}
    for task in found:
        cells += _exercise(task)
    questions = [ask(name, term) for name in names(number)]
    if questions:
        cells.append(_text("term", f"## Questions of this term\n\n{TERM_RULES}"))
    functions = {task.name: task.function for task in found}
    for question in questions:
        cells += _question(question, functions.get(question.name, ""))
        key[question.variable] = question.key
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for cell in book.cells:  # ids by name: the same seed gives the same file
        cell.id = cell.metadata.nbgrader.grade_id
    return book, key


def _exercise(task: Task) -> list[NotebookNode]:
    slug = _slug(task.name)
    body = (
        f"{task.stub}\n\n### BEGIN SOLUTION\n{task.solution}\n### END SOLUTION\n\ncheck({task.name!r}, {task.answer})"
    )
    test = (
        f"# {task.name} is marked here.\n### BEGIN HIDDEN TESTS\n"
        f"tried({task.name!r}, globals().get({task.answer!r}))\n### END HIDDEN TESTS"
    )
    points = get(task.name).difficulty
    return [_text(f"text_{slug}", task.text), _code(f"answer_{slug}", body, solution=True),
            _code(f"test_{slug}", test, points=points)]  # fmt: skip


def _question(asked: Asked, function: str) -> list[NotebookNode]:
    text = asked.text or (
        f"What does your `{function}` of exercise {asked.name} return for these values, in the order of its arguments?"
    )
    given = "\n".join(f"{name} = {literal(value)}" for name, value in asked.given.items())
    program = f"\n\n```python\n{asked.program}\n```" if asked.program else ""
    slot = f"{asked.variable} = None\n### BEGIN SOLUTION\n{asked.variable} = {asked.key!r}\n### END SOLUTION"
    return [
        _text(f"text_{asked.variable}", f"**{asked.name}, this term** ({POINTS} points). {text}{program}"),
        _code(f"values_{asked.variable}", given),
        _code(f"answer_{asked.variable}", slot, solution=True),
        _code(asked.variable, f"record({asked.name!r}, {asked.variable})", points=POINTS),
    ]


def _cells(path: Path) -> list[NotebookNode]:
    return nbformat.read(path, as_version=4).cells


def _check(source: str) -> tuple[str, str, str] | None:
    """The exercise's name, what is checked, and the cell up to there; None for a cell that checks nothing."""
    if "check(" not in source:
        return None
    for node in ast.parse(source).body:
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
            before = "\n".join(source.splitlines()[: node.lineno - 1]).strip()
            return call.args[0].value, ast.get_source_segment(source, call.args[1]), before
    return None


def _unlinked(text: str) -> str:
    """A lesson's text without links to files that do not lie beside an assignment."""
    return re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


def _slug(name: str) -> str:
    return name.replace(".", "_").replace("-", "_")


def _text(name: str, source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source, metadata=_nbgrader(name))


def _code(name: str, source: str, *, solution: bool = False, points: int = 0) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=_nbgrader(name, solution, points))


def _nbgrader(name: str, solution: bool = False, points: int = 0) -> dict:
    marks = {"grade": bool(points), "grade_id": name, "locked": not solution, "schema_version": 3,
             "solution": solution, "task": False}  # fmt: skip
    return {"nbgrader": marks | ({"points": points} if points else {})}
