"""Where in a long text does a model find a fact? Look-ups and little reports, with the fact asked for at each place.

    asked = lookups(40, repeats=8)          # 40 pairs of key and digit; each place asked for 8 times
    right = found(model, tokenizer, asked)  # one bool each
    by_part(asked, right, parts=5)          # {part of the text: (right, n)}

The texts are those of the world's kinds `recall` and `reading`, but longer: there, 12 pairs or 4 sentences are the
most.

But: one fact is asked for in each text, and every fact has the same form.

Source: Liu et al. 2024, "Lost in the middle: how language models use long contexts".
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from fmcourse.prompting.decoding import complete
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World
from fmcourse.world.kinds.incontext import ASPECTS


class Asked(NamedTuple):
    """`place` counts the facts before the one that is asked for, out of `of` facts."""

    prompt: str
    answer: str
    place: int
    of: int


def lookups(n: int, repeats: int, seed: int = 0) -> list[Asked]:
    """Tables of `n` pairs of key and digit; each of the `n` places is asked for `repeats` times, with fresh tables.

    Raises `ValueError` when there are not so many keys.
    """
    keys, rng, out = World.default().keys, random.Random(f"lookups {n} {seed}"), []
    if not 2 <= n <= len(keys):
        raise ValueError(f"{n} pairs; there are {len(keys)} keys, so between 2 and {len(keys)} pairs are possible.")
    for place in list(range(n)) * repeats:
        shown = [(key, rng.randrange(10)) for key in rng.sample(keys, n)]
        key, digit = shown[place]
        text = f"Codes: {', '.join(f'{k} {v}' for k, v in shown)}. Look up: {key}"
        out.append(Asked(text, str(digit), place, n))
    return out


def reports(n: int, repeats: int, seed: int = 0) -> list[Asked]:
    """Texts of `n` sentences about strangers, and a question that one of them answers; each place `repeats` times."""
    world, rng, out = World.default(), random.Random(f"reports {n} {seed}"), []
    if not 1 <= n <= len(world.strangers):
        raise ValueError(f"{n} sentences; there are {len(world.strangers)} strangers, and each has one sentence.")
    for place in list(range(n)) * repeats:
        said = []
        for name in rng.sample(world.strangers, n):
            aspect = rng.choice(list(ASPECTS))
            said.append((name, aspect, rng.choice(world.relations[aspect].objects)))
        name, aspect, value = said[place]
        text = " ".join(ASPECTS[a][0].format(s=s, o=o) for s, a, o in said)
        out.append(Asked(f"Text: {text} Question: {ASPECTS[aspect][1].format(s=name)} Answer:", value, place, n))
    return out


def answers(model: Model, tokenizer: Tokenizer, asked: Sequence[Asked]) -> list[str]:
    """What the model answers, greedily. Raises `PromptTooLong` for a text beyond its context."""
    return complete(model, tokenizer, [a.prompt for a in asked], max_new_tokens=4, stop=".")


def found(model: Model, tokenizer: Tokenizer, asked: Sequence[Asked]) -> list[bool]:
    """Whether each answer is the right one."""
    return [said == a.answer for said, a in zip(answers(model, tokenizer, asked), asked, strict=True)]


def by_part(asked: Sequence[Asked], right: Sequence[bool], parts: int = 5) -> list[tuple[int, int]]:
    """(right, n) for each of `parts` equal parts of the text, the first part first.

    >>> by_part([Asked("", "", place, 4) for place in range(4)], [True, False, True, True], parts=2)
    [(1, 2), (2, 2)]
    """
    counts = [[0, 0] for _ in range(parts)]
    for a, ok in zip(asked, right, strict=True):
        part = a.place * parts // a.of
        counts[part][0] += ok
        counts[part][1] += 1
    return [(r, n) for r, n in counts]
