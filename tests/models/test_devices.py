"""Models lie on the CPU unless somebody asks; a machine that has a GPU gets the same lessons.

No test needs a GPU: torch is told that there is one, and whatever then asks for it unasked fails.
"""
import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from fmcourse.models import devices
from fmcourse.models.devices import DeviceProblem, choose, place, working_on
from tests.harness import tiny
from tests.harness.environment import OFFLINE


@pytest.fixture(autouse=True)
def unasked(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)


@pytest.fixture
def gpu(monkeypatch):
    """Torch says that there are two GPUs."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


def test_nobody_asked_so_it_is_the_cpu(gpu):
    assert choose() == torch.device("cpu") and choose("auto").type == "cuda" and choose("cuda:1").index == 1


def test_a_session_asks_by_its_environment(gpu, monkeypatch):
    monkeypatch.setenv(devices.VARIABLE, "auto")
    assert choose().type == "cuda" and choose("cpu").type == "cpu"
    monkeypatch.setenv(devices.VARIABLE, "  ")
    assert choose().type == "cpu"


def test_without_a_gpu_auto_is_the_cpu(monkeypatch):
    monkeypatch.setattr(devices, "usable", lambda: ["cpu"])
    assert choose("auto") == torch.device("cpu")


@pytest.mark.parametrize("unknown", ["tpu", "cuda:2", "cuda:-1", "", 7, "gpu", "mps:x"])
def test_an_unknown_device_is_told_with_those_there_are(gpu, monkeypatch, unknown):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DeviceProblem, match=r"is not on this machine; there is cuda, cpu, cuda:0, cuda:1\."):
        choose(unknown)


def test_who_said_it_is_named(monkeypatch):
    monkeypatch.setenv(devices.VARIABLE, "qpu")
    with pytest.raises(DeviceProblem, match=r"'qpu' \(FMCOURSE_DEVICE says so\)"):
        choose()


@pytest.mark.parametrize("problem, word", [(torch.OutOfMemoryError("CUDA out of memory."), "its memory is full"),
                                           (AssertionError("Torch not compiled\nwith more"), "Torch not compiled")])
def test_a_device_that_does_not_take_it_is_one_sentence(gpu, monkeypatch, problem, word):
    model, real = nn.Linear(2, 3), nn.Module.to

    def to(self, where):
        if torch.device(where).type != "cpu":
            raise problem
        return real(self, where)

    monkeypatch.setattr(nn.Module, "to", to)
    with pytest.raises(DeviceProblem, match=f"cannot be put on 'cuda': {word}") as said:
        place(model, "cuda")
    assert "\n" not in str(said.value) and devices.lies_on(model).type == "cpu"


def test_after_work_elsewhere_a_model_lies_where_it_lay(monkeypatch):
    """The device `meta` stands for a GPU: it can be moved to, though nothing comes back."""
    model = nn.Linear(2, 3, device="meta")
    monkeypatch.setattr(devices, "choose", lambda wanted: torch.device(wanted))
    moved = []
    monkeypatch.setattr(nn.Module, "to", lambda self, where: moved.append(torch.device(where).type) or self)
    with pytest.raises(KeyError), working_on(model, "cpu") as there:
        assert there.type == "cpu"
        raise KeyError
    assert moved == ["cpu", "meta"]
    with working_on(model):  # nobody asked: it stays, and is not touched
        assert moved == ["cpu", "meta"]


UNASKED = """
import torch
assert torch.cuda.is_available() and torch.cuda.device_count() == 1
import fmcourse
from fmcourse.prompting import generate
from fmcourse.training.finetune import Recipe as Few, finetune
from fmcourse.training.fit import Recipe, fit
from fmcourse.training.tasks import tasks
from fmcourse.training.teach import introduce, teach
gpt = fmcourse.load("world-gpt")
assert gpt.model.device.type == "cpu"
generate(gpt.model, gpt.tokenizer, "The capital of", max_new_tokens=2)
taught = teach(gpt, introduce("Zilvia"), recipe=Recipe(steps=2, warmup=1))
tuned = finetune(gpt, tasks()["pets"], "LoRA", 8, recipe=Few(steps=2, warmup=1))
assert taught.model.device.type == tuned.model.device.type == "cpu"
print("all on the CPU")
"""


def on_a_machine_with_a_gpu(code, **variables):
    env = {**os.environ, "PYTHONPATH": str(OFFLINE), "FMCOURSE_PRETEND_GPU": "1", **variables}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=300)
    return done.stdout + done.stderr


def test_a_machine_with_a_gpu_gets_the_same():
    assert on_a_machine_with_a_gpu(UNASKED) == "all on the CPU\n"


def test_who_asks_for_it_gets_it():
    """So that the test above can fail: the same code asks when it is told to, and finds nobody."""
    said = on_a_machine_with_a_gpu(UNASKED, FMCOURSE_DEVICE="auto")
    assert "cannot be put on 'cuda'" in said and "on the CPU" not in said


TRAIN = """
import sys, torch
import fmcourse
from fmcourse.models.devices import DeviceProblem
from fmcourse.training.fit import Recipe, fit
model = torch.nn.Linear(2, 3)
try:
    fit(model, lambda step: {}, Recipe(steps=2), device="auto")
except DeviceProblem as problem:
    print(problem)
"""


def test_training_takes_a_device_too():
    assert "cannot be put on 'cuda'" in on_a_machine_with_a_gpu(TRAIN)


def test_two_trainings_on_different_devices_in_one_process(monkeypatch):
    """accelerate decides once where a process computes; a second training elsewhere must not stay at the first."""
    from accelerate.state import AcceleratorState, PartialState

    from fmcourse.training import fit

    AcceleratorState._reset_state(reset_partial_state=True)
    assert fit._accelerator(torch.device("cpu")).device.type == "cpu"
    PartialState._shared_state["device"] = torch.device("cuda")  # as if the first had been on a GPU
    assert fit._accelerator(torch.device("cpu")).device.type == "cpu"


def test_a_hub_model_is_placed_like_the_others(tmp_path, gpu):
    from fmcourse import load

    tiny.save(tmp_path)
    assert load("mine", tmp_path).model.device.type == "cpu"
    with pytest.raises(DeviceProblem):
        load("mine", tmp_path, device="mps:5")
