"""Three ways to join pictures and words: two towers, a captioner, an answerer. Each is a ViT and a text stack.

    TwoTowers   picture and text each become one vector of length 1; a dot product says how well they fit
    Captioner   a stack that reads from left to right and looks at the patches writes what it sees
    Answerer    a stack that reads a question in both directions and looks at the patches chooses an answer

The stack is that of `transformer.py`; with `cross` each block looks at the picture's patches between its own words and
its feed-forward layer, as the decoder of a T5 looks at the other text. Words are ids from 1; 0 is padding.
Sources: Radford and others 2021, "Learning transferable visual models from natural language supervision" (CLIP); Xu
and others 2015, "Show, attend and tell"; Antol and others 2015, "VQA: visual question answering".

But: CLIP's text reads from left to right and takes the last word's vector; here both directions and the mean. Nothing
is pretrained, and no tower is kept as it was while another learns.

Letters: B batch, P patches, L words, C channels, D the length of a shared vector, V words of the vocabulary.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.models.attention import Cache, attention
from fmcourse.models.patch_transformer import Outer
from fmcourse.models.transformer import Stack, Trace
from fmcourse.models.vit import ViT, ViTShape, shape_from, small_start

MOST_SCALE = math.log(100)  # CLIP's own: beyond it the loss of a batch hangs on single pairs


@dataclass(frozen=True)
class PictureTextShape:
    """What each of the three is made of: the ViT, `words` in the vocabulary (without padding), `longest` of them in a
    text, `depth` blocks of the text stack (as wide as the ViT), and `out` numbers that leave: the shared vector or the
    answers; a captioner needs none. With a depth of 0 the words have no order: a text is the bag of its words."""

    words: int
    longest: int
    depth: int = 3
    out: int = 64
    picture: ViTShape = field(default_factory=ViTShape)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "PictureTextShape":
        """The shape that a network's `config()` tells of; other keys are left alone."""
        kept = {k: v for k, v in config.items() if k in cls.__dataclass_fields__}
        return cls(**{**kept, "picture": shape_from(kept["picture"])})


class _PictureText(nn.Module):
    """What the three share: a ViT, a text stack and a way to write down their shape."""

    kind = ""
    cross, causal, extra = True, False, 0  # of the stack; ids behind the vocabulary's

    def __init__(self, shape: PictureTextShape):
        super().__init__()
        self.shape, sight = shape, shape.picture
        self.vit = ViT(sight)
        config = sight.config(shape.words + 1 + self.extra, shape.longest + self.extra)
        if not shape.depth:
            config = replace(config, positions="none")
        self.text = Stack(config, attention, shape.depth, causal=self.causal, cross=self.cross)
        small_start(self.text)

    def config(self) -> dict[str, Any]:
        """What `from_config` needs to make the same network."""
        return {"model_type": self.kind, **asdict(self.shape)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The network that a `config()` tells of, with fresh weights."""
        return cls(PictureTextShape.from_config(config))

    @property
    def device(self) -> torch.device:
        return self.text.embedding.weight.device

    def read(self, words: Tensor, patches: Tensor | None = None, trace: Trace | None = None) -> Tensor:
        """Words (B, L), looking at patches (B, P, C) or at nothing -> their mean vector (B, C), padding left out."""
        mask = words > 0
        x = self.text.norm(self.text(words, mask, memory=patches, trace=trace))
        return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


class TwoTowers(_PictureText):
    """Pictures and texts as vectors of length 1; how well each picture fits each text is a dot product.

    `scale` is the logarithm of what the cosines are multiplied by, learned and at most log 100; `shift` is added for
    the sigmoid loss and is no use to the other.
    """

    kind = "two-towers"
    cross = False

    def __init__(self, shape: PictureTextShape, scale: float = math.log(1 / 0.07), shift: float = 0.0):
        super().__init__(shape)
        self.from_picture, self.from_text = (Outer(shape.picture.width, shape.out) for _ in range(2))
        self.scale, self.shift = nn.Parameter(torch.tensor(scale)), nn.Parameter(torch.tensor(shift))

    def pictures(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, D), each of length 1."""
        return F.normalize(self.from_picture(self.vit.whole(pictures)), dim=-1)

    def texts(self, words: Tensor) -> Tensor:
        """(B, L) -> (B, D), each of length 1."""
        return F.normalize(self.from_text(self.read(words)), dim=-1)

    def compare(self, pictures: Tensor, texts: Tensor) -> Tensor:
        """The logits (N, M) of vectors of pictures (N, D) and texts (M, D)."""
        return self.scale.clamp(max=MOST_SCALE).exp() * pictures @ texts.T + self.shift

    def forward(self, pictures: Tensor, words: Tensor) -> Tensor:
        """How well each of N pictures fits each of M texts: logits (N, M)."""
        return self.compare(self.pictures(pictures), self.texts(words))


class Captioner(_PictureText):
    """Writes a caption, word by word. Ids: 1 to V are words, 0 ends the caption, V + 1 begins it."""

    kind = "captioner"
    causal, extra = True, 1

    def __init__(self, shape: PictureTextShape):
        super().__init__(shape)
        self.lm_head = nn.Linear(shape.picture.width, shape.words + 1)
        small_start(self.lm_head)

    @property
    def start(self) -> int:
        """The id that begins a caption."""
        return self.shape.words + 1

    def forward(self, words: Tensor, patches: Tensor, cache: Cache | None = None, trace: Trace | None = None) -> Tensor:
        """Words so far (B, L), the first of them `start`, and the picture's patches (B, P, C) as `self.vit` gives
        them -> logits (B, L, V + 1) of each next word, 0 for the end. With a cache `words` are the new ones only."""
        x = self.text(words, memory=patches, cache=cache, trace=trace)
        return self.lm_head(self.text.norm(x))


class Answerer(_PictureText):
    """Chooses an answer to a question about a picture. Without the picture (`None`) it answers blind."""

    kind = "answerer"

    def __init__(self, shape: PictureTextShape):
        super().__init__(shape)
        self.classifier = nn.Linear(shape.picture.width, shape.out)
        small_start(self.classifier)
        self.nothing = nn.Parameter(torch.zeros(1, 1, shape.picture.width))

    def forward(self, words: Tensor, pictures: Tensor | None = None, trace: Trace | None = None) -> Tensor:
        """Questions (B, L) and pictures (B, 3, H, W) -> logits (B, answers)."""
        patches = self.nothing.expand(len(words), -1, -1) if pictures is None else self.vit(pictures)
        return self.classifier(self.read(words, patches, trace))


MODELS: dict[str, type[TwoTowers | Captioner | Answerer]] = {m.kind: m for m in (TwoTowers, Captioner, Answerer)}


def from_config(config: Mapping[str, Any]) -> TwoTowers | Captioner | Answerer:
    """The network that a `config()` tells of. Raises ValueError for another kind."""
    kind = config.get("model_type")
    if kind not in MODELS:
        raise ValueError(f"model_type is {kind!r}; here it is one of {', '.join(MODELS)}.")
    return MODELS[kind].from_config(config)
