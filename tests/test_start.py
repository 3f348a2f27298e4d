"""start.py: every sentence it can say, what it installs from where, and that a stopped call is finished by the next.

No test here installs the course: CI's own first step does, and CONTRIBUTING.md says how to try the rest by hand.
"""

import ast
import errno
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

import start
from start import Trouble

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty course folder that start.py takes for its own, on a Linux computer without a GPU; the folder."""
    (tmp_path / "pyproject.toml").write_text('dependencies = ["torch>=2.11,<2.14"]\n')
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(start.platform, "system", lambda: "Linux")
    monkeypatch.setattr(start.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(start, "has_nvidia_gpu", lambda: False)
    return tmp_path


@pytest.fixture
def steps(clone, monkeypatch):
    """Let `set_up` believe that all it runs works; the list of commands it gave."""
    given = []

    def step(title, command, wheelhouse=None, lock=None, env=None):
        given.append([str(word) for word in command])
        if command[1:3] == ["-m", "venv"]:
            start.venv_python().parent.mkdir(parents=True, exist_ok=True)
            start.venv_python().write_text("")
            pip = start.VENV / "lib" / "python3.99" / "site-packages" / "pip-1.dist-info"
            pip.mkdir(parents=True, exist_ok=True)
            (pip / "RECORD").write_text("pip-1.dist-info/RECORD,,\n")

    monkeypatch.setattr(start, "step", step)
    monkeypatch.setattr(start, "runs", lambda code: start.venv_python().exists())
    monkeypatch.setattr(start, "wants_cpu_index", lambda env: False)
    monkeypatch.setattr(start, "told", lambda env: {})
    return given


def pip_words(steps):
    return [words for words in steps if "pip" in words]


# ---- Computers that cannot do it


@pytest.mark.parametrize("version, word", [((3, 10, 2), "old"), ((3, 6, 0), "old"), ((3, 14, 0), "new")])
def test_a_python_too_old_or_too_new(monkeypatch, version, word):
    monkeypatch.setattr(start.sys, "version_info", version)
    monkeypatch.setattr(start.shutil, "which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)
    with pytest.raises(Trouble, match=f"Python 3.{version[1]}, too {word} .* `python3.12 start.py`"):
        start.check_computer()
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    with pytest.raises(Trouble, match="Install Python 3.12"):
        start.check_computer()


@pytest.mark.parametrize("minor", [11, 12, 13])
def test_a_python_that_fits(monkeypatch, clone, minor):
    monkeypatch.setattr(start.sys, "version_info", (3, minor, 0))
    start.check_computer()


def test_the_file_can_be_read_by_an_old_python_so_that_it_can_say_so():
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_start_needs_the_standard_library_only():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("translated, cure", [("0", "Colab"), ("", "Colab"), ("1", "install Python for Apple silicon")])
def test_an_intel_mac_and_an_intel_python_on_an_apple_chip(clone, monkeypatch, translated, cure):
    monkeypatch.setattr(start.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=translated + "\n"))
    with pytest.raises(Trouble, match=cure):
        start.check_computer()


def test_a_full_disk_is_found_before_anything_is_installed(clone, steps, monkeypatch):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=300 * 10**6))
    with pytest.raises(Trouble, match="300 MB are free, the course needs 2100 more"):
        start.set_up({"lab"})
    assert steps == []


def test_a_full_disk_counts_what_is_installed_already_unless_it_is_kept_beside_the_new(clone, steps, monkeypatch):
    (clone / ".venv").mkdir()
    (clone / ".venv" / "big").write_bytes(b"")
    os.truncate(clone / ".venv" / "big", 2000 * 10**6)  # a hole: takes no room
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=300 * 10**6))
    start.check_room(anew=None)
    with pytest.raises(Trouble, match=r"needs 2100 more. Free some space, delete .venv \(2000 MB\)"):
        start.check_room(anew="the one there is broken")


def test_cuda_needs_more_room(clone, monkeypatch):
    monkeypatch.setattr(start, "has_nvidia_gpu", lambda: True)
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=4000 * 10**6))
    with pytest.raises(Trouble, match="nearly full"):
        start.check_room(anew="none is there")


def test_debian_without_venv(clone, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(Trouble, match=rf"sudo apt install python3\.{sys.version_info[1]}-venv"):
        start.check_can_install()


def test_a_folder_that_cannot_be_written(clone, monkeypatch):
    monkeypatch.setattr(start.os, "access", lambda path, mode: False)
    with pytest.raises(Trouble, match="cannot be written: copy the course"):
        start.check_can_install()


# ---- What goes wrong on the way


@pytest.mark.parametrize(
    "log, sentence",
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "is full"),
        (
            "WARNING: Retrying ... NewConnectionError('Temporary failure in name resolution')\nERROR: No matching "
            "distribution found for hatchling",
            "network cannot be reached",
        ),
        ("socket.gaierror: [Errno 11001] getaddrinfo failed", "network cannot be reached"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'", "proxy here replaces certificates"),
        ("ERROR: No matching distribution found for torch<2.14,>=2.11", "no PyTorch for this computer"),
        ("PermissionError: [WinError 5] Access is denied", "close what uses the course"),
        ("OSError: [Errno 122] Disk quota exceeded: 'x'", "is full"),
        ("OSError: [Errno 30] Read-only file system: 'x'", "cannot be written: copy the course"),
        (
            "ERROR: Could not install packages due to an OSError: Missing dependencies for SOCKS support.",
            "proxy in ALL_PROXY",
        ),
        (
            "ERROR: ... an OSError: Proxy URL had unsupported scheme gopher, should use http:// or https://",
            "proxy in ALL_PROXY",
        ),
        (
            "ERROR: Could not install packages due to an OSError: Failed to parse: http://127.0.0.1:bad",
            "proxy in ALL_PROXY",
        ),
        (
            "WARNING: Retrying ... ProxyError('Cannot connect to proxy.', NewConnectionError('Connection refused'))\n"
            "ERROR: No matching distribution found for hatchling",
            "proxy in ALL_PROXY",
        ),
        ("HINT: ... Windows Long Path support enabled", "too long for Windows"),
        ("ImportError: DLL load failed while importing _C", r"Visual C\+\+"),
        ("something never seen", "run start.py again"),
    ],
)
def test_each_failure_is_one_sentence_and_the_log_behind_it(clone, log, sentence, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    told = start.diagnose("Collecting torch\n" + log)
    assert re.search(sentence, told.splitlines()[0])
    assert log.splitlines()[-1][:40] in told and "install.log" in told.splitlines()[-1]


def test_a_wheelhouse_that_lacks_something_is_not_blamed_on_the_network(clone):
    assert "wheelhouse w lacks a package" in start.diagnose("ERROR: No matching distribution found for torch", "w")


def test_a_failing_step_tells_and_stops(clone, capfd):
    (clone / ".venv").mkdir()
    with pytest.raises(Trouble, match="is full"):
        start.step("[1/1] it", [sys.executable, "-c", "import sys; sys.exit('OSError: No space left on device')"])
    assert "No space left" in (clone / ".venv" / "install.log").read_text()
    start.step("[1/1] it", [sys.executable, "-c", "print('fine')"])
    assert capfd.readouterr().out.splitlines()[-1].startswith("[1/1] it: ")


def test_a_step_that_fails_on_a_full_disk_is_told_even_if_its_log_is_empty(clone, monkeypatch):
    (clone / ".venv").mkdir()
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(Trouble, match="is full"):
        start.step("[1/1] it", [sys.executable, "-c", "raise SystemExit(1)"])


@pytest.mark.parametrize(
    "code, words",
    [
        ("ENOSPC", "is full"),
        ("EROFS", "cannot be written"),
        ("EACCES", "close what"),
        ("EIO", "cannot be read or written"),
    ],
)
@pytest.mark.parametrize("at", ["mkdir", "open", "write_text", "replace"])
def test_a_disk_that_fails_anywhere_is_one_sentence(clone, steps, monkeypatch, capsys, at, code, words):
    def fails(*_, **__):
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)), "a file")

    where = {
        "mkdir": "pathlib.Path.mkdir",
        "open": "builtins.open",
        "write_text": "pathlib.Path.write_text",
        "replace": "os.replace",
    }[at]
    with monkeypatch.context() as patch:
        patch.setattr(where, fails)
        assert start.main(["doctor"]) == 1
    told = capsys.readouterr().err.strip()
    assert re.search(words, told.splitlines()[0]) and "Traceback" not in told and "a file" in told.splitlines()[1]


def test_trouble_is_printed_without_a_traceback(clone, monkeypatch, capsys):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    assert start.main(["doctor"]) == 1
    assert capsys.readouterr().err.strip().count("\n") == 0


# ---- Where PyTorch comes from


@pytest.mark.parametrize(
    "system, gpu, env, asked",
    [
        ("Linux", False, {}, True),
        ("Linux", False, {"PIP_TIMEOUT": "60", "PIP_EXTRA_INDEX_URL": "x"}, True),
        ("Linux", True, {}, False),
        ("Darwin", False, {}, False),
        ("Windows", False, {}, False),
        ("Linux", False, {"PIP_FIND_LINKS": "/wheels"}, False),
        ("Linux", False, {"PIP_INDEX_URL": "x"}, False),
        ("Linux", False, {"PIP_NO_INDEX": "true"}, False),
    ],
)
def test_only_linux_without_a_gpu_asks_for_a_build_without_cuda(clone, monkeypatch, system, gpu, env, asked):
    monkeypatch.setattr(start.platform, "system", lambda: system)
    monkeypatch.setattr(start, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(start, "answers", lambda url, seconds: True)
    assert start.wants_cpu_index(env) is asked
    monkeypatch.setattr(start, "answers", lambda url, seconds: False)
    assert start.wants_cpu_index(env) is False


PERSONAL = {"user": "true", "target": "/nowhere", "prefix": "/nowhere", "root": "/nowhere", "no-deps": "true",
            "constraint": "/nowhere", "requirement": "/nowhere", "require-virtualenv": "true", "quiet": "3",
            "pre": "true", "no-binary": ":all:", "no-build-isolation": "true", "python": "/nowhere",
            "dry-run": "true"}  # fmt: skip
SHARED = {"index-url": "http://127.0.0.1/simple", "extra-index-url": "file:///a file:///b", "proxy": "http://127.0.0.1:3",
          "trusted-host": "127.0.0.1", "cert": "/certificates", "timeout": "77", "cache-dir": "/cache"}  # fmt: skip


@pytest.mark.parametrize("where", ["variables", "file"])
def test_of_pips_settings_the_sources_count_and_where_and_what_to_install_does_not(clone, monkeypatch, where):
    """The real pip is asked; of a file with several lines in a setting, all count."""
    monkeypatch.setattr(start, "venv_python", lambda: Path(sys.executable))
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    settings = {**PERSONAL, **SHARED}
    if where == "file":
        del settings["python"]  # sends every call of pip to another Python, even this question
        lines = [f"{name} = " + value.replace(" ", "\n    ") for name, value in settings.items()]
        (clone / "pip.conf").write_text("\n".join(["[global]", *lines[::2], "[install]", *lines[1::2], ""]))
        monkeypatch.setenv("PIP_CONFIG_FILE", str(clone / "pip.conf"))
    else:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        for name, value in settings.items():
            monkeypatch.setenv("PIP_" + name.upper().replace("-", "_"), value)
    env = start.pip_environment()
    assert env["PIP_CONFIG_FILE"] == os.devnull
    for name, value in SHARED.items():
        assert env["PIP_" + name.upper().replace("-", "_")].split() == value.split()
    assert not [name for name in PERSONAL if "PIP_" + name.upper().replace("-", "_") in env]


def test_a_wheel_is_installed_in_spite_of_personal_settings(clone, monkeypatch, plain_environment):
    """The whole way, with a real environment and a real pip: PIP_USER and PIP_TARGET used to make every set-up fail."""
    wheel = clone / "wheels" / "tiny-1-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as pack:
        pack.writestr("tiny.py", "x = 1")
        pack.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        pack.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        pack.writestr(
            "tiny-1.dist-info/RECORD",
            "tiny.py,,\ntiny-1.dist-info/METADATA,,\ntiny-1.dist-info/WHEEL,,\ntiny-1.dist-info/RECORD,,\n",
        )
    (clone / "pip.conf").write_text(f"[install]\nprefix = {clone / 'elsewhere'}\nno-deps = true\n")
    for name, value in {
        "CONFIG_FILE": clone / "pip.conf",
        "USER": 1,
        "TARGET": clone / "elsewhere",
        "NO_INDEX": 1,
        "FIND_LINKS": wheel.parent,
        "REQUIRE_HASHES": 1,
    }.items():
        monkeypatch.setenv(f"PIP_{name}", str(value))
    shutil.copytree(plain_environment, start.VENV, symlinks=True)
    pip = [start.venv_python(), "-m", "pip", "install", *start.QUIET]
    start.step("[1/1] it", [*pip, "tiny"], env=start.pip_environment())
    assert start.runs("import tiny") and not (clone / "elsewhere").exists()


def test_an_address_that_never_answers_is_given_up_in_time():
    with socket.socket() as silent:  # accepts in the kernel, says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        assert not start.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/torch/", 0.5)
        assert time.monotonic() - began < 2
    assert not start.answers("http://127.0.0.1:1/torch/", 0.5)
    assert start.CPU_INDEX_PATIENCE <= 5


def test_an_address_that_answers_is_used():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def reply():
            with server.accept()[0] as line:
                line.recv(4096)
                line.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=reply, daemon=True).start()
        assert start.answers(f"http://127.0.0.1:{server.getsockname()[1]}/torch/", 5)


def test_the_cpu_build_is_asked_for_first_and_its_failure_is_no_end(clone, steps, monkeypatch):
    tried = []

    def step(title, command, wheelhouse=None, lock=None, env=None):
        tried.append([str(word) for word in command])
        if start.CPU_INDEX in tried[-1]:
            raise Trouble("no")

    monkeypatch.setattr(start, "step", step)
    monkeypatch.setattr(start, "wants_cpu_index", lambda env: True)
    monkeypatch.setattr(start, "runs", lambda code: "torch" not in code)
    start.set_up({"lab"})
    cpu, rest = pip_words(tried)
    assert cpu[-1] == "torch>=2.11,<2.14" and "--no-deps" in cpu
    assert rest[-3:] == ["torch>=2.11,<2.14", "-e", ".[lab]"] and start.CPU_INDEX not in rest
    assert start.read_state()["stage"] == "ready"


def test_the_versions_of_torch_that_are_installed_are_among_those_that_the_package_takes():
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = next(line for line in dependencies if re.match("torch[<>=]", line))
    assert start.TORCH.startswith(wanted.split(",")[0] + ",<"), "the same lowest version, and an upper end"
    assert wanted in (start.TORCH, start.TORCH.split(",")[0])


# ---- Twice, stopped, broken


def test_the_second_call_does_nothing(steps):
    start.set_up({"lab"})
    first = len(steps)
    start.set_up({"lab"})
    assert first == 3 and len(steps) == first


def test_a_new_extra_is_added_to_those_there_are(steps):
    start.set_up({"lab"})
    start.set_up({"lab", "test"})
    start.set_up({"lab"})
    assert [words[-1] for words in pip_words(steps)] == [".[lab]", ".[lab,test]"]


def test_a_changed_pyproject_is_installed_without_making_everything_anew(clone, steps):
    start.set_up({"lab", "test"})
    (clone / "pyproject.toml").write_text("torch>=2.12,<2.14")
    start.set_up({"lab"})
    assert [words[-1] for words in pip_words(steps)] == [".[lab,test]"] * 2
    assert sum("venv" in words for words in steps) == 1


@pytest.mark.parametrize("stop_at, anew", [("venv", True), ("pip", False), ("-c", False)])
def test_a_stopped_call_is_finished_by_the_next(clone, steps, monkeypatch, stop_at, anew):
    whole = start.step

    def stopped(title, command, *rest, **more):
        whole(title, command, *rest, **more)
        if stop_at in command:
            raise KeyboardInterrupt

    monkeypatch.setattr(start, "step", stopped)
    assert start.main(["doctor"]) == 130
    assert start.read_state()["stage"] != "ready"
    monkeypatch.setattr(start, "step", whole)
    del steps[:]
    start.set_up({"lab"})
    assert any("venv" in words for words in steps) is anew
    assert len(pip_words(steps)) == 1 and start.read_state()["stage"] == "ready"


@pytest.mark.parametrize("damage", ["python", "gone", "making"])
def test_an_environment_of_ours_that_cannot_be_used_is_made_anew(clone, steps, monkeypatch, capsys, damage):
    start.set_up({"lab"})
    (clone / ".venv" / "old").write_text("")
    if damage == "gone":
        start.venv_python().unlink()
        monkeypatch.setattr(start, "mend", lambda lock: False)
    else:
        state = {**start.read_state(), **({"python": [3, 99]} if damage == "python" else {"stage": "making"})}
        (clone / ".venv" / "fmcourse.json").write_text(json.dumps(state))
    start.set_up({"lab"})
    assert not (clone / ".venv" / "old").exists() and "Making .venv anew" in capsys.readouterr().out
    assert start.read_state() == start.wanted_state("ready", {"lab"}) and no_leftovers(clone)


def no_leftovers(clone):
    return not {start.OLD, start.MOVING} & {entry.name for entry in (clone / ".venv").iterdir()}


@pytest.fixture
def other(clone, steps):
    """A whole environment that was made with another Python, which must not be lost; what is in it."""
    start.set_up({"lab"})
    for name in ("bin/tool", "lib/python3.99/site-packages/torch/__init__.py", "notes"):
        (clone / ".venv" / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / ".venv" / name).write_text(name)
    (clone / ".venv" / "fmcourse.json").write_text(json.dumps({**start.read_state(), "python": [3, 99]}))
    del steps[:]
    return content(clone)


def content(clone):
    files = [path for path in (clone / ".venv").rglob("*") if path.is_file()]
    return {path.relative_to(clone).as_posix(): path.read_text() for path in files if path.name not in start.OURS}


@pytest.mark.parametrize("stop_at", ["venv", "pip", "-c"])
@pytest.mark.parametrize("how", [Trouble("The network cannot be reached"), KeyboardInterrupt(), OSError(28, "full")])
def test_the_old_environment_is_kept_until_the_new_one_stands(clone, steps, other, monkeypatch, stop_at, how):
    whole = start.step

    def stopped(title, command, *rest, **more):
        whole(title, command, *rest, **more)
        if stop_at in command:
            raise how

    monkeypatch.setattr(start, "step", stopped)
    assert start.main(["doctor"]) != 0
    assert content(clone) == other and no_leftovers(clone)
    monkeypatch.setattr(start, "step", whole)
    start.set_up({"lab"})
    assert start.read_state() == start.wanted_state("ready", {"lab"}) and no_leftovers(clone)
    assert not (clone / ".venv" / "notes").exists()


class Killed(BaseException):
    """As kill -9: nothing that follows in the program is run."""


def test_a_kill_at_any_moment_loses_nothing(clone, steps, other, monkeypatch):
    """Killed before each single change on disk, during the call that replaces and during the one that puts things back.

    After each: a call without a network leaves the old environment whole, or finds the new one ready.
    """
    whole, replaced = start.step, []

    def offline(title, command, *rest, **more):
        if "pip" in command:
            raise Trouble("The network cannot be reached")
        whole(title, command, *rest, **more)

    def killed_before_change(number, work):
        left = [number]

        def counted(real):
            def change(*arguments, **more):
                left[0] -= 1
                if left[0] <= 0:  # and all that would follow
                    raise Killed
                return real(*arguments, **more)

            return change

        with monkeypatch.context() as patch:
            for place, name in ((os, "replace"), (os, "unlink"), (os, "rmdir"), (os, "mkdir"), (Path, "write_text")):
                patch.setattr(place, name, counted(getattr(place, name)))
            patch.setattr(shutil, "rmtree", lambda path, ignore_errors=False: slow_rmtree(path))
            try:
                work()
            except (Killed, Trouble):
                pass
        return left[0] <= 0

    def slow_rmtree(path):
        for entry in sorted(Path(path).rglob("*"), reverse=True) if os.path.isdir(path) else ():
            os.rmdir(entry) if entry.is_dir() else os.unlink(entry)
        if os.path.isdir(path):
            os.rmdir(path)

    start_again = shutil.copytree(clone / ".venv", clone / "copy")
    for number in range(1, 200):
        shutil.rmtree(clone / ".venv")
        shutil.copytree(start_again, clone / ".venv")
        was_killed = killed_before_change(number, lambda: start.set_up({"lab"}))
        if number % 2:  # and the call that follows is killed, too, at some moment of its own
            monkeypatch.setattr(start, "step", offline)
            killed_before_change(1 + number % 7, lambda: start.set_up({"lab"}))
        monkeypatch.setattr(start, "step", offline)
        try:
            start.set_up({"lab"})
            replaced.append(number)
            assert start.read_state()["stage"] == "ready"
        except Trouble:
            assert content(clone) == other, number
        monkeypatch.setattr(start, "step", whole)
        start.set_up({"lab"})
        assert start.read_state() == start.wanted_state("ready", {"lab"}) and no_leftovers(clone), number
        if not was_killed:
            break
    assert 10 < number < 199 and replaced, "from some moment on the new one stands"


@pytest.mark.parametrize("name", [".venv", ".venv-dangling"])
def test_a_link_in_the_place_of_our_folder_is_not_followed(clone, steps, monkeypatch, name):
    theirs = clone / "theirs"
    theirs.mkdir()
    (theirs / "dear").write_text("dear")
    start.VENV.symlink_to(theirs if name == ".venv" else clone / "nowhere", target_is_directory=True)
    for state in ({}, {**start.wanted_state("ready", {"lab"}), "root": "/elsewhere"}):
        (theirs / "fmcourse.json").write_text(json.dumps(state))
        with pytest.raises(Trouble, match="is a link"):
            start.set_up({"lab"})
        assert (theirs / "dear").read_text() == "dear" and steps == [] and not (clone / "nowhere").exists()


def test_a_file_in_the_place_of_our_folder_is_told(clone, steps):
    start.VENV.write_text("dear")
    with pytest.raises(Trouble, match="is a file"):
        start.set_up({"lab"})
    assert start.VENV.read_text() == "dear"


def test_folders_that_only_look_like_ours_are_left_alone(clone, steps):
    (clone / ".venv" / start.OLD).mkdir(parents=True)
    (clone / ".venv" / "theirs").write_text("dear")
    with pytest.raises(Trouble, match="was not made by start.py"):
        start.set_up({"lab"})
    assert (clone / ".venv" / "theirs").read_text() == "dear" and (clone / ".venv" / start.OLD).is_dir()


@pytest.mark.parametrize("note", ["", "[]", "7", '{"stage": "ready"}', '{"stage": 7, "extras": 7}'])
def test_a_spoilt_note_is_no_traceback(clone, steps, note, capsys):
    (clone / ".venv").mkdir()
    (clone / ".venv" / "fmcourse.json").write_text(note)
    with pytest.raises(Trouble, match="was not made by start.py|start.py again"):
        start.set_up({"lab"})
        raise Trouble("made anew: start.py again")


# ---- Mended without a network: real environments, as a moved folder cannot be played


@pytest.fixture(scope="module")
def plain_environment(tmp_path_factory):
    """A real environment with pip alone, made once."""
    folder = tmp_path_factory.mktemp("plain")
    subprocess.run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", folder / ".venv"], check=True)
    return folder / ".venv"


@pytest.fixture
def real(clone, monkeypatch, plain_environment):
    """A course folder with a real environment: ready, with pip, the course, and two packages of a few lines."""
    home = clone / "home folder" / "course"
    home.mkdir(parents=True)
    shutil.copy(clone / "pyproject.toml", home)
    (home / "fmcourse.py").write_text("print('the course')")
    place(monkeypatch, home)
    shutil.copytree(plain_environment, start.VENV, symlinks=True)
    start.readdress(str(plain_environment))
    packages = start.site_packages()[0]
    for name in ("torch", "typer"):
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text("")
        (packages / name / "deep.py").write_text("")
        info = packages / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(
            f"{name}/__init__.py,,\n{name}/deep.py,,\n{info.name}/METADATA,,\n"
            f"{info.name}/RECORD,,\n{name}/__pycache__/x.pyc,,\n"
        )
    (packages / "_fmcourse.pth").write_text(str(home), encoding="utf-8")
    start.point_here()
    (start.VENV / "packages.txt").write_text("pip\ntorch\ntyper\n")
    start.write_state("ready", {"lab"})
    assert start.is_ready({"lab"})
    monkeypatch.setattr(start, "install", lambda *a: pytest.fail("nothing had to be installed"))
    return home


def place(monkeypatch, folder):
    monkeypatch.setattr(start, "ROOT", folder)
    monkeypatch.setattr(start, "VENV", folder / ".venv")


def pip_says():
    pip = start.VENV / ("Scripts/pip.exe" if os.name == "nt" else "bin/pip")
    return subprocess.run([str(pip), "--version"], capture_output=True, text=True, encoding="utf-8").stdout


@pytest.mark.parametrize("name", ["moved", "with a space", "Kürs für José"])
def test_a_moved_folder_is_mended_where_it_is(clone, real, monkeypatch, capfd, name):
    new = clone / name
    real.rename(new)
    place(monkeypatch, new)
    kept = (start.site_packages()[0] / "torch" / "deep.py").stat().st_mtime_ns
    start.set_up({"lab"})
    assert "the folder was moved" in capfd.readouterr().out
    assert start.read_state() == start.wanted_state("ready", {"lab"}) and no_leftovers(new)
    assert (start.site_packages()[0] / "torch" / "deep.py").stat().st_mtime_ns == kept
    assert str(new) in pip_says() and not (real.parent / "course").exists()
    monkeypatch.setattr(start, "make_environment", lambda *a: pytest.fail("once is enough"))
    start.set_up({"lab"})


def test_a_copy_that_shares_its_files_leaves_the_first_one_alone(clone, real, monkeypatch):
    new = clone / "copy"
    shutil.copytree(real, new, copy_function=os.link, symlinks=True)
    place(monkeypatch, new)
    start.set_up({"lab"})
    assert str(new) in pip_says()
    place(monkeypatch, real)
    assert start.is_ready({"lab"}) and str(real) in pip_says()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no links to Python there")
def test_a_python_that_is_no_longer_where_it_was(real):
    for link in real.glob(".venv/bin/python*"):
        link.unlink()
        link.symlink_to(real / "gone" / link.name)
    assert not start.is_ready({"lab"})
    start.set_up({"lab"})
    assert start.is_ready({"lab"})


@pytest.mark.parametrize("gone", ["pip", "pip/_internal/cli", "pip-*.dist-info", "bin", "pyvenv.cfg"])
def test_what_python_itself_can_bring_back_needs_no_network(real, monkeypatch, gone):
    for folder in (*start.site_packages(), start.VENV):
        for entry in folder.glob(gone if os.name != "nt" else gone.replace("bin", "Scripts")):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    monkeypatch.setattr(start, "install", lambda *a: None)  # a command of a package is gone with bin/: pip's part
    if gone == "pip/_internal/cli":  # not on top, so that it is found only when something else is wrong, too
        (start.VENV / "packages.txt").write_text("pip\ntorch\ntyper\nother\n")
    start.set_up({"lab"})
    assert start.runs("import pip._internal.cli.main") and str(real) in pip_says()
    assert "pip" in start.names()


@pytest.mark.parametrize(
    "gone",
    [
        ["torch"],
        ["typer"],
        ["torch/deep.py", "typer"],
        ["torch-1.0.dist-info"],
        ["torch-1.0.dist-info/RECORD"],
        ["torch", "torch-1.0.dist-info"],
    ],
)
def test_packages_with_files_gone_are_installed_again(real, monkeypatch, gone):
    packages, asked = start.site_packages()[0], []
    for name in gone:
        shutil.rmtree(packages / name) if (packages / name).is_dir() else (packages / name).unlink()
    damaged = {re.split("[-/]", name)[0] for name in gone}
    assert not start.is_ready({"lab"})
    monkeypatch.setattr(start, "install", lambda *a: asked.append(set(start.names())))
    start.set_up({"lab"})
    assert asked and not damaged & asked[0], "pip trusts a package with its record in place"
    assert start.read_state()["stage"] == "made" or gone[-1] == "torch-1.0.dist-info"


def test_a_cleared_cache_of_compiled_files_is_no_damage(real):
    for cache in start.VENV.rglob("__pycache__"):
        shutil.rmtree(cache)
    assert start.is_ready({"lab"}) and start.lacking(deep=True) == []


@pytest.mark.parametrize("setting", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {}])
def test_the_course_is_found_in_a_folder_with_letters_beyond_ascii(clone, real, monkeypatch, setting):
    """Python before 3.13 reads .pth files in the locale's encoding, whatever it was told about UTF-8."""
    new = clone / "Kürs für José"
    real.rename(new)
    place(monkeypatch, new)
    (start.site_packages()[0] / "_fmcourse.pth").write_text(f"{new}\n", encoding="utf-8")  # as pip leaves it
    start.set_up({"lab"})
    env = {**start.clean_environment(), **setting}
    done = subprocess.run([str(start.venv_python()), "-c", "import fmcourse"], cwd=clone, env=env, capture_output=True)
    assert done.stdout.strip() == b"the course", done.stderr


