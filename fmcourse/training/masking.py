"""Masking: hide some tokens and ask a model for them. The training signal of BERT, without any label by hand.

Source: J. Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2019,
section 3.1: 15 % of the tokens are to be predicted; of these 80 % become the mask token, 10 % a random token, and 10 %
stay as they are.

But: single tokens are hidden, not whole words or spans; and nothing here trains (see `fmcourse.training.fit`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from fmcourse.training.batches import IGNORE, additive, block_mask, packed
from fmcourse.types import Tokenizer
from fmcourse.world import World
from fmcourse.world.facts import share


def mask_tokens(
    ids: Tensor,
    special_mask: Tensor,
    p: float = 0.15,
    generator: torch.Generator | None = None,
    *,
    mask_id: int = 3,
    vocab_size: int = 2560,
    first_ordinary: int = 6,
    mask_share: float = 0.8,
    random_share: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """Choose each token with probability `p` and hide it: returns (ids to read, labels to predict), shaped like `ids`.

    `special_mask` is true (or 1) where a token must never be chosen: padding, [cls], [sep]. Of the chosen ones
    `mask_share` become `mask_id`, `random_share` a random token in `first_ordinary .. vocab_size - 1` (the first six
    tokens of the course's tokenizer are special), the rest stay. `labels` hold the original token where one was chosen
    and -100, which every loss ignores, elsewhere. `ids` itself is not changed; the same generator state gives the same
    result. Raises `ValueError` for shapes that differ or shares that are no probabilities.

    >>> ids = torch.tensor([[4, 70, 71, 72, 5]])
    >>> hidden, labels = mask_tokens(ids, ids < 6, p=1.0, mask_share=1.0, random_share=0.0)
    >>> hidden.tolist(), labels.tolist()
    ([[4, 3, 3, 3, 5]], [[-100, 70, 71, 72, -100]])
    """
    if ids.shape != special_mask.shape:
        raise ValueError(f"ids {tuple(ids.shape)} and special_mask {tuple(special_mask.shape)} must agree in shape.")
    if not 0 <= p <= 1 or min(mask_share, random_share) < 0 or mask_share + random_share > 1 + 1e-9:
        raise ValueError(
            f"p={p}, mask_share={mask_share} and random_share={random_share} must be probabilities, "
            f"and the two shares must not exceed 1 together."
        )
    if not 0 <= first_ordinary < vocab_size:
        raise ValueError(f"no ordinary token lies between first_ordinary={first_ordinary} and vocab_size={vocab_size}.")

    how = {"size": ids.shape, "generator": generator, "device": ids.device}
    chosen = (torch.rand(**how) < p) & ~special_mask.bool()  # type: ignore[arg-type]  # each of its own type
    fate = torch.rand(**how)  # type: ignore[arg-type]
    other = torch.randint(first_ordinary, vocab_size, **how, dtype=ids.dtype)  # type: ignore[arg-type]
    hidden = torch.where(chosen & (fate < mask_share), mask_id, ids)
    hidden = torch.where(chosen & (fate >= mask_share) & (fate < mask_share + random_share), other, hidden)
    return hidden, ids.masked_fill(~chosen, IGNORE)


def hide_one(
    ids: Tensor,
    special_mask: Tensor,
    document: Tensor,
    generator: torch.Generator | None = None,
    *,
    mask_id: int = 3,
    weights: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Hide one random token of each document: returns (ids to read, labels to predict), shaped like `ids`, (B, T).

    `document` numbers the document that each token belongs to, from 1, and is 0 for padding. This is what an encoder
    meets when it is asked for a single word. Every ordinary token of a document is equally likely to be the one, or,
    with `weights` (V,), as likely as its weight says. Tokens that can stand in the same place must weigh the same:
    otherwise the heavy ones are hidden, and then guessed, more often than the language has them there.

    >>> ids = torch.tensor([[4, 70, 5, 4, 80, 5, 0]])
    >>> hidden, labels = hide_one(ids, ids < 6, torch.tensor([[1, 1, 1, 2, 2, 2, 0]]))
    >>> hidden.tolist(), labels.tolist()
    ([[4, 3, 5, 4, 3, 5, 0]], [[-100, 70, -100, -100, 80, -100, -100]])
    """
    if not ids.shape == special_mask.shape == document.shape:
        raise ValueError(
            f"ids {tuple(ids.shape)}, special_mask {tuple(special_mask.shape)} and document "
            f"{tuple(document.shape)} must agree in shape."
        )
    ticket = torch.rand(ids.shape, generator=generator, device=ids.device)
    if weights is not None:  # the largest of u ** (1 / w) belongs to each with a chance in proportion to its w
        ticket = ticket ** (1 / weights[ids])
    ticket = ticket.masked_fill(special_mask.bool(), -1)
    best = torch.full((int(document.max()) + 1,), -1.0, device=ids.device)
    best = best.scatter_reduce(0, document.flatten(), ticket.flatten(), "amax")
    chosen = (ticket == best[document]) & ~special_mask.bool()
    return torch.where(chosen, mask_id, ids), ids.masked_fill(~chosen, IGNORE)


def masked_batch(
    world: World,
    tokenizer: Tokenizer,
    rows: int,
    length: int,
    seed: int,
    step: int,
    kinds: Sequence[str] | None = None,
    p: float | None = 0.15,
    *,
    mask_share: float = 0.8,
    random_share: float = 0.1,
    weights: Tensor | None = None,
) -> dict[str, Tensor]:
    """One batch for BertForMaskedLM, several documents to a row, each written `[cls] tokens [sep]`.

    `input_ids`, `labels`, `position_ids` are (rows, length); `attention_mask` is (rows, 1, length, length): 0 where two
    positions belong to the same document, in both directions, else the lowest float. Positions count from 0 within each
    document. The same seed and step always give the same batch. With `p=None` one token of each document is hidden,
    chosen by `weights`, see `hide_one`.
    """
    ends = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    ids, document, position = packed(world, tokenizer, rows, length, seed, step, kinds, ends)
    generator = torch.Generator().manual_seed(int(share("mask", seed, step) * 2**48))
    special = torch.isin(ids, torch.tensor(tokenizer.all_special_ids))
    if p is None:
        hidden, labels = hide_one(ids, special, document, generator, mask_id=tokenizer.mask_token_id, weights=weights)
    else:
        hidden, labels = mask_tokens(
            ids,
            special,
            p,
            generator,
            mask_id=tokenizer.mask_token_id,
            vocab_size=len(tokenizer),
            first_ordinary=max(tokenizer.all_special_ids) + 1,
            mask_share=mask_share,
            random_share=random_share,
        )
    return {
        "input_ids": hidden,
        "labels": labels,
        "attention_mask": additive(block_mask(document, causal=False)),
        "position_ids": position,
    }
