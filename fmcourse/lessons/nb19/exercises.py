"""Exercises of notebook 19: unbiased pass@k, mutants that survive, a rule that reads, a judge that leaks."""

import json
import re
from math import comb

from fmcourse.classroom.exercise import exercise


def _pass_at_k(rows, k):
    return sum(1 - comb(n - right, k) / comb(n, k) for n, right in rows) / len(rows)


def _pass_pooled(rows, k):
    n, right = sum(n for n, _ in rows), sum(r for _, r in rows)
    return 1 - comb(n - right, k) / comb(n, k)


def _pass_shortcut(rows, k):
    return sum(1 - (1 - right / n) ** k for n, right in rows) / len(rows)


def _pass_any(rows, k):
    return sum(right > 0 for _, right in rows) / len(rows)


@exercise(
    "19.passk",
    difficulty=1,
    minutes=5,
    solution=_pass_at_k,
    hints=[
        "First one problem: `1 - comb(n - right, k) / comb(n, k)`.",
        "Then the mean over problems. Pooling all programs into one heap is another number.",
        "return sum(1 - comb(n - right, k) / comb(n, k) for n, right in rows) / len(rows)",
    ],
    wrong=[(_pass_pooled, "mean over problems"), (_pass_shortcut, "shortcut"), (_pass_any, "only k")],
    praise="A mean over problems, each without bias: that is the figure of the papers.",
)
def _(answer, t):
    t.function(answer, 2)
    t.close(answer([(10, 10)], 3), 1.0, what="One problem, all right: pass@3")
    t.close(answer([(10, 0)], 3), 0.0, what="One problem, none right: pass@3")
    for _ in range(6):
        k = int(t.rng.integers(2, 6))
        rows = [(n, int(t.rng.integers(1, n - k))) for n in t.rng.integers(11, 23, size=4).tolist()]
        got, expected = t.number(answer(list(rows), k), "The result"), _pass_at_k(rows, k)
        close = lambda other: abs(got - other(rows, k)) < 1e-9 and abs(other(rows, k) - expected) > 1e-6  # noqa: B023, E731
        t.true(not close(_pass_pooled), "Take the mean over problems; yours throws all programs into one heap.")
        t.true(not close(_pass_shortcut), "That is the biased shortcut; count the sets of k instead.")
        t.true(not close(_pass_any), "Yours asks whether any of all n is right; we may look at only k of them.")
        t.close(got, expected, what=f"pass@{k} of {rows}")


def _survivors(programs, tests):
    return [i for i, f in enumerate(programs) if all(f(x) == y and type(f(x)) is type(y) for x, y in tests)]


def _survivors_caught(programs, tests):
    return [i for i, f in enumerate(programs) if not all(f(x) == y for x, y in tests)]


def _survivors_any(programs, tests):
    return [i for i, f in enumerate(programs) if any(f(x) == y and type(f(x)) is type(y) for x, y in tests)]


def _survivors_loose(programs, tests):
    return [i for i, f in enumerate(programs) if all(f(x) == y for x, y in tests)]


@exercise(
    "19.survivors",
    difficulty=2,
    minutes=7,
    solution=_survivors,
    hints=[
        "A program survives when *all* tests pass: `all(f(x) == y for x, y in tests)`.",
        "In Python `True == 1`. Compare the types, too: `type(f(x)) is type(y)`.",
        "return [i for i, f in enumerate(programs) if all(f(x) == y and type(f(x)) is type(y) for x, y in tests)]",
    ],
    wrong=[(_survivors_caught, "survive"), (_survivors_any, "all tests"), (_survivors_loose, "True is not 1")],
    praise="An empty list is what you want: no fault gets away.",
)
def _(answer, t):
    t.function(answer, 2)
    double, square, plus = (lambda x: x * 2), (lambda x: x * x), (lambda x: x + 2)
    got = t.items(answer([double, square, plus], [(2, 4), (0, 0)]), "The result")
    t.true(got != [2], "Return the numbers of the programs that survive, not of those that are caught.")
    t.true(got != [0, 1, 2], "A program survives only when all tests pass; with one that passes yours lets it through.")
    t.equal(got, [0, 1], "The survivors of x * 2, x * x, x + 2 under f(2) == 4 and f(0) == 0")
    flags = t.items(answer([lambda x: x > 5, lambda x: int(x > 5)], [(6, True)]), "The result")
    t.true(flags != [0, 1], "In Python True == 1, but here True is not 1: compare the types as well.")
    for _ in range(5):
        shifts = t.rng.integers(-3, 4, size=7).tolist()
        programs = [lambda x, by=by: x + by for by in shifts]
        x = int(t.rng.integers(10, 90))
        want = shifts[0]
        t.equal(answer(programs, [(x, x + want)]), [i for i, by in enumerate(shifts) if by == want], "The survivors")


