"""Prompt, retrieve or tune? Three tasks, each asked in three ways (notebook 10, claim F7).

`fmcourse evidence record ways` writes a row for each task, way and seed: the share right of 120 questions.

| task | what is asked | what there is to help |
| --- | --- | --- |
| known | a fact about one of the world's people, a question that the model never read | the model has read the fact |
| document | a fact about a stranger | a library of sentences has it; the model never read it |
| chat | to contradict a user: "No, it is dog." | the model has read the fact; 128 such chats about others |

| way | what it does | what it costs |
| --- | --- | --- |
| prompt | the question, or four solved ones before it | a few tokens a question |
| retrieve | before it, the three sentences of the library that share its rarest words | tokens, and a search |
| tune | trains on what there is: 128 solved questions, the strangers' sentences, 128 chats | a training |

Each way is tried in several variants; the best of them counts, which favours ways with more of them. A fourth way
stands beside the chats: a program asks the question in the form that the model knows, and writes "No, it is" before.

But: one model, a library of easy sentences, and questions in the very form that the pretraining has for them.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fmcourse.models.encoding import encode_document, encode_prompt
from fmcourse.models.loading import Loaded
from fmcourse.studies import chats
from fmcourse.training.finetune import Recipe
from fmcourse.types import Tokenizer
from fmcourse.world import World
from fmcourse.world.kinds.incontext import ASPECTS

TASKS, ASKED, TAUGHT, SHOTS, READ = ("known", "document", "chat"), 120, 128, 4, 3
VARIANTS = {
    "prompt": ("question", "examples"),
    "retrieve": ("sentences", "sentences and examples"),
    "tune": ("LoRA", "full"),
}
MORE: dict[str, dict[str, tuple[str, ...]]] = {  # stronger variants, for the task where they could matter
    "document": {"tune": ("full, long", "full, long, also as questions")},
    "chat": {"prompt": ("answer begun",), "program": ("known question",)},
}
BEGUN = "No, it is"  # every answer in a chat begins so
RECIPES = {
    "LoRA": Recipe(rate=1e-2),
    "full": Recipe(rate=1e-3),
    "full, long": Recipe(rate=3e-3, steps=450),
    "full, long, also as questions": Recipe(rate=3e-3, steps=450),  # the library's facts, as solved questions too
}
SEEDS = (0, 1, 2)
TIE, GOOD = 0.02, 0.9  # F7, written down before the first row: so near to the best is equal, the cheapest of them wins,
# and must be right so often
COST = ("prompt", "retrieve", "tune")  # from cheap to dear


@dataclass(frozen=True)
class Asked:
    """A text to go on with, what is right, and the words to search the library with."""

    prompt: str
    answer: str
    search: str


@dataclass(frozen=True)
class Material:
    """A task: questions, solved ones about others, a library of sentences, and what tuning reads."""

    asked: list[Asked]
    solved: list[Asked]
    library: list[str]
    lessons: list[tuple[str, str]]  # what is read, and what of it is learned


def sentences(facts: dict[str, dict[str, str]]) -> list[str]:
    """One sentence for each fact: "Anwi lives in Lima."."""
    return [ASPECTS[a][0].format(s=s, o=o) for s, of in facts.items() for a, o in of.items()]


def material(task: str, seed: int) -> Material:
    """The questions of a task and all there is to help; people, facts and order are drawn by the seed."""
    world, rng = World.default(), random.Random(f"ways {task} {seed}")
    of = {a: world.relations[a] for a in ASPECTS}
    known = {s: {a: of[a].values[s] for a in ASPECTS} for s in sorted(of["pet"].values)}
    strangers = {s: {a: rng.choice(of[a].objects) for a in ASPECTS} for s in world.strangers}
    library = sentences({**known, **strangers})
    rng.shuffle(library)

    def question(s: str, a: str, facts: dict[str, dict[str, str]]) -> Asked:
        text = ASPECTS[a][1].format(s=s)
        return Asked(f"Question: {text} Answer:", facts[s][a], text)

    if task == "chat":
        learn, others = chats.two_groups(seed)
        both = [
            [Asked(f"User: {b.user} Assistant:", b.answer.rstrip("."), b.user) for b in chats.beliefs(group, n, rng)]
            for group, n in ((others, ASKED), (learn, TAUGHT))
        ]
        return Material(both[0], both[1], library, [(f"{e.prompt} ", f"{e.answer}.") for e in both[1]])
    unread = [(s, a) for a in ASPECTS for s in known if s not in set(world.asked_subjects(a))]
    read = [(s, a) for a in ASPECTS for s in world.asked_subjects(a)]
    solved = [question(s, a, known) for s, a in rng.sample(read, TAUGHT)]
    if task == "known":
        asked = [question(s, a, known) for s, a in rng.sample(unread, ASKED)]
        return Material(asked, solved, library, [(f"{e.prompt} ", f"{e.answer}.") for e in solved])
    asked = [question(s, a, strangers) for s in strangers for a in ASPECTS]
    return Material(rng.sample(asked, ASKED), solved, library, [("", s) for s in sentences(strangers)])


def words(text: str) -> list[str]:
    """Lower-case words without marks."""
    return [w.strip(".,?!:").lower() for w in text.split()]


def retrieved(library: Sequence[str], search: str, n: int = READ) -> list[str]:
    """The `n` sentences that share the rarest words with `search`: idf-weighted overlap, first come first."""
    frequency = Counter(w for s in library for w in set(words(s)))
    wanted = set(words(search))
    weight = {w: math.log(len(library) / frequency[w]) for w in wanted if frequency[w]}
    return sorted(library, key=lambda s: -sum(weight.get(w, 0.0) for w in set(words(s))))[:n]


def prompts(of: Material, variant: str, seed: int) -> list[str]:
    """The text that is asked for each question."""
    rng, out = random.Random(f"shots {seed}"), []
    for e in of.asked:
        before = []
        if "examples" in variant:
            before = [f"{s.prompt} {s.answer}." for s in rng.sample(of.solved, SHOTS)]
        if "sentences" in variant:
            before.append("Text: " + " ".join(retrieved(of.library, e.search)))
        prompt = f"{e.prompt} {BEGUN}" if variant == "answer begun" else e.prompt
        if variant == "known question":
            prompt = f"Question: {ASPECTS['pet'][1].format(s=e.search.split()[2])} Answer:"
        out.append(" ".join([*before, prompt]))
    return out


def row(loaded: Loaded, task: str, way: str, variant: str, seed: int) -> dict[str, Any]:
    """The share right, and the mean number of tokens read for a question; `recited` of the sentences after tuning."""
    of, model, tokenizer = material(task, seed), loaded.model, loaded.tokenizer
    made: dict[str, Any] = {}
    if way == "tune":
        rows = [lesson(tokenizer, *pair) for pair in of.lessons]
        if "questions" in variant:
            rows += [
                lesson(tokenizer, f"{e.prompt} ", f"{e.answer}.") for e in (of.asked if task == "document" else [])
            ]
        recipe = replace(RECIPES[variant], seed=seed)
        model = chats.tune_text(loaded, rows, recipe, "LoRA" if variant == "LoRA" else "full")
        if task == "document":
            begun = [(text.rsplit(" ", 1)[0], text.rsplit(" ", 1)[1].rstrip(".")) for _, text in of.lessons]
            said = chats.written(model, tokenizer, [encode_prompt(tokenizer, b) for b, _ in begun], 6)
            made["recited"] = sum(s == e for s, (_, e) in zip(said, begun, strict=True)) / len(begun)
    asked = [encode_prompt(tokenizer, p) for p in prompts(of, "question" if way == "tune" else variant, seed)]
    begin = f"{BEGUN} " if variant in ("answer begun", "known question") else ""  # a program puts it before
    said = [begin + s for s in chats.written(model, tokenizer, asked)]
    right = sum(s == e.answer for s, e in zip(said, of.asked, strict=True)) / len(of.asked)
    return {"right": right, "tokens": sum(map(len, asked)) / len(asked), **made}


def lesson(tokenizer: Tokenizer, before: str, learned: str) -> tuple[list[int], list[int]]:
    """A text to tune on: the loss is taken of what follows `before`, and of the end."""
    ids, skip = encode_document(tokenizer, before + learned), len(encode_prompt(tokenizer, before.rstrip(" ")))
    return ids, [0] * skip + [1] * (len(ids) - skip)


def best(rows: Sequence[dict[str, Any]], task: str, way: str) -> tuple[float, str]:
    """(mean over the seeds, variant) of the best variant of a way."""
    found: dict[str, list[float]] = {}
    for r in rows:
        if r["what"] == "way" and (r["task"], r["way"]) == (task, way):
            found.setdefault(r["variant"], []).append(r["right"])
    return max((sum(v) / len(v), variant) for variant, v in found.items())


def plan() -> Iterator[dict[str, Any]]:
    """Every task, way, variant and seed; then the chats with the loss on the answer and on everything."""
    for seed in SEEDS:
        for task in TASKS:
            for way in (*COST, "program"):
                for variant in (*VARIANTS.get(way, ()), *MORE.get(task, {}).get(way, ())):
                    yield {"what": "way", "task": task, "way": way, "variant": variant, "seed": seed}
        yield {"what": "masking", "method": "none", "rate": 0.0, "learned": "nothing", "seed": seed}
        for method in ("LoRA", "full"):
            for learned in ("answer", "everything"):
                rate = RECIPES[method].rate
                yield {"what": "masking", "method": method, "rate": rate, "learned": learned, "seed": seed}
