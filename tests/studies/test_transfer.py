"""The sweep behind notebook 10: labels needed, ratios with intervals, paired differences, and its record."""

import math

import pytest

from fmcourse.evidence import recorded
from fmcourse.studies import transfer
from fmcourse.studies.transfer import NEVER, at_least, best_rates, letters, needed, paired, plan
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.rates import RATES, USUAL, rate_of


@pytest.fixture(scope="module")
def rows():
    return recorded("transfer")["rows"]


def test_labels_needed_lie_on_a_straight_line_over_log_labels():
    assert needed([10, 1000], [0.2, 0.8], 0.5) == pytest.approx(100)
    assert needed([10, 1000], [0.6, 0.8], 0.5) == 10  # reached with the fewest
    assert needed([10, 100, 1000], [0.2, 0.6, 0.4], 0.5) == pytest.approx(10**1.75)  # the first time counts
    assert needed([10, 1000], [0.2, 0.4], 0.5) == NEVER
    assert needed([10, 1000], [0.2, 0.5], 0.5) == pytest.approx(1000)


def test_a_ratio_equals_a_t_interval_of_scipy_and_counts_never_as_the_most_tried():
    from scipy import stats

    scratch, tuned = [400.0, NEVER, 900.0], [20.0, 50.0, 30.0]
    logs = [math.log(a / b) for a, b in zip([400, 1000, 900], tuned, strict=True)]
    low, high = stats.t.interval(0.95, 2, loc=sum(logs) / 3, scale=stats.sem(logs))
    expected = [math.exp(x) for x in (sum(logs) / 3, low, high)]
    assert list(at_least(scratch, tuned, 1000)) == pytest.approx(expected, rel=1e-3)
    with pytest.raises(ValueError, match="never reached the goal"):
        at_least(scratch, [20.0, NEVER, 30.0], 1000)


def test_a_paired_difference_equals_scipy_and_sees_more_than_an_unpaired_one():
    from scipy import stats

    first = [True] * 70 + [True] * 8 + [False] * 2 + [False] * 20
    second = [True] * 70 + [False] * 8 + [True] * 2 + [False] * 20
    mean, error = paired(first, second)
    d = [a - b for a, b in zip(first, second, strict=True)]
    assert mean == pytest.approx(0.06) and error == pytest.approx(stats.sem(d, ddof=0))
    assert error < math.sqrt(0.78 * 0.22 / 100 + 0.72 * 0.28 / 100) / 1.5


def test_letters_are_runs_of_three():
    assert letters("an ox") == "an_ n_o _ox" and letters("ab") == ""


def test_the_best_rate_is_that_of_the_mean_and_of_equal_ones_the_smallest():
    rows = [
        {"what": "rate", "task": "t", "method": "m", "rate": r, "seed": s, "accuracy": a}
        for r, s, a in ((0.1, 0, 0.9), (0.1, 1, 0.5), (0.2, 0, 0.8), (0.2, 1, 0.8), (0.4, 0, 0.7), (0.4, 1, 0.9))
    ]
    assert best_rates(rows) == {"t": {"m": 0.2}}


def test_the_rates_in_use_are_the_recorded_best_ones(rows):
    assert best_rates(rows) == RATES
    assert rate_of("pets", "full") == RATES["pets"]["full"] and rate_of("my own task", "full") == USUAL["full"]


def test_the_record_holds_every_planned_row_once_and_nothing_else(rows):
    keys = [tuple(sorted(key.items())) for key, _ in plan()]
    names = {k for key in keys for k, _ in key} - {"accuracy"}
    made = []
    for r in rows:
        labels = {} if r["what"] == "longer" else {k: r[k] for k in ("labels",) if k in r}
        made.append(tuple(sorted({**{k: v for k, v in r.items() if k in names and k != "labels"}, **labels}.items())))
    assert len(keys) == len(set(keys)) == len(rows) and sorted(map(str, made)) == sorted(map(str, keys))


def test_tuning_seeds_serve_for_nothing_else_and_a_share_is_a_share(rows):
    assert not {r["seed"] for r in rows if r["what"] == "rate"} & {r["seed"] for r in rows if r["what"] != "rate"}
    assert all(0 <= r[k] <= 1 for r in rows for k in ("accuracy", "before", "after") if k in r)
    for r in rows:
        if r["what"] == "paired":
            assert r["both"] + r["only LoRA"] + r["only full"] + r["neither"] == transfer.PAIRED_TESTED


@pytest.mark.parametrize("name", ["sorts", "pairs", "pets"])
def test_pretraining_saves_labels_fivefold_as_the_bar_says(rows, name):
    """The issue's bar, from the record; for french the interval reaches below."""

    def curves(method):
        of = [r for r in rows if r["what"] == "new" and r["task"] == name and r["method"] == method]
        sizes = sorted({r["labels"] for r in of})
        return [
            needed(
                sizes,
                [next(r["accuracy"] for r in of if r["seed"] == s and r["labels"] == n) for n in sizes],
                tasks()[name].goal,
            )
            for s in transfer.SEEDS
        ]

    assert at_least(curves("scratch"), curves("full"), transfer.MOST[name])[1] >= transfer.BARS["F1"]["ratio"]
