"""Seven kinds of question, each with what a prompt may say about it: the material of the technique table.

A `Question` knows its right answer and its fields: `input`, `question` (in the form of the world's documents),
`statement` (a sentence to complete) and `instruction`. A `Task` bundles questions with examples to show and the answers
that a reader would accept. What was withheld from training differs; of the rest world-gpt has read much (`fmcourse
verbatim`): of the 200 sums 177 step by step, of the 200 reviews 86 with their verdict, and every `statement` of a fact.

| task | what is withheld |
| --- | --- |
| listed facts | these questions (the relations also stand in lists) |
| other facts | these questions (the relations never stand in lists) |
| two hops | every two-hop question about these people |
| sums | this form, "Compute 59 + 63 ="; two-digit sums are written step by step only |
| new labels | these pairs of labels |
| verdicts | nothing: reviews of another seed, which mislead sometimes; no reader can be always right |
| translation | these pairs of noun and adjective |

But: one small world; a prompt that wins here need not win elsewhere.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from fmcourse.world import Document, Relation, World, two_hop_prompt
from fmcourse.world.kinds.knowledge import HOPS
from fmcourse.world.pairs import unseen_translations

LISTED_FIRST = {"pet": "The friend of {s} has a", "job": "The friend of {s} works as a",
                "city": "The friend of {s} lives in"}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A right answer, fields that templates may use, examples (fields with `answer`), and answers to choose from."""

    answer: str
    fields: dict[str, str]
    examples: tuple[dict[str, str], ...]
    options: tuple[str, ...]

    def as_example(self) -> dict[str, str]:
        """Its fields and its answer, to be shown before another question."""
        return {**self.fields, "answer": self.answer}


@dataclass(frozen=True)
class Task:
    """Questions of one kind. `new`: tokens that a direct answer needs; `steps`: those of a step-by-step answer."""

    name: str
    questions: list[Question]
    new: int
    steps: int
    think: str  # what asks for steps, after the input
    accepts: Callable[[str], bool] = field(repr=False)


def _fact(world: World, names: Sequence[str], n: int, name: str, rng: random.Random) -> Task:
    rows = []
    for r in names:
        relation = world.relations[r]
        asked = set(world.asked_subjects(r))
        held = set(world.two_hop_withheld)
        rows += [(r, s) for s in relation.values if s not in asked and s not in held]
    rng.shuffle(rows)
    out = []
    for r, s in rows[:n]:
        relation = world.relations[r]
        others = [o for o in world.asked_subjects(r) if o != s and relation.values[o] != relation.values[s]]
        made = [_fact_fields(relation, o) for o in rng.sample(others, 6)]
        examples = tuple({**fields, "answer": relation.values[fields["input"]]} for fields in made)
        out.append(Question(relation.values[s], _fact_fields(relation, s), examples, tuple(relation.objects)))
    known = {o for r in names for o in world.relations[r].objects}
    return Task(name, out, 8, 30, "Think:", known.__contains__)


def _fact_fields(relation: Relation, s: str) -> dict[str, str]:
    phrasing = (relation.withheld_forward(s) + 1) % len(relation.forward)
    return {
        "input": s, "question": f"Question: {relation.question.format(s=s)} Answer:",
        "plain": relation.question.format(s=s), "statement": relation.prompt(s, phrasing),
        "instruction": f"say the {relation.name}", "think": f"Question: {relation.question.format(s=s)} Think:",
    }  # fmt: skip


def _two_hops(world: World, n: int, rng: random.Random) -> Task:
    friend = world.relations["friend"].values

    def fields(r: str, s: str) -> dict[str, str]:
        return {
            "input": s, "question": two_hop_prompt(s, r, False), "plain": HOPS[r].format(s=s),
            "statement": LISTED_FIRST[r].format(s=s), "instruction": f"say the {r} of the friend",
            "think": two_hop_prompt(s, r, True),
        }  # fmt: skip

    def answer(r: str, s: str) -> str:
        return world.relations[r].values[friend[s]]

    rows = [(r, s) for r in HOPS for s in world.two_hop_withheld]
    rng.shuffle(rows)
    out = []
    for r, s in rows[:n]:
        others = [o for o in rng.sample(world.two_hop_people, 20) if answer(r, o) != answer(r, s)][:6]
        examples = tuple({**fields(r, o), "answer": answer(r, o)} for o in others)
        out.append(Question(answer(r, s), fields(r, s), examples, tuple(world.relations[r].objects)))
    known = {o for r in HOPS for o in world.relations[r].objects}
    return Task("two hops", out, 8, 40, "Think:", known.__contains__)


