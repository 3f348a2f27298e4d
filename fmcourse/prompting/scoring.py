"""Counting right answers honestly: a share with its interval, and a choice among given answers."""

import math
from collections.abc import Sequence

import torch

from fmcourse.models.encoding import pad
from fmcourse.prompting.decoding import prompt_tokens
from fmcourse.types import Model, Tokenizer


def interval(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson interval of a share: 95 % by default (Wilson 1927). Raises `ValueError` when n is 0.

    >>> low, high = interval(45, 50)
    >>> round(low, 2), round(high, 2)
    (0.79, 0.96)
    """
    if n <= 0 or not 0 <= right <= n:
        raise ValueError(f"{right} right of {n} is not a share; n must be positive and right between 0 and n.")
    p, s = right / n, z * z / n
    middle, half = (p + s / 2) / (1 + s), z * math.sqrt(p * (1 - p) / n + s / (4 * n)) / (1 + s)
    return max(0.0, middle - half), min(1.0, middle + half)


@torch.no_grad()
def choose(model: Model, tokenizer: Tokenizer, prompt: str, answers: Sequence[str]) -> dict[str, float]:
    """The probability of each of the given answers after `prompt`, made to sum to one over them: a decoder's choice.

    An answer is scored whole, over all its tokens. Raises `ValueError` when there are no answers, when one stands
    twice, or for an encoder-decoder; `PromptTooLong` when prompt and answer do not fit into the context.
    """
    if not answers:
        raise ValueError("there is nothing to choose from; pass at least one answer.")
    if len(set(answers)) < len(answers):
        raise ValueError(f"an answer stands twice in {list(answers)}; pass each once.")
    if model.config.is_encoder_decoder:
        raise ValueError("`choose` is for decoders, and this model reads with an encoder; compare its losses instead.")
    joint = "" if not prompt or prompt[-1].isspace() else " "
    texts = [prompt + (joint + a if a[:1].isalnum() else a) for a in answers]
    whole = [prompt_tokens(model, tokenizer, text) for text in texts]
    shared = next(
        (i for i, column in enumerate(zip(*whole, strict=False)) if len(set(column)) > 1), min(map(len, whole))
    )
    ids, mask = pad(whole, tokenizer.pad_token_id or 0)
    logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
    logp = logits.float().cpu().log_softmax(-1)
    first = max(1, shared)  # tokens before the answers part are the same for all and cancel out
    picked = logp[:, first - 1 : -1].gather(-1, ids[:, first:, None])[..., 0] * mask[:, first:]
    p = picked.sum(1).softmax(0)
    return dict(zip(answers, p.tolist(), strict=True))
