"""Is a model as often right as it is sure? The expected calibration error, its bins, and an interval.

Answers are sorted into bins by the probability `p` that the model gave them. In each bin stand the mean of `p` and the
share of right answers; the error is the gap between the two, averaged over all answers.

But: the number depends on the bins, and a model that is right in a mixture can be wrong about each part of it.

Source: M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015;
C. Guo and others, "On Calibration of Modern Neural Networks", 2017.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Bin(NamedTuple):
    """One bin of `n` answers: mean probability `p`, share `right`."""

    p: float
    right: float
    n: int


def _checked(p: ArrayLike, right: ArrayLike, bins: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ps, rights = np.asarray(p, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if ps.ndim != 1 or rights.ndim != 1 or len(ps) != len(rights):
        raise ValueError(f"p has shape {ps.shape} and right {rights.shape}; give two lists of one length.")
    if not len(ps):
        raise ValueError("there are no answers; the calibration of nothing is not defined.")
    if not ((ps >= 0) & (ps <= 1)).all():  # nan is refused, too
        raise ValueError("a probability in p lies outside 0 to 1, or is no number.")
    if not np.isin(rights, (0, 1)).all():
        raise ValueError("right holds something else than right (1, True) and wrong (0, False).")
    if bins < 1:
        raise ValueError(f"bins is {bins}; there must be at least 1.")
    return ps, rights


def reliability(p: ArrayLike, right: ArrayLike, bins: int = 10) -> list[Bin]:
    """The bins that hold answers, of equal width from 0 to 1; raises `ValueError` as `expected_calibration_error`.

    >>> reliability([0.95, 0.95, 0.15, 0.15], [1, 0, 0, 0])
    [Bin(p=0.15, right=0.0, n=2), Bin(p=0.95, right=0.5, n=2)]
    """
    ps, rights = _checked(p, right, bins)
    where = np.minimum((ps * bins).astype(int), bins - 1)
    chosen = [where == b for b in range(bins) if (where == b).any()]
    return [Bin(float(ps[c].mean()), float(rights[c].mean()), int(c.sum())) for c in chosen]


def expected_calibration_error(p: ArrayLike, right: ArrayLike, bins: int = 10) -> float:
    """The gap between probability and share of right answers, averaged over the answers; from 0 (good) to 1.

    `p` (N,) are probabilities, `right` (N,) says which answers are right. Raises `ValueError` when there are none, for
    lengths that differ, and for a probability outside 0 to 1.

    >>> expected_calibration_error([0.75] * 4, [True, True, True, False])
    0.0
    >>> expected_calibration_error([1.0, 1.0], [False, False])
    1.0
    """
    found = reliability(p, right, bins)
    return sum(b.n * abs(b.p - b.right) for b in found) / sum(b.n for b in found)


def error_interval(
    p: ArrayLike,
    right: ArrayLike,
    units: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    bins: int = 10,
    times: int = 500,
) -> tuple[float, float]:
    """The 95 % bootstrap interval of the error, over independent units (persons, documents): (low, high).

    `units` (N,) names what each answer belongs to; whole units are drawn again. A small error comes out a little too
    large in each draw, so the interval is no lower than it should be. Raises `ValueError` as above.
    """
    ps, rights = _checked(p, right, bins)
    if len(units) != len(ps):
        raise ValueError(f"there are {len(units)} units for {len(ps)} answers; give one each.")
    rows: dict[Hashable, list[int]] = {}
    for i, unit in enumerate(units):
        rows.setdefault(unit, []).append(i)
    groups = [np.array(row) for row in rows.values()]
    drawn = (np.concatenate([groups[g] for g in rng.integers(len(groups), size=len(groups))]) for _ in range(times))
    low, high = np.quantile([expected_calibration_error(ps[i], rights[i], bins) for i in drawn], (0.025, 0.975))
    return float(low), float(high)
