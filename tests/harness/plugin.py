"""How a test run goes: offline, fast tests first, then notebooks, then the browser; a table of notebooks at the end.

What this leaves out: what is tested. Options stand in pyproject.toml, so plain `pytest` does everything.
"""
import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.harness.environment import OUTSIDE_LOG, SCRATCH, attempts
from tests.harness.offline.sitecustomize import refuse_outside

ROOT = Path(__file__).resolve().parents[2]
_untouched = (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo)
_rows: dict[str, dict] = {}  # one for each notebook that nbval ran


def pytest_configure(config):
    from fmcourse.classroom.execute import quiet_environment

    (SCRATCH / "home").mkdir(exist_ok=True)
    quiet = quiet_environment(SCRATCH / "home", SCRATCH / "claims.jsonl")
    os.environ.update({**quiet, "MPLBACKEND": "agg"})  # before anything imports a library that reads them
    refuse_outside(str(OUTSIDE_LOG))
    for mark in ("slow: takes more than a minute; leave out with -m 'not slow'",
                 "browser: needs a Chromium; skipped where there is none, unless CI=true",
                 "network: may leave this machine (set-up tests only)"):
        config.addinivalue_line("markers", mark)
    option = config.option
    if getattr(option, "nbval", False):
        import nbval.plugin

        from tests.harness.kernel import WatchedKernel

        nbval.plugin.RunningKernel = WatchedKernel
        if option.nbval_sanitize_with and not Path(option.nbval_sanitize_with).is_file():  # called from another folder
            option.nbval_sanitize_with = str(ROOT / option.nbval_sanitize_with)


def pytest_unconfigure(config):
    socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = _untouched
    shutil.rmtree(SCRATCH, ignore_errors=True)


def is_notebook(item) -> bool:
    return item.path.suffix == ".ipynb"


def pytest_collection_modifyitems(items):
    """Quick answers first; cells of one notebook stay together and in order, because the sort is stable."""
    def place(item):
        if item.get_closest_marker("browser"):
            return 3
        return 2 if is_notebook(item) else 1 if item.get_closest_marker("slow") else 0

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A test that tries to leave this machine fails, even where the code under test swallows the refusal."""
    if item.get_closest_marker("network"):
        guarded = (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo)
        socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = _untouched
        try:
            return (yield)
        finally:
            socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = guarded
    before = len(attempts())
    result = yield
    new = attempts()[before:]
    if new:
        pytest.fail(f"this test tried to reach {', '.join(sorted(set(new)))}; tests and notebooks work offline")
    return result


def pytest_runtest_logreport(report):
    name = report.nodeid.split("::")[0]
    if report.failed and name.endswith(".ipynb"):
        row = _rows.setdefault(name, {})
        row["error"] = row.get("error") or f"{report.nodeid.split('::')[-1]} failed in nbval"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """After a notebook's last cell, while its kernel is still there: write down what it took."""
    if not is_notebook(item) or (nextitem is not None and nextitem.path == item.path):
        return
    kernel = item.parent.kernel
    if kernel is not None and hasattr(kernel, "used"):
        from fmcourse.classroom.run import settled

        seconds, peak = kernel.used()
        name = item.nodeid.split("::")[0]
        _rows.setdefault(name, {}).update(seconds=seconds, peak_mb=peak, claims=settled(kernel.claims))


def pytest_terminal_summary(terminalreporter):
    """The table of `fmcourse run`, from the same execution that compared the outputs."""
    from fmcourse.classroom import run, run_table
    from fmcourse.classroom.execute import Executed

    rows = []
    for nodeid, seen in sorted(_rows.items(), key=lambda row: ("/solutions/" in row[0], row[0])):
        if "seconds" not in seen or not nodeid.startswith("notebooks/"):
            continue
        name = nodeid.removeprefix("notebooks/").removesuffix(".ipynb")
        wanted = {} if "/" in name else run.expected(name[:2])
        done = Executed(None, seen["seconds"], seen["peak_mb"], seen.get("error", ""))
        rows.append(run.row_of(name, done, seen["claims"], wanted))
    if rows:
        terminalreporter.section("notebooks")
        terminalreporter.write_line(run_table.as_text(rows))
        build = ROOT / "build"
        build.mkdir(exist_ok=True)
        (build / "test-run.json").write_text(json.dumps({"machine": run.machine(), "notebooks": rows}, indent=1) + "\n",
                                             encoding="utf-8")
