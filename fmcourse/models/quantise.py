"""Weights in few bits: whole numbers and a scale instead of floating-point numbers.

`absmax` rounds a matrix to a grid of `2 * (2^(bits - 1) - 1) + 1` values: 255 for 8 bits, 15 for 4. The largest
absolute value decides the grid's step. Who shares a step is the choice that matters: the whole matrix, a row, or a
group of neighbours in a row. `quantised` does it to every matrix of a model.

But: only weights are rounded, and they are turned back into floating point before they are used, so that memory is
saved on disk and not time. Nothing is calibrated on data. The whole numbers are kept one a byte, also for 4 bits.

Source: Dettmers et al. 2022, "LLM.int8(): 8-bit matrix multiplication for transformers at scale".
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fmcourse.types import Net


@dataclass(frozen=True)
class Quantised:
    """`whole` numbers (rows, groups, size) as int8, their `scale` (rows, groups, 1), and the shape of the matrix."""

    whole: Tensor
    scale: Tensor
    shape: tuple[int, ...]
    bits: int

    def restore(self) -> Tensor:
        """The matrix again, with its rounding errors."""
        rows, columns = self.shape
        return (self.whole * self.scale).reshape(self.whole.shape[0], -1)[:, :columns].reshape(rows, columns)

    def bytes(self) -> float:
        """What it needs when packed: its bits for each weight, and two bytes (float16) for each scale."""
        return self.shape[0] * self.shape[1] * self.bits / 8 + 2 * self.scale.numel()


def absmax(weight: Tensor, bits: int = 8, group: int | None = None, whole_matrix: bool = False) -> Quantised:
    """Round a matrix (rows, columns) to whole numbers times a scale; the largest absolute value fits exactly.

    One scale for each row, or for each `group` neighbours of a row, or one for the `whole_matrix`. A part that is all
    zeros stays so. Raises `ValueError` for other than 2 to 8 bits, for what is no matrix, and for a group below 1.

    >>> q = absmax(torch.tensor([[1.2, -2.0, 0.5]]), bits=4)         # the step is 2/7
    >>> q.whole.tolist(), [round(v, 3) for v in q.restore()[0].tolist()]
    ([[[4, -7, 2]]], [1.143, -2.0, 0.571])
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"bits is {bits}; it must lie between 2 and 8.")
    if weight.ndim != 2:
        raise ValueError(f"the weight has the shape {tuple(weight.shape)}; pass a matrix (rows, columns).")
    if group is not None and group < 1 or group and whole_matrix:
        raise ValueError("a group needs at least one weight, and cannot be combined with whole_matrix.")
    rows, columns = weight.shape
    size = columns if group is None else min(group, columns)
    padded = nn.functional.pad(weight.detach().float(), (0, -columns % size))  # zeros fill up the last group
    parts = padded.reshape(rows, -1, size)
    largest = parts.abs().amax(-1, keepdim=True)
    if whole_matrix:
        largest = largest.amax().expand(rows, 1, 1)
    top = 2 ** (bits - 1) - 1
    scale = torch.where(largest > 0, largest / top, torch.ones_like(largest))
    whole = (parts / scale).round().clamp(-top, top).to(torch.int8)
    return Quantised(whole, scale[:1] if whole_matrix else scale, (rows, columns), bits)


def quantised(model: Net, bits: int = 8, group: int | None = None, whole_matrix: bool = False) -> tuple[Net, float]:
    """(a copy of the model with every matrix rounded, its size in bytes when packed).

    Matrices are the weights of linear and embedding layers; one that two layers share is rounded once. All else (norms,
    shifts) stays and is counted with two bytes a number. The model itself is not changed.
    """
    made, total = copy.deepcopy(model), 0.0
    matrices = {id(m.weight) for m in made.modules() if isinstance(m, nn.Linear | nn.Embedding)}
    for p in made.parameters():  # a shared one occurs once
        if id(p) in matrices:
            q = absmax(p.data, bits, group, whole_matrix)
            p.data.copy_(q.restore())
            total += q.bytes()
        else:
            total += 2 * p.numel()
    return made, total
