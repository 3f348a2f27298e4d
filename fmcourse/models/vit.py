"""A vision transformer: a picture is cut into patches, each becomes a vector, and from there on it is like a text.

The blocks are those of `transformer.py`; new are only the cut, the first layer, and a vector for the whole picture:
that of one more token at the front (`class_token`), or the mean over the patches. `from_hf` takes the weights of a
`ViTModel` of `transformers` and gives the same vectors.
Source: Dosovitskiy and others 2021, "An image is worth 16x16 words".

But: no picture of another size, since each patch has a learned place; no dropout; and no head, which stands with the
task it is for (`picture_text.py`).

Letters: B batch, H and W height and width, P patches, C channels of a vector.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.models.attention import Attend, attention
from fmcourse.models.config import Config
from fmcourse.models.patch_transformer import Outer, axis_waves
from fmcourse.models.transformer import Block, Norm, Trace
from fmcourse.types import Model


@dataclass(frozen=True)
class ViTShape:
    """What a vision transformer is made of: square pictures of `side` pixels and 3 colours, cut into squares of `patch`
    pixels; vectors of `width`, `depth` blocks, `heads`. ValueError when patches do not fill the picture, or heads do
    not share the width."""

    side: int = 32
    patch: int = 4
    width: int = 96
    depth: int = 4
    heads: int = 4
    inner: int | None = None  # width of the feed-forward layer: 4 * width if None
    class_token: bool = False
    eps: float = 1e-6

    def __post_init__(self) -> None:
        if self.side % self.patch:
            raise ValueError(f"patches of {self.patch} pixels do not fill {self.side}; choose a divisor of it.")
        self.config()

    @property
    def patches(self) -> int:
        """How many patches a picture has."""
        return (self.side // self.patch) ** 2

    def config(self, words: int = 1, longest: int = 1) -> Config:
        """The dial of `transformer.py` for blocks of this shape, and of a text stack beside them."""
        return Config(
            vocab_size=words, hidden_size=self.width, layers=self.depth, heads=self.heads, feed_forward=self.inner,
            positions="learned", max_positions=longest, norm="layer", activation="gelu", gated=False, bias=True,
            eps=self.eps,
        )  # fmt: skip


def cut(pictures: Tensor, patch: int) -> Tensor:
    """(B, 3, H, W) -> (B, P, 3 * patch * patch): patches row by row, in each the colours one after another.

    >>> cut(torch.arange(12.0).view(1, 3, 2, 2), 1)[0].tolist()         # one pixel a patch: its red, green and blue
    [[0.0, 4.0, 8.0], [1.0, 5.0, 9.0], [2.0, 6.0, 10.0], [3.0, 7.0, 11.0]]
    """
    return F.unfold(pictures, patch, stride=patch).transpose(1, 2)


class ViT(nn.Module):
    """Pictures (B, 3, H, W), values 0 to 1 -> vectors (B, P, C), or (B, 1 + P, C) with a class token at the front."""

    def __init__(self, shape: ViTShape, attend: Attend = attention):
        super().__init__()
        self.shape = shape
        config = shape.config()
        self.enter = Outer(3 * shape.patch**2, shape.width)
        self.front = nn.Parameter(0.02 * torch.randn(1, 1, shape.width)) if shape.class_token else None
        self.places = nn.Embedding(shape.patches + shape.class_token, shape.width)
        self.blocks = nn.ModuleList(Block(config, attend) for _ in range(shape.depth))
        self.norm = Norm(config)
        small_start(self)
        if not shape.class_token:  # places begin as waves along both axes, so that "at the top" is a direction at once
            with torch.no_grad():
                self.places.weight += 0.5 * axis_waves((shape.side // shape.patch,) * 2, shape.width)

    def forward(self, pictures: Tensor, trace: Trace | None = None) -> Tensor:
        """Raises ValueError for pictures of another size. A `trace` gets what leaves each block, and its attention."""
        side = self.shape.side
        if pictures.ndim != 4 or pictures.shape[1:] != (3, side, side):
            raise ValueError(f"pictures must be (B, 3, {side}, {side}); these are {tuple(pictures.shape)}.")
        x = self.enter(cut(2 * pictures - 1, self.shape.patch))  # (B, P, C)
        if self.front is not None:
            x = torch.cat([self.front.expand(len(x), -1, -1), x], 1)  # (B, 1 + P, C)
        x = x + self.places.weight
        if trace is not None:
            trace.hidden.append(x)
        for block in self.blocks:
            x = block(x, None, None, None, trace=trace)
            if trace is not None:
                trace.hidden.append(x)
        return self.norm(x)

    def whole(self, pictures: Tensor) -> Tensor:
        """One vector a picture, (B, C): the class token's, or the mean over the patches."""
        x = self(pictures)
        return x.mean(1) if self.front is None else x[:, 0]

    @classmethod
    def from_hf(cls, hf: Model) -> "ViT":
        """The same network as a `ViTModel` of `transformers`, with its weights copied. ValueError for other models and
        for options that are not built here."""
        c = hf.config
        if c.model_type != "vit" or c.hidden_act != "gelu" or not c.qkv_bias or c.num_channels != 3:
            raise ValueError(
                f"{type(hf).__name__} is no ViT with gelu, biases and three colours; only those are built."
            )
        shape = ViTShape(c.image_size, c.patch_size, c.hidden_size, c.num_hidden_layers, c.num_attention_heads,
                         c.intermediate_size, True, c.layer_norm_eps)  # fmt: skip
        theirs, ours = hf.state_dict(), cls(shape)
        weights = {
            "front": theirs["embeddings.cls_token"],
            "places.weight": theirs["embeddings.position_embeddings"][0],
            "enter.weight": theirs["embeddings.patch_embeddings.projection.weight"].flatten(1)[None],
            "enter.bias": theirs["embeddings.patch_embeddings.projection.bias"],
            "norm.weight": theirs["layernorm.weight"],
            "norm.shift": theirs["layernorm.bias"],
        }
        for i in range(shape.depth):
            for mine, names in _NAMES.items():
                layer = next(n for n in (f"layers.{i}.{names[0]}", f"encoder.layer.{i}.{names[1]}")
                             if f"{n}.weight" in theirs)  # fmt: skip
                weights[f"blocks.{i}.{mine}.weight"] = theirs[f"{layer}.weight"]
                shift = "shift" if mine.endswith("norm") else "bias"
                weights[f"blocks.{i}.{mine}.{shift}"] = theirs[f"{layer}.bias"]
        ours.load_state_dict(weights)
        return ours.eval()


# Our names, and theirs in newer and in older versions of transformers.
_NAMES = {
    "attention.norm": ("layernorm_before", "layernorm_before"),
    "attention.layer.query": ("attention.q_proj", "attention.attention.query"),
    "attention.layer.key": ("attention.k_proj", "attention.attention.key"),
    "attention.layer.value": ("attention.v_proj", "attention.attention.value"),
    "attention.layer.output": ("attention.o_proj", "attention.output.dense"),
    "feed_forward.norm": ("layernorm_after", "layernorm_after"),
    "feed_forward.layer.up": ("mlp.fc1", "intermediate.dense"),
    "feed_forward.layer.down": ("mlp.fc2", "output.dense"),
}


def small_start(model: nn.Module) -> None:
    """Small random weights (standard deviation 0.02) in all linear layers and embeddings, and no shifts."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


def shape_from(told: Mapping[str, Any]) -> ViTShape:
    """A shape from what `asdict` made of it; other keys are left alone."""
    return ViTShape(**{k: v for k, v in told.items() if k in ViTShape.__dataclass_fields__})
