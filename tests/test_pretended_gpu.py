"""The pretended GPU refuses what CUDA refuses, and lets pass what CUDA lets pass.

The authority is torch's own: its FakeTensorMode knows the places of tensors without computing, and without a GPU. Where
that mode is silent, or known to be more lenient than CUDA, the expectation is written down with its case.
"""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.harness.offline.pretended_gpu import Generator, PretendedGPU


def first(where="cpu"):
    return torch.zeros(1, dtype=torch.long, device=where)


def both():
    """A tensor of each place."""
    return torch.ones(2, 3), torch.ones(2, 3, device="cuda")


REFUSED_BY_TORCH = {
    "sum": lambda c, g: c + g, "product": lambda c, g: c @ g.T, "cat": lambda c, g: torch.cat([c, g]),
    "one number of the GPU": lambda c, g: c * g.sum(), "where": lambda c, g: torch.where(c > 0, g, g),
    "embedding": lambda c, g: F.embedding(first(), g), "linear": lambda c, g: F.linear(c, g),
    "targets": lambda c, g: F.cross_entropy(g, torch.tensor([0, 1])), "mask": lambda c, g: g.masked_fill(c > 0, 0.0),
    "gather": lambda c, g: g.gather(1, first()[:, None]), "in place": lambda c, g: c.sum().add_(g.sum()),
}  # fmt: skip
ALLOWED_BY_TORCH = {
    "one number of the CPU": lambda c, g: g * torch.tensor(2.0), "two numbers": lambda c, g: c.sum() + g.sum(),
    "copied": lambda c, g: c.copy_(g), "to": lambda c, g: c.to(g),
    "to a name": lambda c, g: c.to("cuda:0", torch.float64), "back": lambda c, g: g.to("cpu"),
    "home": lambda c, g: g.cpu(), "like": lambda c, g: torch.zeros_like(g), "new": lambda c, g: g.new_zeros(2),
    "expand_as": lambda c, g: c.sum().expand_as(g), "again": lambda c, g: torch.as_tensor(g),
    "view": lambda c, g: g.T.unsqueeze(0), "data": lambda c, g: g.data, "parameter": lambda c, g: nn.Parameter(g),
    "loss": lambda c, g: F.cross_entropy(g, first("cuda").expand(2)), "split": lambda c, g: g.split(1)[1],
    "like, elsewhere": lambda c, g: torch.zeros_like(g, device="cpu"), "made": lambda c, g: torch.full((2,), 1.0),
}  # fmt: skip


def outcome(mode, case):
    """The place of the result, or "refused"."""
    with mode:
        try:
            return str(case(*both()).device)
        except RuntimeError as problem:
            return "refused" if "same device" in str(problem) or "wrong device" in str(problem) else str(problem)


@pytest.mark.parametrize("name", [*REFUSED_BY_TORCH, *ALLOWED_BY_TORCH])
def test_it_says_what_torch_says(name):
    case = {**REFUSED_BY_TORCH, **ALLOWED_BY_TORCH}[name]
    said = outcome(PretendedGPU(), case)
    assert said == outcome(FakeTensorMode(), case)
    assert (said == "refused") == (name in REFUSED_BY_TORCH)


# what FakeTensorMode cannot say: what CUDA does, as documented and seen on one
@pytest.mark.parametrize("case, place", [
    (lambda c, g: g.copy_(c), "cuda:0"), (lambda c, g: g.T[1:].reshape(-1), "cuda:0"),
    (lambda c, g: g[first()], "cuda:0"), (lambda c, g: g[c > 0], "cuda:0"), (lambda c, g: c[first("cuda")[0]], "cpu"),
    (lambda c, g: torch.as_tensor(c, device="cuda"), "cuda:0"), (lambda c, g: c.cuda(), "cuda:0"),
    (lambda c, g: torch.tensor([g.sum()]), "cpu"), (lambda c, g: torch.tensor(g.tolist()), "cpu"),
    (lambda c, g: torch.tensor(float(g.sum()) + g.sum().item() + len(f"{g}")), "cpu"), (lambda c, g: c.to(0), "cuda:0"),
    (lambda c, g: copy.deepcopy(g), "cuda:0"), (lambda c, g: next(iter(g)), "cuda:0"),
    (lambda c, g: torch.from_numpy(g.cpu().numpy()), "cpu"), (lambda c, g: g.new_tensor([1.0]), "cuda:0"),
    (lambda c, g: torch.randn(2, device="cuda", generator=Generator("cuda").manual_seed(0)), "cuda:0"),
])  # fmt: skip
def test_it_lets_pass(case, place):
    assert outcome(PretendedGPU(), case) == place


