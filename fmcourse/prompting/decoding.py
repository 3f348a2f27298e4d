"""From logits to text: greedy, sampled or by beams, for decoders and encoder-decoders.

`generate` writes one continuation, token by token, and can be read from top to bottom; `complete` is its fast sibling
for measuring: greedy, many prompts at once. Beam search is the one of `transformers`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from fmcourse.models import cached
from fmcourse.models.devices import lies_on, working_on
from fmcourse.models.encoding import begin, pad, plain_tokens
from fmcourse.types import Model, Tokenizer

CEILING = 2048  # tokens for models whose positions have no limit: beyond it, attention fills the memory of a laptop


class PromptTooLong(ValueError):
    """The prompt and what is to be written do not fit into the model's context."""


def context_length(model: Model) -> int | None:
    """How many tokens the model can hold; None when its positions have no limit (T5)."""
    if hasattr(model.config, "relative_attention_num_buckets"):
        return None
    return getattr(model.config, "max_position_embeddings", None) or getattr(model.config, "n_positions", None)


def prompt_tokens(model: Model, tokenizer: Tokenizer, prompt: str, new: int = 0) -> list[int]:
    """Token ids of `prompt` as the model reads it, checked to leave room for `new` tokens.

    A decoder reads begin-of-document and the text, an encoder-decoder the text and end-of-document. Raises
    `PromptTooLong` with both lengths; of a very long text only a part is encoded, enough to know, so that a megabyte is
    answered at once.
    """
    both = model.config.is_encoder_decoder
    limit, written = context_length(model) or CEILING, 0 if both else new  # what is written has positions of its own
    if both and context_length(model) and new > limit:
        raise PromptTooLong(f"{new} tokens are to be written, but the model's context holds {limit}. Write fewer.")
    part = prompt[: 50 * limit]
    ids = plain_tokens(tokenizer, part)
    ids = [*ids, tokenizer.eos_token_id] if both else [*begin(tokenizer), *ids]
    if not ids:
        raise ValueError("the prompt is empty, and this tokenizer has no token to begin with. Write at least one word.")
    if len(ids) + written > limit:
        size, holds = f"{len(ids)} tokens", "holds" if context_length(model) else "is kept to"
        if len(part) < len(prompt):
            size = f"{len(prompt)} characters, more than {len(ids)} tokens"
        more, fewer = (f" and {written} more are to be written", ", or write fewer") if written else ("", "")
        raise PromptTooLong(
            f"the prompt has {size}{more}, but the model's context {holds} {limit}. "
            f"Shorten the prompt to {max(0, limit - written)} tokens{fewer}."
        )
    if len(part) < len(prompt):  # fewer than one token in 50 characters: no text that anybody reads
        raise PromptTooLong(
            f"the prompt has {len(prompt)} characters; the model's context holds {limit} tokens. "
            f"Shorten it to {len(part)} characters."
        )
    return ids


def next_token_distribution(
    logits: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Tensor:
    """Probabilities of the next token, (V,) from (V,) logits, after the three usual dials.

    Temperature divides the logits. `top_k` keeps the k most likely tokens. `top_p` keeps the smallest set of most
    likely tokens whose probabilities reach p (nucleus sampling: Holtzman et al. 2020, "The curious case of neural text
    degeneration"). Of equals, the first stay. Raises `ValueError` for values without a meaning.
    """
    if not temperature > 0:  # so that nan is refused, too
        raise ValueError(
            f"temperature is {temperature}; it must be positive here. Greedy decoding is `temperature=0` in `generate`."
        )
    if (top_k is not None and top_k < 1) or (top_p is not None and not 0 < top_p <= 1):
        raise ValueError(f"top_k is {top_k} and top_p is {top_p}; top_k must be at least 1 and top_p in (0, 1].")
    logits = (logits - logits.max()) / temperature  # the largest becomes 0: a tiny temperature must not overflow
    if top_k is not None and top_k < logits.numel():
        logits = logits.index_fill(0, logits.argsort(descending=True, stable=True)[top_k:], -torch.inf)
    if top_p is not None and top_p < 1:
        p, order = logits.double().softmax(-1).sort(descending=True, stable=True)
        beyond = p.cumsum(-1) - p >= top_p  # everything before this token already reaches top_p
        logits = logits.index_fill(0, order[beyond], -torch.inf)
    return logits.softmax(-1)


@contextmanager
def _only_what_is_asked(model: Model, tokenizer: Tokenizer) -> Iterator[None]:
    """Models from the Hub come with habits (four beams, a penalty on repetition); put them aside for one call."""
    from transformers import GenerationConfig

    habits = model.generation_config
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=_pad_id(tokenizer),
        decoder_start_token_id=_decoder_start(model),
    )
    try:
        yield
    finally:
        model.generation_config = habits


def _pad_id(tokenizer: Tokenizer) -> int:
    """The padding token; any will do where there is none (GPT-2), since the mask hides it."""
    return next(t for t in (tokenizer.pad_token_id, tokenizer.eos_token_id, 0) if t is not None)


