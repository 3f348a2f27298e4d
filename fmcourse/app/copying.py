"""The learner's copy of the course: made, and brought up to date without ever touching what the learner wrote.

The rules, for each file of `notebooks/` (solutions too):

- Not there yet, or deleted by the learner: laid down, notebooks with outputs cleared.
- Only run, not edited: renewed. Outputs of cells that stayed the same are carried over; when others would be lost,
  the old file is kept in `.fmcourse/older/`.
- Edited: never touched. When the course has a newer version, that is laid beside it, once, as `NN_name.new.ipynb`.

"Edited" compares the cells' kinds and texts, not their outputs; empty cells do not count, because JupyterLab adds one
when the last cell is run. What this leaves out: merging two versions (the learner reads both), and opening JupyterLab.
"""

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from fmcourse.paths import notebooks_dir

HIDDEN = ".fmcourse"  # progress, predictions, claims, and what we know of our own copies


@dataclass
class Report:
    """What `make_copy` did; paths are relative to the learner's `notebooks/`."""

    new: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        said = []
        if self.new:
            said.append(f"Copied {len(self.new)} {'file' if len(self.new) == 1 else 'files'} of the course.")
        if self.renewed:
            said.append(f"Renewed, as you had not edited them: {', '.join(self.renewed)}.")
        if self.beside:
            said.append(f"There is a newer version of what you edited; it lies beside yours: {', '.join(self.beside)}.")
        return said


def make_copy(folder: Path) -> Report:
    """Lay the course's notebooks into `folder`/notebooks, or renew them. Raises OSError when it cannot write."""
    theirs, mine = notebooks_dir(), Path(folder) / "notebooks"
    memory = Path(folder) / HIDDEN / "copied.json"
    known = read_json(memory) or {}
    report = Report()
    for source in shipped_files(theirs):
        name = source.relative_to(theirs).as_posix()
        target, latest, before = mine / name, digest(source), known.get(name, {})
        if not target.exists():
            lay(target, source)
            known[name] = {"copied": latest}
            report.new.append(name)
        elif digest(target) == latest:
            known[name] = {"copied": latest}
        elif digest(target) == before.get("copied"):
            renew(target, source, Path(folder) / HIDDEN / "older")
            known[name] = {"copied": latest}
            report.renewed.append(name)
        elif latest not in (before.get("copied"), before.get("offered")):
            place = _beside(target, before.get("offered"))
            lay(place, source)
            known[name] = {**before, "offered": latest}
            report.beside.append(place.relative_to(mine).as_posix())
    write(memory, json.dumps(known, indent=1, sort_keys=True).encode())
    return report


def shipped_files(folder: Path) -> list[Path]:
    """Every file of the course's notebooks, checkpoints and hidden files left out, in order."""
    return sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and not any(part.startswith((".", "__")) for part in p.relative_to(folder).parts)
    )


def digest(path: Path) -> str:
    """SHA-256 of what a person can edit: cell kinds and texts of a notebook, the bytes of any other file."""
    data = Path(path).read_bytes()
    notebook = read_json(path) if path.suffix == ".ipynb" else None
    if notebook is not None:
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
            data = json.dumps([cell for cell in cells if cell[1].strip()]).encode()
    return hashlib.sha256(data).hexdigest()


def fresh(source: Path) -> bytes:
    """The file as a learner gets it: a notebook without outputs and execution counts, anything else as it is."""
    if source.suffix != ".ipynb":
        return source.read_bytes()
    return _as_bytes(_cleared(json.loads(source.read_text(encoding="utf-8"))))


def lay(target: Path, source: Path) -> None:
    """Write the course's version, and let Jupyter trust it: it holds no output of anyone."""
    write(target, fresh(source))
    if target.suffix == ".ipynb":
        _trust(target)


def renew(target: Path, source: Path, older: Path) -> None:
    """Put the course's version in place of an unedited one, with the outputs of cells that stayed the same."""
    old = read_json(target)
    if source.suffix != ".ipynb" or old is None:
        lay(target, source)
        return
    new = _cleared(json.loads(source.read_text(encoding="utf-8")))
    ran = [cell for cell in old["cells"] if cell.get("outputs")]
    for cell in new["cells"]:
        same = next((c for c in ran if "".join(c["source"]) == "".join(cell["source"])), None)
        if cell["cell_type"] == "code" and same:
            cell["outputs"], cell["execution_count"] = same["outputs"], same.get("execution_count")
            ran.remove(same)
    if ran:
        write(older / f"{target.stem}-{time.strftime('%Y%m%d-%H%M%S')}{target.suffix}", target.read_bytes())
    trusted = _is_trusted(target) or not any(cell.get("outputs") for cell in new["cells"])
    write(target, _as_bytes(new))
    if trusted:
        _trust(target)


def write(path: Path, data: bytes) -> None:
    """Write all of it or nothing, so that a full disk or a pulled plug cannot leave half a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.write_bytes(data)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def _cleared(notebook: dict) -> dict:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cell.get("metadata", {}).pop("execution", None)
    notebook.get("metadata", {}).pop("widgets", None)
    return notebook


def _as_bytes(notebook: dict) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _beside(target: Path, offered: str | None) -> Path:
    """A free name such as 03_tokens.new.ipynb; one we laid there before and nobody edited counts as free."""
    for number in ["", *range(2, 1000)]:
        place = target.with_name(f"{target.stem}.new{number}{target.suffix}")
        if not place.exists() or digest(place) == offered:
            return place
    raise FileExistsError(f"{target.parent} is full of versions of {target.stem}; delete those you do not need.")


def read_json(path: Path) -> dict | None:
    """The object in a JSON file; None when there is no file, or no object in it."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


# Jupyter shows figures in frames only in notebooks it trusts: those whose outputs were made here. What we lay
# down is trusted, and a renewed notebook with carried outputs is a new file to Jupyter: earned trust is passed on.


def _is_trusted(path: Path) -> bool:
    with contextlib.suppress(Exception):  # no Jupyter, or no place for its memory: then there is no trust to pass on
        import nbformat
        from nbformat.sign import NotebookNotary

        return bool(NotebookNotary().check_signature(nbformat.read(path, as_version=4)))
    return False


def _trust(path: Path) -> None:
    with contextlib.suppress(Exception):
        import nbformat
        from nbformat.sign import NotebookNotary

        NotebookNotary().sign(nbformat.read(path, as_version=4))