@pytest.mark.parametrize("windows, before, after", [
    (False, b"#!/a b/.venv/bin/python3.12\nimport x",
     b"#!/bin/sh\n'''exec' \"/c/bin/python3.12\" \"$0\" \"$@\"\n' '''\nimport x"),
    (False, b"#!/bin/sh\n'''exec' \"/a b/.venv/bin/python\" \"$0\" \"$@\"\n' '''\nx",
     b"#!/bin/sh\n'''exec' \"/c/bin/python\" \"$0\" \"$@\"\n' '''\nx"),
    (False, b"#!/usr/bin/env bash\n/a b/.venv/bin/python x", None),
    (False, b"\x7fELF /a b/.venv/bin/python\n", None),
    (True, b'MZ..#!"/a b/.venv\\Scripts\\python.exe"\r\nPK', b'MZ..#!"/c\\Scripts\\python.exe"\r\nPK'),
    (True, b"MZ..#!/a b/.venv\\Scripts\\pythonw.exe\r\nPK", b'MZ..#!"/c\\Scripts\\pythonw.exe"\r\nPK'),
])  # fmt: skip
def test_only_the_line_that_names_python_is_changed(monkeypatch, windows, before, after):
    monkeypatch.setattr(start, "WINDOWS", windows)
    assert start.readdressed(before, b"/a b/.venv", b"/c") == (after or before)


