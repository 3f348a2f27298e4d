"""`fmcourse check 03 answers.py`: the exercises of a notebook, answered in a file of one's own in place of its cells.

The file gives each exercise's name a value: for 03.merge, `def merge(ids, pair, new): ...`. The checks are the ones
that the notebook runs. But: the tasks themselves stand in the notebook and are not repeated here.
"""

import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

from fmcourse.classroom import events
from fmcourse.classroom.checks import RIGHT, WRONG, judge
from fmcourse.classroom.exercise import get, names
from fmcourse.classroom.progress import titles
from fmcourse.records import kind_of, text_of


def main(notebook: str, file: Path | None = None, hints: int = 0) -> int:
    """Check every exercise of `notebook` ("03" or "3") that `file` answers, and show the first `hints` hints of those
    not solved yet. Returns 0 when all are right, 1 when not, 2 when there is no such notebook or the file fails.

    Without a file: say what each answer is called.
    """
    number = re.split(r"[_.]", Path(notebook).name)[0].strip().zfill(2)
    tasks = names(number) if number.isdigit() else ()
    if not tasks:
        there = ", ".join(sorted({name[:2] for name in names()}))
        return _sorry(f"There is no notebook {notebook} with exercises. There are: {there}.")
    if file is None:
        print(f"{titles().get(number, number)} has {len(tasks)} exercises. In a file of yours, call the answers:")
        for task in map(get, tasks):
            print(f"  {_called(task.name):12} difficulty {task.difficulty}, about {task.minutes} minutes")
        print(f"Then: fmcourse check {number} answers.py")
        return 0
    try:
        answers = _run(Path(file))
    except _Failed as failed:
        return _sorry(str(failed))
    right = 0
    for task in map(get, tasks):
        said = judge(task.name, answers.get(_called(task.name)))
        lead = {RIGHT: "right. ", WRONG: "not yet. "}.get(said.state, "")
        print(f"{task.name}: {lead}{said.message}".rstrip())
        for i, words in enumerate(task.hints[:hints] if said.state != RIGHT else (), 1):
            print(f"  hint {i} of {len(task.hints)}: {words}")
        if said.state in (RIGHT, WRONG):
            events.note("exercise", task.name, said.state)
        right += said.state == RIGHT
    more = "" if right == len(tasks) or hints else f" Stuck? fmcourse check {number} {file} --hints 1"
    print(f"{right} of {len(tasks)} right.{more}")
    return 0 if right == len(tasks) else 1


class _Failed(Exception):
    """The file could not be run; its text is one sentence."""


def _called(name: str) -> str:
    """What the answer to an exercise is called in Python.

    >>> _called("06.causal-mask")
    'causal_mask'
    """
    return name[3:].replace("-", "_")


def _run(file: Path) -> dict:
    """What a learner's file defines. Files beside it can be imported, as Python does it."""
    try:
        source = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _Failed(
            f"The file {file} cannot be read ({getattr(error, 'strerror', '') or 'it is no text'})."
        ) from None
    module = ModuleType(file.stem)
    module.__file__ = str(file.resolve())
    sys.path.insert(0, str(file.resolve().parent))
    try:
        exec(compile(source, module.__file__, "exec"), vars(module))  # their own file, on their own machine
    except SyntaxError as error:
        raise _Failed(f"{file}, line {error.lineno}: this is no Python ({error.msg}).") from None
    except (Exception, SystemExit) as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == module.__file__]
        where = f", line {lines[-1]}" if lines else ""
        said = f"{kind_of(error)}: {text_of(error, 160)}".rstrip(": ")
        raise _Failed(f"{file}{where}: running it failed with {said}.") from None
    finally:
        sys.path.remove(str(file.resolve().parent))
    return vars(module)


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2
