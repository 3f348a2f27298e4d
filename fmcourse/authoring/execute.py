"""Execute one notebook in a fresh kernel, offline, and measure what it took.

What this leaves out: it compares nothing and writes nothing; `run` prints the table, `saved` makes outputs fit to be
stored, and the tests compare outputs with the stored ones.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fmcourse.authoring.homes import redirected
from fmcourse.authoring.memory import PeakMemory
from fmcourse.authoring.patience import Stopper
from fmcourse.classroom.drawing import VARIABLE

CELL_SECONDS = 300  # of the processor; no single cell may take longer


@dataclass
class Executed:
    """One executed notebook: `nb` with fresh outputs, wall `seconds`, `peak_mb` of the kernel and its children, and
    `error`, one sentence, empty when every cell ran."""

    nb: object
    seconds: float
    peak_mb: float
    error: str = ""
    cells: list[float] = field(default_factory=list)  # seconds of each code cell


def quiet_environment(home: Path, claims: Path, draw: int = 0) -> dict[str, str]:
    """The environment a kernel runs in: offline, its own empty home for progress, hash order fixed.

    What libraries cannot keep in the user's own home is kept under `home`, too: they would print complaints.

    `home` becomes FMCOURSE_HOME, `claims` the file that `claim` appends to, `draw` what `draws`
    draws. The Hub's cache is an empty folder under
    `home`, so that a model somebody once downloaded cannot change what a notebook prints.
    """
    return {
        **redirected(home / "spare"),
        "FMCOURSE_HOME": str(home),
        "FMCOURSE_CLAIMS": str(claims),
        VARIABLE: str(draw),
        "HF_HOME": str(home / "hub"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "COLUMNS": "100",
    }


def this_python():
    """A class of kernel managers that know one kernel: the Python that is running now.

    A `python3` kernel registered somewhere else on the machine would otherwise be taken first.
    """
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from traitlets import default

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    class ThisManager(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _only_this(self):
            return ThisPython()

    return ThisManager


def execute(
    nb,
    folder: Path,
    env: dict[str, str],
    *,
    seconds_per_cell: int = CELL_SECONDS,
    on_cell: Callable[[int, int], None] | None = None,
) -> Executed:
    """Run every code cell of `nb` in `folder`; `nb` gets the new outputs.

    `env` is laid over the present environment. `on_cell(i, n)` is called before code cell i of n, from 1. A failing
    cell, a cell over its time (of the processor, or of doing nothing) and a dead kernel end the notebook and are told
    in `Executed.error`; nothing is raised but `KeyboardInterrupt`, after the kernel was ended.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    code = [i for i, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    number = {index: n for n, index in enumerate(code, 1)}
    began, started, times, watch, stopper, at = time.perf_counter(), {}, [], [], [], [0]

    def starting(cell, cell_index, **_):
        if not watch:  # the first cell: the kernel is up
            provisioner = client.km.provisioner
            pid = getattr(provisioner, "pid", None) or provisioner.process.pid
            watch.append(PeakMemory(pid).start())
            stopper.append(Stopper(pid, seconds_per_cell))
        if cell_index in number:
            at[0] = number[cell_index]
            stopper[0].begin()
            started[cell_index] = time.perf_counter()
            if on_cell:
                on_cell(at[0], len(code))

    def ended(cell, cell_index, **_):
        if cell_index in started:
            times.append(time.perf_counter() - started[cell_index])

    client = NotebookClient(
        nb,
        kernel_name="python3",
        kernel_manager_class=this_python(),  # a class: nbclient ends what it made itself
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
        allow_errors=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=starting,
        on_cell_executed=ended,
    )
    error = ""
    try:
        client.execute(env={**os.environ, **env}, stderr=subprocess.DEVNULL)  # cells' own stderr is an output
    except CellExecutionError as problem:
        error = f"cell {at[0]} of {len(code)} raised {problem.ename}: {_first_line(problem.evalue)}"
    except DeadKernelError:
        error = f"the kernel died in cell {at[0]} of {len(code)} (often: not enough memory)"
    except Exception as problem:  # the kernel could not be started, for one
        error = f"{type(problem).__name__} at cell {at[0]} of {len(code)}: {_first_line(str(problem))}"
    finally:
        for watcher in stopper:
            watcher.stop()
    if "_async_cleanup_kernel_future" in vars(client):  # nbclient took the signal, ended the kernel and went on
        raise KeyboardInterrupt
    if stopper and stopper[0].said:
        error = f"cell {at[0]} of {len(code)} {stopper[0].said}"
    peak = watch[0].stop() if watch else 0.0
    return Executed(nb, time.perf_counter() - began, peak, error, times)


def _first_line(text: str) -> str:
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).strip().splitlines()
    return lines[0].rstrip(".") if lines else f"no message ({Path(sys.executable).name})"
