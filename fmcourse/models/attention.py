"""Attention, and what modern models add to it: heads, grouped keys, positions by rotation or by distance, a cache.

`attention` is the whole idea in three lines; `MultiHeadAttention` is the layer around it, with its four matrices. A
learner's own function can take the place of `attention`. But: no dropout, and nothing fused or blocked for speed, so
all scores of all pairs stand in memory at once.

Letters: B batch, H heads, T tokens (Tq that look, Tk that are looked at), C channels, D channels of one head.

Sources: Vaswani et al. 2017, "Attention is all you need"; Su et al. 2021, "RoFormer" (rotation); Raffel et al. 2020,
"Exploring the limits of transfer learning with a unified text-to-text transformer" (distance); Ainslie et al. 2023,
"GQA" (grouped keys).
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

Attend = Callable[..., Tensor]  # (q, k, v, mask=None) -> (B, H, Tq, D)


def attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, bias: Tensor | None = None, scale: float | None = None
) -> Tensor:
    """Each query's mean of the values, weighted by how well the keys fit: (B, H, Tq, D).

    q is (B, H, Tq, D), k and v are (B, H, Tk, D). `mask` broadcasts to (B, H, Tq, Tk), True = may look. `bias` is added
    to the scores. `scale` multiplies them first: 1/sqrt(D) if None.

    >>> one = torch.ones(1, 1, 1, 4)
    >>> attention(one, torch.cat([one, one], 2), torch.cat([one, 3 * one], 2))
    tensor([[[[2., 2., 2., 2.]]]])
    """
    scores = q @ k.transpose(-2, -1) * (q.shape[-1] ** -0.5 if scale is None else scale)  # (B, H, Tq, Tk)
    if bias is not None:
        scores = scores + bias
    if mask is not None:  # the smallest number and not -inf: a query that may look nowhere must not become NaN
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return scores.softmax(-1) @ v


def check_attention(attend: Attend, relative: bool) -> None:
    """Raise `ValueError` if `attend` cannot take what a model with relative positions passes: bias= and scale=."""
    names = inspect.signature(attend).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in names.values())
    if relative and not takes_any and not {"bias", "scale"} <= set(names):
        raise ValueError(
            "models with relative positions (T5) add a bias to the scores and do not scale them: give your attention "
            "the parameters bias=None and scale=None, or put it into a GPT-2, Llama or BERT."
        )


@dataclass(eq=False)
class Cache:
    """The keys and values of the tokens read so far, so that they need not be computed again.

    `pairs` holds, for each attention layer, keys and values of shape (B, KV, T, D); `length` counts the tokens.
    Make one with `Cache()`, pass it to every call of one and the same model, and pass only the new tokens.
    """

    length: int = 0
    pairs: dict[nn.Module, tuple[Tensor, Tensor]] = field(default_factory=dict)
    memory: Tensor | None = None  # of an encoder-decoder: the encoder's output, computed once

    def extend(self, layer: nn.Module, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Put new keys and values behind the old ones of this layer; returns all of them."""
        if layer in self.pairs:
            old_k, old_v = self.pairs[layer]
            k, v = torch.cat([old_k, k], dim=2), torch.cat([old_v, v], dim=2)
        self.pairs[layer] = (k, v)
        return k, v

    def bytes(self) -> int:
        """How much memory the stored keys and values take."""
        return sum(t.numel() * t.element_size() for pair in self.pairs.values() for t in pair)


