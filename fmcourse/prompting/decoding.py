"""From logits to text: greedy, sampled or by beams, for decoders and encoder-decoders.

`generate` writes one continuation, token by token, and can be read from top to bottom; `complete` is its fast sibling
for measuring: greedy, many prompts at once. Beam search is the one of `transformers`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from fmcourse.models.encoding import encode_prompt, pad


class PromptTooLong(ValueError):
    """The prompt and what is to be written do not fit into the model's context."""


def context_length(model) -> int | None:
    """How many tokens the model can hold; None when its positions have no limit (T5)."""
    config = model.config
    return (
        getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
        if not config.is_encoder_decoder
        else None
    )


def next_token_distribution(
    logits: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Tensor:
    """Probabilities of the next token, (V,) from (V,) logits, after the three usual dials.

    Temperature divides the logits. `top_k` keeps the k most likely tokens. `top_p` keeps the smallest set of most
    likely tokens whose probabilities reach p (nucleus sampling: Holtzman et al. 2020, "The curious case of neural text
    degeneration"). Raises `ValueError` for values without a meaning.
    """
    if temperature <= 0:
        raise ValueError(
            f"temperature is {temperature}; it must be positive here. Greedy decoding is `temperature=0` in `generate`."
        )
    if (top_k is not None and top_k < 1) or (top_p is not None and not 0 < top_p <= 1):
        raise ValueError(f"top_k is {top_k} and top_p is {top_p}; top_k must be at least 1 and top_p in (0, 1].")
    logits = logits / temperature
    if top_k is not None and top_k < logits.numel():
        logits = logits.masked_fill(logits < logits.topk(top_k).values[-1], -torch.inf)
    if top_p is not None:
        p, order = logits.softmax(-1).sort(descending=True)
        beyond = p.cumsum(-1) - p >= top_p  # everything before this token already reaches top_p
        logits = logits.index_fill(0, order[beyond], -torch.inf)
    return logits.softmax(-1)


def _check_length(model, prompt_tokens: int, new: int) -> None:
    limit = context_length(model)
    if limit is not None and prompt_tokens + new > limit:
        raise PromptTooLong(
            f"the prompt has {prompt_tokens} tokens and {new} more are to be written, but the model's context "
            f"holds {limit}. Shorten the prompt to {max(0, limit - new)} tokens, or write fewer."
        )


@torch.no_grad()
def generate(
    model,
    tokenizer,
    prompt: str,
    *,
    max_new_tokens: int = 40,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    beams: int = 1,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
) -> str:
    """Continue `prompt` and return only what was written, without the end-of-document token.

    `temperature=0` takes the most likely token each time (greedy); otherwise tokens are drawn with the dials of
    `next_token_distribution`, from a generator seeded with `seed`. `stop`: the text ends before the first of these
    strings. An encoder-decoder reads the prompt and writes its output. Raises `PromptTooLong` with both lengths.
    """
    if max_new_tokens < 0 or beams < 1:
        raise ValueError(f"max_new_tokens is {max_new_tokens} and beams is {beams}; they must be at least 0 and 1.")
    stops = [stop] if isinstance(stop, str) else list(stop or [])
    both = model.config.is_encoder_decoder
    ids = (
        [*tokenizer.encode(prompt, add_special_tokens=False), tokenizer.eos_token_id]
        if both
        else encode_prompt(tokenizer, prompt)
    )
    _check_length(model, len(ids), max_new_tokens)
    inputs = torch.tensor([ids], device=model.device)
    if beams > 1:
        out = model.generate(
            input_ids=inputs,
            attention_mask=torch.ones_like(inputs),
            num_beams=beams,
            do_sample=False,
            max_new_tokens=max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
        )[0]
        written = [t for t in out[0 if both else len(ids) :].tolist() if t not in tokenizer.all_special_ids]
        return _cut(tokenizer.decode(written), stops)
    rng = torch.Generator().manual_seed(seed) if seed is not None else None
    if both:
        memory = model.get_encoder()(inputs)
        feed, written = [model.config.decoder_start_token_id], []
    else:
        feed, written = ids, []
    cache = None
    for _ in range(max_new_tokens):
        new = torch.tensor([feed], device=model.device)
        if both:
            out = model(encoder_outputs=memory, decoder_input_ids=new, past_key_values=cache, use_cache=True)
        else:
            out = model(input_ids=new, past_key_values=cache, use_cache=True)
        cache, logits = out.past_key_values, out.logits[0, -1].float().cpu()
        if temperature == 0:
            token = int(logits.argmax())
        else:
            token = int(torch.multinomial(next_token_distribution(logits, temperature, top_k, top_p), 1, generator=rng))
        if token == tokenizer.eos_token_id:
            break
        written.append(token)
        feed = [token]
        if stops and any(s in _continuation(tokenizer, ids, written, both) for s in stops):
            break
    return _cut(_continuation(tokenizer, ids, written, both), stops)


def _continuation(tokenizer, ids: list[int], written: list[int], alone: bool) -> str:
    """The text of the new tokens with the space that parts them from the prompt."""
    if alone or len(ids) == 1:
        return tokenizer.decode(written, skip_special_tokens=True)
    before = tokenizer.decode(ids[1:], skip_special_tokens=True)
    return tokenizer.decode(ids[1:] + written, skip_special_tokens=True)[len(before) :]


def _cut(text: str, stops: Sequence[str]) -> str:
    ends = [text.index(s) for s in stops if s in text]
    return text[: min(ends)] if ends else text


@torch.no_grad()
def complete(
    model, tokenizer, prompts: Sequence[str], *, max_new_tokens: int = 12, stop: str | None = None, batch_size: int = 64
) -> list[str]:
    """The greedy continuation of each prompt, stripped of spaces at its ends: `generate` for measuring, many at a
    time.
    """
    out: list[str] = [""] * len(prompts)
    encoded = [
        [*tokenizer.encode(p, add_special_tokens=False), tokenizer.eos_token_id]
        if model.config.is_encoder_decoder
        else encode_prompt(tokenizer, p)
        for p in prompts
    ]
    order = sorted(range(len(prompts)), key=lambda i: len(encoded[i]))
    for start in range(0, len(order), batch_size):
        mine = order[start : start + batch_size]
        _check_length(model, max(len(encoded[i]) for i in mine), max_new_tokens)
        ids, mask = pad([encoded[i] for i in mine], tokenizer.pad_token_id, left=not model.config.is_encoder_decoder)
        made = model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            do_sample=False,
            max_new_tokens=max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        if not model.config.is_encoder_decoder:
            made = made[:, ids.shape[1] :]
        for i, row in zip(mine, made.tolist(), strict=True):
            text = tokenizer.decode(row, skip_special_tokens=True)
            out[i] = (text.split(stop)[0] if stop else text).strip()
    return out
