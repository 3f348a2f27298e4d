"""Short answers of a decoder, each with the probability that it gave to the answer's first token.

But: an answer of several tokens is judged by its first; the probability of the whole would sink with its length, and
with the sign that ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from fmcourse.models.encoding import pad
from fmcourse.prompting import complete, first_answer
from fmcourse.prompting.decoding import prompt_tokens
from fmcourse.types import Model, Tokenizer

AT_ONCE = 128  # prompts in one batch


@dataclass(frozen=True)
class Answers:
    """`texts`: one answer a prompt, and who was asked what."""

    texts: list[str]
    prompts: Sequence[str]
    model: Model
    tokenizer: Tokenizer

    @cached_property
    def logits(self) -> Tensor:
        """What the model expects of each answer's first token, (prompts, V), on the CPU; asked once, when needed."""
        coded = [prompt_tokens(self.model, self.tokenizer, p) for p in self.prompts]
        order = sorted(range(len(coded)), key=lambda i: len(coded[i]))
        out = torch.zeros(len(coded), len(self.tokenizer))
        for start in range(0, len(order), AT_ONCE):
            mine = order[start : start + AT_ONCE]
            rows = pad([coded[i] for i in mine], self.tokenizer.pad_token_id, left=True)
            ids, mask = (t.to(self.model.device) for t in rows)
            position = (mask.cumsum(1) - 1).clamp(min=0)
            with torch.no_grad():
                expected = self.model(input_ids=ids, attention_mask=mask, position_ids=position).logits[:, -1]
            out[mine] = expected.float().cpu()
        return out

    def sure(self, temperature: float = 1.0) -> Tensor:
        """The largest probability of the first token, (prompts,); the temperature divides the logits."""
        return (self.logits / temperature).softmax(-1).amax(-1)


def greedy_answers(model: Model, tokenizer: Tokenizer, prompts: Sequence[str], *, max_new_tokens: int = 8) -> Answers:
    """Answer each prompt greedily, up to the first full stop, comma or semicolon.

    Raises `ValueError` without prompts, and `PromptTooLong` as `complete` does.
    """
    if not prompts:
        raise ValueError("there are no prompts; pass at least one.")
    texts = complete(model, tokenizer, prompts, max_new_tokens=max_new_tokens, batch_size=AT_ONCE)
    return Answers([first_answer(text) for text in texts], list(prompts), model, tokenizer)
