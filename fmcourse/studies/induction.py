"""Do induction heads form? Small transformers of one to three layers learn to continue planted repeats.

A row is a stretch of random tokens that begins again somewhere in the middle: from there on every next token can be
copied from the place where the present one stood before. Where it begins again differs from row to row, so positions
alone do not tell. `fmcourse evidence record induction` trains one to three layers with three seeds each, the same
recipe for all (and one layer once more, three times as long), and records what they pay and how their heads look;
notebook 08 repeats one of them live.

But: an alphabet of 32 tokens and no language; one recipe, no search for the smallest network that would do.

Source: Olsson et al. 2022, "In-context learning and induction heads".
"""

import time
from typing import Any

import torch
from torch import Tensor

from fmcourse.training.batches import IGNORE
from fmcourse.training.fit import History, Recipe, fit
from fmcourse.types import Model

TOKENS, LENGTH, ROWS, WIDTH, HEADS = 32, 32, 64, 64, 4
STEPS, LAYERS, SEEDS = 300, (1, 2, 3), (0, 1, 2)
PATIENCE = 3  # one layer is also trained so many times as long


def planted(rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows of `LENGTH` tokens with a planted repeat: (ids, again), both (rows, LENGTH).

    The stretch that repeats holds no token twice, so that the token before is a sure sign. again[i] is the position
    that token i was copied from, or -1 where it was drawn afresh.
    """
    ids, again = torch.empty(rows, LENGTH, dtype=torch.long), torch.empty(rows, LENGTH, dtype=torch.long)
    at = torch.arange(LENGTH)
    for row in range(rows):
        order = torch.randperm(TOKENS, generator=generator)
        start = int(torch.randint(LENGTH // 4, 3 * LENGTH // 4, (1,), generator=generator))
        back = int(torch.randint(0, start // 2 + 1, (1,), generator=generator))
        ids[row] = order[torch.where(at < start, at, back + (at - start) % (start - back))]
        again[row] = torch.where(at < start, -1, at - (start - back))
    return ids, again


def batch(step: int, seed: int) -> dict[str, Tensor]:
    """A training batch: every token is asked for, those that nobody can know as well."""
    ids, _ = planted(ROWS, torch.Generator().manual_seed(1_000_003 * (seed + 1) + step))
    labels = ids.clone()
    labels[:, 0] = IGNORE
    return {"input_ids": ids, "labels": labels}


def network(layers: int, seed: int) -> Model:
    """A Llama of width 64 with fresh weights; eager attention, so that its weights can be looked at."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=TOKENS, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=layers,
        num_attention_heads=HEADS, max_position_embeddings=LENGTH, bos_token_id=None, eos_token_id=None,
        attn_implementation="eager"))  # fmt: skip


def train(layers: int, seed: int, steps: int = STEPS) -> tuple[Model, History]:
    """The trained network and its history."""
    model = network(layers, seed)
    recipe = Recipe(steps=steps, lr=0.02, lr_adam=0.01, warmup=30, seed=seed)
    return model, fit(model, lambda step: batch(step, seed), recipe, progress=False)


@torch.no_grad()
def measure(model: Model, rows: int = 256, seed: int = 99) -> dict[str, Any]:
    """On fresh rows: nats per repeated token, share predicted, and each head's induction and previous-token scores.

    The first repeated token of a row is left out: nothing can tell that the repeat begins. An induction score is the
    mean weight on the token after the present token's earlier place, which is the one that comes next.
    """
    ids, again = planted(rows, torch.Generator().manual_seed(seed))
    out = model(input_ids=ids, output_attentions=True)
    asked = (again[:, 1:] >= 0) & (again[:, :-1] >= 0)  # the present token is a copy, and so is the next
    logp = out.logits[:, :-1].log_softmax(-1)
    paid = -logp.gather(-1, ids[:, 1:, None])[..., 0][asked]
    right = (logp.argmax(-1) == ids[:, 1:])[asked].float()
    row, at = asked.nonzero(as_tuple=True)
    weights = torch.stack(out.attentions)  # (L, B, H, T, T)
    induction = weights[:, row, :, at, again[row, at + 1]].mean(0)  # advanced indices first: (n, L, H) -> (L, H)
    previous = weights.diagonal(-1, -2, -1).mean((1, 3))
    return {"loss": float(paid.mean()), "right": float(right.mean()), "tokens": int(asked.sum()),
            "induction": induction.tolist(), "previous": previous.tolist()}  # fmt: skip


def trial(layers: int, seed: int, steps: int = STEPS) -> dict[str, Any]:
    """One training, measured."""
    began = time.process_time()
    model, history = train(layers, seed, steps)
    curve = [sum(history.loss[i : i + 20]) / 20 for i in range(0, steps, 20)]
    return {"layers": layers, "seed": seed, "steps": steps, **measure(model.eval()), "curve": curve,
            "cpu_seconds": time.process_time() - began}  # fmt: skip
