"""`python -m benchmarks.students`: a room of simulated students on a JupyterHub, and what it was like for them.

    python -m benchmarks.students --hub http://127.0.0.1:8000 --accounts accounts.txt --students 20 --notebooks 00 04

accounts.txt has a name and a password a line. Everybody logs in at once and begins at once, with no time to think
(`--think 5` waits after each cell), which is harder than any class. `--halfway COMMAND` is run when half of all cells
are done: kill and restart the hub there, and see whether anything that was saved is lost. The exit code is 0 when no
cell failed and no edit was lost. Each run is added to build/students.json; `--table` prints all of them.

The students' notebooks are edited and run for good: use accounts made for this. But: the simulated browsers compute,
too, a little; on the hub's own machine they take part of it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.student import EDIT, Student, Visit
from fmcourse.paths import course_root, notebooks_dir

OUT = course_root() / "build" / "students.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the room, print its table and what went wrong; 0 when nothing did."""
    asked = _asked(arguments)
    runs = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else []
    if asked.table:
        print(table(runs))
        return 0
    lines = Path(asked.accounts).read_text(encoding="utf-8").splitlines()
    accounts = [line.split() for line in lines if line.strip()]
    if len(accounts) < asked.students:
        print(
            f"{asked.accounts} has {len(accounts)} accounts for {asked.students} students: add some.", file=sys.stderr
        )
        return 2
    names = [_named(number) for number in asked.notebooks]
    room = [Student(asked.hub, *account[:2]) for account in accounts[: asked.students]]
    made, troubles = hold(room, names, asked.think, asked.halfway)
    for one in made:
        one["note"] = asked.note
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(runs + made, indent=1), encoding="utf-8")
    print(table(runs + made))
    print("\n".join(troubles))
    return 1 if troubles else 0


def hold(room: list[Student], notebooks: list[str], think: float, halfway: str = "") -> tuple[list[dict], list[str]]:
    """Let all of `room` run `notebooks` at the same time. One row a notebook, and a sentence for each trouble."""
    troubles: list[str] = []
    with ThreadPoolExecutor(len(room)) as pool:
        starts = _all(pool, room, troubles, lambda student: student.log_in())
        room = [student for student in room if student.name in starts]
        _say(f"{len(starts)} servers, the last after {max(starts.values(), default=0):.0f} s")
        rows = []
        for notebook in notebooks:
            tick = _Halfway(halfway, len(room) * _code_cells(notebook))
            load = os.getloadavg()[0]
            visits = _all(pool, room, troubles, lambda s, n=notebook, t=tick: s.visit(n, think, t))
            tick.wait()
            last = EDIT.format("{}", _last_code_cell(notebook))
            for student in room:
                if student.name not in visits:
                    continue
                found = _one(troubles, student, lambda s, n=notebook: s.last_edit(n))
                if found != last.format(student.name):
                    visits[student.name].lost.append(f"at the end: {found}")
            rows.append(row(notebook, len(starts), list(visits.values()), max(starts.values(), default=0.0), load))
            troubles += [f"{v.student}, {notebook}: {f}" for v in visits.values() for f in v.failures]
            troubles += [f"{v.student}, {notebook}: lost edit, {e}" for v in visits.values() for e in v.lost]
        _all(pool, room, troubles, lambda student: student.leave() or True)
    return rows, troubles


def row(notebook: str, students: int, visits: list[Visit], slowest_start: float, load: float) -> dict:
    """The figures of one notebook in one room. Memory in MB; `ideal` is what the processors alone would take."""
    waits = sorted(wait for v in visits for wait in v.waits)
    used = [v.used for v in visits if v.used]
    cores = used[0]["cores"] if used else 0
    cpu = sum(u["cpu"] for u in used)
    wall = max((v.ended for v in visits), default=0) - min((v.begun for v in visits), default=0)

    def middle(name):
        return statistics.median([u[name] for u in used]) if used else 0.0

    return {
        "notebook": notebook[:2],
        "students": students,
        "finished": sum(bool(v.used) and not v.failures for v in visits),
        "lost": sum(len(v.lost) for v in visits),
        "saves": sum(v.saves for v in visits),
        "again": sum(v.again for v in visits),
        "reconnections": sum(v.reconnections for v in visits),
        "slowest_start": slowest_start,
        "wall": wall,
        "cpu_a_student": cpu / max(len(used), 1),
        "cores": cores,
        "ideal": cpu / max(cores, 1),
        "wait_median": statistics.median(waits) if waits else 0.0,
        "wait_95": waits[int(0.95 * (len(waits) - 1))] if waits else 0.0,
        "wait_longest": waits[-1] if waits else 0.0,
        "kernel_mb": middle("kernel_mb"),
        "kernel_pss_mb": middle("kernel_pss_mb"),
        "server_mb": middle("server_mb"),
        "load_before": load,
        "visits": [asdict(v) for v in visits],
    }


