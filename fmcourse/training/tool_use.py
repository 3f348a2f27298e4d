"""Teach a model to use tools from a few worked examples: it learns its own lines, never those of the tools.

    pupil = teach_tools(loaded, lessons(World.default(), pairs))
    run_agent(pupil, loaded.tokenizer, "Question: How much is 37 plus 48?")

A worked example is a question, calls, what the tools gave, and the answer. The loss leaves out what the model will read
(the question and " gives 85."): a model that learned to write observations would invent them. Related: Schick et al.
2023, "Toolformer", whose model finds by itself which calls help.

But: greedy imitation of correct examples; no reward, no examples of mistakes mended.
"""

import copy
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from fmcourse.models.encoding import encode_document, encode_prompt, pad
from fmcourse.models.loading import Loaded
from fmcourse.prompting.tools import Call, act, facts, thermometer
from fmcourse.training.batches import IGNORE
from fmcourse.training.fit import Recipe, fit
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World


@dataclass(frozen=True)
class Worked:
    """A text in pieces; `parts[i]` is (text, whether the model writes it itself)."""

    parts: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """The whole text, its pieces parted by spaces."""
        return " ".join(part for part, _ in self.parts)

    @property
    def question(self) -> str:
        """The first piece, which is given."""
        return self.parts[0][0]


def worked(question: str, calls: Sequence[Call], answer: str) -> Worked:
    """Question, calls with what the tools really give, answer ("{}" stands for the last result).

    >>> worked("Question: How much is 1 plus 2?", [Call("calculator", "1 + 2")], "{}").text
    'Question: How much is 1 plus 2? Call: calculator (1 + 2) gives 3. Answer: 3.'
    """
    parts, seen = [(question, False)], ""
    for call in calls:
        seen, _ = act(call)
        parts += [(str(call), True), (f"gives {seen}.", False)]
    return Worked((*parts, (f"Answer: {answer.format(seen)}.", True)))


def sum_question(a: int, b: int) -> str:
    """A question about a sum, in the words of the world's documents."""
    return f"Question: How much is {a} plus {b}?"


def worked_sum(a: int, b: int) -> Worked:
    """A sum with the calculator."""
    return worked(sum_question(a, b), [Call("calculator", f"{a} + {b}")], "{}")


def direct_sum(a: int, b: int) -> Worked:
    """The same sum answered from the head, in the form that the world has for small sums."""
    return Worked(((f"Compute {a} + {b} =", False), (f"{a + b}.", True)))


def warmth_question(where: str) -> tuple[str, str]:
    """(question, right answer): `where` is a chain such as "capital of France" or "city of friend of Kadela".

    >>> warmth_question("capital of France")[0]
    'Question: How warm is it in the capital of France?'
    """
    place = town(where)
    words = f"in {where}" if " of " not in where else f"in the {where.replace(' of friend of ', ' of the friend of ')}"
    return f"Question: How warm is it {words}?", f"{thermometer(place)} degrees"


def town(where: str) -> str:
    """The town that a chain of relations leads to: "city of friend of Kadela" asks for the friend first."""
    if " of " not in where:
        return where
    relation, _, rest = where.partition(" of ")
    return facts(f"{relation} of {town(rest)}")


def worked_warmth(where: str) -> Worked:
    """How warm it is somewhere: look-ups from the inside out, then the thermometer."""
    calls, place = [], where
    for relation in reversed(where.split(" of ")[:-1]):
        asked = f"{relation} of {place.rsplit(' of ', 1)[-1]}"
        calls.append(Call("facts", asked))
        place = facts(asked)
    calls.append(Call("thermometer", place))
    return worked(warmth_question(where)[0], calls, "{} degrees")


def chains(world: World, seed: int = 0, people: int = 70) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Places to ask about, (in lessons, afterwards), each sort in a random order: towns, capitals of 30 countries and
    of the others, cities of people, cities of people's friends.

    The two share no person: of the `people` that are asked about afterwards, and of their friends, no lesson says a
    word, neither about themselves nor as somebody's friend.

    >>> taught, asked = chains(World.default())
    >>> len(asked["person"]), len(asked["friend"]), len(asked["capital"])
    (70, 70, 18)
    """
    rng, friend = random.Random(f"chains apart {seed}"), world.relations["friend"].values

    def mixed(these: Collection[str]) -> list[str]:
        return rng.sample([*these], len(these))

    everybody, capitals = mixed(world.people), mixed([f"capital of {c}" for c in world.relations["capital"].values])
    asked = everybody[:people]
    apart = {*asked, *(friend[p] for p in asked)}
    learned = [p for p in everybody if p not in apart]
    sorts = {
        "person": (learned[:120], asked),
        "friend": ([p for p in learned if friend[p] not in apart][:120], asked),
    }
    words = {"person": "city of {}", "friend": "city of friend of {}"}
    lessons, later = ({k: [words[k].format(p) for p in v[i]] for k, v in sorts.items()} for i in (0, 1))
    towns = mixed(world.relations["city"].objects)
    return ({"town": towns, "capital": capitals[:30], **lessons}, {"town": towns, "capital": capitals[30:], **later})


def lessons(world: World, pairs: Sequence[tuple[int, int]], seed: int = 0) -> list[Worked]:
    """What notebook 13 teaches: sums with the calculator, and the same from the head; the warmth of towns, of 30
    countries' capitals, of the cities of up to 120 people and of the friends of up to 120; and that a stranger's city
    is not known. Nobody in them is asked about afterwards (`chains`)."""
    places = chains(world, seed)[0]
    towns = [*places["town"], *world.relations["capital"].values.values()]
    unknown = [
        worked(f"Question: How warm is it in the city of {s}?", [Call("facts", f"city of {s}")], "not known")
        for s in world.strangers[::2]
    ]
    asked = 2 * towns + 4 * places["capital"] + places["person"] + places["friend"]
    sums = [how(a, b) for a, b in pairs for how in (worked_sum, direct_sum)]
    return sums + [worked_warmth(place) for place in asked] + 2 * unknown


def examples_batch(tokenizer: Tokenizer, examples: Sequence[Worked]) -> dict[str, torch.Tensor]:
    """A batch for `fit`: the labels are the tokens that the model writes itself, and the end."""
    rows, labels = [], []
    for e in examples:
        ids = encode_document(tokenizer, e.text)
        label, done, text = [IGNORE] * len(ids), len(encode_prompt(tokenizer, e.question)), e.question
        for part, own in e.parts[1:]:
            text = f"{text} {part}"
            upto = len(encode_prompt(tokenizer, text))
            if own:
                label[done:upto] = ids[done:upto]
            done = upto
        label[-1] = ids[-1]
        rows.append(ids)
        labels.append(label)
    ids, mask = pad(rows, tokenizer.pad_token_id)
    return {"input_ids": ids, "attention_mask": mask, "labels": pad(labels, IGNORE)[0]}


def teach_tools(
    loaded: Loaded, examples: Sequence[Worked], *, steps: int = 70, rows: int = 8, lr: float = 0.012, seed: int = 0
) -> Model:
    """A copy of the model, trained on worked examples. Raises `ValueError` when there are none."""
    if not examples:
        raise ValueError("there are no worked examples; give at least one.")
    model = copy.deepcopy(loaded.model)
    rng = random.Random(f"teach tools {seed}")
    batches = [examples_batch(loaded.tokenizer, rng.choices(examples, k=rows)) for _ in range(steps)]
    fit(model, batches.__getitem__, Recipe(steps=steps, lr=lr, lr_adam=lr / 2, warmup=min(10, steps), seed=seed),
        progress=False)  # fmt: skip
    return model
