"""Loss over sizes and data: small decoders read about a long tail of invented moons, whose lowest loss is known.

`fmcourse evidence record scaling` tunes the learning rate of each size, trains 6 sizes on 4 amounts of text with two
seeds, adds one row of runs of equal compute and three new seeds of the most text, and records everything as
data/recorded/scaling.json: half an hour of one core. A run that was stopped goes on with the same command.

The world's own 120 moons are too few: the smallest model here learns them all. So there are 8,192 of them, each with a
call sign of four random digits, and the k-th is met k^-1.2 times as often as the first. Every text has seven tokens, so
all texts can be listed, and loss and floor are exact, without any sampling.

But: "data" means texts drawn afresh and read once, in one pass; a frequent moon comes back by chance, as in any text.
The batch size is the same for all runs, and the rate is tuned on one amount of data. Only decoders of two layers.

Sources: Kaplan et al. 2020, "Scaling laws for neural language models"; Hoffmann et al. 2022, "Training compute-optimal
large language models"; Hutter 2021, "Learning curve theory" (why a tail gives power laws).
"""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fmcourse.training.muon import optimisers
from fmcourse.types import Model
from fmcourse.world import tables
from fmcourse.world.facts import share

MOONS, EXPONENT, DIGITS, QUIZ = 8192, 1.2, 4, 1024
FORMS = ("call", "beacon")  # two ways to say the same fact; one moon in four never occurs in the second
FIRST = [a + b for a in tables.FIRST_PARTS for b in "nrlsmt"]  # 96
LAST = [f"{a}-{k}" for a in tables.MOON_LAST for k in range(1, 13)]  # 96
WORDS = ["<bos>", *FORMS, *"0123456789", *FIRST, *LAST]

WIDTHS = (8, 16, 32, 48, 64, 96)
TOKENS = (200_000, 400_000, 800_000, 1_600_000)
RATES = (0.01, 0.02, 0.04, 0.08)
TUNED_ON = 400_000
SEEDS = 2
NEW_SEEDS = (2, 3, 4)  # of the most text alone; no fit was made before its bars were written down
BATCH = 128  # texts


class LongTail:
    """Every text there is, with its probability.

    `ids` (texts, 1 + tokens) begin with `<bos>`; `probability` (texts,) sums to one; `floor` is the lowest possible
    loss, in nats per token. `rank` is the moon's place in the order of frequency, from 0; `form` is 0 or 1; `held` says
    which texts never occur (their probability is 0).

    >>> tail = LongTail()
    >>> tail.ids.shape, round(float(tail.probability.sum()), 9)
    (torch.Size([16384, 8]), 1.0)
    """

    def __init__(self) -> None:
        number = {w: i for i, w in enumerate(WORDS)}
        names = sorted(((a, b) for a in FIRST for b in LAST), key=lambda n: share("far moon", *n))[:MOONS]
        rows, held = [], []
        for form in FORMS:
            for name in names:
                code = [str(int(10 * share("call sign", *name, i))) for i in range(DIGITS)]
                rows.append([number[w] for w in ("<bos>", form, *name, *code)])
                held.append(form == FORMS[1] and share("far phrasing", *name) < 0.25)
        self.ids, self.held = torch.tensor(rows), torch.tensor(held)
        self.rank = torch.arange(MOONS).repeat(2)
        self.form = torch.arange(2).repeat_interleave(MOONS)
        once = (self.rank + 1.0).double() ** -EXPONENT
        never = self.held[MOONS:].repeat(2)  # moons that have one form: it gets both forms' share
        weight = torch.where(self.held, 0.0, torch.where(never, 2.0, 1.0)) * once
        self.probability = weight / weight.sum()
        p = self.probability[self.probability > 0]
        self.tokens = self.ids.shape[1] - 1
        self.floor = float(-(p * p.log()).sum()) / self.tokens
        self._edges = self.probability.cumsum(0)

    def text(self, i: int) -> str:
        """Text number `i` as words."""
        return " ".join(WORDS[t] for t in self.ids[i, 1:])

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """`n` texts drawn afresh: (n, 1 + tokens)."""
        at = torch.rand(n, generator=generator, dtype=torch.float64) * self._edges[-1]
        return self.ids[torch.searchsorted(self._edges, at, right=True).clamp(max=len(self.ids) - 1)]


@lru_cache(maxsize=1)
def long_tail() -> LongTail:
    """The tail, made once."""
    return LongTail()