NUMBERS = {"one": 1, "two": 2, "three": 3, "six": 6}


def _notice(text):
    found = re.search(r"(\w+) months", text)[1]
    return NUMBERS[found] if found in NUMBERS else int(found)


def _notice_digits(text):
    return int(re.search(r"(\d+) months", text)[1])


def _notice_first(text):
    found = re.search(r"\b(\d+|one|two|three|six)\b", text)[1]
    return NUMBERS[found] if found in NUMBERS else int(found)


def _notice_text(text):
    return re.search(r"(\w+) months", text)[1]


@exercise(
    "19.rule",
    difficulty=2,
    minutes=7,
    solution=_notice,
    hints=[
        'The word before "months": `re.search(r"(\\w+) months", text)[1]`.',
        "It may be digits or a word; a dictionary turns the word into a number.",
        "found = re.search(...)[1]; return NUMBERS[found] if found in NUMBERS else int(found)",
    ],
    wrong=[(_notice_digits, "stopped at line"), (_notice_first, "months"), (_notice_text, "a number")],
    praise="Your rule now reads what the model never could. Each new wording costs you a line.",
)
def _(answer, t):
    t.function(answer, 1)
    notice = "Either side may end this contract with {} months notice."
    rent = "The tenant rents the flat for {} hundred crowns a month."
    got = answer(notice.format(6))
    t.true(not isinstance(got, str), f"Return a number, not the text {got!r}.")
    t.equal(got, 6, "The notice of '6 months'")
    both = f"{rent.format(7)} {notice.format(2)}"
    t.true(answer(both) != 7, "That is the rent; the notice is what stands before 'months'.")
    t.equal(answer(both), 2, "The notice of a contract with a rent of 7")
    for word, number in NUMBERS.items():
        other = int(t.rng.integers(2, 10))
        for text in (f"{rent.format(other)} {notice.format(word)}", f"{notice.format(word)} {rent.format(other)}"):
            t.equal(answer(text), number, f"The notice of '{word} months'")


def _judge(said, tests):
    try:
        got = json.loads(said)
    except (ValueError, RecursionError):
        return False
    return json.dumps(got) == json.dumps([y for _, y in tests])


def _judge_zip(said, tests):
    try:
        got = json.loads(said)
    except ValueError:
        return False
    return all(g == y and type(g) is type(y) for g, (_, y) in zip(got, tests, strict=False))


def _judge_deep(said, tests):
    try:
        return json.dumps(json.loads(said)) == json.dumps([y for _, y in tests])
    except ValueError:
        return False


def _judge_raises(said, tests):
    return json.dumps(json.loads(said)) == json.dumps([y for _, y in tests])


def _judge_loose(said, tests):
    try:
        return json.loads(said) == [y for _, y in tests]
    except ValueError:
        return False


@exercise(
    "19.bug",
    difficulty=3,
    minutes=8,
    solution=_judge,
    hints=[
        "Try the colleague's judge on an empty list: `zip` stops at the shorter one.",
        "A program may print anything at all, also nothing: `json.loads` raises ValueError for that. And True == 1.",
        "Read it in a try, `except (ValueError, RecursionError)`; then compare as text: json.dumps(got) == "
        "json.dumps([y for _, y in tests]).",
    ],
    wrong=[
        (_judge_zip, "empty list"),
        (_judge_raises, "no JSON"),
        (_judge_deep, "RecursionError"),
        (_judge_loose, "True is not 1"),
        (lambda said, tests: False, "right answers"),
    ],
    praise="Now silence, nonsense and half an answer all fail.",
)
def _(answer, t):
    t.function(answer, 2)
    tests = [(x, x * 3) for x in t.rng.integers(1, 50, size=4).tolist()]
    full = json.dumps([y for _, y in tests])
    t.true(answer(full, tests) is True, "The right answers must pass (and give True).")
    t.true(not answer("[]", tests), "An empty list passes: `zip` stops at the shorter list.")
    t.true(not answer(json.dumps([tests[0][1]]), tests), "One right answer for four tests passes; all must be there.")
    t.true(not answer("[true]", [(6, 1)]), "In Python True == 1, but here True is not 1.")
    for said in ("", "killed", "[1, 2", full[:-1]):
        try:
            verdict = answer(said, tests)
        except ValueError:
            t.fail(f"A program may print what is no JSON, such as {said!r}; yours raises an error there.")
        t.true(not verdict, f"{said!r} is no answer and must fail.")
    try:
        verdict = answer("[" * 100_000, tests)
    except RecursionError:
        t.fail("100,000 opening brackets make json.loads raise a RecursionError, and yours with it.")
    t.true(not verdict, "100,000 opening brackets are no answer and must fail.")
    wrong = json.dumps([y + 1 for _, y in tests])
    t.true(not answer(wrong, tests), "Wrong answers must fail.")
