"""Recorded evidence: a table that took too long for a notebook, bound by digest to the code and data it came from.

What this leaves out: making the table; the command named in it does that. Numbers are never edited by hand.
"""
import hashlib
import json
import os
from pathlib import Path

from fmcourse.classroom.records import plain
from fmcourse.paths import course_root, data_dir


def recorded(name: str) -> dict:
    """The evidence called `name`: {"name", "command", "rows", "machine", "bound": {file: SHA-256}}.

    Raises FileNotFoundError with the names there are.
    """
    path = _folder() / f"{name}.json"
    if not path.is_file():
        there = ", ".join(names()) or "none"
        raise FileNotFoundError(f"There is no recorded evidence called {name!r}; there is: {there}.")
    return json.loads(path.read_text(encoding="utf-8"))


def record(name: str, rows, sources, command: str) -> Path:
    """Write `rows` (a list of dicts) as data/recorded/NAME.json, bound to the present content of `sources`.

    sources: files the numbers depend on, relative to the course's root. Raises FileNotFoundError for one that is not
    there, and ValueError without rows or sources. Returns the path.
    """
    from fmcourse.classroom.run import machine

    if not list(rows) or not list(sources):
        raise ValueError(f"Evidence {name!r} needs rows and at least one source file that it is bound to.")
    bound = {}
    for source in sorted(str(s) for s in sources):
        path = course_root() / source
        if not path.is_file():
            raise FileNotFoundError(f"Evidence {name!r} is bound to {source}, which is not in the course.")
        bound[Path(source).as_posix()] = digest(path)
    path = _folder() / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {"name": name, "command": command, "machine": machine(), "bound": bound,
             "rows": plain(list(rows), at_most=None)}
    text = json.dumps(entry, indent=1, ensure_ascii=False) + "\n"
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    os.replace(fresh, path)
    return path


def verify(name: str) -> list[str]:
    """A sentence for each file that changed since `name` was recorded; empty when all still match."""
    entry, said = recorded(name), []
    for source, before in entry["bound"].items():
        path = course_root() / source
        if not path.is_file():
            said.append(f"Evidence {name} is bound to {source}, which is gone; record it again: {entry['command']}")
        elif digest(path) != before:
            said.append(f"Evidence {name} no longer matches {source}; record it again: {entry['command']}")
    return said


def names() -> list[str]:
    """Everything that is recorded."""
    return sorted(path.stem for path in _folder().glob("*.json"))


def digest(path: Path) -> str:
    """SHA-256 of a file; line ends count as one character, so a Windows checkout of a text file matches.

    A file with a zero byte is taken as binary and read as it is.
    """
    content = Path(path).read_bytes()
    return hashlib.sha256(content if b"\0" in content else content.replace(b"\r\n", b"\n")).hexdigest()


def _folder() -> Path:
    return data_dir() / "recorded"
