"""The technique table: many ways to ask, seven tasks, one frozen model; every cell a share with its interval.

    fmcourse evidence record prompt_table            # asks them all and records data/recorded/prompt_table.json

A technique turns a question into a prompt and says how the answer is found (greedy, drawn, voted, chosen). Notebook 11
shows the table and asks one column again. The weights never change.

But: one small model that has never read most of these sentences ("You are an expert."). What a technique does in a
large model, trained on text in which people say such things, has to be measured there.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fmcourse.models.loading import Loaded
from fmcourse.prompting.bench import Score, count, first_answer
from fmcourse.prompting.consistency import samples
from fmcourse.prompting.decoding import complete, generate
from fmcourse.prompting.scoring import choose
from fmcourse.prompting.templates import LIST, SORT
from fmcourse.prompting.voting import majority
from fmcourse.tasks.questions import Question, Task

VOTES, WARM = 7, 1.0
Write = Callable[[Task, Question], str]


@dataclass(frozen=True)
class Technique:
    """How to write the prompt, how to answer it, and one line that says what it is."""

    name: str
    what: str
    write: Write
    how: str = "greedy"
    steps: bool = False


def native(task: Task, q: Question) -> str:
    """The question in the form of the world's documents; new labels need their four examples in any form."""
    return SORT.write(q.fields, q.examples[:4]) if task.name == "new labels" else q.fields["question"]


def thinking(task: Task, q: Question) -> str:
    """The same, but with the word that asks for steps."""
    return native(task, q).removesuffix("->") + "-> Think:" if task.name == "new labels" else q.fields["think"]


def listed(k: int, wrong: bool = False) -> Write:
    """A list with `k` examples; `wrong`: each with a wrong answer of the same sort."""

    def write(task: Task, q: Question) -> str:
        shown = list(q.examples[:k])
        if wrong:
            shown = [{**e, "answer": _other(task, q, e["answer"], i)} for i, e in enumerate(shown)]
        form = SORT if task.name == "new labels" else LIST
        return form.write(q.fields, shown)

    return write


def _other(task: Task, q: Question, right: str, i: int) -> str:
    """A wrong answer of the same sort: the other label of the prompt, or another option."""
    if task.name == "new labels":
        return next(e["answer"] for e in q.examples if e["answer"] != right)
    options = [o for o in q.options if o != right] if task.name != "sums" else [str(int(right) + 3)]
    return options[random.Random(f"{right} {i}").randrange(len(options))]


def own_form(k: int) -> Write:
    """`k` whole documents one after the other, then the question."""

    def write(task: Task, q: Question) -> str:
        if task.name == "new labels":
            return SORT.write(q.fields, q.examples[:k])
        return " ".join([*(f"{e['question']} {e['answer']}." for e in q.examples[:k]), q.fields["question"]])

    return write


def before(sentence: str) -> Write:
    """A sentence in front of the question."""
    return lambda task, q: f"{sentence} {native(task, q)}"


TECHNIQUES = [
    Technique("input and arrow", "France ->", lambda t, q: f"{q.fields['input']} ->"),
    Technique("statement", "a sentence to complete", lambda t, q: q.fields["statement"]),
    Technique("plain question", "What is the capital of France?", lambda t, q: q.fields["plain"]),
    Technique("document form", "Question: What is the capital of France? Answer:", native),
    Technique("chat form", "User: What is the capital of France? Assistant:",
              lambda t, q: f"User: {q.fields['plain']} Assistant:"),
    Technique("instruction", "Task: say the capital. Words: France. Response:",
              lambda t, q: f"Task: {q.fields['instruction']}. Words: {q.fields['input']}. Response:"),
    *(Technique(f"list, {k} examples", "List: Peru -> Lima; France ->", listed(k)) for k in (0, 1, 2, 4, 6)),
    Technique("list, 4 wrong examples", "the same with wrong answers", listed(4, wrong=True)),
    Technique("documents, 4 examples", "four documents, then the question", own_form(4)),
    Technique("role", "You are an expert. + document form", before("You are an expert.")),
    Technique("format hint", "Answer with one word. + document form", before("Answer with one word.")),
    Technique("aside in front", "It rained all day. + document form", before("It rained all day.")),
    Technique("think aloud", "Let us think step by step. + document form", before("Let us think step by step.")),
    Technique("step by step", "the world's own word for steps", thinking, steps=True),
    Technique("steps, vote of 7", "seven drawn chains, majority", thinking, how="vote", steps=True),
    Technique("temperature 1", "document form, one drawn answer", native, how="draw"),
    Technique("4 beams", "document form, beam search", native, how="beams"),
    Technique("given answers", "document form, the likeliest of a few answers", native, how="choose"),
]  # fmt: skip


def read(text: str) -> str:
    """What an answer says: as `first_answer`, but of "..., so 82." the part after "so"."""
    return first_answer(text.split(", so ")[-1])


def answers(loaded: Loaded, task: Task, technique: Technique, seed: int = 0) -> list[str | None]:
    """The model's answer to each question of a task, asked with a technique."""
    model, tokenizer = loaded.model, loaded.tokenizer
    prompts = [technique.write(task, q) for q in task.questions]
    new = task.steps if technique.steps else task.new
    if technique.how == "greedy":
        return [read(m) for m in complete(model, tokenizer, prompts, max_new_tokens=new)]
    if technique.how == "beams":
        return [read(generate(model, tokenizer, p, max_new_tokens=new, beams=4)) for p in prompts]
    if technique.how == "choose":
        chances = [choose(model, tokenizer, p, q.options) for p, q in zip(prompts, task.questions, strict=True)]
        return [max(c, key=c.get) for c in chances]  # type: ignore[arg-type]  # no key is missing
    n = 1 if technique.how == "draw" else VOTES
    drawn = samples(model, tokenizer, prompts, n, temperature=WARM, max_new_tokens=new, seed=seed)
    return [majority([a if task.accepts(a) else None for a in map(read, texts)]) for texts in drawn]


def cell(loaded: Loaded, task: Task, technique: Technique, seed: int = 0) -> Score:
    """One cell of the table."""
    return count(answers(loaded, task, technique, seed), [q.answer for q in task.questions], task.accepts)


def row(task: Task, technique: Technique, made: Score) -> dict[str, Any]:
    """A cell as it is recorded."""
    example = technique.write(task, task.questions[0])
    return {
        "technique": technique.name, "task": task.name, "share": made.share, "low": made.low, "high": made.high,
        "valid": made.validity, "n": made.n, "example": example,
    }  # fmt: skip
