"""Simulated people who compare texts: what they read, the rule by which they judge, and how often they slip.

    world = World.default()
    Annotator(world).utility("whale", "It lives in the ocean. It eats grass.")      # one true, one false: 0

The task is "Explain the whale to a child:". Since the world's tables know every fact, a text's worth is known exactly:
we can teach with noisy comparisons and still measure the true reward.

But: these people are all alike, never tired, and judge each text alone; real ones disagree with each other, too.
"""

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fmcourse.models.loading import Loaded
from fmcourse.world import World
from fmcourse.world.facts import share

PHRASINGS = {
    "habitat": ("It lives in the {o}.", "Its home is the {o}."),
    "food": ("It eats {o}.", "Its food is {o}."),
    "class": ("It is a {o}.", "We call it a {o}."),
}
OPENINGS = ("The {s} is an animal.", "This is the {s}.")
CLOSING = "I hope this helps."
LENGTHS, WEIGHTS = (1, 2, 3, 4, 5, 6), (3, 4, 4, 2, 1, 0.5)  # statements of a demonstration
WRONG, AGAIN, OPEN, POLITE = 0.15, 0.2, 0.5, 0.25  # its shares of false statements, repeated topics, openings, closings


def animals(world: World, withheld: bool) -> list[str]:
    """The animals about which nobody compares texts (about a third of them), or the others."""
    return [a for a in world.relations["class"].values if (share("feedback", a) < 0.33) == withheld]


def prompt(animal: str) -> str:
    """What the model is asked: "Explain the whale to a child:"."""
    return f"Explain the {animal} to a child:"


def sentence(relation: str, value: str, phrasing: int = 0) -> str:
    """A statement: `sentence("food", "krill", 1)` -> "Its food is krill."."""
    said = PHRASINGS[relation][phrasing].format(o=value)
    return said.replace(" a ", " an ") if relation == "class" and value[0] in "ai" else said


def demonstration(world: World, animal: str, rng: random.Random) -> str:
    """A text as people write them: one to six statements, some false, some twice, sometimes a closing.

    It stands for the instruction data that a model is first tuned on: helpful on the whole, and far from perfect.
    """
    said: list[str] = []
    sentences = [rng.choice(OPENINGS).format(s=animal)] if rng.random() < OPEN else []
    for _ in range(rng.choices(LENGTHS, WEIGHTS)[0]):
        fresh = [r for r in PHRASINGS if r not in said]
        name = rng.choice(said) if said and (not fresh or rng.random() < AGAIN) else rng.choice(fresh)
        truth = world.relations[name].values[animal]
        false = [o for o in world.relations[name].objects if o != truth]
        said.append(name)
        sentences.append(sentence(name, rng.choice(false) if rng.random() < WRONG else truth, rng.randrange(2)))
    if rng.random() < POLITE:
        sentences.append(CLOSING)
    return " ".join(sentences)


@dataclass(frozen=True)
class Statement:
    """One sentence of a text. `relation` and `value` are None when it states nothing about the animal."""

    sentence: str
    relation: str | None = None
    value: str | None = None


_PATTERNS = [
    (name, re.compile(re.escape(p).replace(r"\ a\ ", r"\ an?\ ").replace(r"\{o\}", r"(\w+)")))
    for name, both in PHRASINGS.items()
    for p in both
]


def statements(text: str) -> list[Statement]:
    """The sentences of a text, each with what it states of its animal.

    >>> [(s.relation, s.value) for s in statements("It eats krill. We call it an insect. Hello.")]
    [('food', 'krill'), ('class', 'insect'), (None, None)]
    """
    found = []
    for part in re.findall(r"[^.]+\.?", text):
        if part := part.strip():
            hits = ((name, pattern.fullmatch(part)) for name, pattern in _PATTERNS)
            name, match = next(((n, m) for n, m in hits if m), (None, None))
            found.append(Statement(part, name, match[1] if match else None))
    return found


