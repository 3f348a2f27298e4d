"""A queue is judged by the errors it holds."""

import numpy as np
import pytest

from fmcourse.trust.review import cheap_orders, errors_found, lowest_found


def test_least_certain_first():
    sure, right = np.array([0.1, 0.9, 0.2, 0.8, 0.3]), np.array([False, True, True, False, False])
    assert errors_found(-sure, right, 0.4) == pytest.approx(1 / 3)
    assert errors_found(-sure, right, 0.6) == pytest.approx(2 / 3)
    assert errors_found(sure, right, 0.4) == pytest.approx(1 / 3)
    assert errors_found(-sure, right, 1) == 1


def test_of_equals_the_first_come_first():
    assert errors_found([1, 1, 1, 1], [False, True, True, False], 0.25) == 0.5


@pytest.mark.parametrize(
    ("urgency", "right", "budget", "words"),
    [([1], [True, False], 0.5, "one length"), ([1, 2], [True, True], 0.5, "no answer"), ([1], [False], 2, "between")],
)
def test_bad_input(urgency, right, budget, words):
    with pytest.raises(ValueError, match=words):
        errors_found(urgency, right, budget)


def test_the_lower_end_lies_below_and_a_lead_over_oneself_is_nought():
    rng = np.random.default_rng(0)
    sure = rng.random(500)
    right = rng.random(500) < sure
    assert 0.2 < lowest_found(-sure, right, 0.2, rng) < errors_found(-sure, right, 0.2)
    assert lowest_found(-sure, right, 0.2, rng, rival=-sure) == 0


def test_cheap_orders_put_first_what_they_say():
    orders = cheap_orders(
        ["a rare word", "a a a a a", "a b"], ["x", "long answer", "y"], ["easy", "hard", "easy"],
        {"easy": 0.1, "hard": 0.9}, {"a": 100, "b": 50}, np.random.default_rng(0),
    )  # fmt: skip
    first = {name: int(np.argmax(urgency)) for name, urgency in orders.items() if name != "random"}
    assert first == {"worst kind": 1, "rarest words": 0, "longest prompt": 1, "longest answer": 1}
