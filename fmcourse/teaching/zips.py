"""Work that comes and goes as zip files, where nbgrader's exchange does not run: Windows, hosted places, mail.

A zip is one student's (called like the student, `ana.zip`) or a whole class's (a folder for each student, as learning
platforms send it). Nothing is unpacked: every entry is looked at first, then notebooks called like an assignment are
read within a limit, and nothing else is. Whatever is odd about a zip refuses the whole of it, in one sentence.
"""

import json
import re
import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from fmcourse.teaching.problem import Problem

MOST_ENTRIES, MOST_BYTES, MOST_NOTEBOOK = 5000, 500 * 2**20, 20 * 2**20


def read(path: Path, assignments: set[str], others: list[str] | None = None) -> dict[tuple[str, str], bytes]:
    """The notebooks in a zip by (student, assignment). Raises Problem for a zip that is hostile, damaged or empty.

    Notebooks that are not called like an assignment are not read; their paths are added to `others`.
    """
    if path.suffix == ".ipynb" or path.is_dir():
        what = "a folder" if path.is_dir() else "a notebook"
        raise Problem(f"{path.name} is {what}: make a zip of it, called like its student, such as ana.zip.")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _look(path, entries)
            found: dict[tuple[str, str], bytes] = {}
            senders: dict[str, str] = {}
            for entry in entries:
                name = PurePosixPath(entry.filename)
                if entry.is_dir() or name.suffix != ".ipynb" or _hidden(name):
                    continue
                called = re.sub(r" ?\(\d+\)$", "", name.stem)  # browsers add (1) to a second download
                if called not in assignments:
                    if others is not None:
                        others.append(entry.filename)
                    continue
                above = [part for part in name.parts[:-1] if part not in assignments]
                sender = above[-1] if above else path.stem
                who = student(sender)
                if senders.setdefault(who, sender) != sender:
                    raise Problem(f"{path.name}: the folders of two students would both be called {who}; rename one.")
                if (who, called) in found:
                    raise Problem(f"{path.name} holds {called}.ipynb of {who} twice; leave one.")
                found[who, called] = _notebook(path, archive, entry)
    except FileNotFoundError:
        raise Problem(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as wrong:
        raise Problem(f"{path.name} cannot be read as a zip file ({wrong}); ask for it again.") from None
    if not found:
        raise Problem(
            f"{path.name} holds no notebook called like an assignment, such as {min(assignments)}.ipynb; "
            + (f"it holds {others[0]!r}." if others else "it holds no notebook at all.")
        )
    return found


def student(sender: str) -> str:
    """A name that nbgrader and every file system take. Raises Problem where nothing of it is left.

    >>> student("José Núñez_123_assignsubmission_file_"), student("ana")
    ('Jose_Nunez_123', 'ana')
    """
    text = unicodedata.normalize("NFKD", re.sub(r"_assignsubmission_.*$", "", sender))
    text = "".join(c for c in text if not unicodedata.combining(c))
    name = re.sub(r"[^\w-]+", "_", text).strip("_-")[:64]
    if not name:
        raise Problem(f"{sender!r} is no name for a student: rename that file or folder.")
    return name


def _look(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse what no honest zip of notebooks has."""
    if len(entries) > MOST_ENTRIES:
        raise Problem(f"{path.name} is refused: it has more than {MOST_ENTRIES} entries.")
    for entry in entries:
        # `orig_filename` is what stands in the file; zipfile cuts `filename` at a zero byte.
        name = entry.orig_filename
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\0" in name:
            raise Problem(f"{path.name} is refused: the path {name!r} leads out of it.")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Problem(f"{path.name} is refused: {name!r} is a link or no plain file.")
        if entry.flag_bits & 1:
            raise Problem(f"{path.name} is refused: it is locked with a password.")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Problem(f"{path.name} is refused: unpacked it would take more than {MOST_BYTES // 2**20} MB.")


def _notebook(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        content = file.read(MOST_NOTEBOOK + 1)  # a size that is lied about is met here
    if len(content) > MOST_NOTEBOOK:
        raise Problem(f"{path.name} is refused: {entry.filename} has more than {MOST_NOTEBOOK // 2**20} MB.")
    try:
        book = json.loads(content)
    except (ValueError, RecursionError):
        book = None
    if not isinstance(book, dict) or book.get("nbformat") != 4 or not isinstance(book.get("cells"), list):
        raise Problem(f"{path.name}: {entry.filename} is no Jupyter notebook; ask for it again.")
    return content


def _hidden(name: PurePosixPath) -> bool:
    """Copies that Jupyter and macOS leave beside the file itself."""
    return any(part in ("__MACOSX", ".ipynb_checkpoints") for part in name.parts) or name.name.startswith("._")


def write(path: Path, files: dict[str, bytes]) -> None:
    """A zip of these files by their path in it, the same bytes for the same content; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)
