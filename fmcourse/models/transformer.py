"""The transformer: `Decoder` (GPT-2, Llama), `Encoder` (BERT) and `EncoderDecoder` (T5), built from the same parts.

Read it from top to bottom: `Norm` and `FeedForward` work on each token alone, `Residual` adds what a layer has to say
to what it read, `Block` is attention and feed-forward, `Stack` is a pile of blocks with positions, and the three models
are stacks with a head. `Config` (config.py) is the dial. Attention itself stands in attention.py; yours can be put in
by `attention=`. `from_hf` takes the weights of a model of `transformers`, and gives the same logits.

But: no dropout, no training loop, no mixed precision; other families of models are refused in one sentence.

Letters: B batch, T tokens, C channels (hidden size), V vocabulary. Sources: Vaswani et al. 2017; Radford et al. 2019
(GPT-2); Devlin et al. 2019 (BERT); Raffel et al. 2020 (T5); Touvron et al. 2023 (Llama).
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from fmcourse.models.attention import (
    Attend,
    Cache,
    MultiHeadAttention,
    RelativeBias,
    Rotary,
    attention,
    check_attention,
)
from fmcourse.models.config import ACTIVATIONS, Config
from fmcourse.types import Model

__all__ = ["Cache", "Config", "Decoder", "Encoder", "EncoderDecoder", "Trace", "attention"]


@dataclass(eq=False)
class Trace:
    """What happened inside one pass. Make one with `Trace()`, pass it as `trace=`, then look.

    `hidden[0]` is what enters the first block and `hidden[i]` what leaves block i, each (B, T, C);
    `attention[i]` and `cross[i]` are the weights of block i + 1, each (B, H, Tq, Tk). In an encoder-decoder these are
    the decoder's, and `encoder` is the encoder's own trace.
    """

    hidden: list[Tensor] = field(default_factory=list)
    attention: list[Tensor] = field(default_factory=list)
    cross: list[Tensor] = field(default_factory=list)
    encoder: "Trace | None" = None


class Norm(nn.Module):
    """Bring each token's vector to a standard length, then stretch each channel by a learned weight.

    "layer" takes the mean away, divides by the standard deviation and adds a learned shift (Ba et al. 2016); "rms"
    only divides by the root of the mean square (Zhang and Sennrich 2019); "none" does nothing.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.kind, self.eps = config.norm, config.eps
        if self.kind != "none":
            self.weight = nn.Parameter(torch.ones(config.hidden_size))
        if self.kind == "layer":
            self.shift = nn.Parameter(torch.zeros(config.hidden_size))

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) to (..., C)."""
        if self.kind == "none":
            return x
        if self.kind == "layer":
            x = x - x.mean(-1, keepdim=True)
        mean_square = (x * x).sum(-1, keepdim=True) / x.shape[-1]  # quicker on a CPU than .mean
        x = x * torch.rsqrt(mean_square + self.eps) * self.weight
        return x + self.shift if self.kind == "layer" else x


class FeedForward(nn.Module):
    """Two matrices with a bend between them, for each token alone. Gated: down(act(gate(x)) * up(x)), else
    down(act(up(x))). Source of the gate: Shazeer 2020, "GLU variants improve transformer"."""

    def __init__(self, config: Config):
        super().__init__()
        width = 4 * config.hidden_size if config.feed_forward is None else config.feed_forward
        self.act = ACTIVATIONS[config.activation]
        self.gate = nn.Linear(config.hidden_size, width, bias=config.bias) if config.gated else None
        self.up = nn.Linear(config.hidden_size, width, bias=config.bias)
        self.down = nn.Linear(width, config.hidden_size, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) to (B, T, C)."""
        inner = self.act(self.up(x)) if self.gate is None else self.act(self.gate(x)) * self.up(x)  # type: ignore[operator]  # one of `ACTIVATIONS`
        return self.down(inner)


