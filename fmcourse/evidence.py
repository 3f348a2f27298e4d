"""Recorded evidence: tables that took too long for a notebook, bound to the code and data that made them.

A record is bound by what the code means, not by its bytes: the syntax tree of everything that its experiment reaches
(`reach`), and the SHA-256 of its data. A comment or a move changes nothing; a changed constant three imports away does.
Numbers are never edited by hand: `fmcourse evidence record NAME` makes them, and one cheap row of each record is made
again in the tests.

What this leaves out: the experiments themselves (`experiments/`), and versions of libraries, which stand in `machine`.
"""

import hashlib
import json
import os
import time
from collections import Counter
from pathlib import Path

from fmcourse.paths import course_root, data_dir
from fmcourse.reach import reached

NAMED = 3  # how many changed functions a sentence names


def recorded(name: str) -> dict:
    """The evidence called `name`: "rows", "command", "machine", "code" {function: digest} and "data" {file: SHA-256}.

    Raises FileNotFoundError with the names there are.
    """
    path = _file(name)
    if not path.is_file():
        there = ", ".join(names()) or "none"
        raise FileNotFoundError(f"There is no recorded evidence called {name!r}; there is: {there}.")
    return json.loads(path.read_text(encoding="utf-8"))


def names() -> list[str]:
    """Everything that is recorded."""
    return sorted(path.stem for path in _file("x").parent.glob("*.json") if path.stem != "replications")


def code_of(name: str) -> dict[str, str]:
    """What the rows of `name` hang on now: "module:function" -> digest of its syntax tree.

    Raises `LookupError` when there is no such experiment.
    """
    return reached(f"fmcourse.experiments.{name}:make")


def data_of(files) -> dict[str, str]:
    """The SHA-256 of each file, relative to the course's root. Raises FileNotFoundError for one that is not there."""
    missing = [file for file in files if not (course_root() / file).is_file()]
    if missing:
        raise FileNotFoundError(f"The evidence needs {missing[0]}, which is not in the course.")
    return {file: digest(course_root() / file) for file in sorted(files)}


def fingerprint(code: dict[str, str], data: dict[str, str]) -> str:
    """One digest for all that rows hang on, which unfinished runs carry."""
    return hashlib.sha256(repr((sorted(code.items()), sorted(data.items()))).encode()).hexdigest()[:16]


def record(name: str, rows: list[dict], machine: dict, code: dict[str, str], data: dict[str, str]) -> Path:
    """Write `rows` as data/recorded/NAME.json, bound to `code` and `data`; returns the path.

    Raises ValueError without rows or code.
    """
    if not rows or not code:
        raise ValueError(f"Evidence {name!r} needs rows, and code that it is bound to.")
    return _write(
        {
            "name": name,
            "command": f"fmcourse evidence record {name}",
            "machine": machine,
            "code": code,
            "data": data,
            "rows": rows,
        }
    )


def verify(name: str) -> list[str]:
    """A sentence for each reason why `name` can no longer be trusted; empty when there is none."""
    entry = recorded(name)
    again = f"record it again: {entry['command']}"
    try:
        now = code_of(name)
    except LookupError:
        return [f"Evidence {name} has no experiment any more (fmcourse/experiments/{name}.py); delete it, or {again}"]
    said, before = [], entry["code"]
    changed = [place for place in before if place in now and now[place] != before[place]]
    new, gone = ([p for p in one if p not in other] for one, other in ((now, before), (before, now)))
    for word, places in (("changed", changed), ("is new", new), ("is gone", gone)):
        if places:
            more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
            said.append(f"Evidence {name}: {', '.join(places[:NAMED])}{more} {word} since it was recorded; {again}")
    for file, digest_before in entry["data"].items():
        path = course_root() / file
        if not path.is_file() or digest(path) != digest_before:
            word = "changed" if path.is_file() else "is gone"
            said.append(f"Evidence {name}: the file {file} {word} since it was recorded; {again}")
    return said


def check_moved(old: str, new: str) -> dict[str, str]:
    """What the experiment `new` reaches now, if that is the code that made the record `old`, moved or renamed.

    Raises `ValueError` naming the first function that differs, and for data that changed; `FileNotFoundError` for a
    record or an experiment that is not there.
    """
    entry = recorded(old)
    try:
        now = code_of(new)
    except LookupError:
        raise FileNotFoundError(f"There is no experiment {new}: fmcourse/experiments/{new}.py is not there.") from None
    before, after = Counter(entry["code"].values()), Counter(now.values())
    missing = [place for place, tree in entry["code"].items() if (before - after)[tree]]
    added = [place for place, tree in now.items() if (after - before)[tree]]
    if missing or added:
        word = "is not there any more as it was" if missing else "was not reached when it was recorded"
        raise ValueError(
            f"Evidence {old} cannot be bound anew: {(missing or added)[0]} {word}; record it again: {entry['command']}"
        )
    changed = [file for file, sha in entry["data"].items() if data_of([file])[file] != sha]
    if changed:
        raise ValueError(
            f"Evidence {old} cannot be bound anew: the file {changed[0]} changed; record it again: {entry['command']}"
        )
    return now


def rebind(old: str, new: str, replayed: list[str], why: str) -> Path:
    """Bind the record `old` to code that only moved or got other names; it is called `new` from now on.

    `replayed` says which row came out again, and the record gets a line with it. Raises what `check_moved` raises.
    """
    entry, now = recorded(old), check_moved(old, new)
    note = {
        "date": time.strftime("%Y-%m-%d"),
        "why": why,
        "moved": sorted(set(entry["code"]) - set(now)),
        "replayed": replayed,
    }
    path = _write(
        {
            **entry,
            "name": new,
            "command": f"fmcourse evidence record {new}",
            "code": now,
            "rebound": [*entry.get("rebound", []), note],
        }
    )
    if new != old:
        _file(old).unlink()
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file; line ends count as one character, so a Windows checkout of a text file matches.

    A file with a zero byte is taken as binary and read as it is.
    """
    content = Path(path).read_bytes()
    return hashlib.sha256(content if b"\0" in content else content.replace(b"\r\n", b"\n")).hexdigest()


ORDER = ("name", "command", "machine", "code", "data", "rebound", "rows")  # the rows last: they are long


def _write(entry: dict) -> Path:
    """Write beside and rename, so that an interruption leaves the older record whole."""
    path = _file(entry["name"])
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    ordered = {key: entry[key] for key in ORDER if key in entry}
    fresh.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    os.replace(fresh, path)
    return path


def _file(name: str) -> Path:
    return data_dir() / "recorded" / f"{name}.json"
