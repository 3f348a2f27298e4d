"""What a state of fixed size can hold: attention, linear attention and a gated state-space layer, asked to look up and
to tally.

A text is a row of pairs, a key and a digit, each pair at one place; then keys stand alone, and the digit that stood
with each is asked for (look-up), and at the last place the digit that came up most often (tally). Positions are left
out. One network is trained on both questions at once, over texts of 4 to 64 pairs, and then asked at each number of
pairs. The three networks differ in how places are mixed, and in nothing else: what a narrower state saves in weights
is given to the feed-forward layer.

Written down before measuring, after pilots with other seeds: with 64 pairs and N = 8, in each of five seeds,
attention has at least 0.95 of look-ups right, the two others at most 0.20 more than who always says the most frequent
digit; with N = 128 the two have at least 0.80; all three have at least 0.95 of tallies right at N = 8.

A first measurement (seeds 1 to 5) missed the third of these: some trainings of linear attention stuck where half of the
digits were told apart, whatever the state, the rate and the steps. Queries that begin as keys mended that in a pilot.
All three networks begin so now; the thresholds are the same, the seeds new.

But: one layer, one head, a pair at one place. Layers that overwrite (the delta rule) are not here.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.training.muon import optimisers

KEYS, DIGITS, FAVOURED, ASKED = 128, 16, 0.25, 16  # a favourite digit takes a quarter of the pairs, and its even share
PAIRS, CHANNELS, WEIGHTS = (4, 8, 16, 32, 64), 64, 56_000
STEPS, ROWS, RATE, SEEDS = 600, 64, 0.03, (11, 12, 13, 14, 15)
STATES = (8, 16, 32, 128)

Mix = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def softmax_mix(q: Tensor, k: Tensor, v: Tensor, keep: Tensor) -> Tensor:
    """Causal attention: q, k (B, T, N) and v (B, T, C) to (B, T, C). `keep` is not used."""
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return scores.masked_fill(~_earlier(scores), -torch.inf).softmax(-1) @ v


def linear_mix(q: Tensor, k: Tensor, v: Tensor, keep: Tensor) -> Tensor:
    """Linear attention: each query reads the running sum of k times v, (N, C). `keep` is not used.

    Katharopoulos and others, 2020, here without their feature map: keys may be negative.
    """
    scores = q @ k.mT
    return scores.masked_fill(~_earlier(scores), 0) @ v


def gated_mix(q: Tensor, k: Tensor, v: Tensor, keep: Tensor) -> Tensor:
    """The same sum, of which each place keeps only a share: `keep` (B, T), between 0 and 1.

    As in Mamba-2 with one head (Dao and Gu, 2024): S <- keep * S + k v, and q reads S.
    """
    since = keep.log().cumsum(-1)
    faded = (since[:, :, None] - since[:, None, :]).masked_fill(~_earlier(q @ k.mT), -torch.inf)
    return (q @ k.mT * faded.exp()) @ v


def _earlier(scores: Tensor) -> Tensor:
    return torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()


MIXES: dict[str, Mix] = {"attention": softmax_mix, "linear attention": linear_mix, "gated state space": gated_mix}
GRID = {"attention": (8,), "linear attention": STATES, "gated state space": (8, 128)}  # which widths are trained


class Reader(nn.Module):
    """One block around a mix. keys, digits (B, T) -> logits (B, T, DIGITS); `state` is N, the width of q and k."""

    def __init__(self, mix: Mix, state: int, weights: int = WEIGHTS):
        super().__init__()
        C, self.mix = CHANNELS, mix
        self.keys, self.digits = nn.Embedding(KEYS + 1, C), nn.Embedding(DIGITS + 1, C)
        self.query, self.key = nn.Linear(C, state, bias=False), nn.Linear(C, state, bias=False)
        self.value, self.output = nn.Linear(C, C, bias=False), nn.Linear(C, C, bias=False)
        self.keep, self.head = nn.Linear(C, 1), nn.Linear(C, DIGITS)
        nn.init.constant_(self.keep.bias, 5.0)  # at first nearly all is kept
        self.query.weight.data.copy_(self.key.weight.data)  # begins as a look-up by likeness; see the docstring above
        left = weights - sum(p.numel() for p in self.parameters())
        self.up, self.down = nn.Linear(C, left // (2 * C), bias=False), nn.Linear(left // (2 * C), C, bias=False)

    def forward(self, keys: Tensor, digits: Tensor) -> Tensor:
        """(B, T) and (B, T) to (B, T, DIGITS)."""
        x = self.keys(keys) + self.digits(digits)
        r = _normed(x)
        mixed = self.mix(self.query(r), self.key(r), self.value(r), self.keep(r).squeeze(-1).sigmoid())
        x = x + self.output(_normed(mixed))
        return self.head(_normed(x + self.down(F.silu(self.up(_normed(x))))))


def _normed(x: Tensor) -> Tensor:
    return F.rms_norm(x, x.shape[-1:])


def texts(rows: int, pairs: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """keys, digits and answers, each (rows, pairs + ASKED + 1); -100 where nothing is asked. Where two digits come up
    equally often, the tally is not asked."""
    keys = torch.rand(rows, KEYS, generator=generator).argsort(-1)[:, :pairs]
    digits = torch.randint(DIGITS, (rows, pairs), generator=generator)
    favourite = torch.randint(DIGITS, (rows, 1), generator=generator)
    digits = torch.where(torch.rand(rows, pairs, generator=generator) < FAVOURED, favourite, digits)
    which = torch.randint(pairs, (rows, ASKED), generator=generator)
    first, second = F.one_hot(digits, DIGITS).sum(1).topk(2).values.T
    most = F.one_hot(digits, DIGITS).sum(1).argmax(-1).masked_fill(first == second, -100)
    nothing = torch.full((rows, pairs), -100)
    return (
        torch.cat([keys, keys.gather(1, which), torch.full((rows, 1), KEYS)], 1),
        torch.cat([digits, torch.full((rows, ASKED + 1), DIGITS)], 1),
        torch.cat([nothing, digits.gather(1, which), most[:, None]], 1),
    )


def train(mix: Mix, state: int, rate: float, seed: int, steps: int = STEPS) -> Reader:
    """A reader that has seen `steps` batches, each with one number of pairs."""
    torch.manual_seed(seed)
    model = Reader(mix, state)
    made = optimisers(model, lr=rate, lr_adam=rate / 2)
    base = [group["lr"] for o in made for group in o.param_groups]
    for step in range(steps):
        generator = torch.Generator().manual_seed(1_000_003 * seed + step)
        pairs = PAIRS[int(torch.randint(len(PAIRS), (1,), generator=generator))]
        keys, digits, answers = texts(ROWS, pairs, generator)
        F.cross_entropy(model(keys, digits)[:, pairs:].flatten(0, 1), answers[:, pairs:].flatten()).backward()
        share = min(1.0, (step + 1) / 50) * (1 - step / steps)
        for group, lr in zip((g for o in made for g in o.param_groups), base, strict=True):
            group["lr"] = lr * share
        for o in made:
            o.step()
            o.zero_grad(set_to_none=True)
    return model.eval()


@torch.no_grad()
def scores(model: Reader, pairs: int, seed: int = 7, rows: int = 300) -> dict[str, float]:
    """Shares of right answers on fresh texts: look-ups, tallies, and look-ups answered by the most frequent digit."""
    keys, digits, answers = texts(rows, pairs, torch.Generator().manual_seed(1_000_003 * seed + 999_983 + pairs))
    right = model(keys, digits).argmax(-1) == answers
    asked = answers[:, pairs:-1]
    most = F.one_hot(digits[:, :pairs], DIGITS).sum(1).argmax(-1)
    return {
        "look-up": right[:, pairs:-1].float().mean().item(),
        "tally": right[answers[:, -1] >= 0, -1].float().mean().item(),
        "guess": (asked == most[:, None]).float().mean().item(),
    }


def trial(mix: str, state: int, seed: int, steps: int = STEPS) -> list[dict[str, Any]]:
    """One training, asked at each number of pairs: a row for each."""
    model = train(MIXES[mix], state, RATE, seed, steps)
    size = sum(p.numel() for p in model.parameters())
    return [
        {"mix": mix, "state": state, "seed": seed, "steps": steps, "pairs": n, "weights": size} | scores(model, n)
        for n in PAIRS
    ]
