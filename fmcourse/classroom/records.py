"""Lines of JSON on the learner's own disk: appended, never rewritten, safe for two kernels and for a crash.

One entry is one line, so a crash can only spoil the last one, and readers skip what they cannot read. What this leaves
out: what the entries mean (`claims`, `predictions`, `progress`), and any server: nothing leaves this machine.
"""
import contextlib
import errno
import json
import math
import os
import time
from pathlib import Path

_PATIENCE = 5.0  # seconds to wait for the other kernel; it holds the lock for less than a millisecond


def append(path: Path, entry: dict) -> bool:
    """Add `entry` as one line of `path`; False when the disk does not let us. Never raises for a full or closed disk.

    What JSON cannot hold (an array, NaN, an object) is written as a number, a list or its text.
    """
    line = json.dumps(plain(entry), ensure_ascii=False)
    try:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path), open(path, "ab") as file:
            whole = file.tell() == 0 or _last_byte(path) == b"\n"
            file.write((b"" if whole else b"\n") + line.encode() + b"\n")  # one write: readers see all of it or none
        return True
    except OSError:
        return False


def read(path: Path) -> list[dict]:
    """The entries of `path` in order, without lines that are not whole JSON objects; empty when there is no file."""
    return split(path)[0]


def split(path: Path) -> tuple[list[dict], list[str]]:
    """The entries of `path`, and the lines that cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return [], []
    good, bad = [], []
    for line in filter(str.strip, text.splitlines()):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if isinstance(entry, dict):
            good.append(entry)
        else:
            bad.append(line)
    return good, bad


def set_aside(path: Path) -> Path | None:
    """If lines of `path` cannot be read, keep the file as NAME.broken-TIME.EXT and go on with the lines that can.

    Returns where the broken file is now, or None when nothing was wrong or nothing could be done. A single spoilt line
    at the end is what a crash leaves; it is skipped without a word.
    """
    path = Path(path)
    with contextlib.suppress(OSError), locked(path):
        good, bad = split(path)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        if not bad or (len(bad) == 1 and bad[0] == lines[-1] and good):
            return None
        aside = path.with_name(f"{path.stem}.broken-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
        fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        fresh.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in good), encoding="utf-8")
        os.replace(path, aside)
        os.replace(fresh, path)
        return aside
    return None


@contextlib.contextmanager
def locked(path: Path):
    """Hold the lock file beside `path`. After 5 s without it we go on: a stuck lock must not stop a lesson."""
    file = open(Path(f"{path}.lock"), "a+b")
    try:
        until = time.monotonic() + _PATIENCE
        while not _try_lock(file) and time.monotonic() < until:
            time.sleep(0.01)
        yield
    finally:
        file.close()  # closing releases the lock


def plain(value):
    """`value` as JSON can hold it.

    >>> plain({"a": float("nan"), "b": (1, 2), "c": {3}})
    {'a': 'nan', 'b': [1, 2], 'c': '{3}'}
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))  # numpy's floats are floats too
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    try:
        return plain(value.tolist())  # numpy and torch, whole arrays too
    except Exception:
        return text_of(value)


def text_of(value, at_most: int = 300) -> str:
    """`str(value)` on one line, cut when long; an object that cannot even say its name gives its type."""
    try:
        text = " ".join(str(value).split())
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= at_most else text[:at_most - 1] + "…"


def quoted(value, at_most: int = 60) -> str:
    """`repr(value)` on one line, cut when long; never raises."""
    try:
        return text_of(repr(value), at_most)
    except Exception:
        return f"<{type(value).__name__}>"


def now() -> str:
    """The present time, such as 2026-03-01T14:05:09+0100."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def _last_byte(path: Path) -> bytes:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def _try_lock(file) -> bool:
    """Whether to go on: the lock is ours, or this disk has no locks (network homes often do not)."""
    try:
        if os.name == "nt":
            import msvcrt
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)  # these two alone mean that another holds it
    return True
