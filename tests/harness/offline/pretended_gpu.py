"""A GPU that is not there: torch computes on the CPU, remembers what would lie on the GPU, and refuses what CUDA would.

Where a tensor lies is remembered at its storage, so that views, `.data` and parameters agree without being told. The
errors are those of the real thing: two places in one operation, numpy's arrays made from a tensor there, a generator of
the other place. Where exactness is out of reach it is stricter than CUDA.

What this leaves out: backward passes and their hooks, which are not looked at; streams, memory and speed; the other
numbers a GPU would draw and add up; a second GPU.
"""

import threading
from contextlib import nullcontext

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
PlainGenerator = torch.Generator

# only the first argument decides where the result lies; the others may lie anywhere
FIRST_DECIDES = {"copy_", "set_", "expand_as", "view_as", "reshape_as", "backward", "register_hook", "new_tensor",
                 "new_full", "result_type", "_has_compatible_shallow_copy_type"}  # fmt: skip
# what they make lies on the CPU unless they are told otherwise
MAKE = {"full", "zeros", "ones", "empty", "arange", "linspace", "eye", "rand", "randn", "randint", "randperm"}
FROM_DATA = {"tensor", "as_tensor", "asarray"}
# CUDA reads a single number that lies on the CPU, as it reads 2.0, but not here
NO_NUMBERS = {"cat", "concat", "stack", "embedding", "gather", "index_select", "take", "take_along_dim", "scatter",
              "scatter_", "index_add_", "linear", "layer_norm", "cross_entropy", "nll_loss"}  # fmt: skip


def on_gpu(x: Tensor) -> bool:
    """Whether a tensor lies on the pretended GPU."""
    try:
        return hasattr(x.untyped_storage(), "on_gpu")
    except (NotImplementedError, RuntimeError):  # sparse tensors and some wrappers have no storage
        return False


