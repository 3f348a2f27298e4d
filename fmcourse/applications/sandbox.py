"""Run a program that somebody else wrote (a model, say) and live: limits, an empty folder, no files, no network.

    result = run("print(sum(range(10)))")
    result.ok, result.stdout          # (True, "45\\n")
    run("while True: pass").reason    # "it ran for longer than 2 seconds"

The program gets a Python of its own: the standard library alone, an empty folder that is removed afterwards, no
environment, no inherited files. How much is *closed* depends on the system:

| system | files | network, new processes, signals | memory, time, output |
| --- | --- | --- | --- |
| Linux with Landlock (kernel 5.13, x86-64 or ARM) | yes | yes (seccomp) | yes |
| macOS | yes (sandbox-exec) | yes (sandbox-exec) | time and output |
| Windows, and Linux without Landlock | no | no (on Linux yes) | time and output (on Linux all) |

`run` refuses to start where files and network cannot be closed, with a sentence that says why; `closed=False` runs the
program all the same, with what the system gives. The way of macOS is written from its manual and was not tried.

What it does not protect against: faults of the kernel itself, and a program that only burns the seconds it is given. It
can see that a file exists and how large it is (not what is in it), the time, and the number of cores. For programs that
attack on purpose, with time to do it, use a machine of their own.

Sources: `cell.py` beside this file does the closing and names the manual pages.
"""

import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CELL = Path(__file__).with_name("cell.py")
MOST_OUTPUT = 64 * 2**10  # bytes of each of the two outputs
MOST_FILES, MOST_BYTES = 500, 16 * 2**20  # in the folder, with the folders in it
REFUSED = 120  # how the cell ends when the system does not give what was asked for
MAC_PROFILE = """(version 1)(allow default)(deny network*)(deny process-fork)(deny signal (target others))
(deny file-write* (require-not (subpath "{folder}")))(allow file-write* (literal "/dev/null"))
(deny file-read* (subpath "/Users") (require-not (require-any (subpath "{folder}") (subpath "{python}"))))"""


@dataclass(frozen=True)
class Result:
    """What came of a program: `ok` when it ended by itself without an error, its two outputs, and else the reason."""

    ok: bool
    stdout: str
    stderr: str
    reason: str = ""


def run(code: str, *, stdin: str = "", seconds: float = 2, megabytes: int = 128, closed: bool = True) -> Result:
    """Run `code` as a program of its own; never raises for what the program does.

    `seconds` are those of the processor; by the clock it may take twice as long (a busy machine). `megabytes` is
    memory beyond what Python needs itself. `closed=False` runs it where files and network stay open, too.
    Raises `TypeError` for code or input that is no text, `ValueError` for limits that are not above 0.

    >>> run("print(2 + 2)").stdout
    '4\\n'
    """
    for name, text in (("code", code), ("stdin", stdin)):
        if not isinstance(text, str):
            raise TypeError(f"{name} must be text, not {type(text).__name__}.")
    if not 0 < seconds <= 3600 or not 0 < megabytes <= 2**20:
        raise ValueError(f"seconds = {seconds} and megabytes = {megabytes}: both limits must be above 0 (and finite).")
    folder = Path(tempfile.mkdtemp(prefix="fmcourse-cell-")).resolve()
    try:
        (folder / "program.py").write_text(code, encoding="utf-8", errors="surrogatepass")
        return _run(folder, stdin, seconds, megabytes, closed)
    finally:
        _remove(folder)


