"""A mixture of experts: many feed-forward networks, of which each token uses only a few.

A router gives each token a score for each expert; the `top_k` best are asked, and their answers are added, weighted by
the softmax of their scores. So a model can have many parameters and little work for each token. `balance` is the extra
loss that keeps the router from sending everything to one expert.

But: no limit on how many tokens an expert takes, no noise, and a loop over experts where real systems put each expert
on another machine.

Sources: Shazeer et al. 2017, "Outrageously large neural networks: the sparsely-gated mixture-of-experts layer"; the
balance loss: Fedus et al. 2022, "Switch transformers"; the weights: Jiang et al. 2024, "Mixtral of experts".
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Expert(nn.Module):
    """One gated feed-forward network, as in Llama: (N, C) to (N, C)."""

    def __init__(self, hidden_size: int, width: int):
        super().__init__()
        self.gate = nn.Linear(hidden_size, width, bias=False)
        self.up = nn.Linear(hidden_size, width, bias=False)
        self.down = nn.Linear(width, hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) to (N, C)."""
        return self.down(F.silu(self.gate(x)) * self.up(x))


def route(scores: Tensor, top_k: int) -> tuple[Tensor, Tensor]:
    """(weights, experts), each (N, top_k), from scores (N, E): the best experts of each token; weights sum to one.

    >>> weights, experts = route(torch.tensor([[0.0, 2.0, 1.0]]), top_k=2)
    >>> experts.tolist(), [round(w, 2) for w in weights[0].tolist()]
    ([[1, 2]], [0.73, 0.27])
    """
    if not 1 <= top_k <= scores.shape[-1]:
        raise ValueError(f"top_k is {top_k}, but there are {scores.shape[-1]} experts.")
    best, experts = scores.topk(top_k, dim=-1)
    return best.softmax(-1), experts


def balance(scores: Tensor, experts: Tensor) -> Tensor:
    """The load-balance loss: 1 when every expert gets the same share of tokens, up to E when one gets all.

    E times the sum over experts of (share of the choices that fell on it) x (its mean probability). Only the second
    factor has a gradient; it pushes down the probability of experts that are asked often.

    >>> float(balance(torch.zeros(4, 2), torch.tensor([[0], [1], [0], [1]])))
    1.0
    """
    number = scores.shape[-1]
    asked = F.one_hot(experts.flatten(), number).float().mean(0)
    return number * (asked * scores.softmax(-1).mean(0)).sum()


class MixtureOfExperts(nn.Module):
    """(B, T, C) to (B, T, C). After a call, `last_balance` holds its balance loss and `last_load` (E,) the share of
    choices that fell on each expert."""

    def __init__(self, hidden_size: int, width: int, experts: int = 8, top_k: int = 2):
        super().__init__()
        self.router = nn.Linear(hidden_size, experts, bias=False)
        self.experts = nn.ModuleList(Expert(hidden_size, width) for _ in range(experts))
        self.top_k = top_k
        self.last_balance: Tensor | None = None
        self.last_load: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C); also fills `last_balance` and `last_load`."""
        flat = x.flatten(0, -2)  # (N, C): tokens are independent
        scores = self.router(flat)
        weights, chosen = route(scores, self.top_k)
        out = torch.zeros_like(flat)
        for number, expert in enumerate(self.experts):
            token, place = (chosen == number).nonzero(as_tuple=True)
            if len(token):
                out.index_add_(0, token, weights[token, place, None] * expert(flat[token]))
        self.last_balance = balance(scores, chosen)
        self.last_load = F.one_hot(chosen.flatten(), len(self.experts)).float().mean(0).detach()
        return out.view_as(x)

    def active_parameters(self) -> int:
        """How many parameters one token uses: the router and `top_k` experts."""
        one = sum(p.numel() for p in self.experts[0].parameters())
        return self.router.weight.numel() + self.top_k * one
