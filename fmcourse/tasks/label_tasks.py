"""Four new tasks for world-gpt. It has the knowledge, no document ever stated the labels, and the test words are new.

| task | the text | the label | what one must know |
| --- | --- | --- | --- |
| sorts | a sentence that names a thing | one of ten sorts | what kind of thing a word means |
| pairs | two things | same sort, or different | the same, and to compare |
| pets | the beginning of a sentence on a person's pet | mammal, or other | whose pet it is, and what that animal is |
| french | an English sentence and a French one | right, or wrong | the gender of the French noun |

Every seed splits the words anew: a thing, a person or a noun stands in the labelled texts, in the validation texts or
in the test texts, never in two of them. Labels are balanced; in `pairs` and `french` no single word tells the label.

But: short texts, no noise in the labels, and words with one meaning.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fmcourse.world import World
from fmcourse.world.facts import share
from fmcourse.world.kinds.language import ADJECTIVES, NOUNS, VERBS, english_noun_phrase, withheld_pair

SHARES = (0.5, 0.15)  # of the words: labelled, validation; the rest is for the test
FAMILIAR = 0.3  # of the texts about labelled words are never labelled, for `Task.familiar`


@dataclass(frozen=True)
class Example:
    """A text, its label, and the words on which the label depends."""

    text: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A labelling task. `write(rng, words)` makes one example about some of `words`.

    `groups` are all its words, in groups of one kind; each group is split by itself, so that every part has its share
    of, say, fruit. `goal` is the accuracy that we ask for: how many labels does it take?
    """

    name: str
    question: str
    classes: tuple[str, ...]
    goal: float
    groups: tuple[tuple[str, ...], ...]
    write: Callable[[random.Random, Sequence[str]], Example]

    @property
    def chance(self) -> float:
        """The accuracy of guessing: labels are balanced."""
        return 1 / len(self.classes)

    def words(self, seed: int) -> tuple[list[str], list[str], list[str]]:
        """The words of the labelled, the validation and the test texts of a seed: no word is in two of them."""
        parts: tuple[list[str], ...] = ([], [], [])
        for group in self.groups:
            order = random.Random(f"{self.name} words {seed}").sample(group, len(group))
            first, second = round(SHARES[0] * len(order)), round(sum(SHARES) * len(order))
            for part, some in zip(parts, (order[:first], order[first:second], order[second:]), strict=True):
                part += some
        return parts  # type: ignore[return-value]  # three, see above

    def labelled(self, n: int, seed: int) -> list[Example]:
        """The first `n` labelled examples of a seed, all different; more of them go on where fewer end."""
        return self._examples("labelled", 0, n, seed)

    def validation(self, n: int, seed: int) -> list[Example]:
        """`n` examples to choose a recipe with."""
        return self._examples("validation", 1, n, seed)

    def test(self, n: int, seed: int) -> list[Example]:
        """`n` examples to measure with; none of their words ever has a label."""
        return self._examples("test", 2, n, seed)

    def familiar(self, n: int, seed: int) -> list[Example]:
        """`n` examples with the words of the labelled texts, in texts that are never labelled."""
        return self._examples("familiar", 0, n, seed)

    def _examples(self, part: str, which: int, n: int, seed: int) -> list[Example]:
        """Different texts, one class after the other, so that a few examples show every class."""
        if n < 1:
            raise ValueError(f"{n} examples of {self.name}: ask for at least one.")
        rng, words, made, tries = random.Random(f"{self.name} {part} {seed}"), self.words(seed)[which], {}, 0
        while len(made) < n:
            example, tries = self.write(rng, words), tries + 1
            fits = which > 0 or (share("familiar", example.text) < FAMILIAR) == (part == "familiar")
            if fits and example.label == self.classes[len(made) % len(self.classes)]:
                made.setdefault(example.text, example)
            if tries > 300 * (n + 100):
                raise ValueError(f"{self.name} has fewer than {n} different {part} texts; ask for {len(made)} at most.")
        return list(made.values())


