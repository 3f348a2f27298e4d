"""What each part of a transformer is worth: small decoders with one part taken out, on two kinds of text.

"facts" are the sentences about countries, one token a word: the next word must often be remembered. "copy" is a row of
random letters, then the same row again: the next letter must be found. `fmcourse evidence record ablations` trains
every variant at several seeds and records the table of notebook 07.

But: models of one or two layers, trained for seconds. A part that is not missed here may be needed in a deep model, or
for texts of another kind. For each variant and text the best of five learning rates is taken, chosen on two other
seeds. An earlier table (five seeds, three rates up to 0.06) served as pilot: five of its variants liked the highest
rate best, and its verdict on norms hung on one seed.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from fmcourse.models.attention import attention
from fmcourse.models.transformer import Config, Decoder
from fmcourse.studies.cloze import PAD, Corpus, all_sentences, corpus_slots, picked
from fmcourse.training.muon import optimisers
from fmcourse.world import World
from fmcourse.world.limits import limit

LETTERS, ROW, SEPARATOR = 16, 8, 16  # the copy: [separator] 8 letters [separator] the same 8 letters
STEPS, ROWS, WIDTH = 200, 64, 48
SEEDS, TUNING_SEEDS, RATES = tuple(range(10, 18)), (100, 101), (0.01, 0.03, 0.06, 0.12, 0.24)
TEXTS = ("facts", "copy")
VARIANTS: dict[str, dict[str, Any]] = {
    "everything": {},
    "no attention": {"attention": lambda q, k, v, mask=None: v},  # each token looks at itself
    "no feed-forward": {"feed_forward": 0},
    "no residuals": {"residual": False},
    "no norm": {"norm": "none"},
    "no positions": {"positions": "none"},
    "one head": {"heads": 1},
    "one layer": {"layers": 1},
}


def build(vocab_size: int, variant: str, seed: int) -> Decoder:
    """A fresh decoder of two layers with the part named by `variant` taken out."""
    torch.manual_seed(seed)
    dials = dict(VARIANTS[variant])
    attend = dials.pop("attention", attention)
    return Decoder(Config(**{"vocab_size": vocab_size, "hidden_size": WIDTH, "layers": 2, "heads": 4} | dials), attend)


def facts() -> Corpus:
    """All sentences about the capitals and languages of 48 countries, except the withheld ones."""
    return Corpus(all_sentences(World.default()))


def copy_rows(rows: int, generator: torch.Generator) -> Tensor:
    """(rows, 18) ids: separator, 8 random letters, separator, the same letters.

    >>> copy_rows(1, torch.Generator().manual_seed(0))[0].view(2, 9)[:, :4]
    tensor([[16, 12, 15,  5],
            [16, 12, 15,  5]])
    """
    half = torch.cat([torch.full((rows, 1), SEPARATOR), torch.randint(LETTERS, (rows, ROW), generator=generator)], 1)
    return torch.cat([half, half], dim=1)


def losses(model: Decoder, text: str, ids: Tensor) -> Tensor:
    """Nats for each next token that counts: every word of a fact, the second half of a copy."""
    after = ids[:, 1:]
    nats = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), after.flatten(), reduction="none")
    return nats[counted(text, after).flatten()]


def counted(text: str, after: Tensor) -> Tensor:
    """Which next tokens count: in a fact all words but not its end mark, in a copy those after the second separator."""
    if text == "copy":
        return (torch.arange(after.shape[1]) > ROW).expand(after.shape)
    following = torch.cat([after[:, 1:], torch.full_like(after[:, :1], PAD)], dim=1)
    return following != PAD


def train(text: str, variant: str, rate: float, seed: int, steps: int = STEPS,
          on_step: Callable[[int, float], None] | None = None) -> tuple[Decoder, Corpus | None]:  # fmt: skip
    """Train one variant on one kind of text; returns the model and, for facts, the corpus."""
    corpus = facts() if text == "facts" else None
    model = build(len(corpus.vocabulary) if corpus else LETTERS + 1, variant, seed)
    made = optimisers(model, lr=rate, lr_adam=rate / 2)
    base = [group["lr"] for o in made for group in o.param_groups]
    for step in range(steps):
        if corpus:
            ids, _ = picked(corpus, ROWS, seed, step)
        else:
            ids = copy_rows(ROWS, torch.Generator().manual_seed(1_000_003 * seed + step))
        loss = losses(model, text, ids).mean()
        loss.backward()
        share = min(1.0, (step + 1) / 20) * (1 - step / steps)
        for group, lr in zip((g for o in made for g in o.param_groups), base, strict=True):
            group["lr"] = lr * share
        for o in made:
            o.step()
            o.zero_grad(set_to_none=True)
        if on_step:
            on_step(step, float(loss.detach()))
    return model.eval(), corpus


@torch.no_grad()
def excess(model: Decoder, text: str, corpus: Corpus | None = None) -> float:
    """Nats per token above the lowest possible: over all facts, or over 500 fresh rows of letters (lowest: 0)."""
    if text == "facts":
        found = corpus_slots(corpus, "left")  # type: ignore[arg-type]  # facts come with their corpus
        return float(losses(model, text, corpus.ids).mean()) - limit(found)  # type: ignore[union-attr]
    return float(losses(model, text, copy_rows(500, torch.Generator().manual_seed(7))).mean())


def trial(text: str, variant: str, rate: float, seed: int) -> dict[str, Any]:
    """One training, measured."""
    began = time.process_time()
    model, corpus = train(text, variant, rate, seed)
    value = excess(model, text, corpus)
    size = sum(p.numel() for p in model.parameters())
    return {"text": text, "variant": variant, "rate": rate, "seed": seed, "excess": value, "parameters": size,
            "cpu_seconds": time.process_time() - began}  # fmt: skip