def _sums(n: int, rng: random.Random) -> Task:
    def fields(a: int, b: int) -> dict[str, str]:
        return {
            "input": f"{a} + {b}", "question": f"Compute {a} + {b} =", "plain": f"How much is {a} plus {b}?",
            "statement": f"The sum of {a} and {b} is", "instruction": "say the sum",
            "think": f"Compute {a} + {b} step by step:",
        }  # fmt: skip

    out = []
    for _ in range(n):
        a, b = rng.randrange(21, 100), rng.randrange(21, 100)
        pairs = [(rng.randrange(21, 100), rng.randrange(21, 100)) for _ in range(12)]
        examples = tuple({**fields(x, y), "answer": str(x + y)} for x, y in pairs if x + y != a + b)[:6]
        options = [str(a + b + d) for d in (-10, -2, -1, 0, 1, 2, 10)]
        out.append(Question(str(a + b), fields(a, b), examples, tuple(options)))
    return Task("sums", out, 8, 40, "step by step:", str.isdigit)


def _labels(world: World, n: int, rng: random.Random) -> Task:
    out = []
    for _ in range(n):
        pair = rng.choice(world.category_pairs)
        labels = list(rng.choice(world.withheld_label_pairs))
        rng.shuffle(labels)
        left = [rng.sample(world.categories[c], 7) for c in pair]
        side = rng.randrange(2)
        sides = [rng.randrange(2) for _ in range(6)]
        sides[0], sides[1] = side, 1 - side  # both labels are shown from two examples on
        first = sides[:2]
        rng.shuffle(first)
        sides[:2] = first
        examples = []
        for s in sides:
            item = left[s].pop()
            examples.append({**_label_fields(item), "answer": labels[s]})
        item = left[side].pop()
        out.append(Question(labels[side], _label_fields(item), tuple(examples), tuple(sorted(world.label_partners))))
    return Task("new labels", out, 4, 20, "Think:", world.label_partners.__contains__)


def _label_fields(item: str) -> dict[str, str]:
    return {
        "input": item, "question": f"Sort: {item} ->", "plain": f"What is the label of {item}?",
        "statement": f"The label of {item} is", "instruction": "say the label", "think": f"Sort: {item} -> Think:",
    }  # fmt: skip


def _verdicts(world: World, n: int, rng: random.Random) -> Task:
    documents = islice(world.documents("technique table", kinds=["review"]), 7 * n)

    def fields(d: Document) -> dict[str, str]:
        text = d.text.split(": ", 1)[1].split(" Verdict:")[0]
        return {
            "input": text.rstrip("."), "question": d.text.split(" Verdict:")[0] + " Verdict:",
            "plain": f"Is this good or bad? {text}", "statement": f"{text} This was",
            "instruction": "say good or bad", "think": d.text.split(" Verdict:")[0] + " Think:",
        }  # fmt: skip

    out = []
    for _ in range(n):
        first, *more = list(islice(documents, 7))
        examples = tuple({**fields(d), "answer": d.answer} for d in more)
        out.append(Question(first.answer, fields(first), examples, ("bad", "good")))
    return Task("verdicts", out, 4, 20, "Think:", {"good", "bad"}.__contains__)


def _translations(world: World, n: int, rng: random.Random) -> Task:
    asked = unseen_translations(world, n, seed=11)
    shown = list(islice(world.documents("technique table", kinds=["translation"]), 6 * n))

    def fields(english: str) -> dict[str, str]:
        return {
            "input": english.rstrip("."), "question": f"English: {english} French:", "plain": f"Translate: {english}",
            "statement": f"In French {english.rstrip('.')} is", "instruction": "say it in French",
            "think": f"English: {english} Think:",
        }  # fmt: skip

    out = []
    french = [pair.target.rstrip(".") for pair in asked]
    for i, pair in enumerate(asked):
        mine = shown[6 * i : 6 * i + 6]
        examples = tuple({**fields(d.label["source"]), "answer": d.answer} for d in mine)
        others = [f for f in dict.fromkeys(rng.sample(french, min(12, n))) if f != french[i]][:7]
        options = tuple(sorted([french[i], *others]))
        out.append(Question(french[i], fields(pair.document.text), examples, options))
    return Task("translation", out, 30, 40, "Think:", lambda a: len(a.split()) >= 2 and not any(c.isdigit() for c in a))


def tasks(world: World, n: int = 200, seed: int = 0) -> dict[str, Task]:
    """The seven tasks by name, up to `n` questions each (there are fewer withheld facts and two-hop questions).

    Raises `ValueError` for n below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; ask at least one question of each kind.")

    def rng(name: str) -> random.Random:
        return random.Random(f"tasks {seed} {name}")

    listed = ("capital", "language", "continent", "class", "habitat", "job", "pet")
    others = ("currency", "food", "property", "use", "city", "friend")
    made = [
        _fact(world, listed, n, "listed facts", rng("listed")),
        _fact(world, others, n, "other facts", rng("others")),
        _two_hops(world, n, rng("two hops")),
        _sums(n, rng("sums")),
        _labels(world, n, rng("labels")),
        _verdicts(world, n, rng("verdicts")),
        _translations(world, n, rng("translations")),
    ]
    return {t.name: t for t in made}
