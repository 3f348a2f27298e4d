"""Lines of JSON on the learner's own disk: appended, never rewritten, safe for two kernels and for a crash.

One entry is one line, so a crash can only spoil the last one, and readers skip what they cannot read. What this leaves
out: what the entries mean (`claims`, `predictions`, `progress`), and any server: nothing leaves this machine.
"""

import contextlib
import errno
import itertools
import json
import math
import os
import time
from pathlib import Path

_MOST_ITEMS, _MOST_LEVELS, _MOST_LETTERS = 1000, 20, 100_000  # of one value in a record
_MOST_BITS = 2000  # of a whole number: Python refuses to write longer ones as digits
ODD = (Exception, SystemExit, GeneratorExit)  # what an object may raise when it is only looked at
_PATIENCE = 5.0  # seconds to wait for the other kernel; it holds the lock for less than a millisecond


def append(path: Path, entry: dict) -> bool:
    """Add `entry` as one line of `path`; False when the disk does not let us. Never raises.

    What JSON cannot hold (an array, NaN, an object) is written as a number, a list or its text.
    """
    try:
        line = _line(entry)
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path), open(path, "ab") as file:
            whole = file.tell() == 0 or _last_byte(path) == b"\n"
            file.write((b"" if whole else b"\n") + line.encode() + b"\n")  # one write: readers see all of it or none
        return True
    except (OSError, ValueError):  # ValueError: a path that no disk can have
        return False


def read(path: Path) -> list[dict]:
    """The entries of `path` in order, without lines that are not whole JSON objects; empty when there is no file."""
    return split(path)[0]


def split(path: Path) -> tuple[list[dict], list[str]]:
    """The entries of `path`, and the lines that cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return [], []
    good, bad = [], []
    for line in filter(str.strip, text.split("\n")):  # not splitlines: a text may hold other ends of lines
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
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
        lines = path.read_text(encoding="utf-8", errors="replace").rstrip().split("\n") if path.exists() else []
        if not bad or (len(bad) == 1 and bad[0].rstrip() == lines[-1] and good):
            return None
        aside = path.with_name(f"{path.stem}.broken-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
        fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        fresh.write_text("".join(_line(e) + "\n" for e in good), encoding="utf-8")
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


def plain(value, at_most: int | None = _MOST_ITEMS):
    """`value` as JSON can hold it: numbers, texts, lists and dicts of the plain types themselves. Never raises.

    Of a list or dict the first `at_most` items are kept (None: all), with a note that there were more; what holds
    itself, or lies deeper than 20 levels, becomes "…".

    >>> plain({"a": float("nan"), "b": (1, 2), "c": {3}})
    {'a': 'nan', 'b': [1, 2], 'c': '{3}'}
    >>> plain([1, 2, 3], at_most=2)
    [1, 2, '(3 in all)']
    """
    return _plain(value, at_most, [10 * (at_most or 0)], ())


def _plain(value, at_most: int | None, left: list[int], around: tuple):
    """`left` counts how many more items may be looked at, `around` are the ids of what `value` stands in."""
    try:
        return _made_plain(value, at_most, left, around)
    except ODD:
        return text_of(value)


def _made_plain(value, at_most, left, around):
    kind = type(value)  # and not isinstance, which believes what an object says of itself
    if value is None or kind is bool:
        return value
    if issubclass(kind, int):
        number = int.__int__(value)
        return number if number.bit_length() <= _MOST_BITS else text_of(number)
    if issubclass(kind, str):
        text = str.__str__(value)
        return printable(text if at_most is None or len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS] + "…")
    if issubclass(kind, float):  # numpy's floats are floats too
        return float.__float__(value) if math.isfinite(value) else str(float.__float__(value))
    left[0] -= 1
    if id(value) in around or len(around) >= _MOST_LEVELS or at_most is not None and left[0] < 0:
        return "…"
    around = (*around, id(value))
    if issubclass(kind, dict):
        kept = {
            printable(str(k)): _plain(v, at_most, left, around) for k, v in itertools.islice(dict.items(value), at_most)
        }
        more = dict.__len__(value)
        return kept if more == len(kept) or at_most is None else {**kept, "…": f"({more} in all)"}
    if issubclass(kind, (list, tuple)):
        kept = [_plain(v, at_most, left, around) for v in itertools.islice(kind.__iter__(value), at_most)]
        return kept if len(value) == len(kept) else [*kept, f"({len(value)} in all)"]
    try:
        shape = [int(n) for n in value.shape]  # numpy and torch
        if at_most is None or math.prod(shape) <= at_most:
            return _plain(value.tolist(), at_most, left, around)
    except ODD:
        pass
    return text_of(value)


def text_of(value, at_most: int = 300) -> str:
    """`str(value)` on one line, cut when long; an object that cannot even say its name gives its type. Never raises.

    >>> text_of("one\\ntwo"), text_of([1, 2]), text_of(10**5000), text_of("\\ud800")
    ('one two', '[1, 2]', 'a whole number of about 5001 digits', '\\\\ud800')
    """
    try:
        text = " ".join(_written(value)[: 20 * at_most + 1000].split())
    except ODD:
        text = f"<{kind_of(value)}>"
    text = printable(text)
    return text if len(text) <= at_most else text[: at_most - 1] + "…"


def quoted(value, at_most: int = 60) -> str:
    """`repr(value)` on one line, cut when long; never raises."""
    try:
        return text_of(_written(value, repr), at_most)
    except ODD:
        return f"<{kind_of(value)}>"


def printable(text: str) -> str:
    """`text` with half characters (lone surrogates), which no file, page or terminal takes, written as `\\ud800`."""
    return text.encode("utf-8", "backslashreplace").decode()


def kind_of(value) -> str:
    """The name of a value's type; never raises."""
    try:
        return printable(str.__str__(type.__dict__["__name__"].__get__(type(value))))
    except Exception:
        return "object"


def _written(value, how=str) -> str:
    """`str` or `repr` of a value as a plain string; of a large container only the beginning, which is all one reads."""
    if issubclass(type(value), int) and int.bit_length(value) > _MOST_BITS:
        return f"a whole number of about {int(int.bit_length(value) * math.log10(2)) + 1} digits"
    return str.__str__(how(_beginning(value, [_MOST_ITEMS], ())))


class _More:
    def __repr__(self):
        return "…"


def _beginning(value, left: list[int], around: tuple):
    """The first items of lists, tuples, sets and dicts, as many as `left` says; more, and what holds itself, is "…"."""
    kind = type(value)
    if kind not in (list, tuple, set, frozenset, dict):
        return value
    if id(value) in around or len(around) >= _MOST_LEVELS:
        return _More()
    around, kept = (*around, id(value)), []
    for item in value.items() if kind is dict else value:
        left[0] -= 1
        if left[0] < 0:
            break
        kept.append(
            (item[0], _beginning(item[1], left, around))
            if kind is dict
            else _beginning(item, left, around)
            if kind in (list, tuple)
            else item
        )
    if len(kept) < len(value):
        kept.append((_More(), _More()) if kind is dict else _More())
    return kind(kept)


def _line(entry) -> str:
    """`entry` as one line of JSON."""
    return json.dumps(plain(entry), ensure_ascii=False)


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
