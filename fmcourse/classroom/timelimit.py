"""Stop code that does not come to an end, in notebooks on Linux, macOS and Windows.

In the main thread of Linux and macOS an alarm signal does it, which also wakes a sleeping call. Elsewhere a second
thread asks the interpreter to raise in the first one, which works as soon as Python code runs there again. What this
leaves out: one long call into compiled code cannot be stopped from within Python.
"""
import contextlib
import ctypes
import signal
import threading


class OutOfTime(BaseException):
    """The time is up. Not an Exception, so that a learner's `except Exception` does not swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float):
    """Raise `OutOfTime` inside the block once it has run for `seconds`; again every half second if it is swallowed."""
    main = threading.current_thread() is threading.main_thread()
    with (_alarm if main and hasattr(signal, "setitimer") else _watchdog)(seconds):
        yield


@contextlib.contextmanager
def _alarm(seconds):
    def ring(*_):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # somebody else's alarm was running
            signal.setitimer(signal.ITIMER_REAL, left)


@contextlib.contextmanager
def _watchdog(seconds):
    thread = ctypes.c_ulong(threading.get_ident())
    done, guard = threading.Event(), threading.Lock()
    raise_there = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch():
        wait = seconds
        while not done.wait(wait):
            with guard:
                if not done.is_set():
                    raise_there(thread, ctypes.py_object(OutOfTime))
            wait = 0.5

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with guard:
            done.set()
            raise_there(thread, None)  # one that was asked for and not raised yet
