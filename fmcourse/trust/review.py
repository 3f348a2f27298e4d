"""Which answers should a person look at, when there is time for some of them only?

    errors_found(-confidence, right, budget=0.2)     # the least certain first

But: a reviewer here finds every error that is looked at. People do not.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def errors_found(urgency: ArrayLike, right: ArrayLike, budget: float) -> float:
    """The share of all errors among the `budget` (0 to 1) most urgent answers; of equals, the first come first.

    `urgency` (N,) is higher for what should be looked at sooner. Raises `ValueError` for lengths that differ, without
    an error to find, or a budget outside 0 to 1.

    >>> errors_found([0.9, 0.1, 0.8, 0.2], [False, True, True, False], budget=0.5)
    0.5
    """
    urgent, rights = np.asarray(urgency, dtype=np.float64), np.asarray(right, dtype=bool)
    if urgent.ndim != 1 or urgent.shape != rights.shape:
        raise ValueError(f"urgency has shape {urgent.shape} and right {rights.shape}; give two lists of one length.")
    if not 0 <= budget <= 1:
        raise ValueError(f"budget is {budget}; it must lie between 0 and 1.")
    if rights.all():
        raise ValueError("no answer is wrong, so no share of the errors can be found.")
    looked_at = np.argsort(-urgent, kind="stable")[: round(budget * len(urgent))]
    return float((~rights[looked_at]).sum() / (~rights).sum())


def cheap_orders(
    prompts: Sequence[str], answers: Sequence[str], kinds: Sequence[str], errors: Mapping[str, float],
    seen: Mapping[str, int], rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:  # fmt: skip
    """Orders of review that need no certainty, as urgencies (N,) by name.

    `errors`: how often the model errs in each kind, from other documents. `seen`: how often each word was written.
    """
    chance = rng.random(len(prompts))
    return {
        "worst kind": np.array([errors[kind] for kind in kinds]) + 1e-6 * chance,
        "rarest words": -np.array([np.mean([np.log1p(seen.get(w, 0)) for w in p.split()]) for p in prompts]),
        "longest prompt": np.array([len(p.split()) for p in prompts], dtype=np.float64),
        "longest answer": np.array([len(a) for a in answers], dtype=np.float64),
        "random": chance,
    }


def lowest_found(
    urgency: ArrayLike, right: ArrayLike, budget: float, rng: np.random.Generator, rival: ArrayLike | None = None
) -> float:
    """The lower end of the 95 % interval of `errors_found`, or of its lead over that of `rival`; answers are drawn
    again 500 times.
    """
    urgent, rights = np.asarray(urgency), np.asarray(right)
    other = None if rival is None else np.asarray(rival)
    found = []
    for _ in range(500):
        i = rng.integers(len(rights), size=len(rights))
        less = 0.0 if other is None else errors_found(other[i], rights[i], budget)
        found.append(errors_found(urgent[i], rights[i], budget) - less)
    return float(np.quantile(found, 0.025))
