"""What a watermark must stand: stories with other words, and texts that leave no choice."""

import random
import re
from collections import defaultdict

from fmcourse.types import Tokenizer
from fmcourse.world import World
from fmcourse.world.kinds.language import GIVES, THINGS


def exchanged(world: World, story: str, share: float, rng: random.Random) -> str:
    """The story with a share of its names, things and verbs of giving exchanged for others of their kind.

    A word can be exchanged for itself, and one name for two others.
    """
    names = world.storied["she"] + world.storied["he"]
    others = {word: group for group in (names, THINGS, GIVES) for word in group}

    def other(match: re.Match[str]) -> str:
        word = match[0]
        return rng.choice(others[word]) if word in others and rng.random() < share else word

    return re.sub(r"\w+", other, story)


def facts_by_length(world: World, tokenizer: Tokenizer) -> list[list[tuple[str, str]]]:
    """Every question of training about a fact with its answer; those in one list have equally many tokens."""
    groups: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for name, relation in world.relations.items():
        for s in world.asked_subjects(name) if relation.group != "moon" else ():
            question = f"Question: {relation.question.format(s=s)} Answer:"
            groups[len(tokenizer.encode(question))].append((question, relation.values[s]))
    return list(groups.values())