class PretendedGPU(TorchFunctionMode):
    """While it is entered, "cuda" can be used in this thread."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name, kwargs = func.__name__, kwargs or {}
        if name in ("__get__", "__set__"):
            return _attribute(func, name, getattr(func.__self__, "__name__", ""), args)
        if name in ("to", "type_as", "cpu", "cuda"):
            return _move(func, name, *args, **kwargs)
        if name == "grad":  # torch.autograd.grad: each lies where its input does
            out = func(*args, **kwargs)
            for x, gradient in zip(_tensors(args[1] if len(args) > 1 else kwargs["inputs"]), out, strict=True):
                _put(gradient, gradient is not None and on_gpu(x))
            return out
        given = _tensors((args, kwargs) if kwargs else args)
        there = [on_gpu(x) for x in given]
        if name in ("numpy", "__array__") and there[0]:
            raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                            "host memory first.")  # fmt: skip
        device = kwargs.get("device")
        if device is not None:
            gpu = _names_gpu(device)
            kwargs = {**kwargs, "device": CPU} if gpu else kwargs
        elif name in MAKE or (name in FROM_DATA and not isinstance(args[0], Tensor)):
            gpu = False
        elif name in FIRST_DECIDES or name.startswith("new_"):
            gpu = bool(there) and there[0]
        else:
            gpu = any(there) and (all(there) or _may_mix(name, args, given, there))
        for x in (*args, *kwargs.values()):
            if isinstance(x, PlainGenerator) and (x.device.type == "cuda") != gpu:
                raise RuntimeError(f"Expected a '{'cuda' if gpu else 'cpu'}' device type for generator but found "
                                   f"'{x.device.type}'")  # fmt: skip
        out = func(*args, **kwargs)
        if gpu:
            here = {_memory(x) for x, g in zip(given, there, strict=True) if not g}
            if device is not None and here and _memory(out) in here:  # as_tensor gives back what it got
                return _put(out.clone())
            for x in _tensors(out):
                _put(x, _memory(x) not in here)  # a view of what lies on the CPU lies there too
        return out


def _attribute(func, kind: str, name: str, args):
    gpu = on_gpu(args[0])
    if kind == "__set__" and name == "grad" and isinstance(args[1], Tensor) and on_gpu(args[1]) != gpu:
        raise RuntimeError("assigned grad has data located on a different device")
    if kind == "__get__" and gpu and name in ("device", "is_cuda", "is_cpu"):
        return {"device": GPU, "is_cuda": True, "is_cpu": False}[name]
    out = func(*args)
    return _put(out, gpu) if name == "grad" and out is not None else out  # what a backward pass left is noticed here


def _move(func, name: str, x: Tensor, *args, **kwargs) -> Tensor:
    """`.to` and its relatives: a copy where the place changes, for the two share no memory."""
    was = gpu = on_gpu(x)
    if name in ("cpu", "cuda"):
        gpu, out = name == "cuda", x
    else:
        for like in (*args, *kwargs.values()):
            gpu = on_gpu(like) if isinstance(like, Tensor) else _names_gpu(like) if _names_device(like) else gpu
        args = [CPU if _names_device(a) and _names_gpu(a) else a for a in args]
        out = func(x, *args, **{k: CPU if _names_device(v) and _names_gpu(v) else v for k, v in kwargs.items()})
    if gpu != was and _memory(out) == _memory(x):
        out = out.clone()
    return _put(out, gpu) if out is not x else x


def _may_mix(name: str, args, given, there) -> bool:
    """Where the result lies of an operation on tensors of both places: is it the GPU? `RuntimeError` if it is none."""
    if name in ("__getitem__", "__setitem__"):
        indices = [i for i in _tensors(args[1]) if i.dim() or i.dtype == torch.bool]  # other numbers are read out
        if any(on_gpu(i) for i in indices) and not there[0]:
            raise RuntimeError("indices should be either on cpu or on the same device as the indexed tensor (cpu)")
        value = _tensors(args[2:])
        if not (indices and value and value[0].dim() and on_gpu(value[0]) != there[0]):
            return there[0]
    changed_here = not there[0] and (name.startswith("__i") or (name.endswith("_") and not name.endswith("__")))
    if name in NO_NUMBERS or changed_here or any(x.dim() for x, g in zip(given, there, strict=True) if not g):
        raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices, cuda:0 and "
                           f"cpu! (when checking the arguments of {name})")  # fmt: skip
    return True


def _tensors(x) -> list[Tensor]:
    if isinstance(x, Tensor):
        return [x]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return [t for part in parts for t in _tensors(part)]


def _memory(x: Tensor) -> int:
    return x.untyped_storage()._cdata


def _put(x: Tensor, gpu: bool = True) -> Tensor:
    if gpu:
        x.untyped_storage().on_gpu = True
    return x


def _names_device(x) -> bool:
    return isinstance(x, (str, torch.device)) or (isinstance(x, int) and not isinstance(x, bool))


def _names_gpu(x) -> bool:
    return isinstance(x, int) or torch.device(x).type == "cuda"


class Generator(PlainGenerator):
    """A generator of either place; what it draws is what the CPU draws."""

    def __new__(cls, device="cpu"):
        made = super().__new__(cls)
        made.place = torch.device(device)
        return made

    def __init__(self, device="cpu"):
        pass

    device = property(lambda self: self.place)


def begin() -> None:
    """Pretend from here on, in this thread and in those that start later."""
    answers = {"is_available": True, "device_count": 1, "current_device": 0, "get_device_capability": (8, 0),
               "get_device_name": "a GPU that is not there", "is_bf16_supported": True, "memory_allocated": 0,
               "synchronize": None, "empty_cache": None, "manual_seed": None, "manual_seed_all": None,
               "set_device": None, "_lazy_init": None, "device": nullcontext()}  # fmt: skip
    for name, answer in answers.items():
        setattr(torch.cuda, name, lambda *_, answer=answer, **__: answer)
    torch.Generator = Generator
    run = threading.Thread.run

    def run_pretending(self):
        with PretendedGPU():
            run(self)

    threading.Thread.run = run_pretending
    PretendedGPU().__enter__()