def decoder(width: int, seed: int = 0) -> Model:
    """A fresh two-layer Llama of this width; heads of 16 channels."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS), hidden_size=width, intermediate_size=3 * width, num_hidden_layers=2,
            num_attention_heads=max(1, width // 16), max_position_embeddings=16, tie_word_embeddings=True,
        )
    )  # fmt: skip


def parameters(width: int) -> int:
    """How many weights `decoder(width)` has: embedding, and in two layers four square and three wide matrices, norms.

    >>> parameters(8) == sum(p.numel() for p in decoder(8).parameters())
    True
    """
    return len(WORDS) * width + 2 * (4 + 3 * 3) * width**2 + 5 * width


def train(width: int, tokens: int, rate: float, seed: int = 0) -> Model:
    """Train one decoder on about `tokens` tokens (whole batches); returns it.

    `rate` is Muon's; AdamW's is half of it. Warm-up over a twentieth of the steps, then down in a straight line.
    """
    tail, model = long_tail(), decoder(width, seed)
    steps = max(1, round(tokens / (BATCH * tail.tokens)))
    made = optimisers(model, rate, rate / 2)
    base = [[g["lr"] for g in o.param_groups] for o in made]
    generator = torch.Generator().manual_seed(1000 + seed)
    for step in range(steps):
        now = min(1.0, (step + 1) / (0.05 * steps + 1)) * (1 - step / steps)
        for optimiser, rates in zip(made, base, strict=True):
            for group, r in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = r * now
        ids = tail.draw(BATCH, generator)
        loss = cross_entropy(model(input_ids=ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        for optimiser in made:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
    return model.eval()


@torch.no_grad()
def measure(model: Model) -> dict[str, Any]:
    """Exact loss and excess over the floor (nats per token), and what the model knows.

    The quiz asks for the call signs of the 1,024 most frequent moons, each once, in the first form: `digits` is the
    share of single digits that are right (the true ones before given), `exact` that of whole call signs, `log_p` the
    mean log-probability of a digit; `held` is `exact` in the form that never occurred with the moon (one in four).
    `spoken` is the share of all texts, as they are met, whose call sign is known.
    """
    tail = long_tail()
    paid, right = [], []
    for ids in tail.ids.split(2048):
        logp = model(input_ids=ids[:, :-1]).logits.log_softmax(-1)
        paid.append(-logp.gather(-1, ids[:, 1:, None])[..., 0])
        right.append(logp[:, -DIGITS:].argmax(-1) == ids[:, -DIGITS:])
    paid, right = torch.cat(paid).double(), torch.cat(right)
    loss = float((tail.probability * paid.sum(1)).sum()) / tail.tokens
    known = right.all(1)  # greedy: a whole answer is right when each digit is, given the right ones before
    quiz = (tail.rank < QUIZ) & (tail.form == 0)
    unseen = (tail.rank < QUIZ) & tail.held
    return {
        "loss": loss, "floor": tail.floor, "excess": loss - tail.floor,
        "digits": float(right[quiz].double().mean()), "exact": float(known[quiz].double().mean()),
        "log_p": float(-paid[quiz][:, -DIGITS:].mean()), "held": float(known[unseen].double().mean()),
        "spoken": float((tail.probability * known).sum()), "asked": int(quiz.sum()), "asked_held": int(unseen.sum()),
    }  # fmt: skip


def run(kind: str, width: int, tokens: int, rate: float, seed: int = 0) -> dict[str, Any]:
    """One training and what came of it: a row of the table."""
    began = time.process_time()
    model = train(width, tokens, rate, seed)
    seconds = time.process_time() - began
    return {"kind": kind, "width": width, "tokens": tokens, "rate": rate, "seed": seed,
            "parameters": parameters(width), "flops": 6 * parameters(width) * tokens,
            "training_seconds": seconds, **measure(model)}  # fmt: skip


def best_rate(rows: list[dict[str, Any]], width: int) -> float:
    """The rate with the lowest loss for this width among the tuning runs."""
    tried = [r for r in rows if r["kind"] == "tune" and r["width"] == width]
    return min(tried, key=lambda r: r["loss"])["rate"]


def budget() -> float:
    """The compute of the row of equal compute: that of width 32 on 400,000 tokens."""
    return 6.0 * parameters(32) * 400_000


def planned(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every run, as the arguments of `run`; those of the grid need the finished tuning runs in `rows`."""
    for width in WIDTHS:
        for rate in RATES:
            yield {"kind": "tune", "width": width, "tokens": TUNED_ON, "rate": rate, "seed": 100}
    for seed in range(SEEDS):
        for tokens in TOKENS:
            for width in WIDTHS:
                yield {"kind": "grid", "width": width, "tokens": tokens, "rate": best_rate(rows, width), "seed": seed}
        for width in WIDTHS:
            tokens = round(budget() / 6 / parameters(width))
            yield {"kind": "equal compute", "width": width, "tokens": tokens, "rate": best_rate(rows, width),
                   "seed": seed}  # fmt: skip
    for seed in NEW_SEEDS:
        for width in WIDTHS:
            yield {"kind": "new seeds", "width": width, "tokens": TOKENS[-1], "rate": best_rate(rows, width),
                   "seed": seed}  # fmt: skip
