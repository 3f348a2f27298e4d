"""One network for every form: patches in, patches out, and a caption that each patch may look at.

Only the first and the last layer know how large a patch is; what a patch is a piece of (a picture, a clip, a sound, a
solid) the network is never told, only how many patches lie along each axis. It is a diffusion transformer: attention
among patches, attention to the words, a feed-forward layer, and the time of the noise added to every patch.
Patches find their neighbours by rotary positions, an axis at a time: what is learned of "the patch to the left" holds
at every place.
Sources: Peebles and Xie 2023, "Scalable diffusion models with transformers"; the words by cross-attention as in Rombach
and others 2022, "High-resolution image synthesis with latent diffusion models"; Su and others 2021, "RoFormer", and for
several axes Heo and others 2024, "Rotary position embedding for vision transformer".

But: no convolution, no levels of resolution, and a fixed number of patches. In the first source the time scales and
shifts what every block computes; tried here, that cost a fifth more time and learned no faster.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """What the network is made of: `patches` of `values` numbers each; `words` in the vocabulary, padding included, and
    `longest` of them in a caption; `width` channels, `depth` blocks, `heads`; `grid` says how many patches lie along
    each axis, the last running fastest (empty: no axis is known); `beside` more numbers that each patch is told and
    that are not drawn."""

    patches: int
    values: int
    words: int
    longest: int
    width: int = 96
    depth: int = 6
    heads: int = 3
    grid: tuple[int, ...] = ()
    beside: int = 0


class Outer(nn.Module):
    """A linear layer at the network's edge. Its weight is (1, out, in), so that the optimiser sees no hidden matrix:
    Muon is for hidden ones, and leaves this to AdamW."""

    def __init__(self, inputs: int, outputs: int, zero: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, outputs, inputs) if zero else torch.empty(1, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        if not zero:
            nn.init.normal_(self.weight, std=inputs**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        return F.linear(x, self.weight[0], self.bias)


class Attention(nn.Module):
    """Attention of (B, T, C) to itself, or to another sequence (B, S, C). Queries and keys are normalised, so that no
    score can run away; the last matrix begins at zero, so that each block begins as if it were not there."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))
        nn.init.zeros_(self.out.weight)

    def forward(
        self, x: Tensor, other: Tensor | None = None, mask: Tensor | None = None, angles: Tensor | None = None
    ) -> Tensor:
        """`mask` (B, S) is True where a word stands; `angles` (T, size of a head / 2) turn queries and keys."""
        other = x if other is None else other
        q, k, v = (
            layer(sequence).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer, sequence in ((self.query, x), (self.key, other), (self.value, other))
        )
        q, k = (F.rms_norm(part, part.shape[-1:]) for part in (q, k))
        if angles is not None:
            q, k = (turned(part, angles) for part in (q, k))
        seen = None if mask is None else mask[:, None, None, :]
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.out(found.transpose(1, 2).flatten(2))


def axis_angles(grid: tuple[int, ...], pairs: int) -> Tensor:
    """The angle of each patch for each pair of channels, (patches, pairs): every axis has its share of the pairs, from
    a quarter turn a patch to half a turn over the whole axis; pairs that are left over do not turn."""
    each, columns = pairs // len(grid), []
    for axis, length in enumerate(grid):
        speeds = torch.linspace(math.log(math.pi / 2), math.log(math.pi / (2 * length)), each).exp()
        around, inside = math.prod(grid[:axis]), math.prod(grid[axis + 1 :])
        place = torch.arange(length).repeat_interleave(inside).repeat(around)
        columns.append(place[:, None] * speeds)
    return F.pad(torch.cat(columns, 1), (0, pairs - each * len(grid)))


