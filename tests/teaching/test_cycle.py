"""nbgrader's whole cycle: build, release, fetch, submit, collect, autograde, feedback; and nothing given away.

It needs nbgrader (extra `class`) and minutes, so it runs in the part `class` of `.ci/full`: five on a core of its own.
"""

import csv
import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import psutil
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed here: it comes with the extra `class`")

from nbgrader.api import Gradebook

from fmcourse.teaching import commands, cycle
from fmcourse.teaching.assignment import notebook
from fmcourse.teaching.build import build
from fmcourse.teaching.nbgrader_parts import course, path_with_scripts
from fmcourse.teaching.problem import Problem
from fmcourse.teaching.term import Term

pytestmark = pytest.mark.law
SEED, OTHER_SEED = "a seed for the cycle", "another seed, another term"
# of 14 points: 10 for the lesson's exercises, 4 for two questions of the term
MARKS = {
    "right": 14, "wrong": 10, "crashing": 12, "endless": 12, "spying": 12, "old": 10, "nothing": 0,
    "dying": 0, "stubborn": 0,
}  # fmt: skip
LEFT_BEHIND = "import time; time.sleep(4242)"


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A term with one assignment."""
    out = tmp_path_factory.mktemp("term") / "class"
    build(SEED, out, ["03"])
    return out


@pytest.fixture(scope="module")
def work(term):
    """What ten students hand in."""
    source = nbformat.read(term / "instructor/source/nb03/nb03.ipynb", 4)
    solutions = {c.metadata.nbgrader.grade_id: c.source for c in source.cells}
    other = {c.metadata.nbgrader.grade_id: c.source for c in notebook("03", Term(OTHER_SEED))[0].cells}
    assert {name for name in solutions if name.startswith("answer_term")} <= set(other)

    def book(**changed):
        made = nbformat.read(term / "students/nb03/nb03.ipynb", 4)
        for cell in made.cells:
            if cell.metadata.nbgrader.solution:
                name = cell.metadata.nbgrader.grade_id
                cell.source = changed.get(name, solutions[name])
        return nbformat.writes(made)

    private = term / "instructor" / "key.json"
    spy = f"my_merge = None\nfound = open({str(private)!r}).read()"
    crash = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {LEFT_BEHIND!r}], start_new_session=True)"
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    return {
        "right": book(),
        "wrong": book(answer_03_merge="def my_merge(*a): return []", answer_term_03_merge="term_03_merge = [1]"),
        "crashing": book(answer_03_merge=f"{crash}\n1 / 0"),
        "dying": book(answer_03_merge="import os\nos._exit(3)"),
        "endless": book(answer_03_merge="while True: pass"),
        "stubborn": book(answer_03_merge=stubborn),
        "slow": book(answer_03_merge="import time\ntime.sleep(600)"),
        "spying": book(answer_03_merge=spy),
        "old": book(**{name: answer for name, answer in other.items() if name.startswith("answer_term")}),
        "nothing": (term / "students/nb03/nb03.ipynb").read_text(encoding="utf-8"),
    }  # fmt: skip


# `python -m nbgrader` without what `fmcourse.teaching` leaves out of each process
NBGRADER = "import sys, fmcourse.teaching, nbgrader.apps.nbgraderapp as n; sys.argv[0] = 'nbgrader'; n.main()"


def nbgrader(folder, *words):
    done = subprocess.run(
        [sys.executable, "-c", NBGRADER, *words], cwd=folder, capture_output=True, text=True,
        env=os.environ | {"PATH": path_with_scripts()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def running(text):
    """Processes that were started with this text among their words."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        found += [process] if text in (process.info["cmdline"] or []) else []
    return found


@pytest.fixture(scope="module")
def slow(term, work, tmp_path_factory):
    """One student's work that takes too long in all, marked; what was said."""
    path = tmp_path_factory.mktemp("zip") / "slow.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nb03.ipynb", work["slow"])
    assert cycle.take_in([path], term) == cycle.Taken(new=[("slow", "nb03")])
    said = []
    cycle.mark(term, cell_seconds=600, seconds=25, say=said.append)
    return said