class Residual(nn.Module):
    """Add what a layer says to what it read, so that the input is never lost (He et al. 2016). The norm stands before
    the layer, or, as in the first transformer, after the addition."""

    def __init__(self, config: Config, layer: nn.Module):
        super().__init__()
        self.layer, self.norm = layer, Norm(config)
        self.norm_first, self.add = config.norm_first, config.residual

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """(B, T, C) to (B, T, C); `kwargs` go to the layer."""
        said = self.layer(self.norm(x) if self.norm_first else x, **kwargs)
        said = x + said if self.add else said
        return said if self.norm_first else self.norm(said)


class Block(nn.Module):
    """Attention moves information between tokens, then feed-forward works on each token alone. A block of an
    encoder-decoder's decoder looks at the encoder's output in between (`cross`)."""

    def __init__(self, config: Config, attend: Attend, cross: bool = False):
        super().__init__()
        size = config.head_size or config.hidden_size // config.heads
        heads = (config.hidden_size, config.heads, size, config.kv_heads or config.heads, config.bias)
        scale = 1.0 if config.positions == "relative" else None  # T5 leaves the scale to its weights
        self.attention = Residual(config, MultiHeadAttention(*heads, attend, scale))
        self.cross = Residual(config, MultiHeadAttention(*heads, attend, scale)) if cross else None
        self.feed_forward = None if config.feed_forward == 0 else Residual(config, FeedForward(config))

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        bias: Tensor | None,
        rotation: tuple[Tensor, Tensor] | None,
        memory: Tensor | None = None,
        memory_mask: Tensor | None = None,
        cache: Cache | None = None,
        trace: Trace | None = None,
    ) -> Tensor:
        """(B, T, C) to (B, T, C); masks, bias and rotation are those of `MultiHeadAttention`.

        `memory` (B, S, C) is what the encoder has to say, and `memory_mask` where in it one may look.
        """
        x = self.attention(
            x, mask=mask, bias=bias, rotation=rotation, cache=cache, weights=trace.attention if trace else None
        )
        if self.cross is not None:
            x = self.cross(x, mask=memory_mask, memory=memory, cache=cache, weights=trace.cross if trace else None)
        return x if self.feed_forward is None else self.feed_forward(x)


