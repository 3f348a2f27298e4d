"""The learner's work as one file: `save` packs it, `open` takes it up elsewhere and merges it with what is there.

A pack is a stranger until it was read: it is looked at whole before a byte is written. What was edited here is never
replaced, and of the hidden folder only the records travel in: its settings would be obeyed by Jupyter.
But: two edited versions of one notebook are laid side by side; the learner reads both.
"""

import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
import zipfile
import zlib
from datetime import datetime
from pathlib import Path, PurePosixPath

from fmcourse import records
from fmcourse.app.copying import HIDDEN, digest, make_copy, read_json, write
from fmcourse.paths import home_dir

# What notes a learner's way, a JSON object a line, so that two of a kind can be merged.
RECORDS = ("progress.jsonl", "predictions.jsonl", "claims.jsonl", "own_claims.jsonl", "preferences.jsonl")
_FORBIDDEN = {"\\", "\0", *(":" if os.name == "nt" else "")}  # in a file's name: each can lead elsewhere
MOST_FILES, MOST_MB = 20_000, 2_000
SPARE = Path(HIDDEN, "home")  # for what belongs at home, where that cannot be written; no part of the course


class Refused(Exception):
    """A pack that is not taken; its text is one sentence."""


def save(out: Path, folder: Path) -> int:
    """Pack `folder` and the records of progress into the zip file `out`. Returns 0, or 1 after one sentence.

    Records that lie elsewhere (FMCOURSE_HOME, or on Colab, where there is no copy) are packed as if they lay in it.
    """
    out, folder = Path(out).resolve(), Path(folder).resolve()
    files = {Path(HIDDEN, name): home_dir() / name for name in RECORDS if (home_dir() / name).is_file()}
    half = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    files |= {
        p.relative_to(folder): p
        for p in sorted(folder.rglob("*"))
        if p.is_file()
        and p not in (out, half)
        and ".ipynb_checkpoints" not in p.parts
        and not p.is_relative_to(folder / SPARE)
    }
    if not files:
        return _sorry(f"There is no folder {folder} to save: open the course first, or name yours with --folder.")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as pack:
            for place, path in sorted(files.items()):
                pack.write(path, Path(folder.name) / place)
        os.replace(half, out)
    except OSError as error:
        if error.filename and Path(error.filename) in files.values():
            return _sorry(f"The file {error.filename} cannot be read ({error.strerror}), so nothing was saved.")
        return _sorry(f"The file {out} cannot be written ({error.strerror}): name another place with --out.")
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
    size = out.stat().st_size / 1e6
    if not folder.is_dir():
        print(f"There is no copy of the course in {folder}, so this is your progress alone.")
    print(f"Saved {len(files)} files, {size:.1f} MB, in {out}. Go on elsewhere with `fmcourse open {out.name}`.")
    return 0


def unpack(pack: Path, folder: Path) -> int:
    """Take up the work in the file `pack`, which `save` made, in `folder`. Returns 0, or 1 after one sentence.

    Files that are not here, or were not edited here, are laid down; edited on both sides, the pack's is laid beside as
    NAME.opened. Progress is added to the one that is here. Opening a pack twice changes nothing.
    """
    folder = Path(folder).resolve()
    try:
        with zipfile.ZipFile(pack) as opened, tempfile.TemporaryDirectory() as spare:
            theirs = _extracted(opened, Path(spare))
            laid, beside = _lay(theirs, Path(spare), folder)
            report = make_copy(folder) if laid or beside or folder.is_dir() else None
            inside = report and not os.environ.get("FMCOURSE_HOME")
            added = _merge(theirs, folder / HIDDEN if inside else home_dir())
    except Refused as refused:
        return _sorry(f"{pack} was not opened: {refused}. Nothing was changed.")
    except FileNotFoundError:
        return _sorry(f"There is no file {pack}: name the one that `fmcourse save` made.")
    except OSError as error:
        return _sorry(f"{folder} cannot be written ({error.strerror}): name another folder with --folder.")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return _sorry(f"{pack} is no whole zip file, or a locked one: bring it over once more. Nothing was changed.")
    print(f"Opened {pack}: {len(laid)} files laid down, {added} entries added to your progress.")
    if beside:
        print(f"Edited there and here, so both are kept: {', '.join(beside)}.")
    for sentence in report.sentences() if report else ():
        print(sentence)
    return 0


