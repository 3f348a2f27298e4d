"""Where a model lies and computes: on the CPU, whatever the machine has, unless somebody asks for a GPU.

The lessons run on the CPU so that they run, count and cost alike on every machine, and their models are so small that a
GPU would gain little. Training and models from the Hub gain much: ask by `device="auto"`, or for a whole session by the
environment variable FMCOURSE_DEVICE.

Cells build their tensors on the CPU and must run wherever a model lies. So a model that was placed elsewhere, and each
of its parts, fetches what it reads from where that lies, and hands what it found back to there; see `_fetch`.

But: a number that is taken out of a model without calling it, such as `model.lm_head.weight`, lies where the model
does. One device at a time; a model too large for one is spread by `accelerate`, not here.
"""

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from fmcourse.models.files import ModelProblem
from fmcourse.types import Net

VARIABLE = "FMCOURSE_DEVICE"


class DeviceProblem(ModelProblem):
    """A device cannot be used; the message says which, why, and what to ask for instead."""


def usable() -> list[str]:
    """The devices of this machine, the quickest first; the CPU is always the last."""
    there = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        there.append("mps")
    return [*there, "cpu"]


def asked_for() -> str | None:
    """What FMCOURSE_DEVICE says, or None."""
    return os.environ.get(VARIABLE, "").strip() or None


def choose(device: str | torch.device | None = None) -> torch.device:
    """The device that is meant: None is what FMCOURSE_DEVICE says, else the CPU; "auto" the quickest there is.

    Raises `DeviceProblem`, naming what there is, for one that is unknown or not here.

    >>> choose("cpu")
    device(type='cpu')
    """
    wanted = device if device is not None else asked_for() or "cpu"
    if str(wanted) == "cpu":  # the usual case asks no driver
        return torch.device("cpu")
    there = usable()
    if wanted == "auto":
        return torch.device(there[0])
    try:
        found = torch.device(wanted)
    except (RuntimeError, TypeError):
        found = None
    if found is None or found.type not in there or (found.type == "cuda" and not 0 <= (found.index or 0) < _gpus()):
        said = f" ({VARIABLE} says so)" if device is None else ""
        named = [f"cuda:{i}" for i in range(_gpus())] if "cuda" in there and _gpus() > 1 else []
        raise DeviceProblem(
            f"the device {str(wanted)!r}{said} is not on this machine; there is {', '.join([*there, *named])}. "
            f'Ask for one of them, or for "auto", the quickest.'
        )
    return found


def place(model: Net, device: str | torch.device | None = None) -> Net:
    """`model`, moved to the device that is meant, where it reads tensors of other devices too.

    Raises `DeviceProblem` where it does not fit.
    """
    where = choose(device)
    home = lies_on(model)
    try:
        return _serve(model.to(where)) if where.type != "cpu" else model.to(where)
    except (RuntimeError, AssertionError) as e:  # no memory, or a driver that does not answer
        model.to(home)  # what had moved already comes back
        why = "its memory is full" if isinstance(e, torch.OutOfMemoryError) else str(e).splitlines()[0]
        raise DeviceProblem(f'the model cannot be put on {str(where)!r}: {why}. Ask for device="cpu".') from e


def lies_on(model: nn.Module) -> torch.device:
    """Where a model's numbers are; the CPU for one without any."""
    first = next(model.parameters(), None)
    return first.device if first is not None else torch.device("cpu")


def _serve(model: Net) -> Net:
    """Let `model` and its parts fetch what they read. Done once; copies of the model do it too.

    Its blocks do not, so that a run of it costs hardly more: what reaches them is there already.
    """
    parts = [model]
    for part in parts:  # which grows
        parts += [child for child in part.children() if not isinstance(child, nn.ModuleList)]  # type: ignore[misc]  # its parts are of any kind
        if _fetch not in part._forward_pre_hooks.values() and next(part.parameters(), None) is not None:
            part.register_forward_pre_hook(_fetch, with_kwargs=True)
            part.register_forward_hook(_hand_back, with_kwargs=True)
    return model


def _fetch(part: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any] | None:
    """Before a call: bring tensors to where the part lies, each with a note of who fetched it, and from where."""
    where = lies_on(part)
    if where.type == "cpu":  # the model came back
        return None

    def fetch(x: Tensor) -> Tensor:
        if x.device == where:
            return x
        here = x.to(where)
        here.fetched = part, x.device  # type: ignore[attr-defined]  # a note for `_hand_back`
        return here

    return _each(args, fetch), _each(kwargs, fetch)


def _hand_back(part: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], found: Any) -> Any:
    """After a call: what was found goes where the inputs came from, if they had to be fetched."""
    homes = []

    def note(x: Tensor) -> Tensor:
        by, home = getattr(x, "fetched", (None, None))
        if by is part:
            homes.append(home)
        return x

    _each((args, kwargs), note)
    return _each(found, lambda x: x.to(homes[0])) if homes else None


def _each(x: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """`x` with each tensor in its tuples, lists and dictionaries changed; a cache of keys and values stays as it is."""
    if isinstance(x, Tensor):
        return change(x)
    if isinstance(x, dict):  # the outputs of transformers' models are dictionaries, too
        new = copy.copy(x)
        for name, value in x.items():
            new[name] = _each(value, change)
        return new
    if isinstance(x, (tuple, list)):
        parts = [_each(part, change) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


@contextmanager
def working_on(model: nn.Module, device: str | torch.device | None = None) -> Iterator[torch.device]:
    """Move `model` for a while, and back to where it lay; None is what FMCOURSE_DEVICE says, else where it lies."""
    home = lies_on(model)
    there = choose(device if device is not None else asked_for() or home)
    if there == home:
        if home.type != "cpu":
            _serve(model)  # one that was built there, and not placed
        yield home
        return
    place(model, there)
    try:
        with torch.cuda.device(there) if there.type == "cuda" else nullcontext():  # what says "cuda" means this one
            yield there
    finally:
        model.to(home)


def _gpus() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0
