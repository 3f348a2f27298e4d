"""The table of all claims of the course, and what differs between it and what was measured.

What this leaves out: measuring. `claim` records a verdict; here it meets the one that syllabus.toml expects.
"""
import tomllib
from functools import cache
from pathlib import Path

from fmcourse import records

_TABLE = Path(__file__).with_name("syllabus.toml")


@cache
def _rows() -> tuple[dict, ...]:
    return tuple(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["claim"])


def syllabus(notebook: str | None = None) -> list[dict]:
    """The claims of the course, or of one notebook: id, notebook, headline, sentence, expected.

    >>> [row["id"] for row in syllabus("02")]
    ['A1', 'A4', 'A5', 'A6']
    """
    return [row for row in _rows() if notebook in (None, row["notebook"])]


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
        said += [f"Claim {row['id']} of notebook {number} was not settled."
                 for row in syllabus(number) if row["id"] not in verdicts]
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