class Rotary(nn.Module):
    """Positions by rotation: channels i and i + D/2 of a head turn together by an angle that grows with the position.

    Two tokens' scores then depend only on how far apart they stand. Pairs turn at D/2 speeds, from 1 radian a token
    down to nearly 1/base.
    """

    def __init__(self, head_size: int, base: float = 10000.0):
        super().__init__()
        if head_size % 2:
            raise ValueError(f"rotation turns channels in pairs, but a head has {head_size}. Choose an even head size.")
        speeds = base ** (-torch.arange(0, head_size, 2).float() / head_size)
        self.register_buffer("speeds", speeds, persistent=False)

    def forward(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of all angles, each (1 or B, 1, T, D), for positions (1 or B, T). The first half of the
        sines is negative, as `rotate` needs it."""
        angles = positions[:, None, :, None].float() * self.speeds  # type: ignore[operator]  # (B, 1, T, D/2)
        cos, sin = angles.cos(), angles.sin()
        return torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Turn x (B, H, T, D) by the angles of `Rotary`: (a, b) becomes (a cos - b sin, b cos + a sin).

    >>> rotate(torch.tensor([[[[1.0, 0.0]]]]), Rotary(2)(torch.tensor([[1]])))     # (cos 1, sin 1)
    tensor([[[[0.5403, 0.8415]]]])
    """
    cos, sin = rotation
    return x * cos + x.roll(x.shape[-1] // 2, dims=-1) * sin  # rolled by half, each channel meets its partner


class RelativeBias(nn.Module):
    """Positions by distance (T5): each head learns a number for each distance, added to the scores.

    Short distances have a number each; longer ones share buckets whose width grows, and beyond `max_distance` there is
    one. Looking in `both` directions, half of the buckets are for what comes later.
    """

    def __init__(self, heads: int, buckets: int, max_distance: int, both: bool):
        super().__init__()
        self.table, self.max_distance, self.both = nn.Embedding(buckets, heads), max_distance, both

    def forward(self, looking: Tensor, seen: Tensor) -> Tensor:
        """The bias (1 or B, H, Tq, Tk) for positions `looking` (1 or B, Tq) and `seen` (1 or B, Tk)."""
        distance = seen[:, None, :] - looking[:, :, None]  # (B, Tq, Tk), negative = earlier
        return self.table(self.bucket(distance)).permute(0, 3, 1, 2)

    def bucket(self, distance: Tensor) -> Tensor:
        """The number of the bucket of each distance."""
        buckets, later = self.table.num_embeddings, 0
        if self.both:
            buckets //= 2
            later = (distance > 0) * buckets
            distance = distance.abs()
        else:
            distance = -distance.clamp(max=0)
        exact = buckets // 2
        growth = torch.log(distance.clamp(min=1).float() / exact) / math.log(self.max_distance / exact)
        far = exact + (growth * (buckets - exact)).long()
        return later + torch.where(distance < exact, distance, far.clamp(max=buckets - 1))


class MultiHeadAttention(nn.Module):
    """The layer: four matrices around `attend`. With `memory` it looks at another text (cross-attention).

    `heads` queries share `kv_heads` keys and values: as many as queries in the usual layer, fewer in grouped-query
    attention. `scale` None means 1/sqrt(D).
    """

    def __init__(
        self,
        hidden_size: int,
        heads: int,
        head_size: int,
        kv_heads: int,
        bias: bool = False,
        attend: Attend = attention,
        scale: float | None = None,
    ):
        super().__init__()
        if heads % kv_heads:
            raise ValueError(f"{heads} heads cannot share {kv_heads} keys evenly: choose a divisor of {heads}.")
        self.heads, self.kv_heads, self.attend, self.scale = heads, kv_heads, attend, scale
        self.query = nn.Linear(hidden_size, heads * head_size, bias=bias)
        self.key = nn.Linear(hidden_size, kv_heads * head_size, bias=bias)
        self.value = nn.Linear(hidden_size, kv_heads * head_size, bias=bias)
        self.output = nn.Linear(heads * head_size, hidden_size, bias=bias)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        rotation: tuple[Tensor, Tensor] | None = None,
        memory: Tensor | None = None,
        cache: Cache | None = None,
        weights: list[Tensor] | None = None,
    ) -> Tensor:
        """(B, Tq, C) to (B, Tq, C). A list passed as `weights` receives the attention weights (B, H, Tq, Tk)."""
        q = self.split(self.query(x), self.heads)
        if memory is not None and cache is not None and self in cache.pairs:
            k, v = cache.pairs[self]  # the other text does not change while this one is written
        else:
            source = x if memory is None else memory
            k, v = self.split(self.key(source), self.kv_heads), self.split(self.value(source), self.kv_heads)
            if rotation is not None:
                k = rotate(k, rotation)
            if cache is not None:
                k, v = cache.extend(self, k, v)
        if rotation is not None:
            q = rotate(q, rotation)
        if self.kv_heads < self.heads:  # several queries look at the same keys
            k, v = (t.repeat_interleave(self.heads // self.kv_heads, dim=1) for t in (k, v))
        extra = {} if bias is None and self.scale is None else {"bias": bias, "scale": self.scale}
        if weights is not None:  # the mean of the rows of the identity, weighted, is the weights
            identity = torch.eye(k.shape[2], dtype=v.dtype, device=v.device).expand(*k.shape[:3], -1)
            weights.append(self.attend(q, k, identity, mask=mask, **extra))
        seen = self.attend(q, k, v, mask=mask, **extra)  # (B, H, Tq, D)
        return self.output(seen.transpose(1, 2).flatten(2))

    @staticmethod
    def split(x: Tensor, heads: int) -> Tensor:
        """(B, T, heads * D) to (B, heads, T, D)."""
        return x.unflatten(-1, (heads, -1)).transpose(1, 2)
