"""Run a command as on Binder: one core, 2 GB of memory and no swap, JupyterLab's server beside it in the same 2 GB.

    python tests/full/small_machine.py PYTHON ...     the command; PYTHON also runs the server

The limit is the kernel's own (a memory cgroup, so root on Linux): whoever goes over it is killed, as on Binder. The
page cache counts, too, and gives way. Printed at the end: the highest that all of it reached together.
Exit code: the command's; 3 where no limit can be set, 4 when something was killed for memory.

What this leaves out: Binder's slower disk and processor.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 2 * 1024**3


class Limit:
    """A memory cgroup of our own below the one that we are in: version 2, or 1 where that is what there is."""

    def __init__(self, limit: int = LIMIT):
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        own = {parts[1]: parts[2] for parts in (line.split(":", 2) for line in lines)}
        first = "memory" in own
        base = Path("/sys/fs/cgroup", "memory" if first else "", own.get("memory", own.get("", "/")).lstrip("/"))
        self.folder = base / f"fmcourse-{os.getpid()}"
        self.peak_file = "memory.max_usage_in_bytes" if first else "memory.peak"
        self.folder.mkdir()
        names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if first else ("memory.max", "memory.swap.max")
        (self.folder / names[0]).write_text(str(limit))
        swap = self.folder / names[1]
        if swap.exists():
            swap.write_text(str(limit if first else 0))

    def enter(self) -> None:
        """Put this process, and so its children to come, under the limit and on one core."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def peak_mb(self) -> int:
        return int((self.folder / self.peak_file).read_text()) // 10**6

    def killed(self) -> int:
        """How many processes were killed for want of memory."""
        names = [self.folder / name for name in ("memory.events", "memory.oom_control")]
        words = next(path for path in names if path.exists()).read_text().split()
        return int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else 0


def main(command: list[str]) -> int:
    command = [os.path.abspath(command[0]), *command[1:]]  # the server runs in another folder
    try:
        limit = Limit()
    except OSError as error:
        print(f"no limit of memory can be set here ({error.strerror}): run this as root on Linux, with cgroups")
        return 3
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--port-retries=50",
            f"--ServerApp.root_dir={folder}",
        ]
        server = subprocess.Popen(
            [command[0], *words],
            preexec_fn=limit.enter,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            code = subprocess.run(command, preexec_fn=limit.enter).returncode
            if server.poll() is not None:
                print("JupyterLab's server did not live to the end")
                code = code or 4
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
            peak, killed = limit.peak_mb(), limit.killed()
            with contextlib.suppress(OSError):  # a kernel that outlived us still stands in it
                limit.folder.rmdir()
    print(f"one core, {LIMIT // 1024**2} MiB: all processes together reached {peak} MB")
    if killed:
        print(f"{killed} processes were killed for want of memory")
        code = code or 4
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
