"""The table of all claims of the course, and what differs between it and what was measured.

Each notebook's claims stand in lessons/nb03/claims.toml. What this leaves out: measuring. `claim` records a verdict;
here it meets the one that claims.toml expects. How an entry is judged stands in `worlds`.
"""

import tomllib
from functools import cache
from pathlib import Path

from fmcourse import records
from fmcourse.paths import lessons_dir

SHOWN = ("id", "notebook", "headline", "sentence", "expected")  # what a reader is told of a claim


@cache
def _entries() -> tuple[dict, ...]:
    found = []
    for path in sorted(lessons_dir().glob("nb[0-9][0-9]/claims.toml")):
        own = {"notebook": path.parent.name[2:], "planned": False}
        found += [{**own, **row} for row in tomllib.loads(path.read_text(encoding="utf-8"))["claim"]]
    return tuple(found)


def entries(notebook: str | None = None) -> list[dict]:
    """The claims of the course, or of one notebook, with everything that claims.toml says about them.

    A claim that is only planned has `planned` True: no notebook settles it yet.
    """
    return [dict(row) for row in _entries() if notebook in (None, row["notebook"])]


def syllabus(notebook: str | None = None) -> list[dict]:
    """The claims of the course, or of one notebook: id, notebook, headline, sentence, expected.

    >>> [row["id"] for row in syllabus("02")]
    ['A1', 'A4', 'A5', 'A6']
    """
    return [{key: row.get(key, "holds") for key in SHOWN} for row in entries(notebook)]


def expected(notebook: str) -> dict[str, str]:
    """What a run of one notebook must settle, and how: claim id -> verdict. Planned claims are not asked for."""
    return {row["id"]: row["expected"] for row in entries(notebook) if not row["planned"]}


def differences(found, notebooks=None) -> list[str]:
    """A sentence for each claim that came out otherwise than the syllabus expects; empty when all agree.

    found: id -> verdict, id -> recorded entry, or the path of a claims file (the last entry of each id counts).
    notebooks: numbers such as ["03"] that were run whole, so that a claim of theirs that is missing counts too.
    """
    if isinstance(found, (str, Path)):
        found = {e["id"]: e for e in records.read(Path(found)) if isinstance(e.get("id"), str)}
    verdicts = {id: entry if isinstance(entry, str) else entry.get("verdict", "") for id, entry in found.items()}
    wanted = {row["id"]: row for row in syllabus()}
    said = []
    for id, verdict in verdicts.items():
        if id in wanted and verdict != wanted[id]["expected"]:
            said.append(f"Claim {id} came out as '{verdict}'; the syllabus expects '{wanted[id]['expected']}'.")
    for number in notebooks or ():
        said += [f"Claim {id} of notebook {number} was not settled." for id in expected(number) if id not in verdicts]
    return said


def table(found: dict[str, dict]) -> str:
    """All claims as text, one a line: mark, id, notebook, expected, settled here, sentence. `*` marks a headline."""
    lines = ["   id   nb  expected                settled here            what is claimed"]
    for row in syllabus():
        entry = found.get(row["id"])
        here = f"{entry['verdict']}" if entry else "-"
        mark = "*" if row["headline"] else " "
        lines.append(f" {mark} {row['id']:4} {row['notebook']}  {row['expected']:22}  {here:22}  {row['sentence']}")
    own = [e for id, e in found.items() if id not in {row["id"] for row in syllabus()}]
    lines += [f"   {e['id']:4} --  {'(your own)':22}  {e['verdict']:22}  {e.get('sentence', '')}" for e in own]
    return "\n".join(lines)
