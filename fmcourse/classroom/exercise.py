"""Exercises: how one is described, where it is found by its name.

Each notebook has a file, lessons/nb03/exercises.py, whose exercises are called "03.something". What this leaves out:
giving feedback (`checks`) and comparing answers (`comparisons`).
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from fmcourse.paths import lessons_dir

_FOLDER = lessons_dir()
_found: dict[str, "Exercise"] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise. `checker(answer, t)` returns when the answer is right and speaks through `t` when it is not."""

    name: str
    checker: Callable
    difficulty: int  # 1 fill in, 2 write, 3 blank page
    minutes: int
    hints: list[str]  # from a nudge to nearly everything
    solution: object  # an answer that passes
    wrong: list[tuple]  # (answer, words the feedback must contain), the common slips
    praise: str = ""  # what a right answer shows
    seconds: float = 5.0  # time limit for the learner's code
    in_place: bool = False  # changing what is given is the task itself: no copies are handed over

    @property
    def notebook(self) -> str:
        return self.name[:2]


def exercise(
    name: str,
    *,
    difficulty: int,
    minutes: int,
    hints,
    solution,
    wrong,
    praise: str = "",
    seconds: float = 5.0,
    in_place: bool = False,
):
    """Register the decorated checker as exercise `name` ("03.merge"). See docs/writing-notebooks.md for an example.

    Raises ValueError for an author's slip: a name without its notebook's number, a difficulty outside 1 to 3, no hint
    or no wrong answer (a check that nobody saw fail proves nothing).
    """
    if not re.fullmatch(r"\d\d\.[a-z0-9-]+", name):
        raise ValueError(f"an exercise is called like '03.merge', not {name!r}")
    if difficulty not in (1, 2, 3) or not minutes > 0:
        raise ValueError(f"exercise {name}: difficulty is 1, 2 or 3, and minutes are more than 0")
    if not hints or not wrong:
        raise ValueError(f"exercise {name} needs at least one hint and one wrong answer with its feedback")

    def register(checker):
        known = _found.get(name)
        if known and known.checker.__code__.co_filename != checker.__code__.co_filename:
            raise ValueError(f"two exercises are called {name}")
        _found[name] = Exercise(
            name, checker, difficulty, minutes, list(hints), solution, list(wrong), praise, seconds, in_place
        )
        return checker

    return register


def get(name) -> Exercise | None:
    """The exercise of that name, or None."""
    if not issubclass(type(name), str):
        return None
    name = str.__str__(name)
    if name not in _found and name[:2].isdigit() and (_FOLDER / f"nb{name[:2]}" / "exercises.py").is_file():
        import_module(f"fmcourse.lessons.nb{name[:2]}.exercises")
    return _found.get(name)


@cache
def names(notebook: str | None = None) -> tuple[str, ...]:
    """The names of all exercises, or of one notebook's, in order; read from the files without importing them.

    >>> names("00")[:1]
    ('00.first',)
    """
    found = []
    for path in sorted(_FOLDER.glob(f"nb{notebook or '[0-9][0-9]'}/exercises.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [
            d
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
            for d in node.decorator_list
            if isinstance(d, ast.Call) and getattr(d.func, "id", "") == "exercise" and d.args
        ]
        found += [d.args[0].value for d in calls if isinstance(d.args[0], ast.Constant)]
    return tuple(found)