SEEN = (
    "We talked about the {x}",
    "Look at this {x}",
    "There is a word on the box: {x}",
    "Her first word was {x}",
    "I drew one {x}",
    "In the old picture one sees a {x}",
    "The title of the page is {x}",
    "Nobody wanted the {x}",
)
WHO = ("", "Anwi: ", "Bosse: ", "Corin: ", "Kessa: ")


def _sorts(world: World) -> Task:
    of = {item: sort for sort, items in world.categories.items() for item in items}

    def write(rng: random.Random, words: Sequence[str]) -> Example:
        item = rng.choice(words)
        return Example(rng.choice(WHO) + rng.choice(SEEN).format(x=item), of[item], (item,))

    groups = tuple(tuple(items) for items in world.categories.values())
    return Task("sorts", "what sort of thing is named?", tuple(sorted(world.categories)), 0.7, groups, write)


BESIDE = ("Sort: {a}, {b}", "Words: {a} and {b}", "Her list: {a}, {b}")


def _pairs(world: World) -> Task:
    of = {item: sort for sort, items in world.categories.items() for item in items}

    def write(rng: random.Random, words: Sequence[str]) -> Example:
        first, label = rng.choice(words), rng.choice(("same", "different"))
        other = rng.choice([w for w in words if w != first and (of[w] == of[first]) == (label == "same")])
        return Example(rng.choice(BESIDE).format(a=first, b=other), label, (first, other))

    groups = tuple(tuple(items) for items in world.categories.values())
    return Task("pairs", "are the two things of the same sort?", ("same", "different"), 0.8, groups, write)


def _pets(world: World) -> Task:
    pet, kind = world.relations["pet"], world.relations["class"].values
    label = {s: "mammal" if kind.get(p) == "mammal" else "other" for s, p in pet.values.items()}
    openings = [p.replace(" {o}.", "") for p in pet.forward] + [f"Question: {pet.question} Answer:"]

    def write(rng: random.Random, words: Sequence[str]) -> Example:
        person = rng.choice(words)
        return Example(rng.choice(openings).format(s=person), label[person], (person,))

    groups = tuple(tuple(s for s in sorted(label) if label[s] == side) for side in ("mammal", "other"))
    return Task("pets", "is this person's pet a mammal?", ("mammal", "other"), 0.8, groups, write)


def _french(world: World) -> Task:
    def write(rng: random.Random, words: Sequence[str]) -> Example:
        noun, verb, label = rng.choice(words), rng.choice(tuple(VERBS)), rng.choice(("right", "wrong"))
        adjective = rng.choice([None, *(a for a in ADJECTIVES if not withheld_pair(noun, a))])
        feminine = (NOUNS[noun][1] == "f") == (label == "right")  # a wrong sentence agrees with itself, not the noun
        said = [NOUNS[noun][0]]
        if adjective:
            forms = ADJECTIVES[adjective]
            said.insert(0 if forms[4] else 1, forms[feminine])  # type: ignore[arg-type]  # the fifth alone is a bool
        english = f"{english_noun_phrase(noun, adjective, False, False)} {verb}."
        french = " ".join(["Une" if feminine else "Un", *said, VERBS[verb][1]])
        return Example(f"English: {english[0].upper()}{english[1:]} French: {french}.", label, (noun,))

    groups = tuple(tuple(n for n, row in NOUNS.items() if row[1] == gender) for gender in "mf")
    return Task("french", "is the French gender right?", ("right", "wrong"), 0.8, groups, write)


@lru_cache(maxsize=1)
def tasks() -> dict[str, Task]:
    """The four tasks by name.

    >>> task = tasks()["pets"]
    >>> labelled, validation, test = task.words(seed=0)
    >>> len(labelled), set(labelled) & set(test)
    (160, set())
    """
    world = World.default()
    return {t.name: t for t in (_sorts(world), _pairs(world), _pets(world), _french(world))}
