"""Whatever an answer does, it is stopped: in the main thread, in another one, and in the way that Windows needs."""

import contextlib
import signal
import sys
import threading
import time

import pytest

from fmcourse.classroom import timelimit
from fmcourse.classroom.timelimit import OutOfTime, time_limit


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(timelimit, "_AGAIN", 0.1)


give_up = threading.Event()  # ends what was not stopped, so that a failing test ends, too


def loops():
    while not give_up.is_set():
        pass


def prints():
    while not give_up.is_set():
        print("again")


def swallows_by_name():
    while not give_up.is_set():
        try:
            loops()
        except Exception:
            pass


def tries_again_for_ever():
    while True:
        try:
            give_up.is_set() and sys.exit()
            return [1, 2][3 * len("a")] and time.sleep(0.01)
        except IndexError:
            continue


def bare_except():
    while True:
        try:
            time.sleep(0.01)
            if give_up.is_set():
                return
        except:  # noqa: E722  what is meant
            continue


def finally_continue():
    while not give_up.is_set():
        try:
            time.sleep(0.01)
        finally:
            continue  # noqa: B012  what is meant


def suppresses():
    while not give_up.is_set():
        with contextlib.suppress(BaseException):
            time.sleep(0.01)


def generator():
    def numbers():
        while not give_up.is_set():
            try:
                yield 1
                time.sleep(0.001)
            except Exception:
                pass

    for _ in numbers():
        with contextlib.suppress(BaseException):
            time.sleep(0.001)


def recurses_in_its_handler(depth=0):
    try:
        while not give_up.is_set():
            time.sleep(0.005)
    except BaseException:
        if depth < 3:
            recurses_in_its_handler(depth + 1)
        raise


def ways():
    return [("main", time_limit), ("simulated", timelimit._Simulated), ("thread", time_limit)]


@pytest.mark.parametrize(("where", "limit"), ways(), ids=[w for w, _ in ways()])
@pytest.mark.parametrize(
    "answer",
    [
        loops,
        prints,
        swallows_by_name,
        tries_again_for_ever,
        bare_except,
        finally_continue,
        suppresses,
        generator,
        recurses_in_its_handler,
    ],
    ids=lambda f: f.__name__,
)
def test_it_is_stopped_and_nothing_is_left_behind(where, limit, answer):
    stopped = []

    def go():
        with contextlib.suppress(OutOfTime):
            with limit(0.1):
                answer()
            return
        stopped.append(True)
        for _ in range(20):  # a second one, left over, would come here
            time.sleep(0.01)
        stopped.append(sys.gettrace())

    before = [signal.getsignal(s) for s in (signal.SIGALRM, signal.SIGTERM)] if hasattr(signal, "SIGALRM") else []
    trace = sys.gettrace()
    give_up.clear()
    ending = threading.Timer(8, give_up.set)
    ending.start()
    if where == "thread":
        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        thread.join(12)
    else:
        go()
    ending.cancel()
    ending.join()
    assert stopped[:1] == [True] and not give_up.is_set()
    assert len(stopped) == 2 and (where == "thread" or stopped[1] is trace)
    if before:
        assert [signal.getsignal(s) for s in (signal.SIGALRM, signal.SIGTERM)] == before
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize(("where", "limit"), ways()[:2], ids=["main", "simulated"])
def test_a_with_that_is_left_puts_back_what_it_changed(where, limit):
    import torch

    caught = []

    def answer():
        with torch.no_grad():
            while True:
                try:
                    while len("a"):
                        time.sleep(0.001)
                except BaseException:
                    caught.append(1)
                    if len(caught) >= timelimit._PATIENCE:
                        raise

    with pytest.raises(OutOfTime), limit(0.1):
        answer()
    assert torch.is_grad_enabled()


def test_a_limit_that_was_not_needed_in_a_thread_does_not_slow_or_stop_what_traces_lines():
    """In Python 3.11 an exception that is asked for and taken back makes every traced function hang."""

    def go():
        for answer in (time.monotonic, loops):
            with contextlib.suppress(OutOfTime), time_limit(0.05):
                answer()

    give_up.clear()
    thread = threading.Thread(target=go)
    thread.start()
    thread.join(10)
    lines = []
    before = sys.gettrace()
    sys.settrace(lambda *args: lines.append(args[1]))
    try:
        ways()
    finally:
        sys.settrace(before)
    assert "call" in lines


def test_what_fits_into_its_time_is_not_touched():
    for limit in (time_limit, timelimit._Simulated):
        with limit(0.2):
            time.sleep(0.02)
    time.sleep(0.4)
