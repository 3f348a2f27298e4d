"""Greedy writing with our own transformer: read the prompt once, then one new token at a time.

With a cache each step computes one token instead of the whole text again; the text is the same. But: no sampling, no
beams, no stop strings; those are in fmcourse.prompting, for models of `transformers`.
"""

import torch
from torch import Tensor

from fmcourse.models.transformer import Cache, Decoder, EncoderDecoder


@torch.inference_mode()
def generate(
    model: Decoder | EncoderDecoder,
    input_ids: Tensor,
    attention_mask: Tensor | None = None,
    *,
    max_new_tokens: int = 20,
    eos: int | None = None,
    pad: int = 0,
    start: int | None = None,
    cached: bool = True,
) -> Tensor:
    """The new tokens, (B, n) with n <= max_new_tokens: at each step the most likely one.

    `input_ids` (B, T) may be padded left or right, with 0 in `attention_mask` there. After `eos` a row is filled with
    `pad`. An encoder-decoder begins to write with the token `start`. `cached=False` computes everything anew in each
    step: the same tokens, slowly. Raises `ValueError` for a text beyond the model's positions.
    """
    both = isinstance(model, EncoderDecoder)
    if both and start is None:
        raise ValueError("an encoder-decoder needs `start`, the token its output begins with.")
    if not both and input_ids.shape[1] + max_new_tokens > model.config.max_positions:
        raise ValueError(
            f"{input_ids.shape[1]} tokens and {max_new_tokens} new ones do not fit into the model's "
            f"{model.config.max_positions} positions. Shorten the text, or write fewer."
        )
    mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
    cache = Cache() if cached else None
    written = input_ids.new_full((input_ids.shape[0], 1), start) if both else input_ids  # type: ignore[arg-type]  # checked above
    begin, feed = written.shape[1], written
    done = torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)
    for step in range(max_new_tokens):
        if both:
            logits = model(input_ids, feed, mask, cache=cache)[:, -1]
        elif step or mask[:, -1].all():
            logits = model(feed, mask, cache=cache)[:, -1]
        else:  # padded on the right: the last token stands somewhere in the middle
            last = mask.shape[1] - 1 - mask.flip(1).argmax(1)
            logits = model(feed, mask, cache=cache)[torch.arange(len(last)), last]
        token = torch.where(done, pad, logits.argmax(-1))
        written = torch.cat([written, token[:, None]], dim=1)
        feed = token[:, None] if cached else written
        if not both:
            mask = torch.cat([mask, torch.ones_like(token)[:, None]], dim=1)
        if eos is not None:
            done = done | (token == eos)
            if done.all():
                break
    return written[:, begin:]