def table(runs: list[dict]) -> str:
    """All runs as a Markdown table. `share`: wall seconds over those that the processors alone would take."""
    head = "| notebook | students | finished | lost edits | cells run again | wall s | processor s a student | share "
    head += "| wait of a cell: median, 95 %, longest | peak MB a kernel (own share) | load before | note |"
    lines = [head, "| --- " + "| ---: " * 10 + "| --- |"]
    for r in runs:
        share = r["wall"] / r["ideal"] if r["ideal"] else 0.0
        lines.append(
            f"| {r['notebook']} | {r['students']} | {r['finished']} | {r['lost']} of {r['saves']} "
            f"| {r.get('again', 0)} | {r['wall']:.0f} | {r['cpu_a_student']:.0f} | {share:.1f} "
            f"| {r['wait_median']:.1f}, {r['wait_95']:.1f}, {r['wait_longest']:.1f} "
            f"| {r['kernel_mb']:.0f} ({r['kernel_pss_mb']:.0f}) | {r['load_before']:.1f} | {r.get('note', '')} |"
        )
    return "\n".join(lines)


class _Halfway:
    """Called after each cell; runs a command once, when half of `cells` are done."""

    def __init__(self, command: str, cells: int):
        self.command, self.left, self.lock, self.thread = command, cells // 2, threading.Lock(), None

    def __call__(self) -> None:
        with self.lock:
            self.left -= 1
            if self.left == 0 and self.command:
                _say(f"halfway: {self.command}")
                self.thread = threading.Thread(target=subprocess.run, args=(self.command,), kwargs={"shell": True})
                self.thread.start()

    def wait(self) -> None:
        if self.thread:
            self.thread.join()


def _all(pool, room, troubles, what) -> dict:
    """name -> what came out, for all students at once; those who failed are missing, and told in `troubles`."""
    done = pool.map(lambda student: (student.name, _one(troubles, student, what)), room)
    return {name: out for name, out in done if out is not None}


def _one(troubles, student, what):
    try:
        return what(student)
    except Exception as error:  # one student's trouble must not end the others' lesson
        troubles.append(f"{student.name}: {error}")
        return None


def _cells(notebook: str) -> list[dict]:
    return json.loads((notebooks_dir() / notebook).read_text(encoding="utf-8"))["cells"]


def _code_cells(notebook: str) -> int:
    return sum(cell["cell_type"] == "code" for cell in _cells(notebook))


def _last_code_cell(notebook: str) -> int:
    return max(number for number, cell in enumerate(_cells(notebook)) if cell["cell_type"] == "code")


def _named(number: str) -> str:
    return next(notebooks_dir().glob(f"{number.zfill(2)}_*.ipynb")).name


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence}", flush=True)


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.students", description=__doc__.splitlines()[0])
    parser.add_argument("--hub", default="http://127.0.0.1:8000", help="the hub's address")
    parser.add_argument("--accounts", default="accounts.txt", help="a file with a name and a password a line")
    parser.add_argument("--students", type=int, default=2)
    parser.add_argument("--notebooks", nargs="+", default=["00"], metavar="NN")
    parser.add_argument("--think", type=float, default=0.0, help="seconds between cells")
    parser.add_argument("--halfway", default="", help="a command to run when half of the cells are done")
    parser.add_argument("--note", default="", help="a word for the table")
    parser.add_argument("--table", action="store_true", help="print what was measured before, and stop")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