@pytest.mark.parametrize("case, error, why", [
    (lambda c, g: g.numpy(), TypeError, "can't convert cuda:0"),
    (lambda c, g: np.asarray(g), TypeError, "can't convert cuda:0"),
    (lambda c, g: np.mean([g.sum()]), TypeError, "can't convert cuda:0"),
    (lambda c, g: c[first("cuda")], RuntimeError, "indices should be"),
    (lambda c, g: g.index_put_((first("cuda"),), c[:1]), RuntimeError, "same device"),
    (lambda c, g: g.__setitem__(first(), c[:1]), RuntimeError, "same device"),
    (lambda c, g: torch.stack([c.sum(), g.sum()]), RuntimeError, "same device"),
    (lambda c, g: torch.equal(c, g), RuntimeError, "same device"),
    (lambda c, g: torch.randn(2, device="cuda", generator=torch.Generator()), RuntimeError, "for generator"),
    (lambda c, g: torch.multinomial(g, 1, generator=torch.Generator()), RuntimeError, "for generator"),
    (lambda c, g: torch.randn(2, generator=Generator("cuda")), RuntimeError, "for generator"),
    (lambda c, g: setattr(g, "grad", c), RuntimeError, "different device"),
])  # fmt: skip
def test_it_refuses(case, error, why):
    with PretendedGPU(), pytest.raises(error, match=why):
        case(*both())


def test_assigning_into_a_tensor_copies():
    with PretendedGPU():
        cpu, gpu = both()
        gpu[0], cpu[1] = torch.zeros(3), gpu[1] * 7
        gpu[torch.tensor([1])] = torch.tensor(5.0)
        assert gpu.tolist() == [[0] * 3, [5] * 3] and cpu.tolist() == [[1] * 3, [7] * 3]
        assert (cpu.device.type, gpu.device.type) == ("cpu", "cuda")


def test_the_two_share_no_memory():
    with PretendedGPU():
        cpu = torch.ones(2)
        for gpu in (cpu.to("cuda"), cpu.cuda(), torch.as_tensor(cpu, device="cuda")):
            gpu.zero_()
        gpu.cpu().fill_(3)
        assert cpu.tolist() == [1, 1] and gpu.tolist() == [0, 0] and gpu.to("cuda") is gpu and cpu.cpu() is cpu


def test_a_module_moves_trains_and_is_saved(tmp_path):
    from safetensors.torch import load_file, save_file

    with PretendedGPU():
        model = nn.Linear(3, 2).to("cuda")
        assert {p.device.type for p in model.parameters()} == {"cuda"} and model.weight.is_cuda
        with pytest.raises(RuntimeError, match="same device"):
            model(torch.ones(1, 3))
        optimiser = torch.optim.AdamW(model.parameters())
        twin = copy.deepcopy(model)
        model(torch.ones(1, 3, device="cuda")).sum().backward()
        optimiser.step()
        assert model.weight.grad.is_cuda and optimiser.state[model.weight]["exp_avg"].is_cuda
        assert twin.weight.is_cuda and not torch.equal(twin.weight, model.weight)
        save_file(model.state_dict(), tmp_path / "model.safetensors")
        twin.load_state_dict(load_file(tmp_path / "model.safetensors"))  # from the CPU
        assert twin.weight.is_cuda and torch.equal(twin.weight, model.weight)
        assert model.to("cpu").weight.numpy(force=True).shape == (2, 3) and not model.weight.is_cuda


def test_gradients_come_back_to_where_their_tensor_lies():
    with PretendedGPU():
        x = torch.ones(3, requires_grad=True)
        (x.to("cuda") * torch.arange(3, device="cuda")).sum().backward()
        assert x.grad.tolist() == [0, 1, 2] and not x.grad.is_cuda
        y = torch.ones(3, device="cuda", requires_grad=True)
        assert torch.autograd.grad(y.cpu().sum(), y)[0].is_cuda


def test_afterwards_it_is_gone():
    with PretendedGPU():
        x = torch.ones(2, device="cuda")
        assert x.is_cuda
    assert not x.is_cuda and not (x + torch.ones(2)).is_cuda
