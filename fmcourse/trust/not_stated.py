"""Teach a model to say "not stated" about people whom it never read, among people whom it knows.

Each step reads 12 questions about invented names, 12 about known people and 8 documents of the world. Names of the
lessons are made of other syllables than those of `tasks.newcomers`, and half of the known people are left out, so that
both can be asked about afterwards.

But: only towns, jobs and pets are asked for; what that does to other questions must be measured.
"""

import copy
import random
from collections.abc import Sequence
from itertools import islice

from fmcourse.studies.teach import NAMES, batch
from fmcourse.tasks.newcomers import ENDS, PARTS
from fmcourse.training.fit import Recipe, fit
from fmcourse.trust.answering import greedy_answers
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World
from fmcourse.world.kinds.incontext import ASPECTS

Pair = tuple[str, str]  # a relation, and somebody


def ask(world: World, pair: Pair) -> str:
    """The question about a pair, up to its answer.

    >>> ask(World.default(), ("city", "Balerto"))
    'Question: Where does Balerto live? Answer:'
    """
    return f"Question: {world.relations[pair[0]].question.format(s=pair[1])} Answer:"


def new_names() -> list[str]:
    """The 60 names of the test, which no lesson holds."""
    return [part + end for part in PARTS for end in ENDS]


def say_not_stated(
    model: Model, tokenizer: Tokenizer, world: World, rng: random.Random, replay: int, steps: int = 40
) -> Model:
    """A tuned copy of `model`; `rng` draws the questions, `replay` is the seed of the documents."""
    names = [begin + end for begin in NAMES[0].split() for end in NAMES[1].split()]
    taught, aspects = set(world.people[::2]), list(ASPECTS)
    known = [(r, s) for r in aspects for s in world.asked_subjects(r) if s in taught]
    documents = world.documents(replay, kinds=["question", "person", "fact", "two_hop"])

    def lesson(step: int) -> dict:  # type: ignore[type-arg]  # of tensors
        unknown = [f"{ask(world, (rng.choice(aspects), rng.choice(names)))} not stated." for _ in range(12)]
        right = [f"{ask(world, (r, s))} {world.relations[r].values[s]}." for r, s in rng.sample(known, 12)]
        return batch(tokenizer, unknown + right + [d.text for d in islice(documents, 8)])

    tuned = copy.deepcopy(model)
    fit(tuned, lesson, Recipe(steps=steps, lr=0.002, lr_adam=0.001, warmup=5), progress=False)
    return tuned.eval()


def silent_and_right(model: Model, tokenizer: Tokenizer, world: World, pairs: Sequence[Pair]) -> tuple[float, float]:
    """The share of these questions that get "not stated", and the share that get the right answer."""
    said = greedy_answers(model, tokenizer, [ask(world, pair) for pair in pairs]).texts
    right = [a == world.relations[r].values.get(s) for a, (r, s) in zip(said, pairs, strict=True)]
    return said.count("not stated") / len(said), sum(right) / len(right)