# ---- Locks and surroundings


@pytest.mark.parametrize(
    "code, waits",
    [("EAGAIN", True), ("EACCES", True), ("ENOLCK", False), ("EINVAL", False), ("ENOTSUP", False), ("EIO", False)],
)
def test_only_a_lock_that_another_holds_is_waited_for(clone, monkeypatch, capsys, code, waits):
    times = []

    def lock(*_):
        if len(times) < 2:
            times.append(1)
            raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))

    monkeypatch.setattr("msvcrt.locking" if os.name == "nt" else "fcntl.flock", lock)
    monkeypatch.setattr(start.time, "sleep", lambda seconds: None)
    with start.only_one():
        assert len(times) == (2 if waits else 1)
    assert ("waiting for it" in capsys.readouterr().out) is waits


def test_everything_started_here_has_quiet_threads_and_utf8_and_no_other_pythons_folders(monkeypatch):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "PYTHONUTF8"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "/elsewhere")
    env = start.clean_environment()
    assert env["GOMP_SPINCOUNT"] == start.SPINCOUNT and env["PYTHONUTF8"] == "1"
    assert not {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"} & set(env)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert "GOMP_SPINCOUNT" not in start.clean_environment()
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    assert start.clean_environment()["GOMP_SPINCOUNT"] == "7"


def test_start_and_the_package_agree_on_how_long_threads_spin():
    spin = pytest.importorskip("fmcourse.spin")
    environ = {}
    spin.calm(environ)
    assert environ == {"GOMP_SPINCOUNT": start.SPINCOUNT}


def test_steps_and_the_command_at_the_end_get_that_environment(clone, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    (clone / ".venv").mkdir()
    code = "import os; print(sorted({'PYTHONHOME', 'GOMP_SPINCOUNT', 'PYTHONUTF8'} & set(os.environ)))"
    start.step("[1/1] it", [sys.executable, "-c", code])
    assert "['GOMP_SPINCOUNT', 'PYTHONUTF8']" in (clone / ".venv" / "install.log").read_text()
    given = []
    monkeypatch.setattr(start, "WINDOWS", False)
    monkeypatch.setattr(start.os, "execve", lambda program, command, env: given.append(env) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        start.hand_over([sys.executable])
    assert given[0] == start.clean_environment()


def test_an_environment_of_someone_else_is_left_alone(clone, steps):
    (clone / ".venv").mkdir()
    (clone / ".venv" / "theirs").write_text("dear")
    with pytest.raises(Trouble, match="was not made by start.py"):
        start.set_up({"lab"})
    assert (clone / ".venv" / "theirs").read_text() == "dear" and steps == []


def test_a_package_that_pip_had_not_finished_is_removed_and_others_stay(clone):
    packages = clone / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("whole-1.dist-info", "half-1.dist-info", "~orch"):
        (packages / name).mkdir(parents=True)
        (packages / name / "METADATA").write_text("")
    (packages / "whole-1.dist-info" / "RECORD").write_text("")
    start.remove_half_installed()
    assert [p.name for p in packages.iterdir()] == ["whole-1.dist-info"]


@pytest.mark.skipif(os.name == "nt", reason="the lock of a killed parent is handed on where there is fork")
def test_a_second_call_waits_for_the_pip_of_a_killed_first_one(clone, capfd):
    """The first call is killed; its child lives for 3 s more and holds the lock."""
    code = (
        "import start, sys, os\nfrom pathlib import Path\n"
        "start.ROOT = Path('.').resolve(); start.VENV = start.ROOT / '.venv'\n"
        "with start.only_one() as lock:\n"
        "    work = 'import time; print(1, flush=True); time.sleep(3)'\n"
        "    start.step('s', [sys.executable, '-c', work], lock=lock)\n"
    )
    first = subprocess.Popen([sys.executable, "-c", code], cwd=clone, env={**os.environ, "PYTHONPATH": str(ROOT)})
    log = clone / ".venv" / "install.log"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (log.exists() and "\n1" in log.read_text()):
        time.sleep(0.05)
    first.kill()
    first.wait()
    began = time.monotonic()
    with start.only_one():
        waited = time.monotonic() - began
    assert 0.5 < waited < 60 and "waiting for it" in capfd.readouterr().out


# ---- The stick


def test_a_wheelhouse_for_another_kind_of_computer_is_named(clone, monkeypatch):
    wheels = clone / "wheelhouse"
    with pytest.raises(Trouble, match="no packages"):
        start.check_wheelhouse(wheels)
    wheels.mkdir()
    (wheels / "a.whl").write_text("")
    (wheels / "made-for.txt").write_text("Windows AMD64, Python 3.12\n")
    with pytest.raises(Trouble, match="made for Windows AMD64, Python 3.12, and this is Linux x86_64"):
        start.check_wheelhouse(wheels)
    (wheels / "made-for.txt").write_text(start.made_for())
    start.check_wheelhouse(wheels)


def test_a_wheelhouse_shuts_out_every_other_source(clone, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/somewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1/")
    env = start.pip_environment(str(clone))
    assert {k: v for k, v in env.items() if k.startswith("PIP_")} == {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": clone.as_uri(),
    }
    assert start.clean_environment()["PIP_INDEX_URL"] == "http://127.0.0.1/", "what follows is the learner's own affair"


def test_pack_takes_the_course_and_leaves_what_is_the_learners(clone, steps, monkeypatch):
    private = ["my-course/notes", ".git/x", "build/x", "fmcourse/__pycache__/x"]
    for name in ["start.py", "notebooks/00.ipynb", "data/a", *private]:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text("x")
    start.set_up({"lab"})
    monkeypatch.setattr(
        start.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=b"torch==2.13.0\nx @ file:///x\n")
    )
    stick = clone / "stick"
    start.pack(stick)
    packed = {p.relative_to(stick).as_posix() for p in stick.rglob("*") if p.is_file()}
    assert packed == {
        "READ ME FIRST.txt",
        "wheelhouse/made-for.txt",
        "course/start.py",
        "course/pyproject.toml",
        "course/notebooks/00.ipynb",
        "course/data/a",
    }
    assert "torch==2.13.0\n" == (clone / ".venv" / "pins.txt").read_text()
    assert {"hatchling", "editables", ".[lab]"} <= set(steps[-1])
    start.pack(stick)  # a second time is fine; a folder of someone else is not
    shutil.rmtree(stick / "course")
    (stick / "course").mkdir()
    with pytest.raises(Trouble, match="another folder called course"):
        start.pack(stick)


@pytest.mark.parametrize(
    "theirs",
    [
        "course/start.py course/my-course/notes",
        "course/start.py course/.git/HEAD",
        "course/start.py course/.venv/x",
        "course/essay",
        "wheelhouse/mine.whl",
    ],
)
def test_pack_deletes_only_what_pack_has_made(clone, steps, monkeypatch, theirs):
    start.set_up({"lab"})
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=b""))
    for name in theirs.split():
        (clone / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / "folder" / name).write_text("dear")
    with pytest.raises(Trouble, match="There is another folder called"):
        start.pack(clone / "folder")
    assert all((clone / "folder" / name).read_text() == "dear" for name in theirs.split())


def test_pack_into_the_folder_above_the_course_does_not_delete_the_course(clone, steps, monkeypatch):
    course = clone / "course"
    course.mkdir()
    for name in ("start.py", "pyproject.toml"):
        (course / name).write_text("")
    place(monkeypatch, course)
    start.set_up({"lab"})
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=b""))
    with pytest.raises(Trouble, match="another folder called course"):
        start.pack(clone)
    assert (course / "start.py").exists()


