"""Fit a power law to losses: loss = E + A / N^alpha + B / D^beta, with N parameters and D tokens.

`fit` finds the five numbers by least squares on log(loss), or four of them when the irreducible term E is known, as it
is in this course. `bootstrap` repeats a fit on runs drawn again with replacement, for intervals.

But: one functional form, the one of Hoffmann et al. 2022 ("Training compute-optimal large language models", their
approach 3; they minimise a Huber loss, which forgives outliers). A fit says little outside the range it was made on.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fmcourse.types import T


@dataclass(frozen=True)
class PowerLaw:
    """loss(N, D) = E + A / N^alpha + B / D^beta."""

    E: float
    A: float
    alpha: float
    B: float
    beta: float

    def loss(self, parameters: ArrayLike, tokens: ArrayLike) -> Any:
        """The loss it predicts; numbers or arrays."""
        return self.E + self.A * np.power(parameters, -self.alpha) + self.B * np.power(tokens, -self.beta)

    def best(self, compute: float) -> tuple[float, float]:
        """(parameters, tokens) with the lowest loss for a budget of `compute` = 6 N D operations.

        >>> n, d = PowerLaw(E=1, A=2, alpha=0.5, B=2, beta=0.5).best(6e6)     # equal terms: N = D
        >>> round(n), round(d)
        (1000, 1000)
        """
        share = compute / 6
        ratio = self.alpha * self.A / (self.beta * self.B)
        parameters = (ratio * share**self.beta) ** (1 / (self.alpha + self.beta))
        return parameters, share / parameters


def line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """The straight line through log x and log y: (slope, factor, R²), so that y = factor * x^slope.

    >>> slope, factor, r2 = line([1, 10, 100], [5, 0.5, 0.05])
    >>> round(slope, 6), round(factor, 6), round(r2, 6)
    (-1.0, 5.0, 1.0)
    """
    a, b = np.log(np.asarray(x, float)), np.log(np.asarray(y, float))
    if len(np.unique(a)) < 2:
        raise ValueError("a line needs at least two different x; pass more points.")
    slope, start = np.polyfit(a, b, 1)
    rest = b - (slope * a + start)
    return float(slope), float(math.exp(start)), float(1 - (rest**2).sum() / ((b - b.mean()) ** 2).sum())


def fit(parameters: ArrayLike, tokens: ArrayLike, losses: ArrayLike, E: float | None = None) -> PowerLaw:
    """The best power law for these runs (equally long sequences); with `E` given, only the other four are fitted.

    Several starts are tried and the best end is kept. Raises `ValueError` for fewer runs than unknowns.
    """
    from scipy.optimize import least_squares  # scipy comes with scikit-learn

    n, d, y = (np.asarray(v, dtype=float) for v in (parameters, tokens, losses))
    unknowns = 5 if E is None else 4
    if not len(n) == len(d) == len(y) >= unknowns:
        raise ValueError(f"{len(y)} runs cannot decide {unknowns} numbers; pass at least {unknowns} of equal length.")
    n0, d0 = np.exp(np.log(n).mean()), np.exp(np.log(d).mean())  # in units of the middle: then the numbers are near 1

    def terms(v: Sequence[float]) -> tuple[float, float, float, float, float]:
        """E, and the two terms at the middle and their exponents; all but E are logarithms, so they stay positive."""
        e = math.exp(v[4]) if E is None else E
        return e, math.exp(v[0]), math.exp(v[1]), math.exp(v[2]), math.exp(v[3])

    def rest(v: Sequence[float]) -> np.ndarray:
        e, a, alpha, b, beta = terms(v)
        return np.log(e + a * (n / n0) ** -alpha + b * (d / d0) ** -beta) - np.log(y)

    best = None
    for alpha in (0.2, 0.5):
        for beta in (0.2, 0.5):
            size = math.log(max(y.mean() - (E or 0.7 * y.min()), 1e-3) / 2)
            start = [size, math.log(alpha), size, math.log(beta), math.log(0.9 * y.min())][:unknowns]
            found = least_squares(rest, start, max_nfev=2000)
            if best is None or found.cost < best.cost:
                best = found
    e, a, alpha, b, beta = terms(best.x)  # type: ignore[union-attr]  # of four starts
    return PowerLaw(e, a * n0**alpha, alpha, b * d0**beta, beta)


def bootstrap(
    rows: Sequence[T],
    estimate: Callable[[list[T]], ArrayLike],
    times: int = 200,
    seed: int = 0,
    groups: Callable[[T], Hashable] | None = None,
) -> np.ndarray:
    """95 % intervals of the numbers that `estimate(rows)` returns: an array (numbers, 2).

    Runs are drawn again with replacement. With `groups` (row -> key) that is done within each group, so that no cell
    of a grid is ever empty. A draw from which nothing can be estimated (`ValueError`) is drawn anew.
    """
    rng, values, failed = np.random.default_rng(seed), [], 0
    cells: dict[Hashable, list[T]] = {}
    for row in rows:
        cells.setdefault(groups(row) if groups else None, []).append(row)
    while len(values) < times:
        drawn = [cell[i] for cell in cells.values() for i in rng.integers(len(cell), size=len(cell))]
        try:
            values.append(np.atleast_1d(estimate(drawn)))
        except ValueError:  # such as twelve times the same run
            failed += 1
            if failed > times:
                raise
    return np.percentile(np.array(values), [2.5, 97.5], axis=0).T
