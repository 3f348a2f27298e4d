"""The training loop: one loop for every model of the course, on accelerate.

It shows loss, floor, tokens per second and time left; it writes a checkpoint at least every two minutes and goes on
from it; Ctrl-C leaves a checkpoint behind. A batch depends only on the number of its step, so that an interrupted run
and an uninterrupted one see the same data, and several processes each take their rows of it (`accelerate launch` starts
them on GPUs, `torchrun` on CPUs).

But: no validation set, since every document is fresh; no early stopping; no gradient clipping, which Muon makes
needless.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fmcourse.models.devices import choose, working_on
from fmcourse.training.muon import optimisers

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run besides the model and its data.

    `steps` of one batch each; `lr` for Muon's matrices, `lr_adam` for the rest, both warmed up over `warmup` steps and
    then lowered in a straight line to zero. `seed` seeds the weights and the data.
    """

    steps: int = 1000
    lr: float = 0.02
    lr_adam: float = 0.006
    warmup: int = 50
    weight_decay: float = 0.0
    seed: int = 0

    def rate(self, step: int) -> float:
        """The share of the learning rates that step number `step` (from 0) uses."""
        return min(1.0, (step + 1) / self.warmup) * (1 - step / self.steps)


@dataclass
class History:
    """What happened: one entry a step. `loss` in nats per predicted token, `seconds` since the start of the run."""

    loss: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class Interrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C; `checkpoint` says where it can go on."""

    def __init__(self, checkpoint: Path | None, step: int):
        self.checkpoint, self.step = checkpoint, step
        kept = (
            f"the checkpoint {checkpoint} is kept; the same command goes on from there"
            if checkpoint
            else "nothing was kept"
        )
        super().__init__(f"stopped at step {step}; {kept}.")


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Use `n` threads inside, and as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fit(
    model: nn.Module,
    batch: Callable[[int], Batch],
    recipe: Recipe,
    *,
    floor: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every_seconds: float = 100,
    progress: bool = True,
    on_step: Callable[[int, float], None] | None = None,
    device: str | None = None,
) -> History:
    """Train `model` in place for `recipe.steps` steps and return its `History`.

    `batch(step)` gives the whole global batch of a step as tensors whose first axis is the rows; its `labels` are those
    of `model(**batch).loss`, where -100 counts for nothing. With several processes, each takes every n-th row, and the
    result equals that of one process with the same global batch. `floor` is only shown. With `checkpoint` (a file), the
    state is saved there at least every `every_seconds` and a later call goes on from it; it is removed at the end.
    `on_step(step, loss)` is called after each step. `device` None trains where FMCOURSE_DEVICE says, else where the
    model lies; "auto" on a GPU when there is one; afterwards the model lies where it lay. Raises `Interrupted` on
    Ctrl-C, `FloatingPointError` when the loss is no longer a number, and `DeviceProblem` for a device that is not
    there.
    """
    with working_on(model, device) as there:
        return _fit(model, batch, recipe, there, floor, checkpoint, every_seconds, progress, on_step)


def _fit(
    model: nn.Module,
    batch: Callable[[int], Batch],
    recipe: Recipe,
    there: torch.device,
    floor: float | None,
    checkpoint: str | os.PathLike[str] | None,
    every_seconds: float,
    progress: bool,
    on_step: Callable[[int, float], None] | None,
) -> History:
    from accelerate.utils import set_seed

    set_seed(recipe.seed)
    accelerator = _accelerator(there)
    made = optimisers(model, recipe.lr, recipe.lr_adam, recipe.weight_decay)
    base = [[g["lr"] for g in o.param_groups] for o in made]
    prepared, *prepared_optimisers = accelerator.prepare(model, *made)
    file = Path(checkpoint) if checkpoint else None
    history, start = _resume(file, model, made, recipe)
    bar = _Bar(recipe.steps, start, floor, progress and accelerator.is_main_process)
    began, saved, step = time.monotonic() - (history.seconds[-1] if history.seconds else 0.0), time.monotonic(), start
    prepared.train()
    try:
        for step in range(start, recipe.steps):
            for optimiser, rates in zip(made, base, strict=True):
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = rate * recipe.rate(step)
            rows, counted = _share(batch(step), accelerator)
            out = prepared(**rows)
            mine = (rows["labels"] != -100).sum() if "labels" in rows else torch.tensor(1)
            # each process sees its own rows' mean; weighting by tokens makes the average of the gradients exact
            loss = out.loss * (mine * accelerator.num_processes / counted)
            accelerator.backward(loss)
            for optimiser in prepared_optimisers:
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            value = accelerator.reduce(loss.detach(), reduction="mean").item()
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"the loss is {value} at step {step}; lower the learning rates ({recipe.lr}, {recipe.lr_adam})."
                )
            history.loss.append(value)
            history.tokens.append(int(counted) + (history.tokens[-1] if history.tokens else 0))
            history.seconds.append(time.monotonic() - began)
            bar.show(step, history)
            if on_step:
                on_step(step, value)
            if file and time.monotonic() - saved > every_seconds and accelerator.is_main_process:
                _save(file, model, made, recipe, step + 1, history)
                saved = time.monotonic()
    except KeyboardInterrupt:
        if file and accelerator.is_main_process:
            _save(file, model, made, recipe, len(history.loss), history)
        bar.close()
        raise Interrupted(file, len(history.loss)) from None
    bar.close()
    if file and accelerator.is_main_process:
        file.unlink(missing_ok=True)
    model.eval()
    return history


def _accelerator(there: torch.device) -> Any:
    """The accelerator for this device. accelerate decides once for a process; a single one may decide anew."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState, PartialState

    decided = PartialState._shared_state
    if decided and decided["device"].type != there.type and decided["num_processes"] == 1:
        AcceleratorState._reset_state(reset_partial_state=True)
    return Accelerator(cpu=there.type == "cpu")


