"""Stop code that does not come to an end, in notebooks on Linux, macOS and Windows.

In the main thread a signal does it: an alarm on Linux and macOS, which also wakes a sleeping call, a simulated one on
Windows. In any other thread the interpreter is asked to raise there. Code that swallows the exception (a bare `except`
in an endless loop) hears it again every half second, and from the third time on once more at the next line, where its
`try` has been left. What this leaves out: one long call into compiled code cannot be stopped from within Python.
"""

import _thread
import ctypes
import dis
import functools
import signal
import sys
import threading
import weakref

_AGAIN = 0.5  # seconds until code that swallowed the exception hears it again
_PATIENCE = 3  # the exception may be swallowed this often, less one, before it also comes at the next line
_raise_in = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(("PyThreadState_SetAsyncExc", ctypes.pythonapi))


class OutOfTime(BaseException):
    """The time is up. Not an Exception, so that a learner's `except Exception` does not swallow it."""


def time_limit(seconds: float):
    """A context that raises `OutOfTime` in its block once that has run for `seconds`, until the block ends."""
    if threading.current_thread() is not threading.main_thread():
        return _Elsewhere(seconds)
    return _Alarm(seconds) if hasattr(signal, "setitimer") else _Simulated(seconds)


class _Limit:
    """What all ways have in common: `frame` is where the block stands, `watched` what was called from there."""

    def __init__(self, seconds: float):
        self.seconds, self.over, self.watched = seconds, False, []

    def __enter__(self):
        self.frame, self.before = sys._getframe(1), sys.gettrace()
        self.start()

    def __exit__(self, *_):
        self.over = True
        sys.settrace(self.before)
        for frame in self.watched:
            frame.f_trace = None
        self.watched, self.frame = [], None
        self.stop()

    def watch_lines(self, frame) -> None:
        """Have `_at_a_line` called at each line of the frames within the block, once tracing is on."""
        while frame is not None and frame is not self.frame:
            frame.f_trace = _at_a_line
            self.watched.append(frame)
            frame = frame.f_back


class _Alarm(_Limit):
    """By a signal, in the main thread."""

    number, rings = getattr(signal, "SIGALRM", None), 0

    def start(self):
        self.others = signal.signal(self.number, self.ring)
        self.left, _ = signal.setitimer(signal.ITIMER_REAL, self.seconds, _AGAIN)

    def stop(self):
        signal.setitimer(signal.ITIMER_REAL, self.left)  # 0, unless somebody else's alarm was running
        signal.signal(self.number, self.others)

    def ring(self, number, frame):
        if self.over or _is_ours(frame):
            return
        self.rings += 1
        if self.rings >= _PATIENCE:
            self.watch_lines(frame)
            sys.settrace(_at_a_line)
        raise OutOfTime


class _Simulated(_Alarm):
    """Windows has no alarm: a second thread says that a signal came."""

    number = getattr(signal, "SIGBREAK", signal.SIGTERM)

    def start(self):
        self.done, self.rang = threading.Event(), False
        self.others = signal.signal(self.number, self.ring)
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self):
        seconds = self.seconds
        while not self.done.wait(seconds):
            self.rang, seconds = True, _AGAIN
            _thread.interrupt_main(self.number)

    def ring(self, number, frame):
        if self.rang:
            super().ring(number, frame)
        elif callable(self.others):  # a real one, from outside
            self.others(number, frame)

    def stop(self):
        self.done.set()
        _take_a_step()  # a signal that came already is heard now, while it does nothing
        signal.signal(self.number, self.others)


class _Elsewhere(_Limit):
    """In a thread that is not the main one, where no signal arrives."""

    def start(self):
        self.thread, self.done, self.guard, self.asked = threading.get_ident(), threading.Event(), threading.Lock(), 0
        # the second thread ends with this object, too: an exception may keep __exit__ from doing anything
        threading.Thread(
            target=_wait_elsewhere,
            args=(weakref.ref(self), self.done, self.guard, self.thread, self.seconds),
            daemon=True,
        ).start()

    def stop(self):
        with self.guard:
            self.done.set()
        if self.asked:  # perhaps in vain; to take a request back would leave the interpreter looking for it for ever
            try:
                _raise_in(self.thread, OutOfTime)
                _take_a_step()
            except OutOfTime:
                pass


def _wait_elsewhere(known, done, guard, thread, seconds):
    # Only a thread itself can begin to trace its lines, so it does that while it makes the exception. The function is
    # compiled: a Python function would be interrupted there.
    traced = type("OutOfTime", (OutOfTime,), {"__init__": staticmethod(functools.partial(sys.settrace, _at_a_line))})
    rings = 0
    while not done.wait(_AGAIN if rings else seconds):
        rings += 1
        with guard:
            limit = known()
            if limit is None or limit.over:
                return
            limit.asked = rings
            if rings >= _PATIENCE:
                limit.watch_lines(sys._current_frames().get(thread))
            _raise_in(thread, OutOfTime if rings < _PATIENCE else traced)
            limit = None


def _at_a_line(frame, event, _):
    """Raise at the next line, which also ends the tracing; but let a `with` put back what it changed."""
    if _is_ours(frame) or _is_leaving(frame):
        return None if event == "call" else _at_a_line
    if event == "line":
        raise OutOfTime
    return _at_a_line


def _take_a_step() -> None:
    """The interpreter looks for signals when a function begins."""


def _is_ours(frame) -> bool:
    return frame is not None and frame.f_globals.get("__name__") == __name__


def _is_leaving(frame) -> bool:
    """Whether this frame is about to call the `__exit__` of a `with`, is one, or was called by one."""
    following = frame.f_code.co_code[frame.f_lasti + 2 : frame.f_lasti + 3]
    if following and dis.opname[following[0]] == "WITH_EXCEPT_START":
        return True
    while frame is not None:
        if frame.f_code.co_name in ("__exit__", "__aexit__"):
            return True
        frame = frame.f_back
    return False
