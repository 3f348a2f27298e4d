"""A Chromium that may talk to this machine only, and a JupyterLab for it to open.

What this leaves out: other browsers. Set FMCOURSE_CHROMIUM to the program when it is not found by itself.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.harness.environment import offline_environment
from tests.harness.plugin import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
]
FOREIGN = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/]|localhost[:/]|\[::1\])")
SCREENSHOTS = ROOT / "build" / "screenshots"


def find_chromium() -> str | None:
    """The program: FMCOURSE_CHROMIUM, one on the path, or the one playwright installed."""
    wanted = os.environ.get("FMCOURSE_CHROMIUM")
    found = wanted or next((p for p in map(shutil.which, NAMES) if p), None)
    if not found:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            found = playwright.chromium.executable_path
    return found if found and Path(found).exists() else None


@dataclass
class Watched:
    """A page and what it asked of other machines (which was refused), and its script errors."""

    page: object
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def picture(self, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")
        return SCREENSHOTS / f"{name}.png"


@pytest.fixture(scope="package")
def chromium():
    program = find_chromium()
    if program is None:
        sentence = "No Chromium was found: install one (Debian: apt-get install chromium) or set FMCOURSE_CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def watched(chromium, request):
    """A fresh page, 1280 x 900, that cannot reach another machine; how it looked last is kept as a picture."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    seen = Watched(context.new_page())

    def refuse(route):
        seen.foreign.append(route.request.url)
        route.abort()

    context.route(FOREIGN, refuse)
    context.on("request", lambda r: FOREIGN.match(r.url) and seen.foreign.append(r.url))
    seen.page.on("websocket", lambda w: FOREIGN.match(w.url) and seen.foreign.append(w.url))
    seen.page.on("pageerror", lambda e: seen.errors.append(str(e)))
    yield seen
    seen.picture(f"last-{request.node.name}")
    context.close()


@dataclass
class Lab:
    """A running JupyterLab: `folder` is the learner's copy, `url(path)` the address of a file in it."""

    folder: Path
    port: int
    token: str

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/lab/tree/{path}?reset" + (f"&token={self.token}" if self.token else "")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """`fmcourse lab --no-browser` on a fresh learner's copy; the server and its kernels cannot leave this machine."""
    base = tmp_path_factory.mktemp("learner")
    folder, log, port = base / "my-course", base / "lab.log", free_port()
    kept_out = ("FMCOURSE_HOME", "FMCOURSE_CLAIMS", "MPLBACKEND")  # a learner has none of these set
    env = {k: v for k, v in offline_environment().items() if k not in kept_out}
    env.update(
        JUPYTER_CONFIG_DIR=str(base / "config"),
        JUPYTER_DATA_DIR=str(base / "data"),
        IPYTHONDIR=str(base / "ipython"),
        PYTHONPATH=env["PYTHONPATH"] + os.pathsep + str(ROOT),
    )
    command = [sys.executable, "-m", "fmcourse", "lab", "--no-browser", "--port", str(port), "--folder", str(folder)]
    with open(log, "w") as out:
        server = subprocess.Popen(
            command,
            cwd=base,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        found, until = None, time.monotonic() + 120
        while not found:
            found = re.search(rf"http://(?:127\.0\.0\.1|localhost):{port}/lab\S*", log.read_text(errors="replace"))
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"`fmcourse lab` did not start:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)
        token = re.search(r"token=(\w+)", found.group())
        wait_for(port, until)
        yield Lab(folder, port, token.group(1) if token else "")
    finally:
        stop(server)


def wait_for(port: int, until: float) -> None:
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"nothing answers on port {port}")


def stop(server: subprocess.Popen) -> None:
    """End the server gently, so that it ends its kernels; then by force."""
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(timeout=15)