def is_main_process() -> bool:
    """Whether this process writes: true for one of several, and where there is only one."""
    from accelerate import PartialState

    return PartialState(cpu=choose().type == "cpu").is_main_process  # cpu: without it a GPU would be taken, unasked


def part() -> bool:
    """Let several processes end together; true in the one that goes on alone to write, and where there is only one.

    Without it the first to leave takes the connections of the others down with it, and they abort.
    """
    from accelerate import PartialState

    main, state = is_main_process(), PartialState()
    state.wait_for_everyone()
    state.destroy_process_group()
    return main


def _share(batch: Batch, accelerator: Any) -> tuple[Batch, Tensor]:
    """This process's rows of a batch, and the number of labels in the whole batch."""
    counted = (batch["labels"] != -100).sum() if "labels" in batch else torch.tensor(1)
    mine = slice(accelerator.process_index, None, accelerator.num_processes)
    return {k: v[mine].to(accelerator.device) for k, v in batch.items()}, counted.to(accelerator.device)


def _save(
    file: Path, model: nn.Module, made: list[torch.optim.Optimizer], recipe: Any, step: int, history: History
) -> None:
    """Write beside and rename, so that a crash while writing leaves the older checkpoint whole. Safetensors, not
    pickle.
    """
    from safetensors.torch import save_file

    tensors = {f"model.{k}": v.detach().clone().contiguous() for k, v in model.state_dict().items()}
    scalars: dict[str, float] = {}
    for i, optimiser in enumerate(made):
        for number, state in optimiser.state_dict()["state"].items():
            for key, value in state.items():
                name = f"optimiser.{i}.{number}.{key}"
                if isinstance(value, Tensor):
                    tensors[name] = value.detach().clone().contiguous()
                else:
                    scalars[name] = value
    meta = {
        "recipe": json.dumps(asdict(recipe)),
        "step": str(step),
        "history": json.dumps(asdict(history)),
        "scalars": json.dumps(scalars),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".writing")
    save_file(tensors, fresh, metadata=meta)
    os.replace(fresh, file)


def _resume(file: Path | None, model: nn.Module, made: list[torch.optim.Optimizer], recipe: Any) -> tuple[History, int]:
    """Load a checkpoint of the same recipe into model and optimisers; begin afresh where there is none."""
    if file is None or not file.exists():
        return History(), 0
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as opened:
            meta = opened.metadata()
            tensors = {k: opened.get_tensor(k) for k in opened.keys()}
    except SafetensorError:
        raise ValueError(f"the checkpoint {file} is damaged; delete it and start again.") from None
    if json.loads(meta["recipe"]) != asdict(recipe):
        raise ValueError(f"the checkpoint {file} belongs to another recipe; delete it, or call with --fresh.")
    model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    scalars = json.loads(meta["scalars"])
    for i, optimiser in enumerate(made):
        state: dict[int, dict[str, Any]] = {}
        for name, value in [*tensors.items(), *scalars.items()]:
            if name.startswith(f"optimiser.{i}."):
                _, _, number, key = name.split(".", 3)
                state.setdefault(int(number), {})[key] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return History(**json.loads(meta["history"])), int(meta["step"])


class _Bar:
    """A progress bar with loss, floor and speed; silent when it is not wanted."""

    def __init__(self, steps: int, start: int, floor: float | None, wanted: bool):
        self.floor = floor
        self.bar = None
        if wanted:
            from tqdm.auto import tqdm

            self.bar = tqdm(total=steps, initial=start, unit="step", mininterval=1.0)

    def show(self, step: int, history: History) -> None:
        if self.bar is None:
            return
        self.bar.update(1)
        if step % 10 == 0:
            back = min(50, len(history.loss))
            recent = sum(history.loss[-back:]) / back
            since = max(1, len(history.seconds) - 100)
            speed = (history.tokens[-1] - history.tokens[since - 1]) / max(
                1e-9, history.seconds[-1] - history.seconds[since - 1]
            )
            shown = {"loss": f"{recent:.3f}", "tokens/s": f"{speed:,.0f}"}
            if self.floor is not None:
                shown["floor"] = f"{self.floor:.3f}"
            self.bar.set_postfix(shown, refresh=False)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
