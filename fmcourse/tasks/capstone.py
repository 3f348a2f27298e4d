"""Four projects for the last notebook: tasks in the world that no notebook before it settled.

    made = project("moons", rng)
    made.solved, made.practice              # solved ones to learn or copy from, others to choose a way with
    made.exam.open(mine=answers)            # once: `answers` turns prompts into answers; right or not, one by one

| name | what is asked | what a way can use |
| --- | --- | --- |
| moons | to which planet a moon belongs, as a question | every fact was read as a sentence; no such question ever was |
| back | a French sentence in English | the model read thousands of pairs, always from English to French |
| odd | the odd one out of four things | what things go together was read, the task never |
| friends | where the friend of a newcomer lives | a store says who the friend is, and where everybody lives |

But: exact answers only, one form of question each, and nobody but the learner sees that the exam is opened once.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from fmcourse.world import World
from fmcourse.world.facts import Relation
from fmcourse.world.kinds.language import NOUNS

PROJECTS = ("moons", "back", "odd", "friends")
SOLVED, PRACTICE = 96, 40  # at most


@dataclass(frozen=True)
class Item:
    """A prompt, its right answer, and the unit it belongs to: items of one unit are no independent evidence."""

    prompt: str
    answer: str
    unit: str


@dataclass
class Exam:
    """Items that are opened once. `openings` counts how often they were."""

    items: list[Item] = field(repr=False)
    openings: int = 0

    @property
    def units(self) -> list[str]:
        """The unit of each item; this may be looked at before."""
        return [item.unit for item in self.items]

    def open(self, **ways: Callable[[list[str]], Sequence[str]]) -> dict[str, list[bool]]:
        """For each way, right or not for each item. All that is to be compared is opened together, once.

        A second opening is told: what was chosen after the first was chosen by luck, too. Raises `ValueError` when
        there are not as many answers as prompts.
        """
        prompts, out = [item.prompt for item in self.items], {}
        for name, answers in ways.items():
            said = list(answers(prompts))
            if len(said) != len(prompts):
                raise ValueError(f"{name} gave {len(said)} answers for {len(prompts)} prompts; give one each.")
            out[name] = [a == item.answer for a, item in zip(said, self.items, strict=True)]
        self.openings += 1
        if self.openings > 1:
            print(f"This exam was opened {self.openings} times: report the first result, or say how often.")
        return out


@dataclass(frozen=True)
class Project:
    """A task: what is asked, solved items, others for practice, an exam, and texts that can be searched."""

    name: str
    solved: list[Item]
    practice: list[Item]
    exam: Exam
    store: list[str]


def project(name: str, rng: random.Random) -> Project:
    """One of `PROJECTS`, split by `rng`: no unit is in two of solved, practice and exam. Raises `LookupError`."""
    if name not in PROJECTS:
        raise LookupError(f"There is no project called {name!r}; there are: {', '.join(PROJECTS)}.")
    return {"moons": _moons, "back": _back, "odd": _odd, "friends": _friends}[name](World.default(), rng)


def right_share(right: Sequence[bool], units: Sequence[str]) -> tuple[float, float, float]:
    """(share, low, high): the mean over units of the share right within each, with a 95 % interval over the units.

    The interval is Wilson's, as if each unit were one answer: careful, since a unit says at least as much.

    >>> right_share([True, True, False, False], ["a", "a", "b", "b"])[0]
    0.5
    """
    from fmcourse.prompting import interval

    of = {unit: [r for r, u in zip(right, units, strict=True) if u == unit] for unit in dict.fromkeys(units)}
    share = sum(sum(rs) / len(rs) for rs in of.values()) / len(of)
    low, high = interval(share * len(of), len(of))  # a unit counts as a part of an answer, too
    return share, low, high


def _asked(relation: Relation, subjects: Sequence[str]) -> list[Item]:
    """The relation's question about each subject, in the world's form."""
    return [Item(f"Question: {relation.question.format(s=s)} Answer:", relation.values[s], s) for s in subjects]


def _moons(world: World, rng: random.Random) -> Project:
    planet = world.relations["planet"]
    moons = rng.sample(list(world.moons), len(world.moons))
    items = _asked(planet, moons)
    store = [planet.phrasings(s)[0].format(s=s, o=planet.values[s]) for s in sorted(world.moons)]
    return Project("moons", items[:40], items[40:60], Exam(items[60:]), store)


def _back(world: World, rng: random.Random) -> Project:
    nouns = rng.sample(sorted(NOUNS), len(NOUNS))
    parts: list[list[Item]] = [[], [], []]
    for document in islice(world.documents(rng.randrange(10**6), kinds=["translation"]), 4000):
        english, french = document.text.removeprefix("English: ").split(" French: ")
        words = english.lower().rstrip(".").split()
        named = [i for i, n in enumerate(nouns) if n in words or NOUNS[n][2] in words]
        for part, (low, high) in zip(parts, ((0, 10), (10, 14), (14, 24)), strict=True):
            item = Item(f"French: {french} English:", english.rstrip("."), nouns[named[0]])
            if all(low <= i < high for i in named) and item not in part:
                part.append(item)
    store = [f"{item.prompt} {item.answer}." for item in parts[0]]
    return Project("back", parts[0][:SOLVED], parts[1][:PRACTICE], Exam(parts[2][:120]), store)


def _odd(world: World, rng: random.Random) -> Project:
    sorts = sorted(world.categories)
    things = {sort: rng.sample(list(world.categories[sort]), len(world.categories[sort])) for sort in sorts}

    def items(low: int, high: int, n: int) -> list[Item]:
        made = []
        for _ in range(n):
            many, one = rng.sample(sorts, 2)
            four = [*rng.sample(things[many][low:high], 3), odd := rng.choice(things[one][low:high])]
            rng.shuffle(four)
            made.append(Item(f"Odd one out: {', '.join(four)}. Answer:", odd, odd))
        return made

    solved, practice, exam = items(0, 9, SOLVED), items(9, 12, PRACTICE), items(12, 20, 150)
    return Project("odd", solved, practice, Exam(exam), [f"{i.prompt} {i.answer}." for i in solved])


def _friends(world: World, rng: random.Random) -> Project:
    from fmcourse.tasks.newcomers import ENDS, PARTS, sentence

    city, people = world.relations["city"].values, sorted(world.people)
    names = [a + b for a in PARTS for b in ENDS]
    friend = {name: rng.choice(people) for name in rng.sample(names, len(names))}
    items = [
        Item(f"Question: Where does the friend of {name} live? Answer:", city[of], name) for name, of in friend.items()
    ]
    store = [f"The friend of {name} is {of}." for name, of in friend.items()]
    store += [sentence(p, "city", city[p]) for p in people]
    return Project("friends", items[:10], items[10:20], Exam(items[20:]), rng.sample(store, len(store)))
