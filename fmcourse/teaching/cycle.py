"""`fmcourse class mark`: autograde and feedback for what was handed in, each notebook in a process of its own.

A student's notebook is a program by somebody else. What holds it: seconds for each cell and for the whole notebook,
memory, size of files, an environment without the lecturer's settings, and the end of all processes it started; on
Linux the kernel also sees neither the instructor's folder nor the network (`cell_kernel`). docs/teaching.md says what
does not hold it.
"""

import csv
import hashlib
import html
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fmcourse.teaching import zips
from fmcourse.teaching.limited import end_started
from fmcourse.teaching.problem import Problem

SECONDS = 900  # for a whole notebook
STATE = "marked.json"
LOST = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{0}</title>
<h1>{0}: 0 points</h1><p>This notebook could not be marked: {1}. Restart it, run all cells, and find the cell that does
not end or that ends Python.</p></html>
"""
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OMP_NUM_THREADS", "GOMP_SPINCOUNT", "VIRTUAL_ENV")


def instructor_of(out: Path) -> Path:
    """The instructor's folder of a built term. Raises Problem where there is none."""
    if not (out / "instructor" / "key.json").is_file():
        raise Problem(f"There is no term in {out}: `fmcourse class build` makes one, and --out says where.")
    return out / "instructor"


def assignments(out: Path) -> list[str]:
    """The names of a term's assignments, such as nb03. Raises Problem where there is no term."""
    return sorted(path.name for path in (instructor_of(out) / "source").iterdir() if path.is_dir())


@dataclass
class Taken:
    """What came of zips: (student, assignment) pairs, which of them replace other work, and sentences."""

    new: list[tuple[str, str]] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # one for each zip that was not taken in
    left_out: list[str] = field(default_factory=list)  # one for each zip that also holds other notebooks


def take_in(paths: list[Path], out: Path) -> Taken:
    """Put what zips hold into submitted/. Raises Problem where there is no term; a zip's own faults are told."""
    known, taken = set(assignments(out)), Taken()
    for path in paths:
        others: list[str] = []
        try:
            found = zips.read(path, known, others)
        except Problem as wrong:
            taken.refused.append(str(wrong))
            continue
        if others:
            more = f" and {len(others) - 1} more" if others[1:] else ""
            taken.left_out.append(f"{path.name}: {others[0]!r}{more} left out, not called like an assignment.")
        for (student, assignment), content in found.items():
            other = _put(instructor_of(out) / "submitted" / student / assignment, assignment, content)
            (taken.replaced if other else taken.new).append((student, assignment))
    return taken


def _put(folder: Path, assignment: str, content: bytes) -> bool:
    """Put a notebook where nbgrader collects into; does it replace another?

    Beside it stand the two files of a submission by the exchange: without one, nbgrader's release_feedback fails for
    the whole class.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, secret = folder / f"{assignment}.ipynb", folder / "submission_secret.txt"
    before = file.read_bytes() if file.is_file() else None
    if before != content:
        file.write_bytes(content)
        (folder / "timestamp.txt").write_text(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n", encoding="utf-8")
    if not secret.exists():
        secret.write_text(secrets.token_hex(64), encoding="utf-8")
    return before not in (None, content)


def mark(
    out: Path, *, again: bool = False, cell_seconds: int = 60, seconds: int = SECONDS, say: Callable = print
) -> dict:
    """Mark what is new in submitted/, or everything `again`; returns and keeps {"ana/nb03": {score, of, remark}}.

    `cell_seconds` and `seconds` (for a whole notebook) are those of the clock; `score` and `of` are points. `say` gets
    a line for each notebook. Raises Problem where there is no term.
    """
    instructor = instructor_of(out)
    state_file = instructor / STATE
    state = json.loads(state_file.read_text(encoding="utf-8")) if state_file.is_file() else {}
    known = set(assignments(out))
    marked, handed_in = 0, sorted((instructor / "submitted").glob("*/*/*.ipynb"))
    for path in handed_in:
        student, assignment = path.parts[-3:-1]
        if assignment not in known or path.stem != assignment:
            continue
        name, print_of = f"{student}/{assignment}", hashlib.sha256(path.read_bytes()).hexdigest()
        if not again and state.get(name, {}).get("sha256") == print_of:
            continue
        lost, remark = _autograde(instructor, student, assignment, cell_seconds, seconds)
        score, of = _score(instructor, student, assignment, lost)
        state[name] = {"score": score, "of": of, "remark": remark, "sha256": print_of}
        state_file.write_text(json.dumps(state, indent=1), encoding="utf-8")
        say(f"{student} {assignment}: {score:g} of {of:g}{f' ({remark})' if remark else ''}")
        marked += 1
    if not marked:
        say("Nothing new to mark; --again marks everything anew." if handed_in else "Nothing was handed in yet.")
    if state:
        _by_hand(instructor, state)
        state_file.write_text(json.dumps(state, indent=1), encoding="utf-8")
    _table(out, state)
    return state


def give_out(out: Path) -> tuple[int, int]:
    """Zips to pass on: hand-out/nb03.zip for each assignment, returned/ana.zip for each student; how many of both.

    Raises Problem where there is no term.
    """
    students, feedback = out / "students", instructor_of(out) / "feedback"
    for assignment in assignments(out):
        name = f"{assignment}/{assignment}.ipynb"
        zips.write(out / "hand-out" / f"{assignment}.zip", {name: (students / name).read_bytes()})
    returned = 0
    for folder in sorted(feedback.glob("*")):
        pages = {f"{p.parent.name}/{p.name}": _offline(p.read_bytes()) for p in sorted(folder.glob("*/*.html"))}
        if pages:
            zips.write(out / "returned" / f"{folder.name}.zip", pages)
            returned += 1
    return len(assignments(out)), returned


def _offline(page: bytes) -> bytes:
    """A feedback page without the formula renderer that nbgrader's template fetches; our texts have no formulas."""
    return re.sub(rb'<script src="https?://[^>]*>\s*</script>', b"", page)


