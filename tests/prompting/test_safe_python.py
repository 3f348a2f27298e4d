"""What runs without being trusted: the same values as Python for what is allowed, and a sentence for all else."""

import operator
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fmcourse.prompting.safe_python import LARGEST, Refused, calculate, passes, run_function
from fmcourse.world.kinds.skills import LIST_FUNCTIONS, OPERATIONS, run_operation

SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}
numbers = st.integers(0, 99).map(lambda n: (str(n), n))
sums = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from(sorted(SIGNS)), inner).map(
        lambda t: (f"({t[0][0]} {t[1]} {t[2][0]})", None if None in (t[0][1], t[2][1]) or (
            t[1] in ("//", "%") and t[2][1] == 0) else SIGNS[t[1]](t[0][1], t[2][1]))
    ),
    max_leaves=8,
)  # fmt: skip


@given(sums)
@settings(max_examples=200)
def test_a_sum_has_its_value(pair):
    text, value = pair
    assume(value is None or abs(value) <= LARGEST)
    if value is None:
        with pytest.raises(Refused, match="zero|beyond"):
            calculate(text)
    else:
        assert calculate(text) == value


@given(st.text())
@settings(max_examples=300)
def test_any_text_gives_a_number_or_a_refusal(text):
    for run in (calculate, lambda t: run_function(t, 3), lambda t: run_function(f"def f(x):\n    return {t}", [1, 2])):
        try:
            run(text)
        except Refused as problem:
            assert 0 < len(str(problem)) < 250


BAD = [
    "__import__('os').system('true')", "open('/etc/passwd')", "9 ** 9 ** 9", "(lambda: 1)()", "[1] * 9", "'a' * 9",
    "True", "1 if 1 else 2", "a", "f'{1}'", "1; 2", "", "(" * 200, "1" * 400, "9999999999999", "1e999", "{}", "...",
    "1 and 2", "x.__class__", "1 << 2", "~1", "1_000_000 * 1_000_000 * 2",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_the_calculator_refuses(text):
    with pytest.raises(Refused):
        calculate(text)


@pytest.mark.parametrize("body", [
    "__import__('os')", "x.__class__", "eval('1')", "sum(x, x)", "sorted(x, reverse=1)", "x * 10 ** 9", "[x] * 9",
    "max(3)", "x[0][0]", "x[99]", "x % 0", "(lambda: x)()", "[y for y in x]", "x if x else x", "print(x)",
    "getattr(x, 'pop')", "x + x",
])  # fmt: skip
def test_a_function_is_refused_or_fails_with_a_sentence(body):
    with pytest.raises(Refused):
        run_function(f"def f(x):\n    return {body}", [3, 1, 2])


@pytest.mark.parametrize("source", [
    "return 3", "def f(y):\n    return 3", "def f(x, y):\n    return 3", "def f(x):\n    pass",
    "def f(x=3):\n    return 3", "def f(x):\n    while True: pass", "def f(x):\n    return",
    "import os\ndef f(x):\n    return 1", "@f\ndef f(x):\n    return 1",
    "async def f(x):\n    return 1",
    "def f(x):\n    return 1\nf(1)",
    "def f(*x):\n    return 1",
])  # fmt: skip
def test_only_one_line_of_one_function(source):
    with pytest.raises(Refused):
        run_function(source, 1)


def test_every_function_of_the_world_runs():
    for operation, (_, body) in OPERATIONS.items():
        for k in range(2, 10):
            tests = [(x, run_operation(operation, k, x)) for x in range(25)]
            assert passes(f"def f(x):\n    return {body.format(k=k)}", tests)
            assert not passes(f"def f(x):\n    return {body.format(k=k + 1)}", tests)
    items = [5, 2, 7, 2, 3]
    wanted = {"max(x)": 7, "min(x)": 2, "sum(x)": 19, "len(x)": 5, "x[0]": 5, "x[-1]": 3, "sorted(x)": [2, 2, 3, 5, 7],
              "x[::-1]": [3, 2, 7, 2, 5]}  # fmt: skip
    assert set(wanted) == set(LIST_FUNCTIONS.values())
    for body, value in wanted.items():
        assert run_function(f"def f(x):\n    return {body}", items) == value and items == [5, 2, 7, 2, 3]


def test_a_bool_is_no_number_and_no_tests_are_no_pass():
    assert not passes("def f(x):\n    return x > 0", [(1, 1)]) and passes("def f(x):\n    return x > 0", [(1, True)])
    with pytest.raises(ValueError, match="no tests"):
        passes("def f(x):\n    return x", [])


def test_hard_texts_are_refused_at_once():
    began = time.monotonic()
    for text in ("9" * 10_000, "(" * 10_000 + ")" * 10_000, "1" + "+1" * 5_000, "-" * 299 + "1"):
        with pytest.raises(Refused):
            calculate(text)
    assert time.monotonic() - began < 1
