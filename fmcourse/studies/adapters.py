"""Where LoRA should sit, and on what: equal numbers in two places, and a base whose weights have 4 bits (notebook 10).

`fmcourse evidence record adapters` writes the rows of two measurements, named in `what`:

| what | which |
| --- | --- |
| rate | each place and task at a few rates, on validation texts of seeds that are used for nothing else |
| place | LoRA in each place at its best rate; and everywhere on a base rounded to 4 bits, and rounded afterwards |

Both places learn 20,480 numbers besides the head: rank 10 on queries and values, or rank 2 on all seven matrices of a
block. The scale is 2 in both, as with rank 8 and alpha 16.

But: one label count, one recipe besides the rate, and a rate that was tuned on the base with all its bits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from fmcourse.models.loading import Loaded
from fmcourse.models.quantise import quantised
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.finetune import Recipe, Tuned, finetune
from fmcourse.training.lora import merge_lora

ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
PLACES = {"attention": (("q_proj", "v_proj"), 10), "everywhere": (ALL, 2)}  # the matrices and the rank
ON, LABELS, SEEDS, TESTED = ("sorts", "pairs"), 64, (10, 11, 12, 13, 14), 400
TUNING_SEEDS, TRIED = (100, 101), (3e-3, 1e-2, 3e-2, 1e-1)
FINER, NEW_SEEDS = (5.5e-3, 1.7e-2, 5.5e-2), (20, 21, 22, 23, 24)  # added after a look: are the rates to blame?
BITS, GROUP = 4, 32
BAR = 0.01  # F6, written down before the first row: everywhere minus attention, on average


def recipe(place: str, rate: float) -> Recipe:
    """LoRA in a place, at a rate."""
    targets, rank = PLACES[place]
    return Recipe(rate=rate, rank=rank, alpha=2.0 * rank, targets=targets)


def four_bits(loaded: Loaded) -> Loaded:
    """The same model with every matrix rounded to 4 bits, a scale for each 32 neighbours of a row."""
    return replace(loaded, model=quantised(loaded.model, BITS, GROUP)[0])


def rounded_after(tuned: Tuned) -> Tuned:
    """A copy of what was tuned: its corrections merged, and only then everything rounded to 4 bits, the head too."""
    import copy

    return replace(tuned, model=quantised(merge_lora(copy.deepcopy(tuned.model)), BITS, GROUP)[0])


def best_rate(rows: Sequence[dict[str, Any]], task: str, place: str, tried: Sequence[float] = TRIED) -> float:
    """Of the rates `tried` that with the best mean accuracy on validation texts; of equal ones the smallest."""
    found: dict[float, list[float]] = {}
    for r in rows:
        if (r["what"], r["task"], r["place"]) == ("rate", task, place) and r["rate"] in tried:
            found.setdefault(r["rate"], []).append(r["accuracy"])
    return min(found, key=lambda rate: (-sum(found[rate]) / len(found[rate]), rate))


def row_rate(loaded: Loaded, task: str, place: str, rate: float, seed: int) -> dict[str, Any]:
    """One rate in one place, on validation texts."""
    of = tasks()[task]
    return {"accuracy": finetune(loaded, of, "LoRA", LABELS, seed=seed, recipe=recipe(place, rate)).accuracy(
        of.validation(200, seed)
    )}  # fmt: skip


def row_place(loaded: Loaded, task: str, place: str, rate: float, seed: int) -> dict[str, Any]:
    """LoRA in one place on test texts; place "4 bits" is everywhere, on the rounded base."""
    of = tasks()[task]
    tested, where = of.test(TESTED, seed), "everywhere" if place == "4 bits" else place
    base = four_bits(loaded) if place == "4 bits" else loaded
    tuned = finetune(base, of, "LoRA", LABELS, seed=seed, recipe=recipe(where, rate))
    made = {"accuracy": tuned.accuracy(tested), "trained": tuned.trained, "total": tuned.total}
    if place == "everywhere":
        made["rounded after"] = rounded_after(tuned).accuracy(tested)
    return made


def plan(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rates first; then every place at the best of them. At last, with finer rates, two places on new seeds."""
    for task in ON:
        for place in PLACES:
            for seed in TUNING_SEEDS:
                for rate in TRIED:
                    yield {"what": "rate", "task": task, "place": place, "rate": rate, "seed": seed}
    for seed in SEEDS:
        for task in ON:
            for place in (*PLACES, "4 bits"):
                rate = best_rate(rows, task, "everywhere" if place == "4 bits" else place)
                yield {"what": "place", "task": task, "place": place, "rate": rate, "seed": seed}
    for task in ON:
        for place in PLACES:
            for seed in TUNING_SEEDS:
                for rate in FINER:
                    yield {"what": "rate", "task": task, "place": place, "rate": rate, "seed": seed}
    for seed in NEW_SEEDS:
        for task in ON:
            for place in PLACES:
                rate = best_rate(rows, task, place, TRIED + FINER)
                yield {"what": "place", "task": task, "place": place, "rate": rate, "seed": seed}
