"""How long a cell may take, in seconds of the processor: a busy computer makes it slow, and not wrong.

A cell that waits for nothing uses no processor, so it is stopped, too, when it has done next to nothing for that long.
What this leaves out: a limit on memory; `memory` measures it.
"""

import contextlib
import os
import signal
import threading
import time

from fmcourse.authoring.memory import over_family

IDLE = 0.01  # a kernel that gets less than this share of one core does nothing; beside ten busy programs it gets more
GRACE = 10.0  # seconds between asking a kernel to stop and ending it


def processor_seconds(pid: int) -> float:
    """What process `pid` and its descendants have used so far, those that ended included; 0.0 when it is gone."""

    def used(process):
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system

    return over_family(pid, used)


class Patience:
    """Says of one cell at a time whether it has taken too long: `begin()` at its start, then `over()` now and then."""

    def __init__(self, pid: int, seconds: float):
        self.pid, self.seconds = pid, seconds
        self.begin()

    def begin(self) -> None:
        """A cell starts now."""
        self._start = self._mark = processor_seconds(self.pid)
        self._since = time.monotonic()

    def over(self) -> str:
        """Why the cell should be stopped, as the end of a sentence that begins with "it"; empty while it may go on."""
        now = processor_seconds(self.pid)
        if now - self._start > self.seconds:
            return f"used more than {self.seconds:g} seconds of the processor and was stopped"
        waited = time.monotonic() - self._since
        if waited > self.seconds:
            if now - self._mark < IDLE * waited:
                return f"did nothing for {self.seconds:g} seconds and was stopped"
            self._mark, self._since = now, time.monotonic()
        return ""


class Stopper:
    """Watches a kernel beside whoever waits for it, and stops a cell that is over its limit; `said` is then why.

    The kernel is interrupted, as by a learner; one that goes on all the same is ended after `GRACE` seconds.
    """

    def __init__(self, pid: int, seconds: float, every: float = 0.5):
        self.pid, self.said, self._patience, self._every = pid, "", Patience(pid, seconds), every
        self._ended, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """A cell starts now."""
        with self._lock:
            self._patience.begin()

    def stop(self) -> None:
        """End the watch."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            with self._lock:
                self.said = self._patience.over()
            if self.said:
                if os.name != "nt":  # Windows has no such signal for another process
                    with contextlib.suppress(OSError):
                        os.kill(self.pid, signal.SIGINT)
                    if self._ended.wait(GRACE):
                        return
                with contextlib.suppress(Exception):
                    import psutil

                    psutil.Process(self.pid).kill()
                return
