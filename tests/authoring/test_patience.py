"""A cell's limit counts seconds of the processor: a busy machine costs nothing, doing nothing for ever does."""

import subprocess
import sys
import time

import pytest

from fmcourse.authoring.patience import Patience, Stopper, processor_seconds

BUSY = "while True: pass"
IDLE = "import time; time.sleep(600)"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGINT, lambda *_: None)\nwhile True: pass"


@pytest.fixture
def process():
    """Starts Python with some code; everything ends with the test."""
    import psutil

    made = []

    def start(code):
        made.append(subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL))
        time.sleep(0.5)
        return made[-1]

    yield start
    for one in made:
        for child in psutil.Process(one.pid).children(recursive=True) if one.poll() is None else []:
            child.kill()
        one.kill()
        one.wait()


def wait_for(patience, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if said := patience.over():
            return said
        time.sleep(0.1)
    return ""


@pytest.mark.parametrize("code", [BUSY, CHILD], ids=["itself", "a child"])
def test_work_is_counted_by_the_processor(process, code):
    patience = Patience(process(code).pid, 1.5)
    assert "more than 1.5 seconds of the processor" in wait_for(patience, 60)


def test_a_process_that_is_kept_from_the_processor_is_not_stopped(process):
    """Time passes, but it gets little of it: four times the limit by the clock, and most of it stopped."""
    import psutil

    there = process(BUSY)
    patience = Patience(there.pid, 1.5)
    for _ in range(12):  # 0.5 s asleep, then a moment of work, as beside many busy programs
        psutil.Process(there.pid).suspend()
        time.sleep(0.5)
        psutil.Process(there.pid).resume()
        time.sleep(0.04)
        assert patience.over() == ""


def test_doing_nothing_is_not_for_ever(process):
    assert "did nothing for 1 seconds" in wait_for(Patience(process(IDLE).pid, 1), 20)


def test_a_new_cell_starts_from_zero(process):
    patience = Patience(process(BUSY).pid, 1.0)
    for _ in range(6):
        time.sleep(0.4)
        assert patience.over() == ""
        patience.begin()


@pytest.mark.parametrize("code", [BUSY, STUBBORN], ids=["interrupted", "ended"])
def test_what_is_over_is_stopped(process, code, monkeypatch):
    monkeypatch.setattr("fmcourse.authoring.patience.GRACE", 0.5)
    there = process(code)
    stopper = Stopper(there.pid, 0.5, every=0.1)
    assert there.wait(20) != 0
    stopper.stop()
    assert "seconds of the processor and was stopped" in stopper.said


def test_a_process_that_is_gone_costs_nothing():
    assert processor_seconds(2**22 + 1) == 0.0
