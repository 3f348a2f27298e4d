"""`check`: instant feedback on an exercise; `hint`: one step of help at a time.

Whatever a learner hands over (nothing yet, NaN, a wrong shape, a function that raises or never ends) gets a sentence
and no traceback. What this leaves out: the exercises (`lessons/`) and how answers are compared (`comparisons`).
"""

import dis
import linecache
import re
import traceback
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from fmcourse.classroom import events
from fmcourse.classroom.comparisons import Comparisons, NotYet, in_words
from fmcourse.classroom.exercise import Exercise, get, names
from fmcourse.classroom.timelimit import OutOfTime, time_limit
from fmcourse.classroom.watched import Watched, can_watch
from fmcourse.records import ODD, kind_of, printable, quoted, text_of

RIGHT, WRONG, EMPTY, BROKEN, UNKNOWN = "right", "wrong", "not answered", "checker failed", "unknown exercise"
_PACKAGE = str(Path(__file__).resolve().parents[1])
_shown: dict[str, int] = {}  # hints shown in this kernel


@dataclass(frozen=True)
class Feedback:
    """What is said about an answer. `state`: right, wrong, not answered, checker failed or unknown exercise."""

    state: str
    message: str


def check(name, answer) -> None:
    """Say whether `answer` solves the exercise `name`, such as "03.merge". Never raises on a wrong answer.

    None, and a function that is still a stub, get a neutral line. After a wrong answer the next hint is offered.
    """
    said = judge(name, answer)
    task = get(name)
    if task is None:
        print(said.message)
        return
    name = task.name
    lead = {RIGHT: "right. ", WRONG: "not yet. ", EMPTY: "", BROKEN: ""}[said.state]
    print(f"Exercise {name}: {lead}{said.message}".rstrip())
    if said.state == WRONG:
        print(_offer(task))
    if said.state in (RIGHT, WRONG):
        events.note("exercise", name, said.state)


def hint(name) -> None:
    """Show the next hint for an exercise: from a nudge to nearly everything. Never raises."""
    task = get(name)
    if task is None:
        print(_unknown(name))
        return
    name = task.name
    step = min(_shown.get(name, 0) + 1, len(task.hints))
    _shown[name] = step
    print(f"Hint {step} of {len(task.hints)} for {name}: {task.hints[step - 1]}")
    if step == len(task.hints):
        print(f"That was the last hint; a worked solution stands in solutions/, in the notebook {task.notebook}.")
    events.note("hint", name, step)


def judge(name, answer) -> Feedback:
    """The feedback that `check` prints. Never raises, except for the learner's own interruption."""
    task = get(name)
    if task is None:
        return Feedback(UNKNOWN, _unknown(name))
    said = _judge(task, answer)
    return Feedback(said.state, printable(said.message))


def _judge(task: Exercise, answer) -> Feedback:
    if answer is None or answer is Ellipsis or is_stub(answer):
        return Feedback(EMPTY, _unanswered(task))
    try:
        watched = None if task.in_place or not can_watch(answer) else Watched(answer)
        with time_limit(task.seconds):
            task.checker(watched.function if watched else answer, Comparisons(zlib.crc32(task.name.encode())))
        if watched and watched.changed:
            return Feedback(
                WRONG,
                f"The result is right, but your function changed {watched.changed} itself, which "
                "belongs to whoever calls it. Work on a copy, or build something new.",
            )
        return Feedback(RIGHT, task.praise)
    except NotYet as wrong:
        return Feedback(WRONG, str(wrong))
    except OutOfTime:
        return Feedback(WRONG, f"It was stopped after {task.seconds:.0f} seconds: look for a loop that never ends.")
    except NotImplementedError:
        return Feedback(EMPTY, _unanswered(task))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a learner's function may raise anything, and so may an odd answer
        try:
            return _explain(error, answer)
        except ODD:
            return Feedback(BROKEN, f"this answer could not be checked; it is {in_words(answer)}.")


def is_stub(answer) -> bool:
    """Whether a function does nothing yet: its body is `...`, `pass` or only a docstring.

    >>> def todo(x):
    ...     "Double x."
    >>> is_stub(todo), is_stub(len), is_stub(lambda x: 2 * x)
    (True, False, False)
    """
    code = _part(answer, "__code__")
    if type(code) is not CodeType:
        return False
    steps = [i for i in dis.get_instructions(code) if i.opname not in ("RESUME", "NOP", "CACHE")]
    return all(i.opname in ("LOAD_CONST", "RETURN_VALUE", "RETURN_CONST") for i in steps) and [
        i.argval for i in steps if "CONST" in i.opname
    ] == [None]


def _explain(error: BaseException, answer) -> Feedback:
    """One sentence about an exception: the learner's line when it came from there."""
    what = f"{kind_of(error)}: {text_of(error, 160)}".rstrip(": ")
    own = (
        {_file_of(answer)} | {_file_of(v) for v in vars(answer).values()}
        if issubclass(type(answer), type)
        else {_file_of(answer), _file_of(type(answer).__dict__.get("__call__"))}
    )
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if f.filename in own or "ipykernel_" in f.filename or f.filename.startswith("<ipython-input")
    ]
    if frames:
        last = frames[-1]
        line = (last.line or linecache.getline(last.filename, last.lineno)).strip()
        quoted = f", `{text_of(line, 80)}`" if line else ""
        return Feedback(WRONG, f"Your code stopped at line {last.lineno}{quoted}, with {what}")
    if callable(answer) and not _ours_only(error):
        return Feedback(WRONG, f"Calling it failed with {what}")
    return Feedback(
        BROKEN,
        f"this answer could not be checked; it is {in_words(answer)} ({what}). "
        "Compare its type and shape with what the exercise asks for.",
    )


def _ours_only(error) -> bool:
    return all(f.filename.startswith(_PACKAGE) for f in traceback.extract_tb(error.__traceback__))


def _file_of(function) -> str | None:
    for inner in ("__func__", "__wrapped__"):
        found = _part(function, inner)
        function = function if found is None else found
    code = _part(function, "__code__")
    return code.co_filename if type(code) is CodeType else None


def _part(value, name: str):
    """An attribute, or None; an object that raises when it is asked has none."""
    try:
        return getattr(value, name, None)
    except ODD:
        return None


def _offer(task: Exercise) -> str:
    used = _shown.get(task.name, 0)
    if used >= len(task.hints):
        return f"All hints are used; a worked solution stands in solutions/, in the notebook {task.notebook}."
    return f'A hint is ready ({used + 1} of {len(task.hints)}): run hint("{task.name}")'


def _unanswered(task: Exercise) -> str:
    return (
        f"not answered yet (difficulty {task.difficulty} of 3, about {task.minutes} minute{'s' * (task.minutes != 1)})."
    )


def _unknown(name) -> str:
    known = names(str(name)[:2]) if issubclass(type(name), str) and re.match(r"\d\d", name) else ()
    there = f" This notebook has: {', '.join(known)}." if known else ""
    return f"There is no exercise called {quoted(name)}.{there}"
