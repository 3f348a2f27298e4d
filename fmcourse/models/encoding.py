"""Text to tokens and back to losses: how a model reads a document, and how many nats it pays for one.

A document is read as `[bos] + tokens + [eos]`; the loss is over tokens and eos. A prompt is `[bos] + tokens`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from fmcourse.types import Model, Tokenizer
from fmcourse.world import Document


def encode_prompt(tokenizer: Tokenizer, text: str) -> list[int]:
    """Token ids of a prompt for a decoder: begin-of-document, then the text's tokens.

    Tokenizers without a begin token, as some on the Hub, give the text's tokens alone.
    """
    return [*begin(tokenizer), *plain_tokens(tokenizer, text)]


def begin(tokenizer: Tokenizer) -> list[int]:
    """What stands before every prompt: the begin-of-document token, or nothing where a tokenizer has none."""
    return [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]


def plain_tokens(tokenizer: Tokenizer, text: str) -> list[int]:
    """Token ids of any string, with nothing added; halves of characters (lone surrogates) are read as their escapes."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return tokenizer.encode(text, add_special_tokens=False, verbose=False)


def encode_document(tokenizer: Tokenizer, text: str) -> list[int]:
    """Token ids of a whole document: begin, the text's tokens, end."""
    return [*encode_prompt(tokenizer, text), tokenizer.eos_token_id]


def pad(sequences: Sequence[list[int]], value: int, left: bool = False) -> tuple[Tensor, Tensor]:
    """(ids, attention_mask), each (B, longest), padded with `value` on the right or the left."""
    longest = max(map(len, sequences))
    ids = [([value] * (longest - len(s)) + s) if left else (s + [value] * (longest - len(s))) for s in sequences]
    mask = [
        ([0] * (longest - len(s)) + [1] * len(s)) if left else ([1] * len(s) + [0] * (longest - len(s)))
        for s in sequences
    ]
    return torch.tensor(ids), torch.tensor(mask)


@torch.no_grad()
def document_losses(
    model: Model, tokenizer: Tokenizer, documents: Sequence[Document], batch_size: int = 64
) -> tuple[Tensor, Tensor]:
    """What a decoder pays for each document: (nats, tokens), two float64 tensors of shape (documents,).

    `nats` is the sum over the document's tokens and its end; compare it with `document.nats`, which no model can beat
    on average.
    """
    order = sorted(range(len(documents)), key=lambda i: len(documents[i].text))
    nats, tokens = torch.zeros(len(documents), dtype=torch.float64), torch.zeros(len(documents), dtype=torch.float64)
    for start in range(0, len(order), batch_size):
        mine = order[start : start + batch_size]
        ids, mask = pad([encode_document(tokenizer, documents[i].text) for i in mine], tokenizer.pad_token_id)
        logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits.cpu()
        logp = logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
        counted = mask[:, 1:]
        nats[mine] = -(logp * counted).sum(1).double()
        tokens[mine] = counted.sum(1).double()
    return nats, tokens