def axis_waves(grid: tuple[int, ...], width: int) -> Tensor:
    """Cosines and sines of `axis_angles`, (patches, width): a place as a vector, with channels for each axis."""
    angles = axis_angles(grid, width // 2)
    return F.pad(torch.cat([angles.cos(), angles.sin()], 1), (0, width % 2))


def turned(x: Tensor, angles: Tensor) -> Tensor:
    """x (B, H, T, D) with its channels i and i + D/2 turned by angles (T, D/2)."""
    one, other = x.chunk(2, -1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([one * cos - other * sin, one * sin + other * cos], -1)


class FeedForward(nn.Module):
    """Two layers for each position alone; the second begins at zero."""

    def __init__(self, width: int):
        super().__init__()
        self.up, self.down = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        return self.down(F.gelu(self.up(x)))


class Reader(nn.Module):
    """The caption: word ids (B, L), 0 is padding -> vectors (B, L, C) and where words stand (B, L).

    A caption that is dropped becomes the same few learned vectors, whatever it said: what the network sees when nothing
    is asked for.
    """

    def __init__(self, shape: Shape):
        super().__init__()
        self.word = nn.Embedding(shape.words, shape.width)
        self.place = nn.Embedding(shape.longest, shape.width)
        self.nothing = nn.Embedding(4, shape.width)
        self.attention, self.feed = Attention(shape.width, shape.heads), FeedForward(shape.width)

    def forward(self, words: Tensor, dropped: Tensor) -> tuple[Tensor, Tensor]:
        """words (B, L), dropped (B,) bool -> vectors (B, L, C), mask (B, L)."""
        mask = words > 0
        x = self.word(words) + self.place.weight[: words.shape[1]]
        x = x + self.attention(F.rms_norm(x, x.shape[-1:]), mask=mask)
        x = x + self.feed(F.rms_norm(x, x.shape[-1:]))
        empty = F.pad(self.nothing.weight, (0, 0, 0, words.shape[1] - 4))
        first = torch.arange(words.shape[1], device=words.device) < 4
        return torch.where(dropped[:, None, None], empty, x), torch.where(dropped[:, None], first, mask)


class Block(nn.Module):
    """Patches look at each other, then at the words, then each thinks for itself."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.among, self.to_words = Attention(shape.width, shape.heads), Attention(shape.width, shape.heads)
        self.feed = FeedForward(shape.width)

    def forward(self, x: Tensor, words: Tensor, mask: Tensor, angles: Tensor | None) -> Tensor:
        """x (B, P, C), words (B, L, C), mask (B, L), angles (P, size of a head / 2)."""
        normal = x.shape[-1:]
        x = x + self.among(F.rms_norm(x, normal), angles=angles)
        x = x + self.to_words(F.rms_norm(x, normal), words, mask)
        return x + self.feed(F.rms_norm(x, normal))


class PatchTransformer(nn.Module):
    """Noisy patches, the time of the noise and a caption -> the clean patches.

    Times run from 0 (clean) to 1 (noise alone).
    """

    angles: Tensor | None

    def __init__(self, shape: Shape):
        super().__init__()
        if shape.grid and math.prod(shape.grid) != shape.patches:
            raise ValueError(f"a grid of {shape.grid} has {math.prod(shape.grid)} patches, not {shape.patches}.")
        self.shape = shape
        self.enter = Outer(shape.values + shape.beside, shape.width)
        self.position = nn.Embedding(shape.patches, shape.width)
        nn.init.normal_(self.position.weight, std=0.02)
        if shape.grid:  # begin with waves along each axis: "at the top" is then a direction, the same for all columns
            with torch.no_grad():
                self.position.weight += 0.5 * axis_waves(shape.grid, shape.width)
        self.reader = Reader(shape)
        self.hour, self.clock = Outer(shape.width, shape.width), Outer(shape.width, shape.width)
        self.blocks = nn.ModuleList([Block(shape) for _ in range(shape.depth)])
        self.leave = Outer(shape.width, shape.values, zero=True)
        angles = axis_angles(shape.grid, shape.width // shape.heads // 2) if shape.grid else None
        self.register_buffer("angles", angles, persistent=False)

    def forward(self, patches: Tensor, time: Tensor, words: Tensor, dropped: Tensor | None = None) -> Tensor:
        """patches (B, P, V), time (B,) in [0, 1], words (B, L) ids, dropped (B,) bool -> (B, P, V)."""
        dropped = torch.zeros_like(time, dtype=torch.bool) if dropped is None else dropped
        read = max(4, int((words > 0).sum(1).max()))  # padding behind the longest caption says nothing and costs time
        caption, mask = self.reader(words[:, :read], dropped)
        hours = self.clock(F.silu(self.hour(waves(time, self.shape.width))))
        x = self.enter(patches) + self.position.weight + hours[:, None]
        for block in self.blocks:
            x = block(x, caption, mask, self.angles)
        return self.leave(F.rms_norm(x, x.shape[-1:]))

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.position.weight.device

    def config(self) -> dict[str, Any]:
        """What `from_config` needs to make the same network."""
        return {"model_type": "patch-transformer", **asdict(self.shape)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "PatchTransformer":
        """The network that `config` describes, with random weights."""
        known = {k: v for k, v in config.items() if k in Shape.__dataclass_fields__}
        return cls(Shape(**known | {"grid": tuple(known.get("grid", ()))}))


def waves(time: Tensor, width: int) -> Tensor:
    """Times (B,) in [0, 1] as sines and cosines of many speeds, (B, width), so that near times can be told apart."""
    speeds = 1000 ** -(torch.arange(width // 2, device=time.device) / (width // 2))
    turns = 1000 * time[:, None] * speeds
    return torch.cat([turns.sin(), turns.cos()], -1) * math.sqrt(2)
