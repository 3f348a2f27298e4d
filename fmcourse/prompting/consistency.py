"""Self-consistency: let the model answer several times, and take the answer that comes up most often.

    drawn = samples(model, tokenizer, prompts, 9, temperature=1.0, seed=0)       # 9 texts for each prompt
    [majority([read(t) for t in texts]) for texts in drawn]                      # from voting.py

The thought is that different chains of thought go wrong in different ways, and right in the same way.
Source: Wang et al. 2023, "Self-consistency improves chain of thought reasoning in language models".

But: votes weigh the same, however sure the model was; and where a model errs in the same way each time, they agree on
the error.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from fmcourse.models import cached
from fmcourse.models.encoding import pad
from fmcourse.prompting.decoding import next_token_distribution, prompt_tokens
from fmcourse.types import Model, Tokenizer


@torch.no_grad()
def samples(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    n: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    max_new_tokens: int = 12,
    stop: str | None = None,
    seed: int = 0,
    batch_size: int = 256,
) -> list[list[str]]:
    """`n` drawn continuations of each prompt, stripped of spaces: `generate` with a temperature, many at a time.

    Decoders only. The same seed and `batch_size` give the same texts. Raises `ValueError` for n below 1 or an
    encoder-decoder, and what `generate` raises.
    """
    if n < 1:
        raise ValueError(f"n is {n}; draw at least one continuation.")
    if model.config.is_encoder_decoder:
        raise ValueError("`samples` is for decoders; for an encoder-decoder call `generate` with several seeds.")
    next_token_distribution(torch.zeros(2), temperature, top_k, top_p)  # a dial without a meaning is refused here
    coded = [ids for p in prompts for ids in [prompt_tokens(model, tokenizer, p, max_new_tokens)] * n]
    order = sorted(range(len(coded)), key=lambda i: len(coded[i]))
    rng = torch.Generator().manual_seed(seed)
    out: list[str] = [""] * len(coded)
    for start in range(0, len(order), batch_size):
        mine = order[start : start + batch_size]
        dials = temperature, top_k, top_p
        written = _draw(model, tokenizer, [coded[i] for i in mine], dials, max_new_tokens, rng, stop)
        for i, text in zip(mine, written, strict=True):
            out[i] = (text if stop is None else text.split(stop)[0]).strip()
    return [out[i : i + n] for i in range(0, len(out), n)]


def _draw(
    model: Model,
    tokenizer: Tokenizer,
    coded: list[list[int]],
    dials: tuple[float, int | None, float | None],
    new: int,
    rng: torch.Generator,
    stop: str | None,
) -> list[str]:
    """One batch, drawn token by token with a cache."""
    ids, mask = (t.to(model.device) for t in pad(coded, tokenizer.pad_token_id or 0, left=True))
    position, feed, cache = (mask.cumsum(1) - 1).clamp(min=0), ids, None
    written: list[list[int]] = [[] for _ in coded]
    done = [False] * len(coded)
    for _ in range(new):
        out, cache = cached.step(model, cache, input_ids=feed, attention_mask=mask, position_ids=position)
        p = _distributions(out.logits[:, -1].float().cpu(), *dials)
        token = torch.multinomial(p, 1, generator=rng)
        for i, t in enumerate(token[:, 0].tolist()):
            if not done[i]:
                done[i] = t == tokenizer.eos_token_id
                if not done[i]:
                    written[i].append(t)
                    done[i] = stop is not None and stop in tokenizer.decode([t])
        if all(done):
            break
        feed = token.to(model.device)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
        position = position[:, -1:] + 1
    texts = []
    for before, after in zip(coded, written, strict=True):
        text = tokenizer.decode(before + after, skip_special_tokens=True)
        texts.append(text[len(tokenizer.decode(before, skip_special_tokens=True)) :])
    return texts


def _distributions(logits: Tensor, temperature: float, top_k: int | None, top_p: float | None) -> Tensor:
    """`next_token_distribution` for each row of (B, V); without top-k and top-p in one go."""
    if top_k is None and (top_p is None or top_p == 1):
        return ((logits - logits.max(-1, keepdim=True).values) / temperature).softmax(-1)
    return torch.stack([next_token_distribution(row, temperature, top_k, top_p) for row in logits])