def _command(folder: Path, megabytes: int, seconds: float, closed: bool) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment of the cell."""
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(CELL), str(folder), str(megabytes),
               str(math.ceil(seconds)), "full" if closed else "limits"]  # fmt: skip
    kept = {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if os.name == "nt" else {}
    if sys.platform == "darwin" and closed and shutil.which("sandbox-exec"):
        profile = MAC_PROFILE.format(folder=folder, python=sys.base_prefix)
        command, kept = ["sandbox-exec", "-p", profile, *command], {"FMCOURSE_CELL": "sandbox-exec"}
    return command, kept


def _run(folder: Path, stdin: str, seconds: float, megabytes: int, closed: bool) -> Result:
    command, environment = _command(folder, megabytes, seconds, closed)
    with tempfile.TemporaryFile() as given:  # a file, so that a program that reads nothing blocks nobody
        given.write(stdin.encode("utf-8", "surrogatepass"))
        given.seek(0)
        process = subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=environment,
            close_fds=True, start_new_session=True,
        )  # fmt: skip
    outputs, stopped = _watch(process, folder, seconds)
    out, err = (bytes(part[:MOST_OUTPUT]).decode("utf-8", "replace").replace("\r\n", "\n") for part in outputs)
    reason = stopped or _reason(process.returncode, err, seconds, megabytes)
    return Result(not reason, out, err, reason)


def _watch(process: "subprocess.Popen[bytes]", folder: Path, seconds: float) -> tuple[list[bytearray], str]:
    """Read both outputs until the program ends or has had enough; then nothing of it is left running."""
    outputs, stopped, end = [bytearray(), bytearray()], "", time.monotonic() + 2 * seconds
    readers = [_reader(stream, into) for stream, into in zip((process.stdout, process.stderr), outputs, strict=True)]
    try:
        while process.poll() is None:
            if time.monotonic() > end:
                stopped = f"it ran for longer than {seconds:g} seconds"
            elif max(map(len, outputs)) > MOST_OUTPUT:
                stopped = f"it wrote more than {MOST_OUTPUT // 2**10} KB"
            elif _too_much(folder):
                stopped = f"its files grew beyond {MOST_FILES} files or {MOST_BYTES // 2**20} MB"
            if stopped:
                break
            time.sleep(0.02)
    finally:
        _end(process)
        for reader in readers:
            reader.join(1)
    if not stopped and max(map(len, outputs)) > MOST_OUTPUT:
        stopped = f"it wrote more than {MOST_OUTPUT // 2**10} KB"
    return outputs, stopped


def _reader(stream: IO[bytes] | None, into: bytearray) -> "threading.Thread":
    def read() -> None:
        with stream:  # type: ignore[union-attr]
            while len(into) <= MOST_OUTPUT and (part := stream.read1(65536)):  # type: ignore[union-attr]
                into.extend(part)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and all that it started in its session."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.kill()
    process.wait()


def _too_much(folder: Path) -> bool:
    """Does the folder hold too many files, or too large ones?"""
    files, size, waiting = 0, 0, [os.fspath(folder)]
    while waiting and files <= MOST_FILES and size <= MOST_BYTES:
        try:
            for entry in os.scandir(waiting.pop()):
                files += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    size += entry.stat(follow_symlinks=False).st_size
        except OSError:  # it was removed meanwhile, or its path is too long
            pass
    return files > MOST_FILES or size > MOST_BYTES


def _reason(code: int, err: str, seconds: float, megabytes: int) -> str:
    """Why a program that ended by itself is not ok; empty when it is."""
    last = err.strip().splitlines()[-1][:200] if err.strip() else ""
    if code == 0:
        return ""
    if code == REFUSED and last.startswith("refused: "):
        return f"not run: {last.removeprefix('refused: ')} (closed=False runs it without)"
    if code in (-getattr(signal, "SIGXCPU", 24), -getattr(signal, "SIGKILL", 9)):
        return f"it ran for longer than {seconds:g} seconds"
    if last.startswith("MemoryError") or "Cannot allocate memory" in last:
        return f"it needed more than {megabytes} MB"
    if code < 0:
        return f"it was ended by signal {-code} ({signal.strsignal(-code)})"
    return last or f"it ended with code {code}"


def _remove(folder: Path) -> None:
    """Remove the folder, however deep a program has dug: what lies in a folder moves up before that one goes."""
    moved = 0
    while True:
        entries = list(os.scandir(folder))
        if not entries:
            break
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in list(os.scandir(entry.path)):
                os.rename(inner.path, folder / f"moved up {moved}")
                moved += 1
            os.rmdir(entry.path)
    folder.rmdir()
