"""Fits: planted laws come back, intervals cover them, and the best size is the best."""

import numpy as np
import pytest

from fmcourse.training.powerlaw import PowerLaw, bootstrap, fit, line

TRUE = PowerLaw(E=0.7, A=11.0, alpha=0.41, B=300.0, beta=0.53)
N, D = (v.ravel() for v in np.meshgrid(np.geomspace(3e3, 3e5, 7), np.geomspace(1e5, 3e6, 5)))


def test_a_planted_law_comes_back():
    found = fit(N, D, TRUE.loss(N, D))
    for name in ("E", "alpha", "beta"):
        assert getattr(found, name) == pytest.approx(getattr(TRUE, name), rel=1e-2)
    assert np.allclose(found.loss(N, D), TRUE.loss(N, D), rtol=1e-4)


def test_with_the_limit_given():
    found = fit(N, D, TRUE.loss(N, D), E=0.7)
    assert found.E == 0.7 and found.alpha == pytest.approx(0.41, rel=1e-2)
    wrong = fit(N, D, TRUE.loss(N, D), E=0.5)
    assert abs(wrong.alpha - 0.41) > 0.02


def test_the_best_size_is_the_best():
    n, d = TRUE.best(1e12)
    assert 6 * n * d == pytest.approx(1e12)
    for other in (0.8, 1.25):
        assert TRUE.loss(n * other, d / other) > TRUE.loss(n, d)


def test_line_equals_scipy():
    from scipy.stats import linregress

    rng = np.random.default_rng(0)
    x, y = rng.uniform(1, 9, 13), rng.uniform(1, 9, 13)
    theirs = linregress(np.log(x), np.log(y))
    slope, factor, r2 = line(x, y)
    assert (slope, np.log(factor), r2) == pytest.approx((theirs.slope, theirs.intercept, theirs.rvalue**2))
    with pytest.raises(ValueError, match="different"):
        line([2, 2], [1, 3])


def test_bootstrap_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = 0
    for seed in range(100):
        low, high = bootstrap(list(rng.normal(3, 1, 40)), np.mean, times=200, seed=seed)[0]
        hits += low <= 3 <= high
    assert 85 <= hits <= 99


def test_groups_are_never_empty():
    rows = [("a", 1), ("a", 2), ("b", 3)]
    seen = []
    bootstrap(rows, lambda r: seen.append({k for k, _ in r}) or 0.0, times=20, groups=lambda r: r[0])
    assert all(s == {"a", "b"} for s in seen)


def test_what_cannot_be_estimated_is_said():
    with pytest.raises(ValueError, match="cannot decide"):
        fit(N[:4], D[:4], TRUE.loss(N, D)[:4])
    with pytest.raises(ValueError, match="different"):
        bootstrap([1, 1], lambda r: line(r, r)[0], times=5)
