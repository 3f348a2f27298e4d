"""A masked model that writes: from nothing but masks to a sentence, some words at a time. Behind notebook 04.

The small BERT of `cloze` is trained with a share of its words hidden that is drawn anew for each sentence, from almost
none to all. Then `write` starts from masks alone, lets it guess every word, keeps some of the guesses, and asks again.
Padding counts as a word here, so the model decides how long its sentence is. `write_left` is the sibling that knows
the left side alone and writes one word after the other.

Sources: J. Austin and others, "Structured Denoising Diffusion Models in Discrete State-Spaces", 2021; S. Sahoo and
others, "Simple and Effective Masked Diffusion Language Models", 2024; S. Nie and others, "Large Language Diffusion
Models", 2025.

But: sentences of at most ten words, no weighting of the loss by the share hidden, and no word is ever taken back.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fmcourse.studies.cloze import (
    CLS,
    MASK,
    PAD,
    RATE,
    SEP,
    Corpus,
    all_sentences,
    causal_mask,
    causal_rows,
    country_relations,
    picked,
    train,
)
from fmcourse.training.batches import IGNORE
from fmcourse.types import Model
from fmcourse.world import World

STEPS, SEEDS, WRITTEN = 1500, 5, 500
CALLS = (1, 2, 4, 8, 11)  # how often the model is asked; with 11 each call adds one word


def hidden_rows(
    corpus: Corpus, rows: int = 128, seed: int = 0, p: float | None = None
) -> Callable[[int], dict[str, Tensor]]:
    """step -> a batch with a share `p` of the words hidden; None draws it anew for each row, evenly from 0.05 to 1."""

    def batch(step: int) -> dict[str, Tensor]:
        ids, generator = picked(corpus, rows, seed, step)
        share = torch.rand(rows, 1, generator=generator).clamp(min=0.05) if p is None else p
        hide = torch.rand(ids.shape, generator=generator) < share
        hide[:, 0] = False
        labels = ids.masked_fill(~hide, IGNORE)
        return {"input_ids": ids.masked_fill(hide, MASK), "labels": labels, "attention_mask": torch.ones_like(ids)}

    return batch


@torch.no_grad()
def write(model: Model, n: int, length: int, calls: int, seed: int = 0, surest: bool = False) -> Tensor:
    """(n, length) ids: `n` sentences from masks alone, in so many `calls` of the model.

    In each call every hidden word is drawn from its own distribution, and an equal part of them is kept: those at
    places drawn by chance, or with `surest` those that got the highest probability. Raises `ValueError` for a number
    of calls that is not between 1 and `length` - 1.
    """
    if not 1 <= calls < length:
        raise ValueError(f"{calls} calls cannot fill {length - 1} places; between 1 and {length - 1} can.")
    generator = torch.Generator().manual_seed(seed)
    ids = torch.full((n, length), MASK)
    ids[:, 0] = CLS
    for call in range(calls):
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        logits[..., MASK] = -torch.inf
        p = logits.softmax(-1)
        guess = torch.multinomial(p.flatten(0, 1), 1, generator=generator).view(n, length)
        order = p.gather(-1, guess[..., None])[..., 0] if surest else torch.rand(n, length, generator=generator)
        keep = round(int((ids[0] == MASK).sum()) / (calls - call))
        at = order.masked_fill(ids != MASK, -1).topk(keep, dim=1).indices
        ids.scatter_(1, at, guess.gather(1, at))
    return ids


@torch.no_grad()
def write_left(model: Model, n: int, length: int, seed: int = 0) -> Tensor:
    """(n, length) ids: `n` sentences from a model that sees the left alone, one word a call."""
    generator, ids = torch.Generator().manual_seed(seed), torch.full((n, 1), CLS)
    for _ in range(length - 1):
        p = model(input_ids=ids, attention_mask=causal_mask(ids)).logits[:, -1].softmax(-1)
        ids = torch.cat([ids, torch.multinomial(p, 1, generator=generator)], dim=1)
    ended = (ids == SEP).cumsum(1) - (ids == SEP).long() > 0
    return ids.masked_fill(ended, PAD)


def sentences(corpus: Corpus, ids: Tensor) -> list[str]:
    """The rows as texts, without the special tokens."""
    return [" ".join(corpus.words(i for i in row if i > MASK + 2)).replace(" .", ".") for row in ids.tolist()]


def judged(corpus: Corpus, ids: Tensor) -> dict[str, float]:
    """Shares of the rows: `true` (one of the world's sentences), `formed` (true but for wrong names in it), `new` (true
    and not in the training text), and how many are `different` from each other.
    """
    world = World.default()
    relations = country_relations(world)
    every = [f.format(s=s, o=o) for r in relations for s, o in r.values.items() for f in (*r.forward, r.reverse)]
    names = {i for r in relations for pair in r.values.items() for x in pair for i in corpus.encode(x)[1:-1]}
    shape = lambda row: tuple(-1 if i in names else i for i in row)  # noqa: E731
    true = {tuple(corpus.encode(text)) for text in every}
    shapes, trained = {shape(row) for row in true}, {tuple(corpus.encode(text)) for text in corpus.sentences}
    rows = [tuple(i for i in row if i != PAD) for row in ids.tolist()]
    n = len(rows)
    return {
        "true": sum(row in true for row in rows) / n,
        "formed": sum(shape(row) in shapes for row in rows) / n,
        "new": sum(row in true and row not in trained for row in rows) / n,
        "different": len(set(rows)) / n,
    }


def trial(what: str, seed: int, steps: int = STEPS) -> list[dict[str, Any]]:
    """One training and what it writes: `what` is "all rates", "one rate" (30 %, as `cloze` has it) or "left"."""
    corpus = Corpus(all_sentences(World.default()))
    length, left = corpus.ids.shape[1], what == "left"
    batch = (
        causal_rows(corpus, seed=seed)
        if left
        else hidden_rows(corpus, seed=seed, p=RATE if what == "one rate" else None)
    )
    model, _ = train(corpus, batch, steps=steps, seed=seed)
    if left:
        return [{"calls": length - 1, "surest": False, **judged(corpus, write_left(model, WRITTEN, length, seed))}]
    return [
        {"calls": calls, "surest": surest, **judged(corpus, write(model, WRITTEN, length, calls, seed, surest))}
        for surest in (False, True)
        for calls in CALLS
    ]
