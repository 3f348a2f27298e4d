"""Reads the record `feedback`: what a model earned before and along a push against a learned reward.

The rows are those of `fmcourse.studies.feedback.trial`; notebook 12 draws them. Nothing is trained here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fmcourse.studies import feedback

Rows = Sequence[Mapping[str, Any]]


def mean(values: float | Sequence[float]) -> float:
    """The mean of a list of numbers, or the number itself.

    >>> mean([1.0, 2.0]), mean(3.0)
    (1.5, 3.0)
    """
    return values if isinstance(values, int | float) else sum(values) / len(values)


def start_of(rows: Rows, seed: int, what: str, size: int) -> float:
    """The tuned start's mean reward, "true" (points) or "learned" from `size` comparisons. Raises `LookupError` when
    the record has no such row."""
    wanted = {"what": "start", "seed": seed}
    if what == "learned":
        wanted = {"what": "best of n", "seed": seed, "pairs": size, "n": 1}
    found = [row[what] for row in rows if all(row.get(key) == value for key, value in wanted.items())]
    if not found:
        raise LookupError(f"the record has no row with {wanted}.")
    return mean([mean(value) for value in found])


def pushed(rows: Rows, size: int, what: str, seeds: Sequence[int] = feedback.SEEDS) -> list[tuple[float, float]]:
    """Means over the seeds at each stop of a push against a reward learned from `size` comparisons: (nats a text from
    the start, reward), the start first."""
    runs = [
        [row for row in rows if row["what"] == "policy" and row["pairs"] == size and row["seed"] == seed]
        for seed in seeds
    ]
    stops = [(0.0, mean([start_of(rows, seed, what, size) for seed in seeds]))]
    for at in zip(*runs, strict=True):
        stops.append((mean([row["kl"] for row in at]), mean([mean(row[what]) for row in at])))
    return stops


def best_gain(rows: Rows, size: int, seed: int, n: int) -> float:
    """What the best of `n` by a reward from `size` comparisons gains over the start, in true points: the mean of both
    halves of the pool. Raises `LookupError` when the record has no such rows."""
    found = [mean(r["true"]) for r in rows
             if (r["what"], r.get("pairs"), r["seed"], r.get("n")) == ("best of n", size, seed, n)]  # fmt: skip
    if not found:
        raise LookupError(f"no row tells of the best of {n} by {size} comparisons in seed {seed}.")
    return mean(found) - start_of(rows, seed, "true", size)


def push_gain(rows: Rows, size: int, seed: int, kl: float) -> float:
    """What a push against a reward from `size` comparisons has gained at a distance of `kl` nats, in true points."""
    begin = start_of(rows, seed, "true", size)
    run = [(r["kl"], mean(r["true"])) for r in rows
           if (r["what"], r.get("pairs"), r["seed"]) == ("policy", size, seed)]  # fmt: skip
    return feedback.at_kl([(0.0, begin), *run], kl) - begin
