"""Models lie on the CPU unless somebody asks; a machine that has a GPU gets the same lessons.

No test needs a GPU: torch is told that there is one, and whatever then asks for it unasked fails. Where one is used, it
is the pretended one of tests/harness/offline.
"""

import copy
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
from tests.harness.offline.pretended_gpu import PretendedGPU


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


@pytest.mark.parametrize(
    "problem, word",
    [
        (torch.OutOfMemoryError("CUDA out of memory."), "its memory is full"),
        (AssertionError("Torch not compiled\nwith more"), "Torch not compiled"),
    ],
)
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


@pytest.fixture
def used_gpu(gpu):
    """There is a GPU that can be used; a tiny Llama was placed on it."""
    with PretendedGPU():
        yield place(copy.deepcopy(tiny.decoder("llama")), "cuda")


IDS = [[5, 6, 7]]


def test_a_model_reads_from_where_its_inputs_lie(used_gpu):
    there, here = used_gpu, tiny.decoder("llama")
    ids = torch.tensor(IDS)
    out = there(ids, labels=ids, output_hidden_states=True, output_attentions=True)
    assert torch.equal(out.logits, here(ids).logits)
    assert {x.device.type for x in (out.logits, out.loss, *out.hidden_states, *out.attentions)} == {"cpu"}
    assert type(out) is type(here(ids)) and out[0] is out.loss
    assert out.past_key_values.layers[0].keys.is_cuda  # a cache stays, and can be read on from
    more = there(torch.tensor([[8]]), past_key_values=out.past_key_values).logits
    assert torch.allclose(more, here(torch.tensor([[*IDS[0], 8]])).logits[:, -1:], atol=1e-5)


def test_what_lies_there_already_stays_there(used_gpu):
    ids = torch.tensor(IDS, device="cuda")
    assert used_gpu(input_ids=ids).logits.is_cuda and used_gpu.model(ids)[0].is_cuda


def test_parts_of_a_model_and_its_own_writing_too(used_gpu):
    ids = torch.tensor(IDS)
    vectors = used_gpu.get_input_embeddings()(ids)
    states = used_gpu.model(inputs_embeds=vectors).last_hidden_state
    assert not used_gpu.lm_head(states).is_cuda
    assert torch.equal(used_gpu.generate(ids, max_new_tokens=4), tiny.decoder("llama").generate(ids, max_new_tokens=4))
    both = place(copy.deepcopy(tiny.encoder_decoder()), "cuda")
    assert not both.generate(ids, max_new_tokens=4).is_cuda and not both.encoder(ids)[0].is_cuda


def test_looking_inside_and_our_own_decoder_too(used_gpu):
    from fmcourse.inside import hooks
    from fmcourse.models.transformer import Decoder

    one, two = ({"input_ids": torch.tensor([[first, 6, 7]])} for first in (5, 8))
    for found in (
        lambda m: hooks.logit_lens(m, one),
        lambda m: hooks.read(m, one, [("heads", 1)])["heads", 1],
        lambda m: hooks.trace(m, one, two, lambda logits: logits[:, 5]),
        lambda m: hooks.head_means(m, [one, two])[0],
        lambda m: Decoder.from_hf(m)(one["input_ids"]),
    ):
        assert torch.equal(found(used_gpu), found(tiny.decoder("llama")))


def test_gradients_flow_to_the_inputs_and_into_the_model(used_gpu):
    vectors = tiny.decoder("llama").get_input_embeddings()(torch.tensor(IDS)).detach().requires_grad_()
    used_gpu(inputs_embeds=vectors).logits.sum().backward()
    assert vectors.grad.abs().sum() > 0 and not vectors.grad.is_cuda and used_gpu.lm_head.weight.grad.is_cuda