@pytest.mark.parametrize("name", ["course", "wheelhouse"])
def test_pack_does_not_follow_a_link(clone, steps, monkeypatch, name):
    start.set_up({"lab"})
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=b""))
    (clone / "theirs").mkdir()
    (clone / "theirs" / "start.py").write_text("dear")
    (clone / "theirs" / "made-for.txt").write_text("dear")
    (clone / "stick").mkdir()
    (clone / "stick" / name).symlink_to(clone / "theirs", target_is_directory=True)
    with pytest.raises(Trouble, match=f"another folder called {name}"):
        start.pack(clone / "stick")
    assert len(list((clone / "theirs").iterdir())) == 2


# ---- The command line


@pytest.mark.parametrize(
    "words, extras, command",
    [
        ([], {"lab"}, ["fmcourse", "lab"]),
        (["--no-browser", "--port", "9000"], {"lab"}, ["fmcourse", "lab", "--no-browser", "--port", "9000"]),
        (["lab", "--port", "9000"], {"lab"}, ["fmcourse", "lab", "--port", "9000"]),
        (["test", "-x", "a"], {"lab", "test", "align", "agents", "search", "site"}, ["pytest", "-x", "a"]),
        (["run", "00", "04"], {"lab"}, ["fmcourse", "run", "00", "04"]),
        (["doctor"], {"lab"}, ["fmcourse", "doctor"]),
        (["ask", "The cat", "--model", "m"], {"lab"}, ["fmcourse", "ask", "The cat", "--model", "m"]),
        (["site"], {"lab", "site"}, ["fmcourse", "site"]),
    ],
)
def test_words_go_where_they_belong(clone, monkeypatch, words, extras, command):
    seen = []
    monkeypatch.setattr(start, "set_up", lambda wanted, wheelhouse: seen.append((set(wanted), wheelhouse)))
    monkeypatch.setattr(start, "hand_over", lambda line: seen.append([str(w) for w in line]) or 7)
    assert start.main(words) == 7
    assert seen == [(extras, None), [str(start.venv_python()), "-m", *command]]


