"""Hostile programs: each is contained, the caller lives, nothing runs on and nothing is left."""

import os
import signal
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fmcourse.applications import sandbox
from fmcourse.applications.sandbox import Result, run

closed = pytest.mark.skipif(
    run("").reason.startswith("not run"),
    reason="this system closes no files and network for a program: " + run("").reason,
)


def cells() -> set[str]:
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("fmcourse-cell-")}


def running(folder: str) -> list[str]:
    """Processes whose working folder was a cell's."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if folder in place.read_text():
                found.append(str(place))
        except OSError:
            pass
    return found


@pytest.fixture(autouse=True)
def nothing_is_left():
    before, began = cells(), time.monotonic()
    yield
    assert cells() == before and not running("fmcourse-cell-")
    assert time.monotonic() - began < 10  # five seconds each is the promise; a busy machine may take longer


def test_a_good_program_says_what_it_says():
    assert run("print(int(input()) + 1)", stdin="41\n") == Result(True, "42\n", "")
    assert run("import sys; print('é ✓'); print('aside', file=sys.stderr)") == Result(True, "é ✓\n", "aside\n")
    assert run("open('a', 'w').write('kept'); print(open('a').read())").stdout == "kept\n"
    assert run("import threading as t; a = t.Thread(target=print, args=(1,)); a.start(); a.join()").ok


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "it ended with code 3"),
        ("print(", "SyntaxError: '(' was never closed"),
        ("print(1)\0", "null bytes"),
        ("", ""),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError"),
    ],
)
def test_a_fault_of_the_program_is_its_result(code, reason):
    made = run(code)
    assert reason in made.reason and made.ok == (not reason)


LOOP, SLEEP = "while True: pass", "import time; time.sleep(99)"
DEEP = "import sys; sys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)"
STUBBORN = """import signal
for s in range(1, 30):
    try: signal.signal(s, signal.SIG_IGN)
    except Exception: pass
while True: pass"""
HOARD = "x = []\nwhile True:\n    try: x.append(bytearray(10**7))\n    except MemoryError: pass"


@pytest.mark.parametrize("code", [LOOP, SLEEP, STUBBORN, HOARD, "import os; os.close(1); os.close(2)\n" + LOOP])
def test_whoever_goes_on_is_ended(code):
    began, made = time.monotonic(), run(code, seconds=1)
    assert not made.ok and "longer than 1 second" in made.reason
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
@pytest.mark.parametrize(
    "code", ["x = []\nwhile True: x.append(bytearray(10**7))", "import mmap; mmap.mmap(-1, 2**31)"]
)
def test_memory_has_an_end(code):
    assert run(code).reason == "it needed more than 128 MB"


def test_deep_recursion_stays_in_the_cell():
    assert not run(DEEP, seconds=1).ok


@pytest.mark.parametrize("where", ["stdout", "stderr"])
def test_output_has_an_end(where):
    made = run(f"import sys\nwhile True: sys.{where}.write('x' * 1000)")
    assert made.reason == "it wrote more than 64 KB"
    assert len(getattr(made, where)) == sandbox.MOST_OUTPUT


@pytest.mark.parametrize(
    "code",
    [
        "i = 0\nwhile True:\n    open(f'f{i}', 'wb').write(b'x' * 10**6); i += 1",
        "i = 0\nwhile True:\n    open(f'f{i}', 'wb'); i += 1",
        "import os, time\nfor i in range(3000):\n    os.mkdir('d'); os.chdir('d')\ntime.sleep(9)",
    ],
)
def test_files_have_an_end_and_all_are_removed(code):
    assert run(code, seconds=1).reason == "its files grew beyond 500 files or 16 MB"


def test_folders_without_rights_are_removed_too():
    run("import os\nos.umask(0o777); os.mkdir('a'); os.mkdir('b')")


@closed
@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True: os.fork()",
        "import os\nif os.fork() == 0:\n    os.setsid(); import time; time.sleep(60)",
        "import subprocess; subprocess.run(['id'])",
        "import os; os.execv('/bin/sh', ['sh', '-c', 'id'])",
        "import multiprocessing as m; m.Process(target=print).start()",
        "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
        "import os; os.kill(-1, 9)",
        "import socket; socket.socket()",
        "import socket; socket.socketpair()",
        "import urllib.request as u; u.urlopen('http://127.0.0.1:1')",
        "open('/tmp/left behind', 'w')",
        "import os; print(os.listdir(os.path.expanduser('~')))",
        "import os; print(os.listdir('/'))",
        "print(open('/etc/passwd').read())",
        "print(open('/proc/self/environ').read())",
        "import os; print(os.listdir('/proc'))",
        "import os; os.symlink('/etc/passwd', 'a'); print(open('a').read())",
        "import os; os.symlink('/tmp', 'a'); open('a/left behind', 'w')",
        "import os; os.link('/etc/passwd', 'a')",
        "import os; os.rename('/tmp', 'a')",
        "import os; os.truncate('/etc/hosts', 0)",
        "import os; os.remove('/etc/hosts')",
        "import os; os.chmod('/tmp', 0o777)",
        "import os; os.utime('/tmp')",
        "import os; os.mknod('a', 0o60666, 1)",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "import ctypes; l = ctypes.CDLL(None); assert l.ptrace(16, 1, 0, 0) == 0",
        "import ctypes; l = ctypes.CDLL(None); assert l.unshare(0x10000000) == 0",
        "import ctypes; l = ctypes.CDLL(None); assert l.system(b'exit 0') == 0",
    ],
)
def test_what_is_closed_stays_closed(code):
    made = run(code)
    assert not made.ok and made.stdout == "", made
    assert not os.path.exists("/tmp/left behind")


@closed
def test_no_secret_of_the_environment_and_no_open_file_is_inherited(monkeypatch, tmp_path):
    monkeypatch.setenv("A_SECRET", "12345")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        made = run(
            "import os; print(dict(os.environ))\n"
            "for n in range(3, 60):\n    try: print(os.fstat(n))\n    except OSError: pass"
        )
    assert made.ok and "12345" not in made.stdout and "stat_result" not in made.stdout
    assert run("import sys; print(sys.path)").stdout.count("site-packages") == 0


@closed
def test_a_server_beside_it_hears_nothing():
    heard = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = run(f"import urllib.request as u; u.urlopen('http://127.0.0.1:{server.server_port}/secret')")
    server.shutdown()
    assert not made.ok and not heard


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"megabytes": 0}, {"seconds": -1}, {"seconds": float("nan")}])
def test_limits_of_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match="above 0"):
        run("print(1)", **wrong)


@pytest.mark.parametrize("code", [None, b"print(1)", 3])
def test_code_that_is_no_text_is_refused(code):
    with pytest.raises(TypeError, match="must be text"):
        run(code)


def test_where_the_system_does_not_close_the_program_is_refused_or_run_open(monkeypatch, tmp_path):
    cell = tmp_path / "cell.py"
    text = sandbox.CELL.read_text(encoding="utf-8").replace("version < 1", "True").replace('"linux"', '"linux"')
    cell.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sandbox, "CELL", cell)
    if sys.platform == "linux":
        made = run("print(1)")
        assert not made.ok and made.reason.startswith("not run: this Linux has no Landlock") and made.stdout == ""
    assert run("print(1)", closed=False).stdout == "1\n"


def test_a_signal_is_named():
    made = run("import ctypes; ctypes.string_at(0)")
    assert made.reason.startswith(f"it was ended by signal {int(signal.SIGSEGV)}")
