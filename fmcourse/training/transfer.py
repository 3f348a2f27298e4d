"""How many labels does pretraining save? The recorded sweep behind notebook 10.

`python -m fmcourse.training.transfer` writes the rows of five measurements, named in `what`:

| what | which |
| --- | --- |
| rate | each task and method at a few rates, on validation texts of a seed that is used for nothing else |
| new | accuracy on test texts whose words have no label, over methods, label counts and seeds; counting beside it |
| familiar | the same with words that may have labels, from scratch, in full, and with a permuted vocabulary |
| paired | LoRA and full on the same 2,000 test texts, text by text |
| forget | facts known before and after, with and without old documents mixed in |

Each row is written as it comes; a call after an interruption goes on there, and several calls share the work.

But: one recipe besides the rate, one model.
"""

import math
from collections.abc import Callable, Iterator, Sequence

from fmcourse.models.loading import load
from fmcourse.training.finetune import Recipe, as_language_model, finetune, permuted
from fmcourse.training.rates import RATES
from fmcourse.training.tasks import Example, Task, tasks
from fmcourse.world.baselines import BagOfWords

SIZES, SEEDS, TESTED = (8, 32, 128, 512), (0, 1, 2), 400
MOST = {"sorts": 2048, "pairs": 2048, "pets": 512, "french": 1024}  # labels for scratch; few more texts exist in pets
TRIED = {"scratch": (1e-3, 3e-3), "head": (1e-2, 3e-2, 1e-1), "last block": (3e-3, 1e-2, 3e-2),
         "LoRA": (5e-3, 1e-2, 2e-2), "full": (1e-3, 2e-3, 4e-3)}
TUNING_SEED, TUNING_LABELS = 100, 256
PAIRED_ON, PAIRED_TESTED, PAIRED_LABELS = ("sorts", "pairs"), 2000, 512
FORGET_LABELS = 128
REPLAY = 2  # rows of 128 old tokens beside each step's labelled texts
NEVER = math.inf
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
    return " ".join(text[i:i + n] for i in range(len(text) - n + 1))


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


def best_rates(rows: Sequence[dict]) -> dict[str, dict[str, float]]:
    """For each task and method the rate with the best accuracy on validation texts; of equal ones the smallest."""
    best: dict[str, dict[str, tuple]] = {}
    for r in rows:
        if r["what"] == "rate":
            of = best.setdefault(r["task"], {})
            of[r["method"]] = min(of.get(r["method"], (0, NEVER)), (-r["accuracy"], r["rate"]))
    return {task: {method: rate for method, (_, rate) in of.items()} for task, of in best.items()}


# the rows ------------------------------------------------------------------------------------------------------------
def row_new(loaded, task: Task, method: str, labels: int, seed: int, rates: dict = RATES) -> dict:
    """One point of a label curve: words of the test texts are on no label."""
    if method in ("bag of words", "bag of letters"):
        see = letters if method == "bag of letters" else str
        return {"accuracy": counted(task.labelled(labels, seed), task.test(TESTED, seed), see)}
    tuned = finetune(loaded, task, method, labels, seed=seed, recipe=Recipe(rate=rates[task.name][method]))
    return {"accuracy": tuned.accuracy(task.test(TESTED, seed)), "trained": tuned.trained, "total": tuned.total,
            "seconds": round(tuned.seconds, 1)}


def row_familiar(loaded, task: Task, method: str, labels: int, seed: int, rates: dict = RATES) -> dict:
    """One point where the words of the test may be on a label. "permuted" is full fine-tuning of a model whose
    vocabulary is permuted; from scratch a permutation changes nothing but the random start."""
    used = permuted(loaded, seed) if method == "permuted" else loaded
    how = "full" if method == "permuted" else method
    tuned = finetune(used, task, how, labels, seed=seed, recipe=Recipe(rate=rates[task.name][how]))
    return {"accuracy": tuned.accuracy(task.familiar(TESTED, seed))}


def row_rate(loaded, task: Task, method: str, rate: float, rates: dict = RATES) -> dict:
    """One rate of one method, on validation texts. From scratch only familiar words can tell rates apart."""
    tuned = finetune(loaded, task, method, TUNING_LABELS, seed=TUNING_SEED, recipe=Recipe(rate=rate))
    asked = task.familiar if method == "scratch" else task.validation
    return {"accuracy": tuned.accuracy(asked(200, TUNING_SEED))}


