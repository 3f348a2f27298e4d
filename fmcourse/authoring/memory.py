"""Watch the memory of a process and of everything it started.

A child counts with what is its own: the pages of torch, say, that it shares with its parent are counted once. What
this leaves out: pages that only children share. Nothing is watched where psutil is missing (it comes with ipykernel).
"""

import contextlib
import threading
from collections.abc import Callable


def over_family(pid: int, of: Callable) -> float:
    """The sum of `of(process)` over process `pid` and its descendants; 0.0 when it is gone."""
    try:
        import psutil

        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except Exception:  # psutil missing, or the process ended between two lines
        return 0.0
    total = 0.0
    for process in family:
        with contextlib.suppress(psutil.Error):
            total += of(process)
    return total


def tree_mb(pid: int) -> float:
    """Resident memory of process `pid` and what its descendants hold alone, in MB (10^6 bytes); 0.0 when it is gone."""

    def held(process) -> float:
        return process.memory_info().rss if process.pid == pid else process.memory_full_info().uss

    return over_family(pid, held) / 1e6


class PeakMemory:
    """The largest `tree_mb` seen between `start` and `stop`, looked at every `every` seconds.

    >>> import os
    >>> watch = PeakMemory(os.getpid()).start()
    >>> watch.stop() > 1
    True
    """

    def __init__(self, pid: int, every: float = 0.25):
        self.pid, self.every, self.peak = pid, every, 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, tree_mb(self.pid))
            if self._ended.wait(self.every):
                return

    def start(self) -> "PeakMemory":
        self._thread.start()
        return self

    def stop(self) -> float:
        """End the watch and return the peak in MB; stopping twice does no harm."""
        if not self._ended.is_set():
            self.peak = max(self.peak, tree_mb(self.pid))
            self._ended.set()
            self._thread.join()
        return self.peak
