"""A watermark: half of the vocabulary is "green" after each token, and green tokens are made a little likelier.

Whoever holds the key can count green tokens in a text: an unmarked text has about half, a marked one more.

| Kirchenbauer and others | here |
| --- | --- |
| green list, seeded by the token before and a key | `green_after(key, token, V)` |
| gamma, the share that is green | `gamma` |
| delta, added to green logits (the soft rule) | `delta` |
| z of the number of green tokens, each pair of tokens once | `detect(...).z` |

But: z speaks of chance with equal shares for every pair. Texts of one kind share their commonest pairs, so the share
of false alarms must be measured on unmarked texts of that kind. The key is a seed and no secret of a cipher.

Source: J. Kirchenbauer and others, "A Watermark for Large Language Models", 2023.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from fmcourse.models import cached
from fmcourse.models.encoding import begin, plain_tokens
from fmcourse.prompting.decoding import next_token_distribution, prompt_tokens
from fmcourse.types import Model, Tokenizer


class Detection(NamedTuple):
    """`green` of `tokens` different pairs are green; `z` is how many standard deviations that lies above chance."""

    z: float
    green: int
    tokens: int


def _check(key: int, gamma: float, delta: float = 0.0) -> None:
    if not 0 < gamma < 1 or not delta >= 0:
        raise ValueError(f"gamma is {gamma} and delta is {delta}; gamma must lie within 0 to 1, delta not below 0.")
    if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key < 2**31:
        raise ValueError(f"the key is {key!r}; it must be a whole number from 0 to {2**31 - 1}.")


@lru_cache(maxsize=4096)
def green_after(key: int, token: int, size: int, gamma: float = 0.5) -> Tensor:
    """Which tokens are green after `token`, (size,) bool: the same for the same key. Do not change it."""
    chance = torch.Generator().manual_seed(key * 1_000_003 + token)
    return torch.rand(size, generator=chance) < gamma


@torch.no_grad()
def generate(
    model: Model,
    tokenizer: Tokenizer,
    prompt: str,
    *,
    key: int,
    delta: float = 2.0,
    gamma: float = 0.5,
    max_new_tokens: int = 40,
    temperature: float = 1.0,
    seed: int | None = None,
) -> str:
    """Continue `prompt` with a marked text and return what was written; `delta` 0 marks nothing.

    Raises `ValueError` for values without a meaning and `PromptTooLong` when the text does not fit.
    """
    _check(key, gamma, delta)
    ids = prompt_tokens(model, tokenizer, prompt, max_new_tokens)
    chance = torch.Generator().manual_seed(seed) if seed is not None else None
    feed, past, first = list(ids), None, len(ids)
    for _ in range(max_new_tokens):
        out, past = cached.step(model, past, input_ids=torch.tensor([feed], device=model.device))
        logits = out.logits[0, -1].float().cpu()
        logits = logits + delta * green_after(key, ids[-1], len(logits), gamma)
        token = int(torch.multinomial(next_token_distribution(logits, temperature), 1, generator=chance))
        if token == tokenizer.eos_token_id:
            break
        ids, feed = [*ids, token], [token]
    before = tokenizer.decode(ids[:first], skip_special_tokens=True)
    return tokenizer.decode(ids, skip_special_tokens=True)[len(before) :]


def detect(tokenizer: Tokenizer, text: str, *, key: int, gamma: float = 0.5, size: int | None = None) -> Detection:
    """How much greener a text is than chance. Each pair of neighbouring tokens counts once.

    `size` is the number of the model's logits, where it is not the tokenizer's. Raises `ValueError` for a text without
    a token, and for values without a meaning.
    """
    _check(key, gamma)
    ids = [*begin(tokenizer), *plain_tokens(tokenizer, text)]
    pairs = dict.fromkeys(zip(ids, ids[1:], strict=False))
    if not pairs:
        raise ValueError("the text holds no pair of tokens to count; give a longer one.")
    green = sum(bool(green_after(key, before, size or len(tokenizer), gamma)[token]) for before, token in pairs)
    n = len(pairs)
    return Detection((green - gamma * n) / (n * gamma * (1 - gamma)) ** 0.5, green, n)