def test_what_takes_too_long_in_all_is_stopped(slow):
    assert slow == ["slow nb03: 0 of 14 (stopped after 25 seconds)"]


@pytest.mark.skipif(os.name != "posix", reason="nbgrader's exchange does not run on Windows")
def test_the_whole_cycle_by_the_exchange(term, work, slow, tmp_path):
    instructor, place = term / "instructor", tmp_path / "exchange"
    place.mkdir()
    place.chmod(0o777)
    exchange = f"--Exchange.root={place}"
    nbgrader(instructor, "release_assignment", "nb03", exchange)
    for who in MARKS:
        desk = tmp_path / who
        desk.mkdir()
        nbgrader(desk, "fetch_assignment", "nb03", "--course=fmcourse", exchange)
        (desk / "nb03" / "nb03.ipynb").write_text(work[who], encoding="utf-8")
        if who == "spying":  # packages that Python would take in place of ours, from the folder it starts in
            for package in ("fmcourse", "ipykernel", "json"):
                (desk / "nb03" / package).mkdir()
                (desk / "nb03" / package / "__init__.py").write_text("raise SystemExit('not the real one')")
        nbgrader(desk, "submit", "nb03", "--course=fmcourse", f"--student={who}", exchange)
    nbgrader(instructor, "collect", "nb03", exchange)
    # Seconds of the clock: on a busy machine the first cell, which imports torch, needs many.
    found = cycle.mark(term, cell_seconds=40, seconds=600)
    assert found.pop("slow/nb03")["score"] == 0  # who came by zip beside the others
    assert {name.split("/")[0]: mark["score"] for name, mark in found.items()} == MARKS
    assert {mark["of"] for mark in found.values()} == {14}
    assert {name: mark["remark"] for name, mark in found.items() if mark["remark"]} == {
        "dying/nb03": "it ended its own kernel", "stubborn/nb03": "a cell could not be interrupted"
    }  # fmt: skip
    assert not running(LEFT_BEHIND)
    nbgrader(instructor, "release_feedback", "nb03", exchange)
    with open(instructor / "marks.csv", encoding="utf-8-sig", newline="") as file:
        assert {row["student"]: float(row["nb03"]) for row in csv.DictReader(file)} == MARKS | {"slow": 0}
    cycle.give_out(term)
    assert {path.stem for path in (term / "returned").iterdir()} == {*MARKS, "slow"}
    with zipfile.ZipFile(term / "returned" / "dying.zip") as archive:
        assert "it ended its own kernel" in archive.read("nb03/nb03.html").decode()
    key = json.loads((instructor / "key.json").read_text(encoding="utf-8"))["nb03"]
    for who in ("wrong", "crashing", "endless", "spying"):
        with zipfile.ZipFile(term / "returned" / f"{who}.zip") as archive:
            page = archive.read("nb03/nb03.html").decode()
        assert "not right" in page or "not answered" in page
        assert "tried(" not in page and not re.search(r'<(script|link)[^>]*(src|href)="?http', page)
        if who == "wrong":
            assert str(key["term_03_merge"]) not in page
    with zipfile.ZipFile(term / "returned" / "spying.zip") as archive:
        page = archive.read("nb03/nb03.html").decode()
    assert "PermissionError" in page or sys.platform != "linux"


def test_the_same_by_zips(term, work, tmp_path, capsys):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Núñez José_77_assignsubmission_file_/nb03.ipynb", work["right"])
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../nb03.ipynb", work["right"])
    assert commands.mark([path, evil], term, False, 60, 600) == 1
    said = capsys.readouterr().out
    assert "1 notebook taken in" in said and "evil.zip is refused" in said and "Nunez_Jose_77 nb03: 14 of 14" in said
    assert (term / "returned" / "Nunez_Jose_77.zip").is_file() and (term / "hand-out" / "nb03.zip").is_file()
    assert commands.mark([path], term, False, 60, 600) == 0
    said = capsys.readouterr().out  # the same work is not marked twice
    assert "14 of 14" not in said and "Nothing new to mark" in said and "place" not in said
    where, _ = course(term / "instructor")
    with Gradebook(where.db_url, where.course_id) as book:  # as in formgrader
        book.find_submission("nb03", "Nunez_Jose_77").notebooks[0].grades[0].manual_score = 0
        book.db.commit()
    points = cycle.mark(term, say=len)["Nunez_Jose_77/nb03"]["score"]
    assert 10 < points < 14 and f"Nunez_Jose_77,{points:g}" in (term / "instructor/marks.csv").read_text("utf-8-sig")


