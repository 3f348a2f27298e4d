"""Threads that wait must not keep the cores: the setting stands before torch is loaded, and a user's own is kept."""

import os
import subprocess
import sys
import time

import pytest

from fmcourse import spin

ASK = "import os, sys; import fmcourse; print(os.environ.get('GOMP_SPINCOUNT'), 'torch' in sys.modules)"


def said_by_a_process(code=ASK, **variables):
    clean = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**clean, **variables}, capture_output=True, text=True, timeout=120
    )
    return done.stdout.strip() or done.stderr


def test_a_plain_import_sets_it_before_torch():
    assert said_by_a_process() == f"{spin.ROUNDS} False"


@pytest.mark.parametrize("variables, kept", [({"GOMP_SPINCOUNT": "5"}, "5"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None")])
def test_what_a_user_set_is_kept(variables, kept):
    assert said_by_a_process(**variables) == f"{kept} False"


def test_kernels_and_the_lab_have_it(tmp_path):
    from fmcourse.app.lab import lab_environment
    from fmcourse.authoring.execute import quiet_environment

    assert os.environ.get("GOMP_SPINCOUNT") or os.environ.get("OMP_WAIT_POLICY")  # of which kernels get a copy
    inherited = {**os.environ, **quiet_environment(tmp_path, tmp_path / "claims.jsonl")}
    for there in (inherited, lab_environment(tmp_path)):
        assert there.get("GOMP_SPINCOUNT") or there.get("OMP_WAIT_POLICY")


BUSY = """
import fmcourse, time, torch
torch.set_num_threads(2)
a = torch.randn(300, 300)
def work(n):
    began = time.perf_counter()
    for _ in range(n):
        for _ in range(40): (a @ a).softmax(-1)
    return time.perf_counter() - began
work(2); print("ready", flush=True); input(); print(work(25), flush=True)
"""


@pytest.mark.law  # on a machine that does nothing else
@pytest.mark.skipif(sys.platform != "linux", reason="GNU OpenMP is what PyTorch uses on Linux")
def test_two_at_once_share_the_cores():
    """Each of two busy processes takes at most 2.5 times its time alone (1 core: the same holds)."""

    def start():
        return subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def go(processes):
        for p in processes:
            p.stdin.write("\n")
            p.stdin.flush()
        return [float(p.communicate(timeout=300)[0].split()[-1]) for p in processes]

    best = None
    for _ in range(3):  # other work on the machine can spoil one try
        one = start()
        one.stdout.readline()
        alone = go([one])[0]
        two = [start(), start()]
        for p in two:
            p.stdout.readline()
        together = max(go(two))
        best = min(best or 1e9, together / alone)
        if best <= 2.5:
            break
        time.sleep(2)
    assert best <= 2.5
