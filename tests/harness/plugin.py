"""How a test run goes: offline, on two cores at once, quick tests first; a table of parts and notebooks at the end.

pytest-xdist shares the files among workers. Two trainings at once take twice their time each, thanks to
`fmcourse.spin`, and all the waiting in between (kernels that start, a browser) is won.
What this leaves out: what is tested. Options stand in pyproject.toml, so plain `pytest` does everything; `-n0` for one
process, where a debugger works.
"""

import json
import os
import shutil
import socket
from collections import Counter
from pathlib import Path

import pytest

from tests.harness.environment import OUTSIDE_LOG, SCRATCH, attempts
from tests.harness.offline.sitecustomize import refuse_outside

ROOT = Path(__file__).resolve().parents[2]
_untouched = (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo)
_rows: dict[str, dict] = {}  # one for each notebook that nbval ran
_parts: Counter = Counter()  # seconds of each part, of all workers together
WORKERS = 2  # a third would want memory that small machines do not have


def pytest_configure(config):
    from fmcourse.authoring.execute import quiet_environment

    if hasattr(config, "workerinput"):  # a core for each worker: two threads each would mostly wait for one another
        share = max(1, cores() // config.workerinput["workercount"])
        os.environ.setdefault("OMP_NUM_THREADS", str(share))
    (SCRATCH / "home").mkdir(exist_ok=True)
    quiet = quiet_environment(SCRATCH / "home", SCRATCH / "claims.jsonl")
    os.environ.update({**quiet, "MPLBACKEND": "agg"})  # before anything imports a library that reads them
    refuse_outside(str(OUTSIDE_LOG))
    for mark in (
        "slow: takes more than a minute; leave out with -m 'not slow'",
        "browser: needs a Chromium; skipped where there is none, unless CI=true",
        "law: a law on very many samples, or a whole measurement; only in .ci/full, with -m law",
        "network: may leave this machine (set-up tests only)",
    ):
        config.addinivalue_line("markers", mark)
    option = config.option
    if getattr(option, "nbval", False):
        import nbval.plugin

        from tests.harness.kernel import WatchedKernel

        nbval.plugin.RunningKernel = WatchedKernel
        if option.nbval_sanitize_with:  # whatever folder we are called from, or a test has gone to
            option.nbval_sanitize_with = str(ROOT / option.nbval_sanitize_with)


def pytest_unconfigure(config):
    socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = _untouched
    shutil.rmtree(SCRATCH, ignore_errors=True)


def is_notebook(item) -> bool:
    return item.path.suffix == ".ipynb"


def part_of(item) -> str:
    """The part of a run that a test belongs to."""
    if item.get_closest_marker("browser"):
        return "browser"
    return "notebooks" if is_notebook(item) else "slow" if item.get_closest_marker("slow") else "quick"


def pytest_collection_modifyitems(items):
    """Quick answers first, notebooks last; the sort is stable, so that cells of one notebook stay together, in order.

    Files go to workers whole, and many middling ones at the end let both end together.
    """
    order = ("quick", "slow", "browser", "notebooks")
    slow = {item.path for item in items if part_of(item) == "slow"}  # a file is sent whole
    items.sort(key=lambda item: order.index("slow" if item.path in slow else part_of(item)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """What `-n auto` means: one process a core, and two at most; one where a few tests are asked for by name."""
    few = any("::" in argument for argument in config.args)
    return 0 if few else min(WORKERS, cores())


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """A test that goes to another folder does not take the next one along."""
    here = os.getcwd()
    try:
        return (yield)
    finally:
        os.chdir(here)


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.part = part_of(item)  # travels with the report from a worker to the one that prints
    return report


def pytest_sessionfinish(session):
    """A worker hands what it knows of notebooks to the process that prints the table."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["notebooks"] = _rows


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    for name, row in getattr(node, "workeroutput", {}).get("notebooks", {}).items():
        _rows.setdefault(name, {}).update(row)


def pytest_runtest_logreport(report):
    _parts[getattr(report, "part", "quick")] += report.duration
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
        from fmcourse.authoring.run import settled

        seconds, peak = kernel.used()
        name = item.nodeid.split("::")[0]
        _rows.setdefault(name, {}).update(seconds=seconds, peak_mb=peak, claims=settled(kernel.claims))


def pytest_terminal_summary(terminalreporter):
    """The table of `fmcourse run`, from the same execution that compared the outputs."""
    from fmcourse.authoring import run, run_table
    from fmcourse.authoring.execute import Executed
    from fmcourse.machine import machine

    if _parts:
        said = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in _parts.most_common())
        terminalreporter.write_line(f"Seconds of each part, of all processes together: {said}.")
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
        (build / "test-run.json").write_text(
            json.dumps({"machine": machine(), "notebooks": rows}, indent=1) + "\n", encoding="utf-8"
        )
