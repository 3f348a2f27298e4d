"""Pretrain world-gpt on two hosts, lose one of them, and go on: as root on Linux, with iproute2.

    python -m tests.full.two_hosts [STEPS]

The hosts are network namespaces joined by a virtual cable, one process each, started by `accelerate launch`; they
share the disk, as nodes of a cluster do, and nothing else. Three runs with the shipped recipe, each stage cut to STEPS:
on one host; on two; on two of which one is killed (signal 9) after its first checkpoint, and which the same command
takes up again. Every step's loss of the last two must equal the first's to 1e-3 nats.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HOSTS = {"fmcourse-a": "10.77.0.1", "fmcourse-b": "10.77.0.2"}
PORT = "29577"
LIMIT = 900  # seconds for one run


def ip(*words):
    subprocess.run(["ip", *words], check=True)


@contextmanager
def two_hosts():
    """Two network namespaces that reach each other and nothing else."""
    a, b = HOSTS
    try:
        for host in HOSTS:
            ip("netns", "add", host)
        ip("link", "add", "cable", "netns", a, "type", "veth", "peer", "name", "cable", "netns", b)
        for host, address in HOSTS.items():
            ip("-n", host, "addr", "add", f"{address}/24", "dev", "cable")
            for device in ("cable", "lo"):
                ip("-n", host, "link", "set", device, "up")
        yield
    finally:
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host], check=False)


def start(host, rank, of, folder, steps):
    """Begin the pretraining on one host; its output goes to a file beside the checkpoints."""
    env = os.environ | {"GLOO_SOCKET_IFNAME": "cable", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    if of > 1:  # a cluster's scheduler says these; on CPUs `accelerate launch` itself starts several by MPI only
        env |= {"RANK": str(rank), "WORLD_SIZE": str(of), "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--mixed_precision=no",
        "--dynamo_backend=no",
    ]
    launch += [
        f"--num_processes={of}",
        f"--num_machines={of}",
        f"--machine_rank={rank}",
        "--num_cpu_threads_per_process=1",
    ]
    launch += [f"--main_process_ip={HOSTS['fmcourse-a']}", f"--main_process_port={PORT}"]
    with (folder / f"{host}.log").open("ab") as log:
        return subprocess.Popen(
            ["ip", "netns", "exec", host, *launch, "-m", "tests.full.worker", str(folder), str(steps)],
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def run(folder, steps, hosts, kill=None):
    """One run to its end; the last host is killed once the file `kill` is there. Returns (exit codes, seconds)."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(HOSTS)[:hosts]
    began = time.monotonic()
    processes = [start(host, rank, hosts, folder, steps) for rank, host in enumerate(names)]
    try:
        while any(p.poll() is None for p in processes):
            time.sleep(0.2)
            if kill and kill.exists():
                os.killpg(processes[-1].pid, signal.SIGKILL)
                kill = None
            if time.monotonic() - began > LIMIT:
                raise TimeoutError(f"{names} took more than {LIMIT} s; see {folder}")
    finally:
        for p in processes:
            if p.poll() is None:
                os.killpg(p.pid, signal.SIGKILL)
    return [p.wait() for p in processes], time.monotonic() - began


def losses(folder):
    return json.loads((folder / "losses.json").read_text(encoding="utf-8"))


def furthest(one, other):
    """The largest difference of two runs' losses over all steps, in nats; infinite when they differ in length."""
    if len(one) != len(other):
        return float("inf")
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def main(steps):
    root = Path(tempfile.mkdtemp(prefix="fmcourse-hosts-"))
    with two_hosts():
        codes, seconds = run(root / "one", steps, hosts=1)
        if codes != [0]:
            raise SystemExit(f"one host failed; see {root / 'one'}")
        one = losses(root / "one")
        print(f"one host: {len(one)} steps, last loss {one[-1]:.4f} nats, {seconds:.0f} s")

        codes, seconds = run(root / "two", steps, hosts=2)
        apart = furthest(one, losses(root / "two")) if codes == [0, 0] else float("inf")
        print(f"two hosts: ended with {codes}, at most {apart:.1e} nats apart at any step, {seconds:.0f} s")

        folder = root / "lost"
        codes, _ = run(folder, steps, hosts=2, kill=folder / "checkpoint-written")
        if 0 in codes:
            raise SystemExit(f"a host was killed, and a run ended well: {codes}; see {folder}")
        print(f"one of two hosts killed: both ended, {codes}; the same command again")
        codes, seconds = run(folder, steps, hosts=2)
        began = json.loads((folder / "began.json").read_text(encoding="utf-8"))
        again = furthest(one, losses(folder)) if codes == [0, 0] else float("inf")
        print(
            f"taken up at step {began}: ended with {codes}, at most {again:.1e} nats apart at any step, {seconds:.0f} s"
        )
    good = apart <= 1e-3 and again <= 1e-3 and began > 0
    if good:
        shutil.rmtree(root)
    else:
        print(f"what the hosts said is in {root}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
