"""Constrained decoding: greedy, but only with tokens after which an allowed sentence can still be reached.

    constrained(model, tokenizer, "List: Peru -> sol; France ->", (" franc;", " sol;"))

A grammar is written out as its sentences, each with the space that parts it from the prompt. Source: Willard and Louf
2023, "Efficient guided generation for large language models". A test compares the masks with those of `llguidance`.

But: only grammars of finitely many sentences, and byte-level tokenizers; for others a parser takes the list's place.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch

from fmcourse.models.encoding import encode_prompt
from fmcourse.types import Model, Tokenizer


@lru_cache(maxsize=4)
def _ids_by_text(tokenizer: Any) -> dict[str, int]:
    """Text of each ordinary token -> id."""
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    special = set(tokenizer.all_special_ids)
    return {t.replace("Ġ", " "): i for i, t in enumerate(tokens) if i not in special}


@lru_cache(maxsize=4096)
def _allowed(tokenizer: Any, text: str, sentences: tuple[str, ...]) -> list[int]:
    ids = _ids_by_text(tokenizer)
    rests = {s[len(text) :] for s in sentences if s.startswith(text)}
    heads = {rest[:n] for rest in rests for n in range(1, len(rest) + 1)}
    return sorted({ids[h] for h in heads if h in ids} | ({tokenizer.eos_token_id} if "" in rests else set()))


def allowed_tokens(tokenizer: Tokenizer, text: str, sentences: Sequence[str]) -> list[int]:
    """Ids of the tokens that may follow `text` (what was written so far), in order; end-of-document where it is whole.

    Empty when no sentence begins with `text`.
    """
    key: Any = tokenizer  # hashed by identity
    return list(_allowed(key, text, tuple(sentences)))


@torch.no_grad()
def constrained(model: Model, tokenizer: Tokenizer, prompt: str, sentences: Sequence[str]) -> str:
    """The sentence that greedy decoding writes after `prompt` when nothing else is allowed; where only one token is,
    the model is not asked. Raises `ValueError` when no sentence can be written with this tokenizer."""
    ids, text, texts = encode_prompt(tokenizer, prompt), "", tuple(sentences)
    key: Any = tokenizer  # hashed by identity
    pieces = {i: t for t, i in _ids_by_text(key).items()}
    while (may := _allowed(key, text, texts)) != [tokenizer.eos_token_id]:
        if not may:
            raise ValueError(f"no sentence can be reached from {text!r}; this tokenizer lacks a token for it.")
        best = may[0]
        if len(may) > 1:
            logits = model(input_ids=torch.tensor([ids], device=model.device)).logits[0, -1].float().cpu()
            best = may[int(logits[may].argmax())]
        if best == tokenizer.eos_token_id:
            break
        ids.append(best)
        text += pieces[best]
    return text
