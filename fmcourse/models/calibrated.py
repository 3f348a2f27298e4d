"""Rounding that looks at the data: which error in a weight matters depends on what the layer reads.

`inputs_of` collects what each linear layer of a model reads in some texts. `gptq` rounds one column of a matrix after
the other and lets the columns that are still to come make up for the error; `scaled` (as in AWQ) makes columns that
read large values finer before it rounds; `rounded_by` does either to a whole model.

But: each layer's inputs are those of the unrounded model, columns are taken in their order, and the whole numbers are
turned back into floating point at once, so memory is counted and not saved.

Sources: Frantar et al. 2023, "GPTQ: accurate post-training quantization for generative pre-trained transformers";
Lin et al. 2024, "AWQ: activation-aware weight quantization for on-device LLM compression and acceleration".
"""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from fmcourse.models.quantise import absmax
from fmcourse.types import Model

Rule = Callable[[Tensor, Tensor], Tensor]  # a matrix (out, in) and what it reads (N, in) to the rounded matrix


def inner_layers(model: Model) -> dict[str, nn.Linear]:
    """The linear layers of a decoder by name, all but the head, which shares the embedding's numbers."""
    return {name: m for name, m in model.named_modules() if isinstance(m, nn.Linear) and name != "lm_head"}


@torch.no_grad()
def inputs_of(model: Model, texts: Sequence[list[int]]) -> dict[str, Tensor]:
    """What each inner linear layer reads while the model reads these texts (token ids): name -> (tokens, in).

    Texts of one length are read together, so the tokens stand in the order of the lengths' first occurrence.
    """
    seen: dict[str, list[Tensor]] = {}

    def keep(name: str, reads: Tensor) -> None:
        seen.setdefault(name, []).append(reads.flatten(0, 1).cpu())

    hooks = [
        layer.register_forward_pre_hook(lambda _, args, name=name: keep(name, args[0]))
        for name, layer in inner_layers(model).items()
    ]
    alike: dict[int, list[list[int]]] = {}
    for ids in texts:
        alike.setdefault(len(ids), []).append(ids)
    try:
        for batch in alike.values():
            model(torch.tensor(batch).to(model.device))
    finally:
        for hook in hooks:
            hook.remove()
    return {name: torch.cat(parts) for name, parts in seen.items()}


def gptq(weight: Tensor, reads: Tensor, bits: int = 4, group: int | None = None, damp: float = 0.01) -> Tensor:
    """The matrix (out, in) rounded so that its answers to `reads` (N, in) change little.

    A column's error is passed on to the columns after it, as far as `reads` says that they can make up for it. The
    step is that of `absmax`: one for a row, or one for each `group` of columns, taken when the group begins. `damp` is
    added to the diagonal of reads' reads, as a share of its mean, so that it can be inverted.

    >>> alike = torch.ones(5, 3)                    # all three channels always read the same
    >>> [round(v, 1) for v in gptq(torch.tensor([[0.7, 0.24, 0.24]]), alike, bits=4)[0].tolist()]  # plainly: 0.2, 0.2
    [0.7, 0.2, 0.3]
    """
    left, out, size = weight.detach().float().clone(), torch.empty_like(weight), group or weight.shape[1]
    square = reads.T @ reads
    square.diagonal().add_(damp * square.diagonal().mean())
    passes = torch.linalg.cholesky(torch.linalg.inv(square), upper=True)
    top = 2 ** (bits - 1) - 1
    for j in range(weight.shape[1]):
        if j % size == 0:
            step = left[:, j : j + size].abs().amax(1).clamp(min=1e-12) / top
        out[:, j] = (left[:, j] / step).round().clamp(-top, top) * step
        error = (left[:, j] - out[:, j]) / passes[j, j]
        left[:, j + 1 :] -= error[:, None] * passes[j, j + 1 :]
    return out


def scaled(weight: Tensor, reads: Tensor, bits: int = 4, group: int | None = None) -> Tensor:
    """The matrix rounded after each column was multiplied by a power of the mean size of what it reads, and divided
    by it afterwards. Of eleven powers from 0 to 1 the one is taken whose answers to `reads` change least."""
    size, best, least = reads.abs().mean(0).clamp(min=1e-6), weight, float("inf")
    for power in range(11):
        stretch = size ** (power / 10)
        stretch = stretch / (stretch.max() * stretch.min()) ** 0.5
        made = absmax(weight * stretch, bits, group).restore() / stretch
        error = float(((made - weight) @ reads.T).square().mean())
        if error < least:
            best, least = made, error
    return best


def rounded_by(model: Model, rule: Rule, reads: dict[str, Tensor]) -> Model:
    """A copy of the model whose inner matrices are rounded by the rule, and whose embedding is in 8 bits by rows."""
    made = copy.deepcopy(model)
    for name, layer in inner_layers(made).items():
        weight = layer.weight.data
        weight.copy_(rule(weight.cpu(), reads[name]))
    table = made.get_input_embeddings().weight.data
    table.copy_(absmax(table.cpu(), 8).restore())
    return made
