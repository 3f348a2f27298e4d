"""LoRA by hand: leave a large matrix as it is, and learn a small correction of low rank beside it.

    y = W x  becomes  y = W x + (alpha / rank) B A x        W (out, in) frozen, A (rank, in), B (out, rank)

B starts at zero, so that nothing changes before the first step. `add_lora` puts corrections beside the named matrices,
`merge_lora` adds them into the matrices, `unmerge_lora` takes them out again, and `save_adapter` writes them alone, in
the format of the library `peft`, which opens the file.

Source: E. Hu and others, "LoRA: Low-Rank Adaptation of Large Language Models", 2021.

But: no dropout, no bias, no quantised matrices, one adapter at a time; `peft` has all of these.
"""

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from fmcourse.types import Net

TARGETS = ("q_proj", "v_proj")  # queries and values, as in the paper's main experiments


class LoRA(nn.Module):
    """A frozen matrix with a correction beside it: (..., in) -> (..., out)."""

    def __init__(self, base: nn.Module, rank: int, alpha: float, generator: torch.Generator | None = None):
        super().__init__()
        out, into = _shape(base)
        self.base_layer, self.rank, self.scaling = base, rank, alpha / rank
        self.lora_A = nn.Parameter(base.weight.new_empty(rank, into))  # type: ignore[operator]  # a tensor
        self.lora_B = nn.Parameter(base.weight.new_zeros(out, rank))  # type: ignore[operator]  # nothing changes before the first step
        with torch.no_grad():
            bound = 1 / math.sqrt(into)  # what torch gives a fresh nn.Linear, and peft gives A
            self.lora_A.copy_(torch.rand(rank, into, generator=generator) * 2 * bound - bound)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out): the matrix and its correction."""
        return self.base_layer(x) + self.scaling * (x @ self.lora_A.T @ self.lora_B.T)

    @property
    def change(self) -> Tensor:
        """What the correction would add to the matrix: (out, in), of rank `rank` at most, in float64."""
        return self.scaling * self.lora_B.detach().double() @ self.lora_A.detach().double()


def add_lora(
    model: Net,
    rank: int = 4,
    targets: Sequence[str] = TARGETS,
    *,
    alpha: float = 8.0,
    generator: torch.Generator | None = None,
) -> Net:
    """Freeze `model` and put a correction beside every matrix whose name ends in one of `targets`; returns `model`.

    Only the corrections can then learn. `targets` are last parts of names, such as "q_proj" (Llama), "query" (BERT) or
    "c_attn" (GPT-2). The correction is scaled by alpha / rank, in peft too. Raises `ValueError` when the rank is below
    1 or above a matrix's smaller side, when nothing is called so, and when there are corrections already.
    """
    targets = (targets,) if isinstance(targets, str) else tuple(targets)
    if any(True for _ in corrections(model)):
        raise ValueError("the model has LoRA corrections already; merge them first with merge_lora(model).")
    found = [(name, m) for name, m in model.named_modules() if name.rsplit(".", 1)[-1] in targets and _is_matrix(m)]
    if not found:
        names = sorted({n.rsplit(".", 1)[-1] for n, m in model.named_modules() if _is_matrix(m)})
        raise ValueError(f"no matrix of the model is called {' or '.join(targets)}; there are {', '.join(names)}.")
    widest = min(min(_shape(m)) for _, m in found)
    if not 1 <= rank <= widest:
        raise ValueError(f"the rank is {rank}; it must lie between 1 and {widest}, the smaller side of a matrix.")
    model.requires_grad_(False)
    for name, module in found:
        _put(model, name, LoRA(module, rank, alpha, generator))
    return model


def corrections(model: nn.Module) -> Iterator[tuple[str, LoRA]]:
    """(name, correction) for every matrix that has one."""
    return ((name, m) for name, m in model.named_modules() if isinstance(m, LoRA))


@torch.no_grad()
def merge_lora(model: Net) -> Net:
    """Add every correction into its matrix and put the plain matrix back: the same outputs, and no cost any more.

    Returns `model`; `unmerge_lora` undoes it. Raises `ValueError` when there is nothing to merge.
    """
    found = list(corrections(model))
    if not found:
        raise ValueError("the model has no LoRA corrections to merge; call add_lora(model, rank, targets) first.")
    kept = []
    for name, lora in found:
        weight = lora.base_layer.weight
        kept.append((name, lora, weight.clone()))  # type: ignore[operator]  # adding and taking away again would leave rounding errors behind
        change = lora.change.T if _turned(lora.base_layer) else lora.change
        weight.copy_(weight.double() + change)  # type: ignore[operator]  # a tensor
        _put(model, name, lora.base_layer)
    model.__dict__["_merged_lora"] = kept  # past nn.Module's own setattr: no part of the weights
    return model


@torch.no_grad()
def unmerge_lora(model: Net) -> Net:
    """Put the matrices back as they were before `merge_lora`, with the corrections beside them; returns `model`."""
    kept = model.__dict__.pop("_merged_lora", None)
    if not kept:
        raise ValueError("nothing was merged into this model, so there is nothing to take out.")
    for name, lora, weight in kept:
        lora.base_layer.weight.copy_(weight)
        _put(model, name, lora)
    return model


def save_adapter(model: nn.Module, folder: str | os.PathLike[str], also: Sequence[str] = ("score",)) -> Path:
    """Write the corrections alone, and the trained modules named in `also`, as `peft` writes them; returns the folder.

    `peft.PeftModel.from_pretrained(base, folder)` opens it. Raises `ValueError` when there is no correction.
    """
    from safetensors.torch import save_file

    found = list(corrections(model))
    if not found:
        raise ValueError("the model has no LoRA corrections to save; save a merged model whole, by save_pretrained.")
    kept = [name for name in also if hasattr(model, name)]
    tensors = {f"{name}.lora_{part}.weight": getattr(m, f"lora_{part}") for name, m in found for part in "AB"}
    tensors |= {f"{name}.{key}": value for name in kept for key, value in getattr(model, name).state_dict().items()}
    first = found[0][1]
    config = {
        "peft_type": "LORA",
        "task_type": "SEQ_CLS" if "score" in kept else None,
        "r": first.rank,
        "lora_alpha": first.scaling * first.rank,
        "target_modules": sorted({n.rsplit(".", 1)[-1] for n, _ in found}),
        "modules_to_save": kept or None,
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
        "fan_in_fan_out": _turned(first.base_layer),
        "base_model_name_or_path": None,
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {f"base_model.model.{k}": v.detach().contiguous() for k, v in tensors.items()},
        folder / "adapter_model.safetensors",
        metadata={"format": "pt"},
    )
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    return folder


@torch.no_grad()
def load_adapter(model: Net, folder: str | os.PathLike[str]) -> Net:
    """Put a saved adapter beside the matrices of `model`, the very model it was made for; returns `model`.

    Raises `ValueError` when the folder holds no adapter, or one for another model.
    """
    from safetensors.torch import load_file

    file = Path(folder) / "adapter_model.safetensors"
    if not file.is_file():
        raise ValueError(f"there is no adapter in {folder}: adapter_model.safetensors is missing.")
    config = json.loads((Path(folder) / "adapter_config.json").read_text(encoding="utf-8"))
    add_lora(model, config["r"], config["target_modules"], alpha=config["lora_alpha"])
    own = dict(model.named_parameters())
    for key, value in load_file(file).items():
        name = key.removeprefix("base_model.model.").replace(".lora_A.weight", ".lora_A")
        name = name.replace(".lora_B.weight", ".lora_B")
        if name not in own or own[name].shape != value.shape:
            raise ValueError(f"the adapter in {folder} was made for another model: {name} does not fit.")
        own[name].copy_(value)
    return model


# torch keeps a matrix as (out, in); GPT-2 in transformers keeps it turned, as (in, out) ------------------------------
def _turned(module: nn.Module) -> bool:
    return type(module).__name__ == "Conv1D"


def _is_matrix(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or _turned(module)


def _shape(module: nn.Module) -> tuple[int, int]:
    rows, columns = module.weight.shape  # type: ignore[misc]  # a matrix
    return (columns, rows) if _turned(module) else (rows, columns)


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
