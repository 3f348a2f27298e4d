"""Which answers should a person look at, when there is time for some of them only?

    errors_found(-confidence, right, budget=0.2)     # the least certain first

But: a reviewer here finds every error that is looked at. People do not.
"""

import numpy as np
from numpy.typing import ArrayLike


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
