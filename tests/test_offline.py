"""The fence around the tests: only this machine can be reached, and a swallowed attempt is noticed, too."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.environment import offline_environment
from tests.harness.offline.sitecustomize import is_here

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost", b"localhost", None, "", "0.0.0.0"])
def test_this_machine_may_be_reached(host):
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1", "127.0.0.1.example.org"])
def test_another_machine_may_not(host):
    assert not is_here(host)


@pytest.mark.parametrize(
    "source",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect_ex(('192.0.2.1', 53))",
        "import urllib.request; urllib.request.urlopen('http://example.org', timeout=1)",
        "try: socket.create_connection(('192.0.2.1', 80), timeout=1)\nexcept OSError: raise SystemExit(1)",
    ],
)
def test_a_process_of_a_kernel_is_fenced_in(tmp_path, source):
    log = tmp_path / "outside.log"
    done = subprocess.run(
        [sys.executable, "-c", f"import socket\n{source}"],
        capture_output=True,
        text=True,
        env={**offline_environment(), "FMCOURSE_OUTSIDE_LOG": str(log)},
        timeout=60,
    )
    assert done.returncode == 1
    assert log.read_text().split()[0] in ("192.0.2.1", "example.org")


def test_a_connection_within_this_machine_works():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]):
        assert server.accept()


def test_a_test_that_reaches_out_fails_and_one_marked_network_may(tmp_path):
    (tmp_path / "test_out.py").write_text(
        "import socket, pytest\n"
        "def reach():\n"
        "    try: socket.create_connection(('127.0.0.1', 1), timeout=1)\n"
        "    except ConnectionRefusedError: pass\n"
        "    try: return socket.create_connection(('192.0.2.1', 1), timeout=0.1)\n"
        "    except OSError as problem: return type(problem).__name__\n"
        "def test_swallowed(): reach()\n"
        "@pytest.mark.network\n"
        "def test_allowed(): assert reach() != 'OutsideRefused'\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.harness.plugin",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        str(tmp_path),
    ]
    done = subprocess.run(
        command, cwd=ROOT, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "test_swallowed - Failed: this test tried to reach 192.0.2.1" in done.stdout
