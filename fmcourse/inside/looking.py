"""What attention is made of, for one text: tokens, weights, queries and keys of every head of a decoder or encoder.

Queries and keys are taken where the scores are computed, after positions were added by rotation, so that
softmax(q k / sqrt(D)) gives the weights again (a test does that).

But: Llama, GPT-2 and BERT; one text at a time, short enough to be looked at.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fmcourse.models.encoding import begin, plain_tokens
from fmcourse.models.loading import Loaded
from fmcourse.models.readable import readable
from fmcourse.types import Model, Tokenizer

MOST = 80  # tokens; more cannot be read in a picture, and make a page of megabytes


@dataclass(frozen=True)
class Looked:
    """tokens: T words to show. weights: (L, H, T, T), rows sum to one. queries, keys: (L, H, T, D)."""

    tokens: list[str]
    weights: Tensor
    queries: Tensor | None
    keys: Tensor | None
    causal: bool


@torch.no_grad()
def look(loaded: Loaded, text: str, vectors: bool = False) -> Looked:
    """Run the model on `text` and keep what its attention did; with `vectors` also the queries and keys.

    A decoder reads begin-of-document and the text, a BERT [cls], the text and [sep]. Raises `ValueError`, one sentence,
    for an empty text, one token, a text too long for the model or a picture, a model that gives no weights (SDPA), and
    an encoder-decoder.
    """
    model, tokenizer = loaded.model, loaded.tokenizer
    if getattr(model.config, "is_encoder_decoder", False):
        raise ValueError("this model has an encoder and a decoder; only models with one of them can be looked into.")
    how = getattr(model.config, "_attn_implementation", "eager")
    if how != "eager":
        raise ValueError(f"this model computes attention by {how!r}, which gives no weights to look at; load it with "
                         f"fmcourse.load, or with attn_implementation='eager'.")  # fmt: skip
    ids, causal = _ids(model, tokenizer, text)
    vectors_of = _vectors(model) if vectors else None
    with ExitStack() as stack:
        kept = [stack.enter_context(v) for v in vectors_of] if vectors else []  # type: ignore[union-attr]  # a list when vectors are wanted
        out = model(input_ids=torch.tensor([ids], device=model.device), output_attentions=True)
    if not getattr(out, "attentions", None) or out.attentions[0] is None:
        raise ValueError("this model gave no attention weights; load it with attn_implementation='eager'.")
    weights = torch.stack([a[0] for a in out.attentions]).cpu()
    queries = keys = None
    if vectors:
        queries, keys = (torch.stack([x[i] for x in _heads(model, kept, weights.shape[1])]).cpu() for i in (0, 1))
    words = [readable(t).strip() or "␣" for t in tokenizer.convert_ids_to_tokens(ids)]
    return Looked(words, weights, queries, keys, causal)


def _ids(model: Model, tokenizer: Tokenizer, text: str) -> tuple[list[int], bool]:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("the text is empty; write at least two words to look at.")
    causal = model.config.model_type != "bert"
    limit: int = getattr(model.config, "max_position_embeddings", None) or getattr(model.config, "n_positions", MOST)  # type: ignore[assignment]  # not None: the second is MOST
    inner = plain_tokens(tokenizer, text[: 50 * limit])
    if len(inner) < 2:
        raise ValueError(f"the text {text.strip()!r} is one token, which has nothing else to look at; write at least "
                         f"two words.")  # fmt: skip
    ids = [*begin(tokenizer), *inner] if causal else [tokenizer.cls_token_id, *inner, tokenizer.sep_token_id]
    if len(ids) > min(limit, MOST):
        who = "the model holds" if limit <= MOST else "a picture can be read up to"
        raise ValueError(f"the text has {len(ids)} tokens with those at its ends, and {who} {min(limit, MOST)}; "
                         f"shorten it.")  # fmt: skip
    return ids, causal


class _Kept:
    """Keeps a module's output while inside."""

    out: Any

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def __enter__(self) -> "_Kept":
        self.handle = self.module.register_forward_hook(lambda _, __, out: setattr(self, "out", out))
        return self

    def __exit__(self, *_: object) -> None:
        self.handle.remove()


def _vectors(model: Model) -> list[_Kept]:
    kind = model.config.model_type
    if kind == "llama":
        made = [m for b in model.model.layers for m in (b.self_attn.q_proj, b.self_attn.k_proj)]
        return [_Kept(model.model.rotary_emb), *map(_Kept, made)]
    if kind == "gpt2":
        return [_Kept(b.attn.c_attn) for b in model.transformer.h]
    if kind == "bert":
        return [_Kept(m) for b in model.bert.encoder.layer for m in (b.attention.self.query, b.attention.self.key)]
    raise ValueError(f"queries and keys of a {kind!r} model cannot be shown; those of Llama, GPT-2 and BERT can.")


def _heads(model: Model, kept: list[_Kept], heads: int) -> list[tuple[Tensor, Tensor]]:
    """Queries and keys of each layer, each (H, T, D)."""

    def split(x: Tensor, n: int) -> Tensor:
        return x[0].unflatten(-1, (n, -1)).transpose(0, 1)

    kind = model.config.model_type
    if kind == "gpt2":
        width = model.config.n_embd
        return [(split(k.out[..., :width], heads), split(k.out[..., width : 2 * width], heads)) for k in kept]
    rotary = None
    if kind == "llama":
        rotary, kept = kept[0].out, kept[1:]
    pairs = []
    for q, k in zip(kept[::2], kept[1::2], strict=True):
        groups = getattr(model.config, "num_key_value_heads", heads) or heads
        q, k = split(q.out, heads), split(k.out, groups).repeat_interleave(heads // groups, 0)
        if rotary is not None:
            from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

            q, k = (x[0] for x in apply_rotary_pos_emb(q[None], k[None], *rotary))
        pairs.append((q, k))
    return pairs