def test_a_wheelhouse_alone_installs_and_says_how_to_go_on(clone, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(start, "set_up", lambda wanted, wheelhouse: seen.append(wheelhouse))
    monkeypatch.chdir(clone)
    assert start.main(["--wheelhouse", "w"]) == 0 == start.main(["--wheelhouse=w"])
    assert seen == [str(clone / "w")] * 2 and "python3 start.py" in capsys.readouterr().out
    assert start.main(["--wheelhouse"]) == 1


def test_help_needs_no_set_up(clone, capsys):
    assert start.main(["--help"]) == 0
    assert "start.py pack" in capsys.readouterr().out


@pytest.mark.parametrize("at", ["replace", "rmtree"])
def test_a_file_in_use_is_named_and_nothing_is_lost(clone, steps, other, monkeypatch, at):
    real = {"replace": os.replace, "rmtree": shutil.rmtree}[at]

    def busy(path, *rest, **more):
        if at == "rmtree" and not more.get("ignore_errors") or str(path).endswith("lib"):
            raise OSError(errno.EACCES, "Access is denied", str(path))
        return real(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(start.os if at == "replace" else start.shutil, at, busy)
        if at == "rmtree":  # what is half made cannot be deleted: then both are kept
            patch.setattr(start, "write_state", lambda *a: 1 / 0)
            (clone / ".venv" / start.OLD).mkdir()
            shutil.copy(clone / ".venv" / "fmcourse.json", clone / ".venv" / start.OLD)
            (clone / ".venv" / "fmcourse.json").unlink()
        with pytest.raises(Trouble, match="is in use: close JupyterLab"):
            start.set_up({"lab"})
    if at == "replace":
        assert content(clone) == other or start.settle() or content(clone) == other
    else:
        assert (clone / ".venv" / start.OLD / "fmcourse.json").exists()
