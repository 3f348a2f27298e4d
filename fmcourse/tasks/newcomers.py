"""People of whom no model of the course ever read: invented names, three facts each, of which two are written down.

The names are made of parts that no name of the world has. The facts (city, job, pet) come from the words of the world,
and are said in the sentences of its `reading` documents.

But: one question form and one sentence form for each fact.
"""

import random
from typing import NamedTuple

from fmcourse.world import World
from fmcourse.world.kinds.incontext import ASPECTS

PARTS = "Bal Cor Dem Fim Gus Hel Ist Jok Nam Oll Pas Tur".split()
ENDS = "una erto ilka oman ess".split()

Key = tuple[str, str]  # a name, and "city", "job" or "pet"


class Newcomers(NamedTuple):
    """`facts`: what is written down, by name and aspect; `missing`: what is true and not written down; `absent`: names
    of people who never came."""

    facts: dict[Key, str]
    missing: list[Key]
    absent: list[str]


def newcomers(world: World, rng: random.Random, n: int = 40) -> Newcomers:
    """`n` newcomers, drawn by `rng`: 2 n facts that are written down, n that are missing. Raises `ValueError` for n
    below 1 or above 60, the number of names.

    >>> some = newcomers(World.default(), random.Random(0), 3)
    >>> len(some.facts), len(some.missing), len(some.absent)
    (6, 3, 57)
    """
    names = [a + b for a in PARTS for b in ENDS]
    if not 1 <= n <= len(names):
        raise ValueError(f"n is {n}; there are 1 to {len(names)} newcomers.")
    names = rng.sample(names, len(names))
    facts, missing = {}, []
    for name in names[:n]:
        left_out = rng.choice(list(ASPECTS))
        for aspect in ASPECTS:
            if aspect == left_out:
                missing.append((name, aspect))
            else:
                facts[name, aspect] = rng.choice(world.relations[aspect].objects)
    return Newcomers(facts, missing, names[n:])


def sentence(name: str, aspect: str, value: str) -> str:
    """The fact as a sentence: `sentence("Balerto", "city", "Oslo")` -> "Balerto lives in Oslo."."""
    return ASPECTS[aspect][0].format(s=name, o=value)


def question(name: str, aspect: str) -> str:
    """The question about it: `question("Balerto", "city")` -> "Where does Balerto live?"."""
    return ASPECTS[aspect][1].format(s=name)
