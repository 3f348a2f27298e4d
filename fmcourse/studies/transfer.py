"""How many labels does pretraining save? The recorded sweep behind notebook 10.

`fmcourse evidence record transfer` writes the rows of six measurements, named in `what`:

| what | which |
| --- | --- |
| rate | each task and method at a few rates, on validation texts of seeds that are used for nothing else |
| new | accuracy on test texts whose words have no label, over methods, label counts and seeds; counting beside it |
| longer | from scratch with the most labels and many more steps, on such texts |
| familiar | accuracy where the words may have labels: from scratch, in full, and with a permuted vocabulary |
| paired | LoRA and full on the same 2,000 test texts, text by text |
| forget | facts known before and after, at the tuned rate and a tenth of it, with and without old documents mixed in |

Each row is written as it comes; a call after an interruption goes on there, and several calls share the work.

But: one recipe besides the rate, one model, and one rate for all label counts.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fmcourse.models.loading import Loaded
from fmcourse.tasks.label_tasks import Example, Task, tasks
from fmcourse.training.finetune import Recipe, Tuned, as_language_model, finetune, permuted
from fmcourse.training.rates import RATES
from fmcourse.world.baselines import BagOfWords

SIZES, SEEDS, TESTED = (8, 16, 32, 64, 128, 256, 512), (0, 1, 2), 400
MOST = {"sorts": 2048, "pairs": 2048, "pets": 512, "french": 1024}  # labels for scratch; few more texts exist in pets
LONGER = 1000  # steps of the longer training from scratch
TRIED = {
    "scratch": (3e-4, 1e-3, 3e-3, 1e-2),
    "head": (1e-2, 3e-2, 1e-1, 3e-1),
    "last block": (1e-3, 3e-3, 1e-2, 3e-2),
    "LoRA": (3e-3, 1e-2, 3e-2, 1e-1),
    "full": (1e-3, 3e-3, 1e-2, 3e-2),
}
TUNING_SEEDS, TUNING_LABELS = (100, 101), 128
PAIRED_ON, PAIRED_TESTED, PAIRED_LABELS = ("sorts", "pairs"), 2000, (128, 512)
FORGET_LABELS = 128
REPLAY = 2  # rows of 128 old tokens beside each step's labelled texts
NEVER = math.inf
Rates = Mapping[str, Mapping[str, float]]  # task and method -> the tuned rate
# what notebook 10 claims; written down before the first row was recorded
BARS = {
    "F1": {"ratio": 5.0, "on tasks": 3, "better with few": 0.10, "not worse with many": 0.02},
    "F2": {"within": 0.02},  # the head alone against full fine-tuning, with the most labels, on every task
    "F3": {"within": 0.01, "parameters": 0.03},
    "F4": {"lost": 0.10, "replay saves": 0.5, "at the price of": 0.02},
    "F5": {"at most": 0.05},  # what pretraining gains with a permuted vocabulary, mean over label counts
}


def scratch_sizes(task: str) -> tuple[int, ...]:
    """The label counts tried from scratch on new words. Few are enough: it stays at chance, as it must."""
    return tuple(sorted({32, 512, MOST[task]}))


def letters(text: str, n: int = 3) -> str:
    """The runs of `n` characters of a text, as words: what a bag can count when it looks at spelling.

    >>> letters("a cat")
    'a_c _ca cat'
    """
    text = text.replace(" ", "_")
    return " ".join(text[i : i + n] for i in range(len(text) - n + 1))


def counted(labelled: Sequence[Example], tested: Sequence[Example], see: Callable[[str], str] = str) -> float:
    """The accuracy of a bag of words, or with `see=letters` of a bag of letters."""
    bag = BagOfWords().fit([see(e.text) for e in labelled], [e.label for e in labelled])
    return sum(bag.answer(see(e.text)) == e.label for e in tested) / len(tested)


def needed(sizes: Sequence[int], accuracies: Sequence[float], goal: float) -> float:
    """The labels at which `goal` is first reached, on a straight line over log labels; `NEVER` when it is not.

    >>> needed([8, 32], [0.5, 0.9], 0.7), needed([8, 32], [0.5, 0.6], 0.7)
    (16.0, inf)
    """
    for i, accuracy in enumerate(accuracies):
        if accuracy >= goal:
            if i == 0:
                return float(sizes[0])
            part = (goal - accuracies[i - 1]) / (accuracy - accuracies[i - 1])
            return float(round(math.exp(math.log(sizes[i - 1]) + part * math.log(sizes[i] / sizes[i - 1])), 6))
    return NEVER


def at_least(scratch: Sequence[float], tuned: Sequence[float], largest: int) -> tuple[float, float, float]:
    """(ratio, low, high) of the labels needed, with a 95 % interval over the seeds (Student's t on logarithms).

    A seed where scratch never arrived counts with the `largest` number of labels tried, so that ratio and interval are
    lower bounds. Raises `ValueError` when a fine-tuned model never arrived: then there is no ratio.
    """
    if any(x == NEVER for x in tuned):
        raise ValueError("a fine-tuned model never reached the goal; a ratio needs the labels at which it did.")
    logs = [math.log(min(s, largest) / t) for s, t in zip(scratch, tuned, strict=True)]
    mean, n = sum(logs) / len(logs), len(logs)
    spread = math.sqrt(sum((x - mean) ** 2 for x in logs) / (n - 1))
    half = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}[n] * spread / math.sqrt(n)
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def paired(first: Sequence[bool], second: Sequence[bool]) -> tuple[float, float]:
    """(mean, standard error) of first minus second on the same items, as shares."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    mean = sum(differences) / len(differences)
    return mean, math.sqrt(sum((d - mean) ** 2 for d in differences)) / len(differences)


def best_rates(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """For each task and method the rate with the best mean accuracy on validation texts; of equal ones the smallest."""
    found: dict[tuple[str, str, float], list[float]] = {}
    for r in rows:
        if r["what"] == "rate":
            found.setdefault((r["task"], r["method"], r["rate"]), []).append(r["accuracy"])
    best: dict[str, dict[str, tuple[float, float]]] = {}
    for (task, method, rate), accuracies in found.items():
        of = best.setdefault(task, {})
        of[method] = min(of.get(method, (0.0, NEVER)), (-sum(accuracies) / len(accuracies), rate))
    return {task: {method: rate for method, (_, rate) in of.items()} for task, of in best.items()}


# the rows ------------------------------------------------------------------------------------------------------------
def row_new(loaded: Loaded, task: Task, method: str, labels: int, seed: int, rates: Rates = RATES) -> dict[str, Any]:
    """One point of a label curve: words of the test texts are on no label."""
    if method in ("bag of words", "bag of letters"):
        see = letters if method == "bag of letters" else str
        return {"accuracy": counted(task.labelled(labels, seed), task.test(TESTED, seed), see)}
    tuned = finetune(loaded, task, method, labels, seed=seed, recipe=Recipe(rate=rates[task.name][method]))
    return {
        "accuracy": tuned.accuracy(task.test(TESTED, seed)),
        "trained": tuned.trained,
        "total": tuned.total,
        "seconds": round(tuned.seconds, 1),
    }


def row_longer(loaded: Loaded, task: Task, seed: int, rates: Rates = RATES) -> dict[str, Any]:
    """From scratch with all labels, `LONGER` steps and the same test texts as in `row_new`."""
    recipe = Recipe(rate=rates[task.name]["scratch"], steps=LONGER)
    tuned = finetune(loaded, task, "scratch", MOST[task.name], seed=seed, recipe=recipe)
    last = tuned.losses[-50:]
    return {
        "accuracy": tuned.accuracy(task.test(TESTED, seed)),
        "labels": MOST[task.name],
        "steps": LONGER,
        "loss": sum(last) / len(last),
    }


def fit_familiar(loaded: Loaded, task: Task, method: str, labels: int, seed: int, rate: float) -> Tuned:
    """Like `finetune`; "permuted" is full fine-tuning of a model whose vocabulary is permuted. From scratch a
    permutation changes nothing but the random start."""
    used, how = (permuted(loaded, seed), "full") if method == "permuted" else (loaded, method)
    return finetune(used, task, how, labels, seed=seed, recipe=Recipe(rate=rate))


def row_familiar(
    loaded: Loaded, task: Task, method: str, labels: int, seed: int, rates: Rates = RATES
) -> dict[str, Any]:
    """One point where the words of the test may be on a label."""
    tuned = fit_familiar(loaded, task, method, labels, seed, rates[task.name][method])
    return {"accuracy": tuned.accuracy(task.familiar(TESTED, seed))}


def row_rate(loaded: Loaded, task: Task, method: str, rate: float, seed: int, rates: Rates = RATES) -> dict[str, Any]:
    """One rate of one method, on validation texts. Only familiar words can tell the rates of scratch and of a permuted
    vocabulary apart."""
    asked = task.familiar if method in ("scratch", "permuted") else task.validation
    return {"accuracy": fit_familiar(loaded, task, method, TUNING_LABELS, seed, rate).accuracy(asked(200, seed))}


def row_paired(loaded: Loaded, task: Task, labels: int, seed: int, rates: Rates = RATES) -> dict[str, Any]:
    """LoRA and full on the same texts: how often both, one, the other or neither is right."""
    tested = task.test(PAIRED_TESTED, seed)
    made = {
        m: finetune(loaded, task, m, labels, seed=seed, recipe=Recipe(rate=rates[task.name][m]))
        for m in ("LoRA", "full")
    }
    lora, full = (made[m].right(tested) for m in ("LoRA", "full"))
    both = list(zip(lora, full, strict=True))
    return {
        "both": both.count((True, True)),
        "only LoRA": both.count((True, False)),
        "only full": both.count((False, True)),
        "neither": both.count((False, False)),
        "trained": made["LoRA"].trained,
        "total": made["LoRA"].total,
    }


def row_forget(
    loaded: Loaded, task: Task, method: str, times: float, replay: int, seed: int, rates: Rates = RATES
) -> dict[str, Any]:
    """The new task at `times` the tuned rate, and the facts that the model still completes in phrasings never seen
    with their subject."""
    from fmcourse.studies import narrow
    from fmcourse.world import World

    facts = narrow.test_items(World.default(), "fact", 300, seed)
    row = {"before": narrow.accuracy(loaded.model, loaded.tokenizer, facts)}
    recipe = Recipe(rate=times * rates[task.name][method], replay=replay)
    tuned = finetune(loaded, task, method, FORGET_LABELS, seed=seed, recipe=recipe)
    return {
        **row,
        "after": narrow.accuracy(as_language_model(tuned, loaded), loaded.tokenizer, facts),
        "accuracy": tuned.accuracy(task.test(TESTED, seed)),
        "seconds": round(tuned.seconds, 1),
    }


def plan() -> Iterator[tuple[dict[str, Any], Callable[..., dict[str, Any]]]]:
    """Every row to make: what it is, and the function that measures it."""
    for seed in TUNING_SEEDS:
        for task in tasks():
            for method, rates in {**TRIED, **({"permuted": TRIED["full"]} if task == "sorts" else {})}.items():
                for rate in rates:
                    yield {"what": "rate", "task": task, "method": method, "rate": rate, "seed": seed}, row_rate
    for seed in SEEDS:
        for name in tasks():
            for method in ("bag of words", "bag of letters", "head", "last block", "LoRA", "full", "scratch"):
                for labels in scratch_sizes(name) if method == "scratch" else SIZES:
                    yield {"what": "new", "task": name, "method": method, "labels": labels, "seed": seed}, row_new
        for method in ("scratch", "full", "permuted"):
            for labels in SIZES:
                yield (
                    {"what": "familiar", "task": "sorts", "method": method, "labels": labels, "seed": seed},
                    row_familiar,
                )
        for name in PAIRED_ON:
            for labels in PAIRED_LABELS:
                yield {"what": "paired", "task": name, "labels": labels, "seed": seed}, row_paired
        for method, times, replay in (
            ("head", 1, 0),
            ("LoRA", 1, 0),
            ("full", 1, 0),
            ("LoRA", 0.1, 0),
            ("full", 0.1, 0),
            ("LoRA", 1, REPLAY),
            ("full", 1, REPLAY),
        ):
            yield (
                {"what": "forget", "task": "pairs", "method": method, "times": times, "replay": replay, "seed": seed},
                row_forget,
            )
        for name in tasks():
            yield {"what": "longer", "task": name, "seed": seed}, row_longer