def _autograde(instructor: Path, student: str, assignment: str, cell_seconds: int, seconds: int) -> tuple[bool, str]:
    """Run the notebook and write its feedback page. Is the mark lost, and a remark."""
    which = [assignment, f"--student={student}", "--force"]
    page = instructor / "feedback" / student / assignment
    shutil.rmtree(page, ignore_errors=True)  # of an earlier submission
    code, last = _limited(instructor, ["autograde", *which, f"--Execute.timeout={cell_seconds}"], seconds)
    if code != 0:
        remark = f"stopped after {seconds} seconds" if code is None else _why(last)
        page.mkdir(parents=True)
        for name in ("timestamp.txt", "submission_secret.txt"):  # nbgrader's release_feedback asks for them
            if (file := instructor / "submitted" / student / assignment / name).is_file():
                shutil.copy(file, page)
        (page / f"{assignment}.html").write_text(LOST.format(assignment, html.escape(remark)), encoding="utf-8")
        return True, remark
    code, _ = _limited(instructor, ["generate_feedback", *which], seconds)
    return False, "" if code == 0 else "no feedback page"


def _why(said: str) -> str:
    """A remark for a notebook that nbgrader gave up, from the end of what it said."""
    if "DeadKernel" in said:
        return "it ended its own kernel"
    if "Timeout waiting for IOPub" in said:
        return "a cell could not be interrupted"
    lines = [line.split("|")[-1].strip() for line in said.splitlines() if "ERROR |" in line]
    return "nbgrader could not run it" + (f": {lines[-1][:200]}" if lines else "")


def _limited(instructor: Path, words: list[str], seconds: float) -> tuple[int | None, str]:
    """Run an nbgrader command under limits; its exit code, None when time was up, and what it said last."""
    from fmcourse.teaching.nbgrader_parts import path_with_scripts

    home = tempfile.mkdtemp(prefix="fmcourse-class-")
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    env |= {"PATH": path_with_scripts(), "HOME": home, "USERPROFILE": home, "TMPDIR": home, "TEMP": home}
    env |= {"FMCOURSE_HOME": home, "MPLCONFIGDIR": home, "JUPYTER_PATH": _kernel(Path(home))}
    try:
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "fmcourse.teaching.limited", *words], cwd=instructor.resolve(), env=env,
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if process.poll() is None:
                    end_started(process.pid)
                    process.kill()
                process.wait()
            said.seek(max(0, said.seek(0, os.SEEK_END) - 20_000))
            return code, said.read().decode("utf-8", "replace")
    finally:
        try:
            shutil.rmtree(home, ignore_errors=True)
        except RecursionError:  # folders in folders in folders: they stay, and marking goes on
            pass


def _kernel(home: Path) -> str:
    """A folder in which Jupyter finds our kernel under the name that notebooks ask for."""
    folder = home / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    # -P: not from the folder it starts in, which holds what was handed in, say a folder called fmcourse.
    command = [sys.executable, "-P", "-m", "fmcourse.teaching.cell_kernel", str(home), "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return str(home / "jupyter")


def _score(instructor: Path, student: str, assignment: str, lost: bool) -> tuple[float, float]:
    """What the gradebook says; when the run was `lost`, 0 is written there first."""
    from nbgrader.api import Gradebook, MissingEntry

    from fmcourse.teaching.nbgrader_parts import course

    where, _ = course(instructor)
    with Gradebook(where.db_url, where.course_id) as book:
        try:
            handed_in = book.find_submission(assignment, student)
        except MissingEntry:
            return 0.0, book.find_assignment(assignment).max_score
        if lost:
            for notebook in handed_in.notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, False
            book.db.commit()
        return handed_in.score, handed_in.max_score


def _by_hand(instructor: Path, state: dict) -> None:
    """Take the scores anew from the gradebook, in which points may have been given by hand since."""
    from nbgrader.api import Gradebook, MissingEntry

    from fmcourse.teaching.nbgrader_parts import course

    where, _ = course(instructor)
    with Gradebook(where.db_url, where.course_id) as book:
        for name, mark in state.items():
            student, assignment = name.split("/")
            try:
                mark["score"] = book.find_submission(assignment, student).score
            except MissingEntry:  # whose very first run was lost
                continue


def _table(out: Path, state: dict) -> None:
    """marks.csv: a line for each student, a column for each assignment, then their sum and remarks."""
    columns = assignments(out)
    people = sorted({name.split("/")[0] for name in state})
    with open(instructor_of(out) / "marks.csv", "w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(["student", *columns, "sum", "remarks"])
        for person in people:
            marks = [state.get(f"{person}/{c}") for c in columns]
            scores = [m["score"] if m else "" for m in marks]
            remarks = [f"{c}: {m['remark']}" for c, m in zip(columns, marks, strict=True) if m and m["remark"]]
            table.writerow([person, *scores, sum(s for s in scores if s != ""), "; ".join(remarks)])