class Stack(nn.Module):
    """Embeddings, positions and a pile of blocks: token ids (B, T) to vectors (B, T, C)."""

    def __init__(self, config: Config, attend: Attend, layers: int, causal: bool, cross: bool = False):
        super().__init__()
        check_attention(attend, relative=config.positions == "relative")
        self.config, self.causal = config, causal
        size = config.head_size or config.hidden_size // config.heads
        self.embedding = nn.Embedding(config.vocab_size, config.hidden_size)
        self.types = nn.Embedding(config.token_types, config.hidden_size) if config.token_types else None
        self.places = nn.Embedding(config.max_positions, config.hidden_size) if config.positions == "learned" else None
        self.rotary = Rotary(size, config.rotary_base) if config.positions == "rotary" else None
        self.relative = None
        if config.positions == "relative":
            self.relative = RelativeBias(config.heads, config.buckets, config.max_distance, both=not causal)
        self.blocks = nn.ModuleList(Block(config, attend, cross) for _ in range(layers))
        self.norm = Norm(config)  # at the end of the pile, or, where norms come after each layer, at its start

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, token_type_ids: Tensor | None = None,
                memory: Tensor | None = None, memory_mask: Tensor | None = None, cache: Cache | None = None,
                trace: Trace | None = None) -> Tensor:  # fmt: skip
        """Vectors (B, T, C) as they leave the last block. With a cache, `input_ids` are the new tokens only, and
        `attention_mask` (B, past + T) covers all."""
        past = cache.length if cache is not None else 0
        where, mask = self.see(input_ids, attention_mask, past)
        x = self.embedding(input_ids)
        if self.types is not None:
            x = x + self.types(torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids)
        if self.places is not None:
            x = x + self.places(where[:, past:])
        if not self.config.norm_first:
            x = self.norm(x)
        rotation = self.rotary(where[:, past:]) if self.rotary else None
        bias = self.relative(where[:, past:], where) if self.relative else None
        if memory_mask is not None:
            memory_mask = None if bool(memory_mask.all()) else memory_mask[:, None, None, :].bool()
        if trace is not None:
            trace.hidden.append(x)
        for block in self.blocks:
            x = block(x, mask, bias, rotation, memory, memory_mask, cache, trace)
            if trace is not None:
                trace.hidden.append(x)
        if cache is not None:
            cache.length += input_ids.shape[1]
        return x

    def see(self, input_ids: Tensor, attention_mask: Tensor | None, past: int) -> tuple[Tensor, Tensor | None]:
        """The position of every token, old and new, (1 or B, past + T), and who may look at whom, (1 or B, 1, T,
        past + T), True = may look. A decoder counts its positions without padding; an encoder counts all places."""
        if input_ids.ndim != 2 or 0 in input_ids.shape:
            raise ValueError(f"input_ids have the shape {tuple(input_ids.shape)}; (B, T) with at least one token each.")
        length = past + input_ids.shape[1]
        if self.places is not None and length > self.config.max_positions:
            raise ValueError(
                f"the text has {length} tokens, but the model knows {self.config.max_positions} positions. Shorten it."
            )
        if attention_mask is not None and attention_mask.shape != (input_ids.shape[0], length):
            raise ValueError(
                f"attention_mask has the shape {tuple(attention_mask.shape)}; it must cover {length} tokens in each of "
                f"{input_ids.shape[0]} rows, those in the cache included."
            )
        if attention_mask is not None and bool(attention_mask.all()):
            attention_mask = None  # nothing is padded, so there is nothing to hide: this saves time in each layer
        where = torch.arange(length, device=input_ids.device)[None]
        mask = None if attention_mask is None else attention_mask[:, None, None, :].bool()  # (B, 1, 1, past + T)
        if self.causal:
            order = where[0]
            if mask is not None:
                where = (attention_mask.long().cumsum(-1) - 1).clamp(min=0)  # type: ignore[union-attr]  # as there is a mask
                mask = mask | (order[past:, None] == order)  # padding looks at itself, so that no row is empty
            if mask is not None or input_ids.shape[1] > 1:
                earlier = order[past:, None] >= order  # (T, past + T)
                mask = earlier[None, None] if mask is None else mask & earlier
        return where, mask


class Decoder(nn.Module):
    """Reads from left to right; the logits at each token are about the next one (GPT-2, Llama)."""

    def __init__(self, config: Config, attention: Attend = attention):
        super().__init__()
        self.config = config
        self.stack = Stack(config, attention, config.layers, causal=True)
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        _start(self)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, *, cache: Cache | None = None,
                trace: Trace | None = None) -> Tensor:  # fmt: skip
        """Logits (B, T, V) for ids (B, T). With `cache`, pass only the new tokens, and an attention_mask over all."""
        return self.read_out(self.stack(input_ids, attention_mask, cache=cache, trace=trace))

    def read_out(self, x: Tensor) -> Tensor:
        """Vectors of any block (B, T, C) to logits (B, T, V): the last norm and the head."""
        return self.head(self.stack.norm(x) if self.config.norm_first else x)

    @classmethod
    def from_hf(cls, hf_model: Model, attention: Attend = attention) -> "Decoder":
        """The same model as a GPT-2 or Llama of `transformers`, with its weights copied."""
        from fmcourse.models.from_hf import decoder

        return decoder(cls, hf_model, attention)


