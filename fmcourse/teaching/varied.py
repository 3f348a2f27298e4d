"""Term questions: values drawn by the term's seed, and a right answer that is computed from them, never typed.

Most take an exercise of a lesson and draw what its function is called with; the right answer is what the exercise's own
worked solution returns. Others bring a program with a planted bug, or people of the small world. They stand in `bank/`.
What this leaves out: the notebook that asks them (`assignment`).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fmcourse.classroom.exercise import get
from fmcourse.teaching.answers import plain
from fmcourse.teaching.term import Term

POINTS = 2
_bank: dict[str, Callable[[random.Random], "Drawn"]] = {}


@dataclass(frozen=True)
class Tensor:
    """A value that students get as a torch tensor."""

    values: list

    def __repr__(self) -> str:
        return f"torch.tensor({self.values!r})"


@dataclass(frozen=True)
class Drawn:
    """One question as it was drawn: the values by name, the right answer, and what to do if it is not the usual."""

    given: dict
    key: object
    text: str = ""  # empty: call your function of that exercise with these values
    program: str = ""  # shown above the values


@dataclass(frozen=True)
class Asked(Drawn):
    """A drawn question and its name; `variable` takes the student's answer."""

    name: str = ""

    @property
    def variable(self) -> str:
        return "term_" + self.name.replace(".", "_").replace("-", "_")


def own(name: str):
    """Register a function that draws the whole question."""

    def register(draw):
        if name in _bank:
            raise ValueError(f"two term questions are called {name}")
        _bank[name] = draw
        return draw

    return register


def varied(name: str):
    """Register a function that draws what the exercise `name` is called with: a dictionary in order of arguments."""

    def register(draw):
        def question(rng):
            given = draw(rng)
            return Drawn(given, get(name).solution(*map(_live, given.values())))

        own(name)(question)
        return draw

    return register


@cache
def names(notebook: str | None = None) -> tuple[str, ...]:
    """The names of all term questions, or of one notebook's, in order."""
    from fmcourse.teaching import bank

    for module in iter_modules(bank.__path__):
        import_module(f"{bank.__name__}.{module.name}")
    return tuple(sorted(name for name in _bank if notebook in (None, name[:2])))


def ask(name: str, term: Term) -> Asked:
    """Draw the question `name` for a term; its key is made of plain values. Raises KeyError for an unknown name."""
    names()
    drawn = _bank[name](term.rng(name))
    return Asked(drawn.given, plain(drawn.key), drawn.text, drawn.program, name)


def literal(value) -> str:
    """A value as Python writes it, sets in order, so that the same seed gives the same file.

    >>> literal([{"b", "a"}, Tensor([1])])
    "[{'a', 'b'}, torch.tensor([1])]"
    """
    if isinstance(value, set):
        return "{" + ", ".join(map(literal, sorted(value))) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)


def _live(value):
    if isinstance(value, Tensor):
        import torch

        return torch.tensor(value.values)
    return value