def test_copies_and_wrapped_models_read_so_too(used_gpu):
    from peft import LoraConfig, get_peft_model

    ids, twin = torch.tensor(IDS), copy.deepcopy(used_gpu)
    assert not twin(ids).logits.is_cuda
    wrapped = get_peft_model(twin, LoraConfig(target_modules=["q_proj"], r=2))
    assert wrapped.device.type == "cuda" and not wrapped(input_ids=ids).logits.is_cuda
    assert not wrapped.merge_and_unload()(ids).logits.is_cuda


def test_a_model_that_came_back_is_as_any_other(used_gpu):
    assert set(used_gpu.state_dict()) == set(tiny.decoder("llama").state_dict())
    back = used_gpu.to("cpu")
    assert not back(torch.tensor(IDS)).logits.is_cuda
    with pytest.raises(RuntimeError, match="same device"):  # it does not fetch what lies elsewhere
        back(torch.tensor(IDS, device="cuda"))
    again = place(place(back, "cuda"), "cuda")
    assert not again(torch.tensor(IDS)).logits.is_cuda and len(again._forward_hooks) == 1


def test_a_model_built_there_reads_so_once_it_was_worked_on(used_gpu):
    built = nn.Linear(2, 3, device="cuda")
    with working_on(built):
        assert not built(torch.ones(1, 2)).is_cuda


def test_an_error_inside_leaves_nothing_behind(used_gpu):
    with pytest.raises(IndexError):
        used_gpu(torch.tensor([[10**6]]))
    assert used_gpu(torch.tensor(IDS, device="cuda")).logits.is_cuda


def test_on_the_cpu_nothing_is_added():
    model = place(copy.deepcopy(tiny.decoder("llama")), "cpu")
    ours = [
        hook
        for part in model.modules()
        for hook in (*part._forward_hooks.values(), *part._forward_pre_hooks.values())
        if hook in (devices._fetch, devices._hand_back)
    ]  # transformers keeps some of its own there
    assert ours == []


UNASKED = """
import torch
assert torch.cuda.is_available() and torch.cuda.device_count() == 1
import fmcourse
from fmcourse.prompting import generate
from fmcourse.training.finetune import Recipe as Few, finetune
from fmcourse.training.fit import Recipe, fit
from fmcourse.tasks.label_tasks import tasks
from fmcourse.studies.teach import introduce, teach
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


LEARNER = """
from types import SimpleNamespace
import torch
import fmcourse
from fmcourse.models.encoding import encode_prompt
from fmcourse.prompting import generate
from fmcourse.training.finetune import Recipe as Few, finetune
from fmcourse.training.fit import Recipe, fit
from fmcourse.tasks.label_tasks import tasks
from fmcourse.studies.teach import introduce, teach
model, tokenizer, _ = loaded = fmcourse.load("world-gpt")
ids = torch.tensor([encode_prompt(tokenizer, "The capital of")])
assert model.device.type == "cuda" and ids.device.type == "cpu"
said = generate(model, tokenizer, "The capital of", max_new_tokens=2)
best = model(ids).logits[0, -1].argmax().numpy()
assert said.split() and tokenizer.decode([best]) in said
taught = teach(loaded, introduce("Zilvia"), recipe=Recipe(steps=2, warmup=1))
tuned = finetune(loaded, tasks()["pets"], "LoRA", 8, recipe=Few(steps=2, warmup=1))
seen = set()
class Small(torch.nn.Linear):
    def forward(self, x, labels):
        seen.add(x.device.type)
        return SimpleNamespace(loss=torch.nn.functional.cross_entropy(super().forward(x), labels))
small = Small(2, 3)
fit(small, lambda step: {"x": torch.ones(4, 2), "labels": torch.tensor([0, 1, 2, 0])}, Recipe(steps=2, warmup=1),
    progress=False)
print(taught.model.device.type, tuned.model.device.type, *seen, small.weight.device.type)
"""


def test_a_learners_lines_run_wherever_the_model_lies():
    said = on_a_machine_with_a_gpu(LEARNER, FMCOURSE_DEVICE="auto", FMCOURSE_PRETEND_GPU="all")
    assert said == "cuda cuda cuda cpu\n"


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
