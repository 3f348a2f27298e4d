"""What `fmcourse class` says: one line for each thing done, one sentence for each thing that went wrong.

Each function returns the exit code of its command and raises nothing that a lecturer can cause.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from fmcourse.teaching.problem import Problem, needs_nbgrader


def _spoken(command: Callable) -> Callable:
    @wraps(command)
    def said(*args):
        try:
            return command(*args)
        except Problem as wrong:
            print(wrong)
            return 1

    return said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


@_spoken
def build(seed: str | None, out: Path, only: list[str] | None) -> int:
    """Make a term; 0, or 1 when something went wrong."""
    needs_nbgrader()
    from fmcourse.teaching import build as making
    from fmcourse.teaching import cycle

    found = making.build(seed, out, only)
    cycle.give_out(out)
    questions = sum(map(len, found.values()))
    print(f"{_count(len(found), 'assignment')} with {_count(questions, 'question')} of this term.")
    print(f"Hand out: {out / 'students'}, or the zips in {out / 'hand-out'}.")
    print(f"Keep to yourself: {out / 'instructor'} (solutions, key, hidden tests, and the term's seed).")
    print("When work comes in: fmcourse class mark ZIPS..." + ("" if out == Path("build/class") else f" --out {out}"))
    return 0


@_spoken
def take_in(paths: list[Path], out: Path) -> int:
    """Import zips; 0, or 1 when something went wrong."""
    from fmcourse.teaching import cycle

    taken = cycle.take_in(paths, out)
    several = len(taken.new) + len(taken.replaced)
    print(f"{_count(several, 'notebook')} taken in.")
    if taken.replaced:
        print("In place of earlier work: " + ", ".join(" ".join(pair) for pair in taken.replaced) + ".")
    for sentence in (*taken.left_out, *taken.refused):
        print(sentence)
    return 1 if taken.refused else 0


@_spoken
def mark(paths: list[Path], out: Path, again: bool, cell_seconds: int, seconds: int) -> int:
    """Import zips, and mark what is new; 0, or 1 when something went wrong."""
    from fmcourse.teaching import cycle

    needs_nbgrader()
    code = take_in(paths, out) if paths else 0
    cycle.mark(out, again=again, cell_seconds=cell_seconds, seconds=seconds)
    _, returned = cycle.give_out(out)
    print(f"Marks: {out / 'instructor' / 'marks.csv'}. Feedback for {_count(returned, 'student')}: {out / 'returned'}.")
    return code


@_spoken
def give_out(out: Path) -> int:
    """Export zips; 0, or 1 when something went wrong."""
    from fmcourse.teaching import cycle

    handed, returned = cycle.give_out(out)
    print(f"{_count(handed, 'assignment')} in {out / 'hand-out'}.")
    print(f"Feedback for {_count(returned, 'student')}: {out / 'returned'}.")
    return 0