def _extracted(opened: zipfile.ZipFile, spare: Path) -> dict[str, Path]:
    """Every file of a pack, by its place in the learner's folder, laid into `spare`; Refused when one is not right."""
    members = [info for info in opened.infolist() if not info.is_dir()]
    if len(members) > MOST_FILES or sum(info.file_size for info in members) > MOST_MB * 1e6:
        raise Refused(f"it holds more than {MOST_FILES:,} files or {MOST_MB:,} MB")
    tops, found = set(), {}
    for info in members:
        parts = info.filename.split("/")
        odd = any(
            part.strip(". ") == "" or set(part) & {"\\", "\0", *(":" if os.name == "nt" else "")} for part in parts
        )
        if odd or len(parts) < 2 or stat.S_ISLNK(info.external_attr >> 16):
            raise Refused(f"it holds {ascii(info.filename)[:80]}, which lies outside its folder or is a link")
        tops.add(parts[0])
        found["/".join(parts[1:])] = info
    if len(tops) != 1 or not any(name.startswith(("notebooks/", f"{HIDDEN}/")) for name in found):
        raise Refused("it is not what `fmcourse save` makes")
    if len(found) < len(members):
        raise Refused("two of its files have the same name")
    wanted = {name: spare / str(i) for i, name in enumerate(found) if _travels(name)}
    for name, place in wanted.items():
        with opened.open(found[name]) as source, open(place, "wb") as target:
            shutil.copyfileobj(source, target)
    return wanted


def _travels(name: str) -> bool:
    """Whether a file of a pack is taken: of hidden folders only records, and no settings that Jupyter would obey."""
    path = PurePosixPath(name)
    if path.parts[0] == HIDDEN:
        return name in {f"{HIDDEN}/{one}" for one in (*RECORDS, "copied.json")}
    settings = path.suffix in (".py", ".json") and path.stem.endswith("config")
    return not settings and not any(part.startswith(".") for part in path.parts)


def _lay(theirs: dict[str, Path], spare: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Put the files of a pack into `folder`: the names laid down, and those laid beside what was edited here."""
    memory = folder / HIDDEN / "copied.json"
    here, there = read_json(memory) or {}, read_json(theirs.get(f"{HIDDEN}/copied.json", spare / "none")) or {}
    laid, beside = [], []
    for name, source in theirs.items():
        if name.startswith(f"{HIDDEN}/"):
            continue
        target, known = folder / name, name.removeprefix("notebooks/")
        source = source.rename(source.with_suffix(target.suffix))  # `digest` reads notebooks by their name's end
        their_copy, our_copy = _copied(there.get(known)), _copied(here.get(known))
        new = digest(source)
        old = digest(target) if target.exists() else None
        if old == new and (target.suffix != ".ipynb" or _ran(target) or not _ran(source)):
            continue
        if old in (None, new, our_copy):
            write(target, source.read_bytes())
            laid.append(name)
            if their_copy and old != new and (_cells(target) or target.suffix != ".ipynb"):
                here[known] = {"copied": their_copy}
        elif new != their_copy:  # edited there, and here
            place = _beside(target, new)
            if not place.exists():
                write(place, source.read_bytes())
                beside.append(place.relative_to(folder).as_posix())
    if laid:
        write(memory, json.dumps(here, indent=1, sort_keys=True).encode())
    return laid, beside


def _copied(entry) -> str | None:
    """The digest that a copy's memory notes for one file; None for anything else that may stand there."""
    noted = entry.get("copied") if isinstance(entry, dict) else None
    return noted if isinstance(noted, str) else None


def _cells(path: Path) -> list[dict]:
    """The cells of a notebook; none for what only looks like one."""
    cells = (read_json(path) or {}).get("cells")
    sound = isinstance(cells, list) and all(isinstance(cell, dict) and "cell_type" in cell for cell in cells)
    return cells if sound else []


def _ran(path: Path) -> bool:
    return any(cell.get("outputs") for cell in _cells(path))


def _beside(target: Path, new: str) -> Path:
    """A free name such as 03_tokens.opened.ipynb, or the one where this very version lies already."""
    names = (target.with_name(f"{target.stem}.opened{number}{target.suffix}") for number in ["", *range(2, 1000)])
    return next(place for place in names if not place.exists() or digest(place) == new)


def _merge(theirs: dict[str, Path], home: Path) -> int:
    """Add the entries of a pack's records to those in `home`, in order of time; how many were new."""
    added = 0
    for name in RECORDS:
        entries = records.read(theirs[f"{HIDDEN}/{name}"]) if f"{HIDDEN}/{name}" in theirs else []
        if not entries:
            continue
        home.mkdir(parents=True, exist_ok=True)
        with records.locked(home / name):
            ours = records.read(home / name)
            seen = {_as_line(entry) for entry in ours}
            new = [entry for entry in entries if _as_line(entry) not in seen]
            if new:
                both = sorted([*ours, *new], key=_when)
                write(home / name, "".join(_as_line(entry) + "\n" for entry in both).encode())
        added += len(new)
    return added


def _as_line(entry: dict) -> str:
    return json.dumps(records.plain(entry, at_most=None), ensure_ascii=False)


def _when(entry: dict) -> float:
    """Seconds, whatever the time zone in which an entry was noted; 0 where it has no time."""
    try:
        return datetime.fromisoformat(entry["time"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return 0.0


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