def row_paired(loaded, task: Task, seed: int, rates: dict = RATES) -> dict:
    """LoRA and full on the same texts: how often both, one, the other or neither is right."""
    tested = task.test(PAIRED_TESTED, seed)
    made = {m: finetune(loaded, task, m, PAIRED_LABELS, seed=seed, recipe=Recipe(rate=rates[task.name][m]))
            for m in ("LoRA", "full")}
    lora, full = (made[m].right(tested) for m in ("LoRA", "full"))
    both = list(zip(lora, full, strict=True))
    return {"both": both.count((True, True)), "only LoRA": both.count((True, False)),
            "only full": both.count((False, True)), "neither": both.count((False, False)),
            "trained": made["LoRA"].trained, "total": made["LoRA"].total}


def row_forget(loaded, task: Task, method: str, replay: int, seed: int, rates: dict = RATES) -> dict:
    """The new task, and the facts that the model still completes in phrasings never seen with their subject."""
    from fmcourse.training import narrow
    from fmcourse.world import World

    facts = narrow.test_items(World.default(), "fact", 300, seed)
    row = {"before": narrow.accuracy(loaded.model, loaded.tokenizer, facts)}
    recipe = Recipe(rate=rates[task.name][method], replay=replay)
    tuned = finetune(loaded, task, method, FORGET_LABELS, seed=seed, recipe=recipe)
    return {**row, "after": narrow.accuracy(as_language_model(tuned, loaded), loaded.tokenizer, facts),
            "accuracy": tuned.accuracy(task.test(TESTED, seed)), "seconds": round(tuned.seconds, 1)}


def plan() -> Iterator[tuple[dict, Callable]]:
    """Every row to make: what it is, and the function that measures it."""
    for task in tasks():
        for method, rates in TRIED.items():
            for rate in rates:
                yield {"what": "rate", "task": task, "method": method, "rate": rate}, row_rate
    for seed in SEEDS:
        for name in tasks():
            for method in ("bag of words", "bag of letters", "head", "last block", "LoRA", "full", "scratch"):
                for labels in scratch_sizes(name) if method == "scratch" else SIZES:
                    yield {"what": "new", "task": name, "method": method, "labels": labels, "seed": seed}, row_new
        for method in ("scratch", "full", "permuted"):
            for labels in SIZES:
                yield {"what": "familiar", "task": "sorts", "method": method, "labels": labels,
                       "seed": seed}, row_familiar
        for name in PAIRED_ON:
            yield {"what": "paired", "task": name, "seed": seed}, row_paired
        for method, replay in (("head", 0), ("LoRA", 0), ("full", 0), ("full", REPLAY)):
            yield {"what": "forget", "task": "pairs", "method": method, "replay": replay, "seed": seed}, row_forget


def main(worker: int = 0) -> int:
    """Make the rows that are not recorded yet, and record each as it comes.

    Several workers, with different numbers, may share the work: each begins at another place and skips what is there.
    """
    from fmcourse.classroom.evidence import names, record, recorded, verify

    here = "fmcourse/training/"
    sources = [f"{here}{f}.py" for f in ("transfer", "finetune", "lora", "tasks")]
    sources.append("data/models/world-gpt/model.safetensors")

    def there() -> list[dict]:
        return recorded("transfer")["rows"] if "transfer" in names() and not verify("transfer") else []

    def known(key: dict, rows: list[dict]) -> bool:
        return any(key.items() <= r.items() for r in rows)

    loaded, todo = load("world-gpt"), list(plan())
    parts = [t for t in todo if t[0]["what"] == "rate"], [t for t in todo if t[0]["what"] != "rate"]
    for part in parts:  # the rates decide how the rest is made
        begin = worker * len(part) // len(SEEDS) % len(part)
        for key, measure in part[begin:] + part[:begin]:
            if known(key, rows := there()):
                continue
            settings = {k: v for k, v in key.items() if k not in ("what", "task")}
            rates = RATES if key["what"] == "rate" else best_rates(rows)
            row = {**key, **measure(loaded, tasks()[key["task"]], rates=rates, **settings)}
            print(row, flush=True)
            if not known(key, rows := there()):
                record("transfer", [*rows, row], sources=sources, command="python -m fmcourse.training.transfer")
    best = best_rates(there())
    print("best rates:", best, "" if best == RATES else f"but rates.py says {RATES}; write them there.")
    return 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(*map(int, sys.argv[1:2])))
