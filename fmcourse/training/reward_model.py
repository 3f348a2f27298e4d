"""A reward model: the language model with one number at its end, trained to explain people's choices.

    reward = train_reward(load("world-gpt"), pairs)
    reward.score(["Explain the whale to a child:"], ["It eats krill."])        # a tensor of one number

The score is read at the end-of-document token, which has seen the whole text. Scores mean something only beside one
another: Bradley and Terry's loss does not change when a constant is added, so they are centred on the training texts.

But: no validation and no choice of the recipe here; all weights move.

Source: Ouyang et al. 2022, "Training language models to follow instructions with human feedback", section 3.5.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fmcourse.models.encoding import encode_document, pad
from fmcourse.models.loading import Loaded
from fmcourse.training.preferences import Pair, bradley_terry_loss


@dataclass(frozen=True)
class RewardRecipe:
    """`steps` steps of `rows` pairs, over and over the pairs in a new order; the rate falls in a line to zero."""

    steps: int = 60
    rows: int = 16
    lr: float = 5e-4
    seed: int = 0


class RewardModel(nn.Module):
    """`body` gives a vector for each token, `head` turns the last one into a number."""

    def __init__(self, loaded: Loaded, seed: int = 0):
        super().__init__()
        self.tokenizer = loaded.tokenizer
        self.body = copy.deepcopy(loaded.model.get_decoder())
        size = loaded.model.config.hidden_size
        self.head = nn.Linear(size, 1, bias=False)
        with torch.no_grad():
            self.head.weight.copy_(torch.randn(1, size, generator=torch.Generator().manual_seed(seed)) / size)
        self.register_buffer("centre", torch.zeros(()))

    def forward(self, prompts: Sequence[str], texts: Sequence[str]) -> Tensor:
        """The scores (B,) of the texts, each after its prompt."""
        whole = [encode_document(self.tokenizer, f"{p} {t.strip()}") for p, t in zip(prompts, texts, strict=True)]
        ids, mask = (t.to(self.head.weight.device) for t in pad(whole, self.tokenizer.pad_token_id))
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, T, C)
        last = hidden[torch.arange(len(ids)), mask.sum(1) - 1]  # (B, C): at the end-of-document token
        return self.head(last)[:, 0] - self.centre

    @torch.no_grad()
    def score(self, prompts: Sequence[str], texts: Sequence[str], batch_size: int = 128) -> Tensor:
        """`forward` for many texts: in batches of similar length, without gradients."""
        self.eval()
        out = torch.zeros(len(texts))
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), batch_size):
            mine = order[start : start + batch_size]
            out[mine] = self([prompts[i] for i in mine], [texts[i] for i in mine]).cpu()
        return out


def train_reward(
    loaded: Loaded, pairs: Sequence[Pair], recipe: RewardRecipe | None = None, *,
    on_step: Callable[[int, float], None] | None = None,
) -> RewardModel:  # fmt: skip
    """A reward model trained on `pairs` from a copy of `loaded.model`; `on_step(done, loss)` is called after each step.

    Raises `ValueError` when there is no pair; `preferences.usable` says what else can be wrong with them.
    """
    recipe = recipe or RewardRecipe()
    if not pairs:
        raise ValueError("there are no pairs to learn from.")
    model, rng, order = RewardModel(loaded, recipe.seed), torch.Generator().manual_seed(recipe.seed), []
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.01)
    for step in range(recipe.steps):
        if len(order) < recipe.rows:
            order += torch.randperm(len(pairs), generator=rng).tolist()
        mine, order = [pairs[i] for i in order[: recipe.rows]], order[recipe.rows :]
        scores = model([p.prompt for p in mine] * 2, [p.chosen for p in mine] + [p.rejected for p in mine])
        loss = bradley_terry_loss(*scores.chunk(2))
        for group in optimiser.param_groups:
            group["lr"] = recipe.lr * (1 - step / recipe.steps)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if on_step:
            on_step(step + 1, loss.item())
    shown = pairs[: min(len(pairs), 256)]
    texts = [p.chosen for p in shown] + [p.rejected for p in shown]
    model.centre += model.score([p.prompt for p in shown] * 2, texts).mean()  # type: ignore[operator]  # a buffer
    return model.eval()


def agreement(model: RewardModel, pairs: Sequence[Pair]) -> float:
    """The share of pairs whose chosen text gets the higher score (a coin: 0.5)."""
    scores = model.score([p.prompt for p in pairs] * 2, [p.chosen for p in pairs] + [p.rejected for p in pairs])
    chosen, rejected = scores.chunk(2)
    return float((chosen > rejected).float().mean())


def steps_for(pairs: int, rows: int = 16, epochs: int = 2, at_least: int = 40) -> int:
    """How many steps make `epochs` passes over so many pairs, and `at_least` some."""
    return max(at_least, math.ceil(pairs * epochs / rows))
