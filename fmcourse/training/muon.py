"""The optimiser of the shipped models: Muon for the matrices inside the layers, AdamW for everything else.

Muon replaces a matrix's momentum by the nearest matrix with equal singular values, so that no direction is starved.
Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.

But: torch's own `torch.optim.Muon` iterates in bfloat16, one matrix at a time, ten times slower on CPUs without fast
bfloat16; here the iteration runs in float32 over all matrices of one shape at once.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # the quintic of the source above: steep at 0, flat near 1


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """Bring all singular values of each matrix near 1 by the Newton-Schulz iteration: (N, rows, columns) -> the same.

    The result's singular values lie between about 0.7 and 1.2; the singular vectors stay.
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    x = _wide(x, steps) if x.shape[-1] >= 2 * x.shape[-2] else _nearly_square(x, steps)
    return x.mT if tall else x


def _nearly_square(x: Tensor, steps: int) -> Tensor:
    a, b, c = COEFFICIENTS
    for _ in range(steps):
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


def _wide(x: Tensor, steps: int) -> Tensor:
    """The same for matrices at least twice as wide as high, without touching the wide ones in between.

    Every step multiplies x from the left by a polynomial of x xT. The polynomials are gathered in `product`, and x xT
    follows them: a third less work at a width of three heights, equal to 1e-4.
    """
    a, b, c = COEFFICIENTS
    gram, product = torch.bmm(x, x.mT), torch.eye(x.shape[-2], dtype=x.dtype, device=x.device).expand(len(x), -1, -1)
    for step in range(steps):
        rest = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)  # the step's polynomial without its constant, a
        product = torch.baddbmm(product, rest, product, beta=a)
        if step < steps - 1:
            half = torch.baddbmm(gram, rest, gram, beta=a)
            gram = torch.baddbmm(half, half, rest, beta=a)
    return torch.bmm(product, x)


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum on 2-d weights of hidden layers; `lr` is the size of a step per unit of a matrix.

    All matrices of one shape (up to transposition) are treated in one batch, which is what makes it fast on a CPU.
    """

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.0
    ):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        for group in self.param_groups:
            bad = [tuple(p.shape) for p in group["params"] if p.ndim != 2]
            if bad:
                raise ValueError(f"Muon takes matrices; shapes {bad[:3]} belong to AdamW. Use `optimisers(model)`.")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]  # torch overloads it
        """Move every matrix that has a gradient; returns what `closure` gives, if there is one."""
        loss = closure() if closure else None
        for group in self.param_groups:
            by_shape: dict[tuple[int, int], list[nn.Parameter]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    by_shape.setdefault((min(p.shape), max(p.shape)), []).append(p)
            for params in by_shape.values():
                self._step_together(params, group)
        return loss

    def _step_together(self, params: list[nn.Parameter], group: dict[str, Any]) -> None:
        updates = []
        for p in params:
            state = self.state[p]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(p)
            buffer = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
            update = p.grad.lerp(buffer, group["momentum"])  # type: ignore[union-attr]  # `step` takes those with a gradient
            updates.append(update.mT if update.shape[0] > update.shape[1] else update)
        for p, update in zip(params, orthogonalise(torch.stack(updates)), strict=True):
            if p.shape[0] > p.shape[1]:
                update = update.mT
            if group["weight_decay"]:
                p.mul_(1 - group["lr"] * group["weight_decay"])
            p.add_(update, alpha=-group["lr"] * max(1, p.shape[0] / p.shape[1]) ** 0.5)


def optimisers(model: nn.Module, lr: float, lr_adam: float, weight_decay: float = 0.0) -> list[torch.optim.Optimizer]:
    """[Muon for the hidden matrices, AdamW for embeddings, norms, biases and output layers] of any model."""
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    heads = {
        id(p)
        for name, p in model.named_parameters()
        if any(w in name for w in ("lm_head", "decoder.weight", "classifier"))
    }
    hidden, rest = [], []
    for p in model.parameters():
        if p.requires_grad:
            (hidden if p.ndim == 2 and id(p) not in embeddings | heads else rest).append(p)
    made: list[torch.optim.Optimizer] = []
    if hidden:
        made.append(Muon(hidden, lr=lr, weight_decay=weight_decay))
    if rest:
        made.append(torch.optim.AdamW(rest, lr=lr_adam, betas=(0.9, 0.98), weight_decay=0.0, fused=True))
    return made