def _decoder_start(model: Model) -> int | None:
    """The token a decoder's output begins with; older configurations keep it beside the habits."""
    start = getattr(model.config, "decoder_start_token_id", None)
    return model.generation_config.decoder_start_token_id if start is None else start


def _stops(stop: str | Sequence[str] | None) -> list[str]:
    stops = [stop] if isinstance(stop, str) else list(stop or [])
    if "" in stops:
        raise ValueError("a stop string is empty, and so would be every answer; leave it out.")
    return stops


@torch.no_grad()
def generate(
    model: Model,
    tokenizer: Tokenizer,
    prompt: str,
    *,
    max_new_tokens: int = 40,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    beams: int = 1,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
    device: str | None = None,
) -> str:
    """Continue `prompt` and return only what was written, without the end-of-document token.

    `temperature=0` takes the most likely token each time (greedy); otherwise tokens are drawn with the dials of
    `next_token_distribution`, from a generator seeded with `seed`. `stop`: the text ends before the first of these
    strings. With `beams` above 1 nothing is drawn, whatever the temperature. An encoder-decoder reads the prompt and
    writes its output. `device` None computes where the model lies; "auto" or "cuda" moves it there meanwhile. Raises
    `PromptTooLong` with both lengths.
    """
    if max_new_tokens < 0 or beams < 1:
        raise ValueError(f"max_new_tokens is {max_new_tokens} and beams is {beams}; they must be at least 0 and 1.")
    stops = _stops(stop)
    both = model.config.is_encoder_decoder
    ids = prompt_tokens(model, tokenizer, prompt, max_new_tokens)
    with working_on(model, device or lies_on(model)):
        inputs = torch.tensor([ids], device=model.device)
        if beams > 1 and max_new_tokens:
            with _only_what_is_asked(model, tokenizer):
                out = model.generate(
                    input_ids=inputs,
                    attention_mask=torch.ones_like(inputs),
                    num_beams=beams,
                    do_sample=False,
                    max_new_tokens=max_new_tokens,
                )[0]
            return _cut(_continuation(tokenizer, ids, out[1 if both else len(ids) :].tolist(), both), stops)
        rng = torch.Generator().manual_seed(seed) if seed is not None else None
        if both:
            memory = model.get_encoder()(inputs)
            feed, written = [_decoder_start(model)], []
        else:
            feed, written = ids, []
        cache = None
        for _ in range(max_new_tokens):
            new = torch.tensor([feed], device=model.device)
            read = {"encoder_outputs": memory, "decoder_input_ids": new} if both else {"input_ids": new}
            out, cache = cached.step(model, cache, **read)
            logits = out.logits[0, -1].float().cpu()
            if temperature == 0:
                token = int(logits.argmax())
            else:
                p = next_token_distribution(logits, temperature, top_k, top_p)
                token = int(torch.multinomial(p, 1, generator=rng))
            if token == tokenizer.eos_token_id:
                break
            written.append(token)
            feed = [token]
            if stops and any(s in _continuation(tokenizer, ids, written, both) for s in stops):
                break
    return _cut(_continuation(tokenizer, ids, written, both), stops)


def _continuation(tokenizer: Tokenizer, ids: list[int], written: list[int], alone: bool) -> str:
    """The text of the new tokens with the space that parts them from the prompt; `alone`: they follow no text."""
    if alone:
        return tokenizer.decode(written, skip_special_tokens=True)
    before = tokenizer.decode(ids, skip_special_tokens=True)
    return tokenizer.decode(ids + written, skip_special_tokens=True)[len(before) :]


def _cut(text: str, stops: Sequence[str]) -> str:
    ends = [text.index(s) for s in stops if s in text]
    return text[: min(ends)] if ends else text


@torch.no_grad()
def complete(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    *,
    max_new_tokens: int = 12,
    stop: str | Sequence[str] | None = None,
    batch_size: int = 64,
) -> list[str]:
    """The greedy continuation of each prompt, stripped of spaces at its ends: `generate` for measuring, many at a time.

    Raises `PromptTooLong` as `generate` does.
    """
    stops, both = _stops(stop), model.config.is_encoder_decoder
    out: list[str] = [""] * len(prompts)
    encoded = [prompt_tokens(model, tokenizer, p, max_new_tokens) for p in prompts]
    if max_new_tokens == 0:
        return out
    order = sorted(range(len(prompts)), key=lambda i: len(encoded[i]))
    for start in range(0, len(order), batch_size):
        mine = order[start : start + batch_size]
        ids, mask = pad([encoded[i] for i in mine], _pad_id(tokenizer), left=not both)
        with _only_what_is_asked(model, tokenizer):
            made = model.generate(
                input_ids=ids.to(model.device),
                attention_mask=mask.to(model.device),
                do_sample=False,
                max_new_tokens=max_new_tokens,
            )
        made = made[:, 1 if both else ids.shape[1] :]
        for i, row in zip(mine, made.tolist(), strict=True):
            written = row[: row.index(tokenizer.eos_token_id)] if tokenizer.eos_token_id in row else row
            out[i] = _cut(_continuation(tokenizer, encoded[i], written, both), stops).strip()
    return out
