"""The kernels in which nbval runs notebooks: offline, in a copy of the folder, watched.

nbval notices a dead kernel only when a cell's time is up, counts that time by the clock, starts kernels in the folder
of the notebook, and measures nothing; each is mended here. What this leaves out: how outputs are compared, which stays
nbval's.
"""

import shutil
import tempfile
import time
from pathlib import Path
from queue import Empty

from nbval.kernel import RunningKernel, start_new_kernel

from fmcourse.authoring.execute import quiet_environment
from fmcourse.authoring.memory import PeakMemory
from fmcourse.authoring.patience import Patience
from tests.harness.environment import offline_environment


class WatchedKernel(RunningKernel):
    """nbval's kernel, with `seconds`, `peak_mb` and the file `claims` to be read when it is stopped.

    Torch is told in it that there is a GPU, so that a notebook that asks for one unasked fails here, too.
    """

    def __init__(self, kernel_name, cwd=None, startup_timeout=60):
        self._folder = tempfile.TemporaryDirectory(prefix="fmcourse-nbval-", ignore_cleanup_errors=True)
        here = Path(self._folder.name)
        home, where = here / "home", Path(cwd or ".")
        home.mkdir()
        self.claims = here / "claims.jsonl"
        # solutions may read what lies beside their parent folder, so that folder is copied whole
        top = where.parent if where.name == "solutions" else where
        shutil.copytree(top, here / top.name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        self._began = time.perf_counter()
        self.km, self.kc = start_new_kernel(
            startup_timeout=startup_timeout,
            kernel_name=kernel_name,
            cwd=str(here / where.relative_to(top.parent)),
            env={**offline_environment(), **quiet_environment(home, self.claims), "FMCOURSE_PRETEND_GPU": "1"},
        )
        provisioner = self.km.provisioner
        self._pid = getattr(provisioner, "pid", None) or provisioner.process.pid
        self._watch = PeakMemory(self._pid).start()
        self._ensure_iopub_up()

    def await_reply(self, msg_id, timeout=None):
        """Wait for the answer in short steps, and look after each whether the kernel still lives.

        `timeout` is taken for seconds of the processor, so that a busy machine fails no notebook.
        """
        patience = None if timeout is None else Patience(self._pid, timeout)
        while True:
            try:
                return super().await_reply(msg_id, timeout=1.0)
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("the kernel died while it ran this cell (often: not enough memory)") from None
                if patience and patience.over():
                    raise

    def used(self) -> tuple[float, float]:
        """Seconds since the kernel was started, and its peak memory in MB; ends the watch."""
        return time.perf_counter() - self._began, self._watch.stop()

    def stop(self):
        self._watch.stop()
        super().stop()
        self._folder.cleanup()