def test_a_term_is_not_overwritten(term, capsys):
    assert commands.build(SEED, term, ["03"]) == 1
    assert "holds a term already" in capsys.readouterr().out
    with pytest.raises(Problem, match="class build"):
        cycle.instructor_of(term / "elsewhere")


def leaks(out):
    """What of instructor/ stands in what students get: keys, solution lines, hidden tests, the seed."""
    found = []
    keys = json.loads((out / "instructor/key.json").read_text(encoding="utf-8"))
    seed = (out / "instructor/term-seed.txt").read_text(encoding="utf-8").strip()
    files = sorted(p for p in (out / "students").rglob("*") if p.is_file())
    assert [p.name for p in files] == [f"{name}.ipynb" for name in sorted(keys)]
    for path in files:
        name, raw = path.stem, path.read_text(encoding="utf-8")
        book = nbformat.reads(raw, 4)
        lines = {line.strip() for cell in book.cells for line in cell.source.splitlines()}
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in book.cells}
        if seed in raw or "HIDDEN TEST" in raw or "SOLUTION" in raw or any(c.get("outputs") for c in book.cells):
            found.append(f"{name}: marks of nbgrader, an output or the seed")
        for variable, key in keys[name].items():
            if "= None" not in cells[f"answer_{variable}"].source or len(cells[f"answer_{variable}"].source) > 90:
                found.append(f"{name}: {variable} is answered")
            # a word may stand among the values that are asked about, and nowhere else
            shown = isinstance(key, str) and cells[f"values_{variable}"].source
            text = "\n".join(cell.source for cell in book.cells if cell.source != shown)
            if len(repr(key)) > 6 and (repr(key) in text or json.dumps(key, ensure_ascii=False) in raw):
                found.append(f"{name}: the key of {variable}")
        source = {
            c.metadata.nbgrader.grade_id: c
            for c in nbformat.read(out / f"instructor/source/{name}/{name}.ipynb", 4).cells
        }
        for grade_id, cell in source.items():
            # Lines may also stand in the exercise's own text, say in the program that is to be mended.
            asked = source.get(re.sub("^answer_", "text_", grade_id), cell)
            outside = re.sub(r"### BEGIN (\w+).*?### END \1", "", f"{asked.source}\n{cell.source}", flags=re.S)
            for region in re.findall(r"### BEGIN [A-Z ]+\n(.*?)### END", cell.source, flags=re.S):
                hidden = {line.strip() for line in region.splitlines()} - {
                    line.strip() for line in outside.splitlines()
                }
                hidden = {h for h in hidden if len(h) > 12 and not h.startswith(("import ", "from ", "def "))}
                found += [f"{name}: {line}" for line in sorted(hidden & lines)]
    return found


def test_nothing_is_given_away(tmp_path):
    out = tmp_path / "class"
    assert len(build(SEED, out)) == 22
    assert leaks(out) == []
    path = out / "students/nb03/nb03.ipynb"
    clean = path.read_text(encoding="utf-8")
    key = json.loads((out / "instructor/key.json").read_text(encoding="utf-8"))["nb03"]["term_03_rotary"]
    test = "tried('03.merge', globals().get('my_merge'))"
    for given_away in (test, "similar[i] = -torch.inf", str(key), SEED):
        book = nbformat.reads(clean, 4)
        book.cells[2].source += f"\n{given_away}"
        path.write_text(nbformat.writes(book), encoding="utf-8")
        assert leaks(out), given_away
