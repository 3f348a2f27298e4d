"""Votes and pass@k: against counting every subset, against numpy's product formula, and against `statistics`."""

import statistics
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmcourse.prompting.voting import best_of, final_answer, majority, pass_at_k


@given(st.integers(1, 9), st.data())
def test_pass_at_k_counts_the_subsets(n, data):
    right, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    texts = [True] * right + [False] * (n - right)
    subsets = list(combinations(texts, k))
    assert pass_at_k(n, right, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


@pytest.mark.parametrize("n, right, k", [(101, 7, 13), (23, 22, 5), (200, 1, 100), (5, 0, 2)])
def test_pass_at_k_equals_the_product_formula(n, right, k):
    """The stable form of Chen et al. 2021: a running product instead of binomials."""
    theirs = 1.0 if n - right < k else 1.0 - np.prod(1.0 - k / np.arange(n - right + 1, n + 1))
    assert pass_at_k(n, right, k) == pytest.approx(theirs, abs=1e-12)


def test_pass_at_k_is_unbiased_and_the_shortcut_is_not():
    found = np.random.default_rng(0).binomial(11, 0.13, size=40_000)
    ours = np.mean([pass_at_k(11, int(r), 5) for r in found])
    shortcut = np.mean(1 - (1 - found / 11) ** 5)
    assert abs(ours - (1 - 0.87**5)) < 0.01 < (1 - 0.87**5) - shortcut


@pytest.mark.parametrize("n, right, k", [(0, 0, 1), (3, 4, 1), (3, -1, 1), (3, 1, 0), (3, 1, 4)])
def test_pass_at_k_refuses(n, right, k):
    with pytest.raises(ValueError, match="needs"):
        pass_at_k(n, right, k)


@given(st.lists(st.sampled_from("abc"), min_size=1))
def test_majority_is_the_mode_and_ties_go_to_the_first(answers):
    assert majority(answers) == statistics.mode(answers)  # of equals, `mode` returns the first met, too


def test_majority_of_odd_lists():
    assert majority([None, "a", None]) == "a" and majority([None]) is None
    assert majority(["b", None, "a", "a"]) == "a"
    with pytest.raises(ValueError, match="at least one"):
        majority([])


def test_best_of():
    assert best_of(["aa", "b", "cc"], len) == "aa"
    with pytest.raises(ValueError, match="at least one"):
        best_of([], len)
    with pytest.raises(ValueError, match="not a number"):
        best_of(["a", "b"], lambda text: float("nan") if text == "b" else 1.0)


@pytest.mark.parametrize("text, answer", [
    (" Answer: cat.", "cat"), (" Answer: dog. Answer: cat.", "cat"), (" Answer: cat", "cat"), (" Answer: .", None),
    (" Answer:", None), ("cat.", None), ("", None), (" Think: Answer: New York. more", "New York"),
])  # fmt: skip
def test_final_answer(text, answer):
    assert final_answer(text) == answer
