"""Counts the seconds of a slow cell, under the cell, for whoever waits for it.

From the third second on one line counts; when the cell ends, the line is gone. It appears only where a person sits in
front of the page (JupyterLab, Notebook, Colab, VS Code): whatever runs notebooks by itself, such as `fmcourse run` and
nbval, keeps its outputs as they are. Trainings show more than that, a bar with the loss; that is `training.fit`.
What this leaves out: how long a cell will still take; the notebook's first lines say how long the whole takes.
"""

import os
import sys
import threading
import time
from typing import Any

PATIENCE, EVERY = 3.0, 1.0  # seconds before the line appears, and between two counts


def somebody_waits() -> bool:
    """Whether a person opened this notebook in a page, as far as the page tells the kernel."""
    return bool(os.environ.get("JPY_SESSION_NAME") or os.environ.get("VSCODE_PID") or "google.colab" in sys.modules)


class Waiting:
    """Hooks for an IPython shell: `before` and `after` each cell."""

    def __init__(self, patience: float = PATIENCE, every: float = EVERY):
        self.patience, self.every = patience, every
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def before(self, info: Any = None) -> None:
        """Begin to count; `info` is what IPython tells of the cell."""
        self.after()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=_count, args=(self._ended, self.patience, self.every), daemon=True)
        self._thread.start()

    def after(self, result: Any = None) -> None:
        """The cell has ended: no more counting, and the line goes."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1)


def _count(ended: threading.Event, patience: float, every: float) -> None:
    begun = time.monotonic()
    if ended.wait(patience):
        return
    from IPython.display import HTML, display

    line = '<span style="opacity:0.75">working: {:.0f} s so far</span>'
    handle = display(HTML(line.format(time.monotonic() - begun)), display_id=True)
    while not ended.wait(every):
        handle.update(HTML(line.format(time.monotonic() - begun)))
    handle.update(HTML(""))


def watch() -> bool:
    """Count from the next cell on, once for each kernel; returns whether it counts."""
    if not somebody_waits():
        return False
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or getattr(shell, "fmcourse_waiting", None) is not None:
        return shell is not None
    shell.fmcourse_waiting = Waiting()
    shell.events.register("pre_run_cell", shell.fmcourse_waiting.before)
    shell.events.register("post_run_cell", shell.fmcourse_waiting.after)
    return True
