"""The loop: it resumes as if nothing had happened, keeps a checkpoint on Ctrl-C, and several processes equal one."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from fmcourse.training.fit import Interrupted, Recipe, fit

RECIPE = Recipe(steps=12, lr=0.02, lr_adam=0.01, warmup=3, seed=5)


class Toy(nn.Module):
    """Embedding, one hidden matrix, output: a model of every kind of parameter that the loop knows."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.embed = nn.Embedding(11, 7)
        self.hidden = nn.Linear(7, 13)
        self.lm_head = nn.Linear(13, 11)

    def forward(self, input_ids, labels):
        logits = self.lm_head(self.hidden(self.embed(input_ids)).tanh())
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
        return type("Out", (), {"loss": loss, "logits": logits})()


def batch(step: int) -> dict[str, torch.Tensor]:
    """Six rows of five tokens; a different number of labels counts in each row, which tests the weighting.

    The first label of a row is 1 whatever the token, and the toy does not see which token is the first.
    """
    rng = torch.Generator().manual_seed(step)
    ids = torch.randint(11, (6, 5), generator=rng)
    labels = ((ids * 3 + 1) % 11).masked_fill(torch.rand(6, 5, generator=rng) < 0.4, -100)
    labels[:, 0] = 1
    return {"input_ids": ids, "labels": labels}


def test_the_loss_falls_and_the_model_is_left_in_evaluation_mode():
    model = Toy()
    history = fit(model, batch, Recipe(steps=150, lr=0.05, lr_adam=0.03, warmup=5), progress=False)
    # 1 label in 3.4 is a row's first; the other 2.4 follow the token, and one token in eleven asks for 1 as well
    first = 1 / 3.4
    best = -(first * math.log(first) + (1 - first) * math.log(1 - first)) * 10 / 11
    assert history.loss[0] > 2 and sum(history.loss[-30:]) / 30 == pytest.approx(best, abs=0.08)
    assert not model.training and len(history.loss) == 150 and history.tokens[-1] > 150 * 6


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    whole = Toy()
    expected = fit(whole, batch, RECIPE, progress=False)

    file, broken = tmp_path / "run.safetensors", Toy()

    def stop(step, loss):
        if step == 6:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="step 7") as caught:
        fit(broken, batch, RECIPE, checkpoint=file, progress=False, on_step=stop)
    assert caught.value.checkpoint == file and file.is_file()

    fresh = Toy()
    for p in fresh.parameters():
        nn.init.normal_(p)  # whatever it held before, the checkpoint decides
    history = fit(fresh, batch, RECIPE, checkpoint=file, progress=False)
    assert history.loss == pytest.approx(expected.loss, abs=1e-6)
    for a, b in zip(fresh.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=0)
    assert not file.exists(), "a finished run leaves no checkpoint behind"


def test_checkpoints_come_in_time(tmp_path):
    file, seen = tmp_path / "run.safetensors", []
    fit(
        Toy(),
        batch,
        RECIPE,
        checkpoint=file,
        every_seconds=0,
        progress=False,
        on_step=lambda step, loss: seen.append(file.exists()),
    )
    assert seen[1:] == [True] * 11


def test_a_damaged_checkpoint_is_named(tmp_path):
    file = tmp_path / "run.safetensors"
    file.write_bytes(b"not a checkpoint")
    with pytest.raises(ValueError, match=r"run\.safetensors is damaged; delete it"):
        fit(Toy(), batch, RECIPE, checkpoint=file, progress=False)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    file = tmp_path / "run.safetensors"

    def stop(step, loss):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        fit(Toy(), batch, RECIPE, checkpoint=file, progress=False, on_step=stop)
    with pytest.raises(ValueError, match="another recipe"):
        fit(Toy(), batch, Recipe(steps=13), checkpoint=file, progress=False)


def test_a_loss_that_is_no_number_stops_the_run():
    model = Toy()
    with torch.no_grad():
        model.hidden.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="lower the learning rates"):
        fit(model, batch, RECIPE, progress=False)


PROGRAM = """
import json, sys
sys.path.insert(0, {tests!r})
from test_fit import RECIPE, Toy, batch
from fmcourse.training.fit import fit, part
import torch.distributed as dist
history = fit(Toy(), batch, RECIPE, progress=False)
processes = dist.get_world_size() if dist.is_initialized() else 1
if part():
    json.dump({{"loss": history.loss, "processes": processes}}, open(sys.argv[1], "w"))
"""


@pytest.mark.slow
def test_two_processes_give_the_loss_curve_of_one(tmp_path):
    """Six rows with unequal numbers of labels, three for each process: a plain mean of means would be off."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(tests=str(Path(__file__).parent)))
    root = str(Path(__file__).parents[2])
    env = {
        **os.environ,
        "PYTHONPATH": root,
        "OMP_NUM_THREADS": "1",
        "ACCELERATE_USE_CPU": "true",
        "GLOO_SOCKET_IFNAME": "lo",
    }
    # `accelerate launch` starts several processes on GPUs or by MPI; on CPUs torch's own launcher does
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        str(program),
        str(tmp_path / "two.json"),
    ]
    done = subprocess.run(launch, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    two = json.loads((tmp_path / "two.json").read_text())
    assert two["processes"] == 2
    one = fit(Toy(), batch, RECIPE, progress=False)
    assert two["loss"] == pytest.approx(one.loss, abs=1e-3)
