"""Do experts pay? Small decoders whose feed-forward layers are dense, a few experts, or many small ones with a shared.

All kinds but the last use as many feed-forward parameters for a token (routers aside), and the two with experts store
as many. They read the long tail of moons (scaling.py), whose lowest loss is known, with a rate tuned for each kind.

But: one width, one amount of text, two layers, and no count of the time: on a processor a loop over experts is slower
than one dense layer, however little it computes.

Sources: Shazeer et al. 2017; Dai et al. 2024, "DeepSeekMoE: towards ultimate expert specialization in
mixture-of-experts language models" (many small experts, some of them shared).
"""

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from fmcourse.models.moe import Expert, MixtureOfExperts
from fmcourse.studies import scaling
from fmcourse.training.muon import optimisers
from fmcourse.types import Model

KINDS = ("dense", "2 of 8 experts", "3 of 15, 1 shared", "dense, all stored")
RATES = (0.01, 0.02, 0.04)
WIDTH, INNER, TOKENS, TUNING_SEED, SEEDS, BALANCE = 32, 96, 400_000, 100, 6, 0.01


class SharedExperts(nn.Module):
    """(B, T, C) to (B, T, C): one expert that every token asks, and `top_k` of `experts` that its router chooses."""

    def __init__(self, hidden_size: int, width: int, experts: int = 15, top_k: int = 3):
        super().__init__()
        self.shared, self.routed = Expert(hidden_size, width), MixtureOfExperts(hidden_size, width, experts, top_k)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of what the shared expert says and what the chosen ones say."""
        return self.shared(x) + self.routed(x)


def decoder(kind: str, seed: int = 0) -> Model:
    """A fresh two-layer decoder of `scaling`, with the feed-forward layers of that kind."""
    model = scaling.decoder(WIDTH, seed)
    for layer in model.model.layers:
        if kind == "2 of 8 experts":
            layer.mlp = MixtureOfExperts(WIDTH, INNER // 2, experts=8, top_k=2)
        elif kind == "3 of 15, 1 shared":
            layer.mlp = SharedExperts(WIDTH, INNER // 4, experts=15, top_k=3)
        elif kind == "dense, all stored":
            layer.mlp = Expert(WIDTH, 4 * INNER)
        for matrix in layer.mlp.modules():
            if isinstance(matrix, nn.Linear):
                nn.init.normal_(matrix.weight, std=0.02)  # as the library starts the others
    return model


def stored_and_used(model: Model) -> tuple[int, int]:
    """(parameters in memory, parameters that one token uses)."""
    stored = sum(p.numel() for p in model.parameters())
    idle = 0
    for m in model.modules():
        if isinstance(m, MixtureOfExperts):
            idle += sum(p.numel() for p in m.parameters()) - m.active_parameters()
    return stored, stored - idle


def trial(kind: str, rate: float, seed: int) -> dict[str, Any]:
    """Train one decoder as in `scaling.train`, with the balance loss for experts; what it costs and what it knows."""
    began, tail, model = time.process_time(), scaling.long_tail(), decoder(kind, seed)
    mixtures = [m for m in model.modules() if isinstance(m, MixtureOfExperts)]
    steps = round(TOKENS / (scaling.BATCH * tail.tokens))
    made = optimisers(model, rate, rate / 2)
    base = [[g["lr"] for g in o.param_groups] for o in made]
    generator = torch.Generator().manual_seed(1000 + seed)
    for step in range(steps):
        now = min(1.0, (step + 1) / (0.05 * steps + 1)) * (1 - step / steps)
        for optimiser, rates in zip(made, base, strict=True):
            for group, r in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = r * now
        ids = tail.draw(scaling.BATCH, generator)
        loss = cross_entropy(model(input_ids=ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten())
        for mixture in mixtures:
            loss = loss + BALANCE * mixture.last_balance  # type: ignore[operator]  # it was just called
        loss.backward()
        for optimiser in made:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
    stored, used = stored_and_used(model)
    busiest = max((float(m.last_load.max()) * len(m.experts) for m in mixtures), default=1.0)  # type: ignore[union-attr]
    return {"stored": stored, "used": used, "busiest": busiest, "training_seconds": time.process_time() - began,
            **scaling.measure(model.eval())}  # fmt: skip


def planned(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rate of each kind is chosen on a seed of its own; then the seeds that count."""
    for kind in KINDS:
        for rate in RATES:
            yield {"what": "tune", "kind": kind, "rate": rate, "seed": TUNING_SEED}
    for seed in range(SEEDS):
        for kind in KINDS:
            tuned = [r for r in rows if r["what"] == "tune" and r["kind"] == kind]
            yield {"what": "count", "kind": kind, "rate": min(tuned, key=lambda r: r["loss"])["rate"], "seed": seed}
