"""What is true at each token of a document, by name: the attributes that features of a model can be compared with.

Taken from what the world says about its documents, never from a model:

    "repeat"                   the kind of the document
    "second half, repeat"      the part of it: from its mark on, such as the bar of an echo
    "word is, fact"            the word that was just read, in this kind
    "a city, fact"             what sort of word that is
    "next Oslo", "next a city", "next a city, fact"      the same for the word to come
    "answer next, capital"     the answer comes next, and which relation it answers

But: nothing about syntax, and words of several tokens count by their pieces.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor

from fmcourse.inside import hooks, links
from fmcourse.models.encoding import pad
from fmcourse.types import Model, Tokenizer
from fmcourse.world import Document, World

# where the second part of a document begins
MARKS = {"repeat": "|", "recall": "Look up", "translation": "French:", "two_hop": "Think:", "summary": "Summary:",
         "contract": "Analysis:", "finance": "Report:", "academic": "Title:", "instruct": "Response:",
         "reading": "Question:", "review": "Verdict:", "medical": "Triage:", "arithmetic": "step by step:"}  # fmt: skip


@lru_cache(maxsize=2)
def sorts(world: World) -> Mapping[str, str]:
    """Of what sort the words of the tables are, such as "Oslo" -> "capital"."""
    found: dict[str, str] = {}
    for name, relation in world.relations.items():
        found |= {s: relation.group for s in relation.values if s not in found}
        found |= {o: name for o in relation.objects if o not in found}
    return found | {word: c for c, words in world.categories.items() for word in words if word not in found}


def attributes(world: World, tokenizer: Tokenizer, document: Document) -> tuple[list[int], list[set[str]]]:
    """Token ids with the begin token, and for each token the names of what is true there."""
    ids, spans = links.spans_of(tokenizer, document.text)
    text, kind, label, sort = document.text, document.kind, document.label, sorts(world)
    words = [text[a:b] for a, b in spans] + ["(end)"]
    of = ["number" if w.isdigit() else sort.get(w) for w in words]
    mark = text.find(MARKS[kind]) if kind in MARKS else -1
    true: list[set[str]] = [set() for _ in ids]
    for i, (start, _) in enumerate(spans[1:], 1):
        here = {kind, f"word {words[i]}, {kind}", f"next {words[i + 1]}", f"next {words[i + 1]}, {kind}"}
        if mark >= 0:
            here.add(f"{'second' if start >= mark else 'first'} half, {kind}")
        if of[i]:
            here.add(f"a {of[i]}, {kind}")
        if of[i + 1]:
            here |= {f"next a {of[i + 1]}", f"next a {of[i + 1]}, {kind}"}
        if "relation" in label and i + 1 < len(ids) and spans[i + 1][0] == label.get("at"):
            here.add(f"answer next, {label['relation']}")
        true[i] = here
    return ids, true


@dataclass(frozen=True)
class States:
    """states: place -> (N, C), one row a token, without begin tokens and padding. pairs: (N, 2), the token and the one
    before. true: N sets of attributes, made when first asked for. texts: the documents that were read."""

    states: dict[hooks.Place, Tensor]
    pairs: Tensor
    texts: set[str]
    name: Callable[[], list[set[str]]]

    @cached_property
    def true(self) -> list[set[str]]:
        """What is true at each row."""
        return self.name()

    def table(self, names: Sequence[str]) -> Tensor:
        """(N, attributes) of 0 and 1."""
        at = {name: i for i, name in enumerate(names)}
        rows, columns = [], []
        for row, here in enumerate(self.true):
            found = [at[name] for name in here if name in at]
            rows += [row] * len(found)
            columns += found
        out = torch.zeros(len(self.true), len(names))
        out[rows, columns] = 1.0
        return out


def read_documents(
    world: World, model: Model, tokenizer: Tokenizer, documents: Iterable[Document], places: Sequence[hooks.Place]
) -> States:
    """What the model holds at every token of the documents, beside what is true there."""
    pairs_of = ((links.spans_of(tokenizer, d.text)[0], d) for d in documents)
    read = sorted(pairs_of, key=lambda r: len(r[0]))
    states: dict[hooks.Place, list[Tensor]] = {place: [] for place in places}
    pairs: list[Tensor] = []
    for first in range(0, len(read), 64):
        ids, mask = pad([r[0] for r in read[first : first + 64]], tokenizer.pad_token_id)
        seen = hooks.read(model, {"input_ids": ids, "attention_mask": mask}, places)
        real = mask.bool()
        real[:, 0] = False
        for place in places:
            states[place].append(seen[place][real].flatten(1))
        pairs.append(torch.stack([ids[real], ids.roll(1, 1)[real]], 1))
    joined = {place: torch.cat(x) for place, x in states.items()}

    def name() -> list[set[str]]:
        return [here for _, d in read for here in attributes(world, tokenizer, d)[1][1:]]

    return States(joined, torch.cat(pairs), {d.text for _, d in read}, name)


def common(*readings: States, least: Sequence[int]) -> list[str]:
    """Attributes that are true at so many tokens of each reading, in the order of the alphabet."""
    counts = [Counter(name for here in r.true for name in here) for r in readings]
    return sorted(n for n in counts[0] if all(c[n] >= m for c, m in zip(counts, least, strict=True)))


def fresh(documents: Iterable[Document], n: int, known: set[str]) -> list[Document]:
    """The first `n` documents whose text is not known."""
    return list(islice((d for d in documents if d.text not in known), n))


class Match(NamedTuple):
    """For each direction: F1 on other texts, which attribute, and above which value it fires."""

    f1: Tensor
    attribute: Tensor
    threshold: Tensor


def best_match(values: Tensor, truth: Tensor, other: Tensor, other_truth: Tensor) -> Match:
    """For each column of `values` (N, F) the attribute, a column of `truth` (N, A), that it tells best when it "fires"
    above a threshold; both are chosen on these rows, and F1 is scored on the `other` rows.

    Thresholds: 0, and four quantiles of the column from 0.9 to 0.995.
    """
    positives, columns, each = truth.sum(0), values.shape[1], truth.T.to_sparse()  # few attributes are true at once
    best = torch.full((columns,), -1.0)
    which, above = torch.zeros(columns, dtype=torch.long), torch.zeros(columns)
    ordered = values[: min(len(values), 12000)].sort(0).values
    for share in (None, 0.9, 0.97, 0.99, 0.995):
        at = torch.zeros(columns) if share is None else ordered[int(share * len(ordered))]
        fires = (values > at).float()
        f1 = 2 * torch.sparse.mm(each, fires).T / (fires.sum(0)[:, None] + positives)
        top, index = f1.max(1)
        better = top > best
        best = torch.where(better, top, best)
        which, above = torch.where(better, index, which), torch.where(better, at, above)
    fires, there = (other > above).float(), other_truth[:, which]
    return Match(2 * (fires * there).sum(0) / (fires.sum(0) + there.sum(0)), which, above)


def token_rule(pairs: Tensor, truth: Tensor, other: Tensor, other_truth: Tensor) -> Tensor:
    """(A,) F1 on other texts of the best rule that sees the last token, or the last two, and nothing else.

    Each attribute is said of the tokens (or pairs) that have it most often; how many is chosen for the best F1 where
    the rule is fitted. Of the two rules the one that is better on the *other* texts counts, which favours the rule.
    """
    scores = []
    for two in (False, True):
        key, key_other = (x[:, 0] + two * 100_000 * x[:, 1] for x in (pairs, other))
        known, index = key.unique(return_inverse=True)
        count = torch.bincount(index).float()
        share = torch.zeros(len(known), truth.shape[1]).index_add_(0, index, truth) / count[:, None]
        order = share.argsort(0, descending=True)
        hits = (share * count[:, None]).gather(0, order).cumsum(0)
        best = (2 * hits / (count[order].cumsum(0) + truth.sum(0))).argmax(0)
        least = share.gather(0, order)[best, range(truth.shape[1])]
        place = torch.searchsorted(known, key_other).clamp(max=len(known) - 1)
        says = ((share >= least)[place] & (known[place] == key_other)[:, None]).float()
        scores.append(2 * (says * other_truth).sum(0) / (says.sum(0) + other_truth.sum(0)))
    return torch.maximum(*scores)


class Asked(NamedTuple):
    """A prompt that ends where the answer comes next, the answer's first token, and the answer."""

    ids: list[int]
    target: int
    answer: str


def prompts(world: World, tokenizer: Tokenizer, relation: str, phrase: int, subjects: Iterable[str]) -> list[Asked]:
    """For each subject the relation's forward phrasing number `phrase`, up to the object."""
    found, out = world.relations[relation], []
    for subject in subjects:
        prompt = found.forward[phrase].split("{o}")[0].replace("{s}", subject).strip()
        ids = [tokenizer.bos_token_id, *tokenizer.encode(prompt)]
        target = tokenizer.encode(f"{prompt} {found.values[subject]}")[len(ids) - 1]
        out.append(Asked(ids, target, found.values[subject]))
    return out
