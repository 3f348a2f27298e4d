"""Tools that a model can call: a calculator, a thermometer, a table of facts; and the one way a call is written.

A call is text that the model writes, "Call: calculator (37 + 48)". A program reads it, runs the tool, and writes
" gives 85." behind it, for the model to read. The model never runs anything itself.

    read_call(" Call: calculator (37 + 48)") -> Call(tool="calculator", argument="37 + 48")

But: one argument, one line of text back; no tool here changes anything in the world.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fmcourse.prompting.safe_python import Refused, calculate
from fmcourse.world import World
from fmcourse.world.facts import share

Tool = Callable[[str], str]
NOTHING = "nothing"  # what a tool that fails gives back to the model: a word it can read


class ToolError(ValueError):
    """A tool could not do what it was asked; the message says why, for the log."""


@dataclass(frozen=True)
class Call:
    """A tool's name and the text between the brackets."""

    tool: str
    argument: str

    def __str__(self) -> str:
        return f"Call: {self.tool} ({self.argument})"


_CALL = re.compile(r"Call:\s*(\w+)\s*\((.*)\)\s*$", re.S)


def read_call(text: str) -> Call | None:
    """The call that `text` ends with, or None.

    >>> read_call("Question: How warm is it in Paris? Call: thermometer (Paris)")
    Call(tool='thermometer', argument='Paris')
    >>> read_call("Call: thermometer (Paris) gives 17.") is None
    True
    """
    start = text.rfind("Call:")
    found = _CALL.match(text[start:]) if start >= 0 else None
    return Call(found[1], found[2].strip()) if found else None


def calculator(argument: str) -> str:
    """The value of an arithmetic expression, as text. Raises `ToolError` for what is none.

    >>> calculator("37 + 48")
    '85'
    """
    try:
        return f"{calculate(argument)}"
    except Refused as problem:
        raise ToolError(str(problem)) from None


def thermometer(argument: str, day: int = 0) -> str:
    """The degrees in a town today, 0 to 39: each town and day has its own. Raises `ToolError` for an unknown town.

    The readings are drawn by town and day alone, so nobody can know one without asking.
    """
    if argument not in _towns():
        raise ToolError(f"there is no thermometer in {argument!r:.60}.")
    return str(int(40 * share("degrees", argument, day)))


def facts(argument: str) -> str:
    """The object of "RELATION of SUBJECT", such as "capital of France". Raises `ToolError` when there is none.

    >>> facts("capital of France")
    'Paris'
    """
    relation, _, subject = argument.partition(" of ")
    table = World.default().relations.get(relation)
    if table is None or subject not in table.values:
        raise ToolError(f"the table of facts has no {argument!r:.60}.")
    return table.values[subject]


def _towns() -> set[str]:
    relations = World.default().relations
    return {*relations["city"].objects, *relations["capital"].objects}


TOOLS: Mapping[str, Tool] = {"calculator": calculator, "thermometer": thermometer, "facts": facts}


def act(call: Call, tools: Mapping[str, Tool] = TOOLS) -> tuple[str, str | None]:
    """(what the model reads, what went wrong or None): runs a tool, and never raises for what a model wrote.

    >>> act(Call("calculator", "37 + 48"))
    ('85', None)
    >>> act(Call("rocket", "moon"))
    ('nothing', "there is no tool 'rocket'; there are calculator, thermometer, facts.")
    """
    if call.tool not in tools:
        return NOTHING, f"there is no tool {call.tool!r:.40}; there are {', '.join(tools)}."
    try:
        return tools[call.tool](call.argument), None
    except ToolError as problem:
        return NOTHING, str(problem)
