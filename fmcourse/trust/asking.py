"""Questions of two sorts: at home, as a model's training wrote them; abroad, where it cannot know or was never asked.

| abroad | what is new | can it be known? |
| --- | --- | --- |
| stranger | a name that no text holds | no: there is no fact |
| moon | questions about moons; only sentences told of them | yes |
| two hops | a friend's pet, job or town, for people without any such question | yes, in two steps |
| new labels | pairs of labels that never stood together | mostly, from the examples |

But: at home every kind has as many questions as the others, which is not how often the world writes them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from fmcourse.studies.evaluate import labelling_prompts
from fmcourse.studies.teach import NAMES
from fmcourse.tasks.newcomers import ENDS, PARTS
from fmcourse.tasks.newcomers import question as about
from fmcourse.trust.answering import greedy_answers
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World, two_hop_prompt
from fmcourse.world.kinds.incontext import ASPECTS
from fmcourse.world.kinds.knowledge import HOPS

HOME = ("question", "two_hop", "labelling", "recall", "reading", "rating", "review", "story")


class Asked(NamedTuple):
    """A prompt, its right answer (None: there is none), its kind, and the independent `unit` that it belongs to."""

    kind: str
    unit: str
    prompt: str
    answer: str | None


def at_home(world: World, seed: int | str, each: int = 300) -> list[Asked]:
    """`each` fresh documents of every kind in `HOME`, up to the answer; every document is a unit."""
    made: list[Asked] = []
    for kind in HOME:
        documents = islice(world.documents(f"{seed} {kind}", kinds=[kind]), each)
        made += [Asked(kind, f"{kind} {i}", d.prompt, d.answer) for i, d in enumerate(documents)]
    return made


def strangers() -> list[str]:
    """364 names that no text of the world holds, in a fixed order.

    >>> len(strangers()), set(strangers()) & set(World.default().people)
    (364, set())
    """
    begins, ends = (sorted({*a, *b}) for a, b in ((NAMES[0].split(), PARTS), (NAMES[1].split(), ENDS)))
    return [begin + end for begin in begins for end in ends]


def about_strangers(names: Iterable[str]) -> list[Asked]:
    """Town, job and pet of people who do not exist; a name is a unit."""
    return [Asked("stranger", n, f"Question: {about(n, a)} Answer:", None) for n in names for a in ASPECTS]


def abroad(world: World, seed: int) -> list[Asked]:
    """About 2,100 questions of the table above; new labels are drawn with `seed`, all else is fixed."""
    made = about_strangers(strangers())
    for r in ("planet", "mineral"):
        relation = world.relations[r]
        made += [
            Asked("moon", s, f"Question: {relation.question.format(s=s)} Answer:", relation.values[s])
            for s in world.moons
        ]
    friend = world.relations["friend"].values
    made += [
        Asked("two hops", p, two_hop_prompt(p, r, False), world.relations[r].values[friend[p]])
        for p in world.two_hop_withheld
        for r in HOPS
    ]
    for k in (1, 2, 4, 6):
        rows = labelling_prompts(world, k, 150, seed=seed)
        made += [Asked("new labels", f"labels {k} {i}", prompt, label) for i, (prompt, label, _) in enumerate(rows)]
    return made


def errors_by_kind(model: Model, tokenizer: Tokenizer, asked: Sequence[Asked]) -> dict[str, float]:
    """The share of wrong answers in each kind."""
    said = greedy_answers(model, tokenizer, [q.prompt for q in asked]).texts
    wrong: dict[str, list[bool]] = {}
    for answer, q in zip(said, asked, strict=True):
        wrong.setdefault(q.kind, []).append(answer != q.answer)
    return {kind: sum(w) / len(w) for kind, w in wrong.items()}


def how_often(world: World, seed: int | str, documents: int = 10_000) -> Counter[str]:
    """How often each word stands in so many documents of the world; words as they stand between spaces."""
    return Counter(word for d in islice(world.documents(seed), documents) for word in d.text.split())
