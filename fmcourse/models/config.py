"""`Config`, the one dial of our transformers: what a model is made of, and how large each part is.

What the words mean stands where they are used, in transformer.py and attention.py.
"""

from dataclasses import dataclass
from functools import partial

import torch
from torch.nn import functional as F

ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
    "tanh": torch.tanh,
}


@dataclass(frozen=True)
class Config:
    """What a transformer is made of. The defaults give a small Llama; the comments say what else there is."""

    vocab_size: int
    hidden_size: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int | None = None  # fewer than heads: grouped-query attention
    head_size: int | None = None  # hidden_size / heads if None
    feed_forward: int | None = None  # its inner width: 4 * hidden_size if None; 0 leaves it out
    positions: str = "rotary"  # "learned" (GPT-2, BERT), "relative" (T5), "none"
    max_positions: int = 256  # how many learned positions there are
    norm: str = "rms"  # "layer" (GPT-2, BERT), "none"
    norm_first: bool = True  # False: after the addition, as in the first transformer and in BERT
    activation: str = "silu"  # "gelu", "gelu_tanh", "relu", "tanh"
    gated: bool = True  # a second matrix that opens and closes the inner channels
    bias: bool = False  # numbers added after each matrix
    residual: bool = True  # False leaves the addition out
    tied: bool = True  # the head reads with the embedding's own vectors
    token_types: int = 0  # 2 in BERT: first and second sentence
    eps: float = 1e-6  # keeps the norm from dividing by zero
    rotary_base: float = 10000.0
    buckets: int = 32  # of relative positions
    max_distance: int = 128  # beyond it all relative positions are one
    scale_logits: bool = False  # T5 with tied embeddings divides by sqrt(hidden_size)
    decoder_layers: int | None = None  # of an EncoderDecoder: as many as layers if None

    def __post_init__(self) -> None:
        _one_of("positions", self.positions, ("rotary", "learned", "relative", "none"))
        _one_of("norm", self.norm, ("rms", "layer", "none"))
        _one_of("activation", self.activation, tuple(ACTIVATIONS))
        if self.head_size is None and self.hidden_size % self.heads:
            raise ValueError(
                f"hidden_size {self.hidden_size} cannot be shared evenly by {self.heads} heads. "
                f"Choose a multiple, or set head_size."
            )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(known)}.")
