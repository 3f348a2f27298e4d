"""`fmcourse run`: execute notebooks one after another and say what each one cost and which claims it settled.

What this leaves out: outputs are not compared with the stored ones (the tests do that), and notebooks never run side
by side, because two trainings on two cores take ten times as long as one after the other.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from fmcourse.authoring import execute as executing
from fmcourse.authoring import run_table
from fmcourse.authoring.run_table import troubles
from fmcourse.machine import machine
from fmcourse.paths import notebooks_dir


def main(
    notebooks: list[str],
    out: Path = Path("build"),
    save: bool = False,
    *,
    draw: int = 0,
    folder: Path | None = None,
    seconds_per_cell: int = executing.CELL_SECONDS,
) -> int:
    """Execute `notebooks` (numbers such as "00"; none: all) and their solutions; return an exit code.

    Executed copies, HTML pages that need no network, and `run.json` go to `out`. 0: everything ran and every claim
    came out as the syllabus expects. 1: a cell failed, a claim differs, or an expected claim was not settled. 2: there
    is no such notebook. 130: stopped by Ctrl-C. `save=True` also writes the outputs of notebooks that ran back into the
    course's own folder.

    `draw` other than 0 draws everything anew that the lessons draw (`classroom.drawing`). Then a claim may come out
    otherwise: that is told and no failure, and such a run is not saved (2).
    """
    if draw < 0 or draw and save:
        what = "Only draw 0 is stored; leave --save out" if save else f"--draw takes 0 or more, not {draw}"
        print(f"{what}.", file=sys.stderr)
        return 2
    folder = Path(folder or notebooks_dir())
    found = find(folder)
    wanted, unknown = choose(found, notebooks)
    if unknown or not wanted:
        known = ", ".join(dict.fromkeys(number(p) for p in found)) or f"none, in {folder}"
        print(f"There is no notebook {', '.join(unknown) or 'to run'}; the numbers are: {known}.", file=sys.stderr)
        return 2
    out = Path(out).absolute()
    for part in ("notebooks", "html"):
        (out / part / "solutions").mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        for i, path in enumerate(wanted, 1):
            rows.append(_one(path, folder, out, save, f"[{i}/{len(wanted)}]", seconds_per_cell, draw))
    except KeyboardInterrupt:
        print(f"\nStopped after {len(rows)} of {len(wanted)} notebooks.", file=sys.stderr)
        return 130
    (out / "run.json").write_text(
        json.dumps({"machine": machine(), "notebooks": rows}, indent=1) + "\n", encoding="utf-8"
    )
    print("\n" + run_table.as_text(rows))
    print(f"Executed notebooks, HTML and run.json are in {out}.")
    return 1 if any(troubles(row if not draw else {**row, "differ": []}) for row in rows) else 0


def find(folder: Path) -> list[Path]:
    """The numbered notebooks of `folder`, then their solutions, in order."""
    return [p for part in (folder, folder / "solutions") for p in sorted(part.glob("[0-9][0-9]_*.ipynb"))]


def number(path: Path) -> str:
    """The number of a notebook: "03" for `03_tokens.ipynb`."""
    return path.name[:2]


def choose(found: list[Path], numbers: list[str]) -> tuple[list[Path], list[str]]:
    """The notebooks of `found` with these numbers (none: all), in the order of `found`, and the numbers nobody has."""
    asked = [n.strip().zfill(2) for n in numbers]
    have = {number(p) for p in found}
    return [p for p in found if not asked or number(p) in asked], [n for n in asked if n not in have]


def settled(claims: Path) -> dict[str, str]:
    """The last verdict of each claim in a claims file: id -> "holds", "does not hold" or "holds with a condition"."""
    from fmcourse import records

    return {
        entry["id"]: entry["verdict"]
        for entry in records.read(claims)
        if isinstance(entry.get("id"), str) and isinstance(entry.get("verdict"), str)
    }


def expected(notebook: str) -> dict[str, str]:
    """What the syllabus expects of one notebook, by its number: claim id -> verdict."""
    from fmcourse.classroom import ledger

    return ledger.expected(notebook)


def row_of(name: str, done: executing.Executed, claims: dict[str, str], wanted: dict[str, str]) -> dict:
    """One notebook of `run.json`; `wanted` is what the syllabus expects of it."""
    return {
        "notebook": name,
        "seconds": round(done.seconds, 1),
        "peak_mb": round(done.peak_mb),
        "error": done.error,
        "slowest_cell_seconds": round(max(done.cells, default=0.0), 1),
        "claims": claims,
        "differ": [[id, got, wanted[id]] for id, got in claims.items() if wanted.get(id, got) != got],
        "unsettled": [id for id in wanted if id not in claims],
    }


def _one(path: Path, folder: Path, out: Path, save: bool, where: str, seconds_per_cell: int, draw: int) -> dict:
    """Execute one notebook in a copy of its folder, write its results to `out`, and return its row."""
    import nbformat

    from fmcourse.authoring import saved

    inside = path.relative_to(folder)
    name = inside.with_suffix("").as_posix()
    live = sys.stdout.isatty()

    def tell(i: int, n: int) -> None:
        print(f"\r{where} {name}: cell {i} of {n} ", end="", flush=True)

    with tempfile.TemporaryDirectory(prefix="fmcourse-run-") as temporary:
        copy, home = Path(temporary) / "notebooks", Path(temporary) / "home"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        home.mkdir()
        claims = out / "claims" / f"{name.replace('/', '-')}.jsonl"
        claims.parent.mkdir(parents=True, exist_ok=True)
        claims.unlink(missing_ok=True)
        done = executing.execute(
            nbformat.read(path, as_version=4),
            (copy / inside).parent,
            executing.quiet_environment(home, claims, draw),
            seconds_per_cell=seconds_per_cell,
            on_cell=tell if live else None,
        )
    wanted = expected(number(path)) if inside.parent == Path(".") else {}
    row = row_of(name, done, settled(claims), wanted)
    print(
        f"{chr(13) if live else ''}{where} {name}: {len(done.cells)} cells, {row['seconds']:.1f} s"
        f"{', FAILED: ' + done.error if done.error else ''}",
        flush=True,
    )
    if not done.error:
        saved.stamp(done.nb)
    saved.write(done.nb, out / "notebooks" / inside)
    (out / "html" / inside.with_suffix(".html")).write_text(to_html(done.nb, name), encoding="utf-8")
    if save and not done.error:
        saved.write(done.nb, path)
    return row


_OFFLINE_PAGE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js_requirejs %}{% endblock %}{% block jupyter_widgets %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}{% block html_head_js_mermaidjs %}{% endblock %}"""


def to_html(nb, title: str) -> str:
    """`nb` as one page in JupyterLab's style that loads nothing from the network (so formulas stay as typed)."""
    from nbconvert import HTMLExporter

    from fmcourse.authoring.saved import normalise

    page, _ = HTMLExporter(raw_template=_OFFLINE_PAGE).from_notebook_node(
        normalise(nb), resources={"metadata": {"name": re.sub(r"\W+", " ", title)}}
    )
    return page
