"""The calibration error against cases that can be counted by hand, and what it refuses."""

import numpy as np
import pytest

from fmcourse.trust.calibration import error_interval, expected_calibration_error, reliability


def test_it_is_the_gap_weighted_by_answers():
    p = [0.95] * 3 + [0.25] * 7
    right = [True, True, False] + [True, False, False, False, False, False, False]
    expected = (3 * abs(0.95 - 2 / 3) + 7 * abs(0.25 - 1 / 7)) / 10
    assert expected_calibration_error(p, right) == pytest.approx(expected)
    assert [b.n for b in reliability(p, right)] == [7, 3]


def test_one_and_nought_have_a_bin():
    assert expected_calibration_error([0.0, 1.0], [False, True]) == 0
    assert expected_calibration_error([0.0, 1.0], [True, False]) == 1


def test_it_lies_near_nought_for_honest_probabilities():
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    right = rng.random(20_000) < p
    assert expected_calibration_error(p, right) < 0.02
    assert expected_calibration_error(p**0.5, right) > 0.1


@pytest.mark.parametrize(
    ("p", "right", "words"),
    [
        ([], [], "no answers"),
        ([0.5], [True, False], "one length"),
        ([1.2], [True], "outside 0 to 1"),
        ([-0.1], [True], "outside 0 to 1"),
        ([float("nan")], [True], "outside 0 to 1"),
        ([0.5], [2], "something else"),
        ([[0.5]], [[True]], "one length"),
    ],
)
def test_bad_input_gives_one_sentence(p, right, words):
    with pytest.raises(ValueError, match=words) as error:
        expected_calibration_error(p, right)
    assert str(error.value).count("\n") == 0


def test_an_interval_draws_whole_units():
    """Ten copies of each answer tell nothing new: with units the interval stays as wide."""
    rng = np.random.default_rng(1)
    p = rng.random(60)
    right = rng.random(60) < p
    alone = error_interval(p, right, range(60), np.random.default_rng(2))
    copied = error_interval(
        np.repeat(p, 10), np.repeat(right, 10), np.repeat(range(60), 10).tolist(), np.random.default_rng(2)
    )
    naive = error_interval(np.repeat(p, 10), np.repeat(right, 10), range(600), np.random.default_rng(2))
    assert copied == pytest.approx(alone)
    assert naive[1] - naive[0] < 0.8 * (alone[1] - alone[0])
    with pytest.raises(ValueError, match="give one each"):
        error_interval(p, right, range(5), rng)
