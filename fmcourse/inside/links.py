"""Do heads look where the text's true links point? Scores of heads, and the interval of a gap to a rule.

A document of the world says which place truly belongs to which (`Document.links`, spans of characters). Here they
become token positions. For each link a head gets a hit when its largest weight lies on a token of the target. Heads
are chosen on some documents and scored on others, or luck would be counted as skill.

But: the largest weight of a head is only what is visible; whether it matters is asked in `inside`.

Source: Clark et al. 2019, "What does BERT look at? An analysis of BERT's attention".
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from fmcourse.models.encoding import begin
from fmcourse.types import Model, Tokenizer
from fmcourse.world import Document


class TokenLink(NamedTuple):
    """Query position, and the token positions of the true target; both count the begin token as 0."""

    kind: str
    query: int
    target: tuple[int, ...]


class Read(NamedTuple):
    """A document as the model reads it: token ids and its links between tokens."""

    ids: list[int]
    links: list[TokenLink]


def spans_of(tokenizer: Tokenizer, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Token ids with the begin token, and for each the characters (start, end) that it stands for, without spaces."""
    made = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
    first = begin(tokenizer)
    spans = [(0, 0)] * len(first)
    for start, end in made["offset_mapping"]:
        while start < end and text[start] == " ":
            start += 1
        spans.append((start, end))
    return [*first, *made["input_ids"]], spans


def positions(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, ...]:
    """The tokens that share a character with start..end.

    >>> positions([(0, 0), (0, 3), (4, 9)], 4, 9)
    (2,)
    """
    return tuple(i for i, (a, b) in enumerate(spans) if a < end and b > start)


def read_links(
    tokenizer: Tokenizer, document: Document, kinds: Iterable[str] | None = None, when: str = "before", shift: int = 0
) -> Read:
    """The document's tokens and its links (of these kinds; None: all) between tokens.

    when: "before" asks at the token just before the link's source, where a decoder has to predict it; "at" asks at the
    source's last token. shift: 1 moves the target to the token just after it: a head of a later layer can find there
    what an earlier layer brought from the token before. Links whose target the query cannot see are left out.
    """
    if when not in ("before", "at"):
        raise ValueError(f"when is {when!r}; it is 'before' or 'at'.")
    ids, spans = spans_of(tokenizer, document.text)
    found = []
    for kind, source, target in document.links:
        if kinds is not None and kind not in kinds:
            continue
        asked, there = positions(spans, *source), positions(spans, *target)
        if not asked or not there:
            continue
        query = asked[0] - 1 if when == "before" else asked[-1]
        there = (there[-1] + shift,) if shift else there
        if query >= 0 and max(there) <= query:
            found.append(TokenLink(kind, query, there))
    return Read(ids, found)


@torch.no_grad()
def attention_weights(model: Model, ids: Sequence[int]) -> Tensor:
    """(L, H, T, T) weights of one document: row = the token that looks, column = what it looks at.

    Raises `ValueError` for a model whose attention gives no weights (SDPA).
    """
    out = model(input_ids=torch.tensor([list(ids)], device=model.device), output_attentions=True)
    if not out.attentions or out.attentions[0] is None:
        raise ValueError("this model gives no attention weights; load it with attn_implementation='eager'.")
    return torch.stack([a[0] for a in out.attentions]).cpu()


class Scores(NamedTuple):
    """hits: (documents, L, H) links hit; weight: the same, summed weight on targets; links: (documents,) how many."""

    hits: Tensor
    weight: Tensor
    links: Tensor

    def rate(self) -> Tensor:
        """(L, H): the share of links on whose target a head's largest weight lies."""
        return self.hits.sum(0) / self.links.sum()

    def mean_weight(self) -> Tensor:
        """(L, H): the mean weight on the target."""
        return self.weight.sum(0) / self.links.sum()


def head_scores(model: Model, documents: Sequence[Read]) -> Scores:
    """How often each head's largest weight lies on a true target, document by document."""
    hits, weight, links = [], [], []
    for ids, found in documents:
        if not found:
            continue
        weights = attention_weights(model, ids)
        h = w = 0
        for _, query, target in found:
            row = weights[:, :, query]
            h = h + torch.isin(row.argmax(-1), torch.tensor(target)).float()
            w = w + row[..., list(target)].sum(-1)
        hits.append(h)
        weight.append(w)
        links.append(len(found))
    if not hits:
        raise ValueError("none of the documents has such a link; choose another kind.")
    return Scores(torch.stack(hits), torch.stack(weight), torch.tensor(links, dtype=torch.float32))  # type: ignore[arg-type]  # tensors, as soon as there is a link


def gap_interval(ours: Tensor, theirs: Tensor, links: Tensor, n: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval, over documents, of the difference of two hit rates (each (documents,) hits)."""
    draw = torch.randint(len(links), (n, len(links)), generator=torch.Generator().manual_seed(seed))
    gaps = ((ours - theirs)[draw].sum(1) / links[draw].sum(1)).sort().values
    return float(gaps[int(0.025 * n)]), float(gaps[int(0.975 * n) - 1])
