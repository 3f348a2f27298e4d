"""The lowest loss that any reader can have on a masked word: exact, by writing down every text there can be.

For kinds with few texts (all sentences about countries, animals, materials and people are about ten thousand) we list
every text with its probability. Hide one token of a text: what can stand there is decided by all texts that agree
everywhere else, so the best possible prediction is a division of sums. Its average surprise is the limit.

But: the limit is that of a reader who knows the whole table by heart, and also which phrasings never occur with whom.
It is about one hidden token with nothing else hidden. Nothing here imports torch; a model is only called.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from fmcourse.types import Model, Tokenizer
from fmcourse.world.world import World

Ids = tuple[int, ...]
ENUMERABLE = ("fact", "person")


def texts(world: World, kinds: Sequence[str] = ENUMERABLE) -> dict[str, float]:
    """Every text of these kinds with its probability among them; they sum to one.

    Raises `ValueError` for a kind with too many texts to list.
    """
    total = sum(world.kind_share(kind) for kind in kinds)
    out: dict[str, float] = {}
    for kind in kinds:
        share = world.kind_share(kind) / total
        for text, _, path_nats in world.enumerate(kind):
            out[text] = out.get(text, 0.0) + share * math.exp(-path_nats)
    return out


def tokenised(tokenizer: Tokenizer, probabilities: Mapping[str, float]) -> dict[Ids, float]:
    """The same probabilities by token ids, without special tokens."""
    coded = tokenizer(list(probabilities), add_special_tokens=False)["input_ids"]
    return {tuple(ids): p for ids, p in zip(coded, probabilities.values(), strict=True)}


@dataclass(frozen=True)
class Slot:
    """One token of one text: `probability` is its share of all tokens that a reader meets, `nats` its best price."""

    ids: Ids
    place: int
    probability: float
    nats: float


def slots(probabilities: Mapping[Ids, float], sides: str = "both") -> list[Slot]:
    """Every token of every text with the lowest price that a reader of the rest can pay for it, in nats.

    `probabilities` of the texts, by token ids (any positive weights). `sides` is "both" when the reader sees all other
    tokens, "left" when only those before. Longer texts count for more, as they do in a long sample.

    >>> two = {(1, 2, 3): 0.5, (1, 9, 3): 0.5}
    >>> [round(s.nats, 3) for s in slots(two)][:3]
    [0.0, 0.693, 0.0]
    """
    if sides not in ("both", "left"):
        raise ValueError(f'sides is {sides!r}; it must be "both" or "left".')

    def context(ids: Ids, i: int) -> tuple[Any, ...]:
        return (i, ids[:i]) if sides == "left" else (i, ids[:i], ids[i + 1 :])

    rest: dict[tuple[Any, ...], float] = {}  # how likely is what the reader sees
    joint: dict[tuple[Any, ...], float] = {}  # and that with the token (to the left alone, many texts share both)
    for ids, p in probabilities.items():
        for i, token in enumerate(ids):
            seen = context(ids, i)
            rest[seen] = rest.get(seen, 0.0) + p
            joint[seen, token] = joint.get((seen, token), 0.0) + p
    tokens = sum(p * len(ids) for ids, p in probabilities.items())
    return [
        Slot(ids, i, p / tokens, max(0.0, math.log(rest[seen] / joint[seen, ids[i]])))
        for ids, p in probabilities.items()
        for i in range(len(ids))
        for seen in [context(ids, i)]
    ]


def limit(found: Sequence[Slot]) -> float:
    """The average price of these slots in nats: no model can be lower in the long run."""
    return sum(s.probability * s.nats for s in found) / sum(s.probability for s in found)


def masked_limit(world: World, tokenizer: Tokenizer, kinds: Sequence[str] = ENUMERABLE) -> float:
    """The exact conditional entropy, in nats, of one masked token of such documents given all the rest."""
    return limit(slots(tokenised(tokenizer, texts(world, kinds))))


def sample(found: Sequence[Slot], n: int, seed: int = 0) -> list[Slot]:
    """`n` slots as a long sample of documents would bring them."""
    rng = random.Random(f"slots {seed}")
    return rng.choices(found, cum_weights=list(accumulate(s.probability for s in found)), k=n)


def slot_losses(model: Model, tokenizer: Tokenizer, chosen: Sequence[Slot], batch_size: int = 128) -> list[float]:
    """What a masked language model pays for each slot, in nats, when the slot alone is hidden in `[cls] ... [sep]`."""
    order = sorted(range(len(chosen)), key=lambda k: len(chosen[k].ids))
    out = [0.0] * len(chosen)
    for start in range(0, len(order), batch_size):
        mine = order[start : start + batch_size]
        rows = []
        for k in mine:
            ids = [tokenizer.cls_token_id, *chosen[k].ids, tokenizer.sep_token_id]
            ids[chosen[k].place + 1] = tokenizer.mask_token_id
            rows.append(ids)
        batch = tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(model.device)
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
        logp = logits.detach().log_softmax(-1)
        for row, k in enumerate(mine):
            out[k] = -logp[row, chosen[k].place + 1, chosen[k].ids[chosen[k].place]].item()
    return out


def masked_slot_comparison(
    model: Model, tokenizer: Tokenizer, world: World, n: int = 6000, seed: int = 0, kinds: Sequence[str] = ENUMERABLE
) -> dict[str, Any]:
    """A masked language model beside the limit: {"loss", "error", "limit", "ratio", "n"}, in nats per masked slot.

    `limit` is exact. `loss` is the limit plus the mean difference on `n` sampled slots, and `error` its standard error:
    comparing slot by slot takes the luck of which slots were drawn out of it.
    """
    found = slots(tokenised(tokenizer, texts(world, kinds)))
    lowest, chosen = limit(found), sample(found, n, seed)
    over = [mine - s.nats for mine, s in zip(slot_losses(model, tokenizer, chosen), chosen, strict=True)]
    mean = sum(over) / n
    error = math.sqrt(sum((x - mean) ** 2 for x in over) / (n - 1) / n)
    return {"loss": lowest + mean, "error": error, "limit": lowest, "ratio": (lowest + mean) / lowest, "n": n}