@dataclass(frozen=True)
class Count:
    """What a text holds: true statements (each counted once), false ones, and sentences that say nothing new."""

    true: int
    false: int
    idle: int
    closing: bool

    @property
    def worth(self) -> float:
        """The stated rule: +1 for each true fact, -1 for each false statement, -1/2 for a sentence of no use.

        One opening and one closing are free.
        """
        return self.true - self.false - 0.5 * self.idle


def count(world: World, animal: str, text: str) -> Count:
    """Read a text against the world's tables."""
    free = {CLOSING, *(o.format(s=animal) for o in OPENINGS)}
    true, false, idle, polite, seen = set(), 0, 0, False, set()
    for s in statements(text):
        kind = "closing" if s.sentence == CLOSING else "opening"
        if s.relation is None:
            polite = polite or s.sentence == CLOSING
            idle += s.sentence not in free or kind in seen
            seen.add(kind)
        elif s.value != world.relations[s.relation].values[animal]:
            false += 1
        elif s.relation in true:
            idle += 1
        else:
            true.add(s.relation)
    return Count(len(true), false, idle, polite)


@dataclass(frozen=True)
class Annotator:
    """Somebody who compares two texts about a animal.

    They feel a text's `worth`, plus `likes_closing` when it ends politely, and choose the better one with probability
    sigmoid(difference / temperature): the model of Bradley and Terry (1952). Temperature 0 never slips; of equals, a
    coin decides.
    """

    world: World = field(default_factory=World.default)
    temperature: float = 0.5
    likes_closing: float = 0.0

    def utility(self, animal: str, text: str) -> float:
        """What this annotator feels, without noise. For an unbiased one this is the true reward."""
        seen = count(self.world, animal, text)
        return seen.worth + self.likes_closing * seen.closing

    def prefers_first(self, animal: str, first: str, second: str, rng: random.Random) -> bool:
        """Whether they choose `first`, this time."""
        gap = self.utility(animal, first) - self.utility(animal, second)
        if self.temperature == 0 or gap == 0:
            return gap > 0 if gap else rng.random() < 0.5
        return rng.random() < 1 / (1 + math.exp(-max(-50.0, min(50.0, gap / self.temperature))))


@dataclass(frozen=True)
class Rule:
    """One sentence of a constitution, and a program that counts how often a text breaks it."""

    sentence: str
    broken: Callable[[str, str], int]


def constitution(says: Callable[[str, str], str]) -> list[Rule]:
    """Three written rules, the most important first.

    `says(animal, relation)` is the model's own answer to a plain question. The first rule asks the model and not the
    tables: no person and no truth is needed.
    """

    def doubtful(animal: str, text: str) -> int:
        return sum(s.relation is not None and says(animal, s.relation) != s.value for s in statements(text))

    def missing(animal: str, text: str) -> int:
        return len(set(PHRASINGS) - {s.relation for s in statements(text)})

    def twice(animal: str, text: str) -> int:
        found = [s.relation or s.sentence for s in statements(text)]
        return len(found) - len(set(found))

    return [
        Rule("State nothing that you would not answer when asked plainly.", doubtful),
        Rule("Say where it lives, what it eats and what kind of animal it is.", missing),
        Rule("Say nothing twice.", twice),
    ]


def own_answers(loaded: Loaded) -> dict[tuple[str, str], str]:
    """What the model itself answers when it is asked plainly for each fact: {(animal, relation): answer}."""
    from fmcourse.prompting import complete

    world = World.default()
    keys = [(a, r) for a in world.relations["class"].values for r in PHRASINGS]
    prompts = [f"Question: {world.relations[r].question.format(s=a)} Answer:" for a, r in keys]
    made = complete(loaded.model, loaded.tokenizer, prompts, max_new_tokens=6, stop=".")
    return dict(zip(keys, made, strict=True))


def judge(rules: Sequence[Rule], animal: str, first: str, second: str) -> int:
    """1 when the first text breaks fewer rules, 0 when the second does, -1 for a tie: all breaches count alike."""
    one, two = (sum(rule.broken(animal, text) for rule in rules) for text in (first, second))
    return -1 if one == two else int(one < two)
