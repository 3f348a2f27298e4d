"""Trying a prompt on the bench: one template, one task, many held-out questions, one score.

    trial = try_prompt(loaded, "List: {examples}{input} ->", "listed facts", examples=2)
    print(trial.score)

Where the template says `{examples}`, solved questions are put: each is the part of the template behind that slot, with
its answer and a separator. The other slots are the fields of a question: `{input}`, `{question}`, `{plain}`,
`{statement}`.

But: whoever tries many templates on the same questions fits the template to them. So half of the questions are kept
back: `fresh=True` asks those, once, at the end.
"""

from dataclasses import dataclass
from functools import lru_cache

from fmcourse.models.loading import Loaded
from fmcourse.prompting.bench import Score, count, next_words
from fmcourse.prompting.decoding import complete
from fmcourse.prompting.templates import Format, TemplateProblem, fitting, slots
from fmcourse.studies.techniques import read
from fmcourse.tasks.questions import Question, Task, tasks
from fmcourse.world import World

FIELDS = ("input", "question", "plain", "statement")
SEPARATORS = ("; ", ", ", ". ")
ASKED = 60  # questions on the bench, and as many kept back


@dataclass(frozen=True)
class Trial:
    """What came out: `prompt` is the first question's, `said` the model's answer to it, `right` the true one."""

    prompt: str
    said: str
    right: str
    score: Score
    next_words: dict[str, float]


def as_format(template: str, separator: str = "; ") -> Format:
    """The template as head, example and question. Raises `TemplateProblem` when no field of a question stands in it.

    >>> as_format("List: {examples}{input} ->").shot
    '{input} -> {answer}; '
    """
    used = slots(template)
    head, found, ask = template.partition("{examples}")
    if not found:
        head, ask = "", template
    if not set(slots(ask)) & set(FIELDS):
        raise TemplateProblem(
            "the template has no slot for the question; write one of "
            + ", ".join(f"{{{f}}}" for f in FIELDS)
            + (" after {examples}." if found else " where the question belongs.")
        )
    if unknown := [name for name in used if name not in (*FIELDS, "examples")] + slots(head):
        raise TemplateProblem(
            f"the slot {{{unknown[0]}}} is not known here; there are {{examples}} and, after it, "
            + ", ".join(f"{{{f}}}" for f in FIELDS)
            + "."
        )
    return Format(head, f"{ask.rstrip()} {{answer}}{separator}", ask)


@lru_cache(maxsize=1)
def _questions() -> dict[str, Task]:
    return tasks(World.default(), n=2 * ASKED, seed=1)


def bench_tasks() -> list[str]:
    """The names of the tasks on the bench."""
    return list(_questions())


def questions_of(task: str, fresh: bool = False) -> tuple[Task, list[Question]]:
    """A task, and its questions on the bench or (`fresh`) those kept back. Raises `ValueError` for an unknown task."""
    if task not in _questions():
        raise ValueError(f"no task is called {task!r}; there are {', '.join(_questions())}.")
    whole = _questions()[task]
    half = len(whole.questions) // 2
    return whole, whole.questions[half:] if fresh else whole.questions[:half]


def try_prompt(
    loaded: Loaded,
    template: str,
    task: str = "listed facts",
    examples: int = 0,
    separator: str = "; ",
    fresh: bool = False,
) -> Trial:
    """Ask a task's questions with a template, greedily.

    Raises `TemplateProblem` for a template that cannot be filled, or for examples without their slot, and
    `TooManyExamples` when they do not fit into the context.
    """
    form = as_format(template, separator)
    if examples and "examples" not in slots(template):
        raise TemplateProblem("the template has no slot {examples}; write {examples} where they belong, or ask for 0.")
    whole, asked = questions_of(task, fresh)
    if not 0 <= examples <= len(asked[0].examples):
        raise ValueError(f"{examples} examples are wanted, and each question has 0 to {len(asked[0].examples)}.")
    new = whole.steps if "think" in template.lower() or "step" in template.lower() else whole.new
    prompts = [fitting(loaded.model, loaded.tokenizer, form, q.fields, q.examples[:examples], new) for q in asked]
    made = [read(m) for m in complete(loaded.model, loaded.tokenizer, prompts, max_new_tokens=new)]
    result = count(made, [q.answer for q in asked], whole.accepts)
    words = next_words(loaded.model, loaded.tokenizer, prompts[0])
    return Trial(prompts[0], made[0], asked[0].answer, result, words)