class Encoder(nn.Module):
    """Reads in both directions; the logits at each token are about that token itself, hidden or not (BERT)."""

    def __init__(self, config: Config, attention: Attend = attention):
        super().__init__()
        self.config, self.act = config, ACTIVATIONS[config.activation]
        self.stack = Stack(config, attention, config.layers, causal=False)
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)  # BERT thinks once more before the head
        self.norm = Norm(config)
        self.head = nn.Linear(config.hidden_size, config.vocab_size)
        _start(self)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, token_type_ids: Tensor | None = None, *,
                trace: Trace | None = None) -> Tensor:  # fmt: skip
        """Logits (B, T, V) for ids (B, T); `attention_mask` is 0 at padding, `token_type_ids` 1 in a second text."""
        return self.read_out(self.stack(input_ids, attention_mask, token_type_ids, trace=trace))

    def read_out(self, x: Tensor) -> Tensor:
        """Vectors of any block (B, T, C) to logits (B, T, V)."""
        x = self.stack.norm(x) if self.config.norm_first else x
        return self.head(self.norm(self.act(self.transform(x))))  # type: ignore[operator]  # one of `ACTIVATIONS`

    @classmethod
    def from_hf(cls, hf_model: Model, attention: Attend = attention) -> "Encoder":
        """The same model as a BERT with its masked-word head of `transformers`, with its weights copied."""
        from fmcourse.models.from_hf import encoder

        return encoder(cls, hf_model, attention)


class EncoderDecoder(nn.Module):
    """An encoder reads one text; a decoder writes another and looks at the first by cross-attention (T5)."""

    def __init__(self, config: Config, attention: Attend = attention):
        super().__init__()
        self.config = config
        self.encoder = Stack(config, attention, config.layers, causal=False)
        self.decoder = Stack(config, attention, config.decoder_layers or config.layers, causal=True, cross=True)
        self.decoder.embedding = self.encoder.embedding  # one vector per token, read or written
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        _start(self)

    def forward(self, input_ids: Tensor, decoder_input_ids: Tensor, attention_mask: Tensor | None = None,
                decoder_attention_mask: Tensor | None = None, *, cache: Cache | None = None,
                trace: Trace | None = None) -> Tensor:  # fmt: skip
        """Logits (B, T, V) about the token after each of `decoder_input_ids` (B, T). With `cache` the first text is
        read once, and `decoder_input_ids` are the new tokens only."""
        memory = cache.memory if cache is not None else None
        if memory is None:
            memory = self.read(input_ids, attention_mask, trace)
        if cache is not None:
            cache.memory = memory
        x = self.decoder(decoder_input_ids, decoder_attention_mask, memory=memory, memory_mask=attention_mask,
                         cache=cache, trace=trace)  # fmt: skip
        return self.read_out(x)

    def read(self, input_ids: Tensor, attention_mask: Tensor | None = None, trace: Trace | None = None) -> Tensor:
        """What the encoder has to say about the first text: (B, T, C)."""
        if trace is not None:
            trace.encoder = Trace()
        x = self.encoder(input_ids, attention_mask, trace=trace.encoder if trace is not None else None)
        return self.encoder.norm(x) if self.config.norm_first else x

    def read_out(self, x: Tensor) -> Tensor:
        """Vectors of any block of the decoder (B, T, C) to logits (B, T, V)."""
        x = self.decoder.norm(x) if self.config.norm_first else x
        return self.head(x * self.config.hidden_size**-0.5 if self.config.scale_logits else x)

    @classmethod
    def from_hf(cls, hf_model: Model, attention: Attend = attention) -> "EncoderDecoder":
        """The same model as a T5 of `transformers`, with its weights copied."""
        from fmcourse.models.from_hf import encoder_decoder

        return encoder_decoder(cls, hf_model, attention)


def _start(model: Decoder | Encoder | EncoderDecoder) -> None:
    """Small random weights (standard deviation 0.02, as in GPT-2), no shifts; head and embedding tied if wanted."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
    if model.config.tied:
        model.head.weight = (model.encoder if hasattr(model, "encoder") else model.stack).embedding.weight  # type: ignore[union-attr, assignment]  # `Stack`s both
