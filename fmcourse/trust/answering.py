"""Short answers of a decoder, each with the probability that it gave to the answer's first token.

But: an answer of several tokens is judged by its first; the probability of the whole would sink with its length, and
with the sign that ends it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from fmcourse.models import cached
from fmcourse.models.encoding import pad
from fmcourse.prompting import first_answer
from fmcourse.prompting.decoding import prompt_tokens
from fmcourse.types import Model, Tokenizer


class Answers(NamedTuple):
    """`texts`: one answer a prompt. `logits` (prompts, V): what the model expected of each answer's first token."""

    texts: list[str]
    logits: Tensor

    def sure(self, temperature: float = 1.0) -> Tensor:
        """The largest probability of the first token, (prompts,); the temperature divides the logits."""
        return (self.logits / temperature).softmax(-1).amax(-1)


@torch.no_grad()
def greedy_answers(
    model: Model, tokenizer: Tokenizer, prompts: Sequence[str], *, max_new_tokens: int = 8, batch_size: int = 128
) -> Answers:
    """Answer each prompt greedily, up to the first full stop, comma or semicolon.

    Raises `ValueError` without prompts, and `PromptTooLong` as `complete` does.
    """
    if not prompts:
        raise ValueError("there are no prompts; pass at least one.")
    coded = [prompt_tokens(model, tokenizer, p, max_new_tokens) for p in prompts]
    order = sorted(range(len(prompts)), key=lambda i: len(coded[i]))
    texts, logits = [""] * len(prompts), torch.zeros(len(prompts), len(tokenizer))
    for start in range(0, len(order), batch_size):
        mine = order[start : start + batch_size]
        ids, mask = (t.to(model.device) for t in pad([coded[i] for i in mine], tokenizer.pad_token_id, left=True))
        position, feed, past = (mask.cumsum(1) - 1).clamp(min=0), ids, None
        written = ids[:, :0]
        for step in range(max_new_tokens):
            out, past = cached.step(model, past, input_ids=feed, attention_mask=mask, position_ids=position)
            last = out.logits[:, -1].float()
            if step == 0:
                logits[mine] = last.cpu()
            feed = last.argmax(-1)[:, None]
            written = torch.cat([written, feed], 1)
            mask = torch.cat([mask, torch.ones_like(feed)], 1)
            position = position[:, -1:] + 1
        for i, row in zip(mine, written.tolist(), strict=True):
            row = row[: row.index(tokenizer.eos_token_id)] if tokenizer.eos_token_id in row else row
            texts[i] = first_answer(tokenizer.decode(row, skip_special_tokens=True))
    return Answers(texts, logits)
