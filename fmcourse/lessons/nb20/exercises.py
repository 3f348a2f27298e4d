"""Exercises of notebook 20: a temperature and a share, a bar with a promise, a count of green, a queue that lies."""

from fmcourse.classroom.exercise import exercise


def _sharpen(share, temperature):
    a, b = share ** (1 / temperature), (1 - share) ** (1 / temperature)
    return a / (a + b)


def _sharpen_raw(share, temperature):
    return share ** (1 / temperature)


def _sharpen_wrong_way(share, temperature):
    a, b = share**temperature, (1 - share) ** temperature
    return a / (a + b)


@exercise(
    "20.sharpen",
    difficulty=1,
    minutes=5,
    solution=_sharpen,
    hints=[
        "Dividing the logits by t raises each probability to the power 1 / t; then they must sum to one again.",
        "There are two words: one with `share`, one with `1 - share`. Both are raised.",
        "a, b = share ** (1 / temperature), (1 - share) ** (1 / temperature); return a / (a + b)",
    ],
    wrong=[(_sharpen_raw, "sum to one"), (_sharpen_wrong_way, "1 / temperature"), (0.8, "function itself")],
    praise="A lean of 0.6 is 0.69 at temperature 0.5: that is how a bias grows.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(6):
        share, temperature = float(t.rng.uniform(0.05, 0.95)), float(t.rng.uniform(0.3, 0.9))
        got, expected = t.number(answer(share, temperature), "The share"), _sharpen(share, temperature)
        t.true(
            abs(got - _sharpen_raw(share, temperature)) > 1e-9,
            "The two shares must sum to one again: divide by the sum of both powers.",
        )
        t.true(
            abs(got - _sharpen_wrong_way(share, temperature)) > 1e-9 or abs(got - expected) < 1e-9,
            "A low temperature must drive shares apart: the power is 1 / temperature.",
        )
        t.close(got, expected, what=f"A share of {share:.2f} at temperature {temperature:.2f}")


def _lowest_bar(p, right, risk):
    for bar in sorted(set(p)):
        answered = [r for q, r in zip(p, right, strict=True) if q >= bar]
        if answered.count(False) <= risk * len(answered):
            return bar
    return None


def _lowest_bar_of_all(p, right, risk):
    for bar in sorted(set(p)):
        if sum(1 for q, r in zip(p, right, strict=True) if q >= bar and not r) <= risk * len(p):
            return bar
    return None


def _lowest_bar_above(p, right, risk):
    for bar in sorted(set(p)):
        answered = [r for q, r in zip(p, right, strict=True) if q > bar]
        if answered.count(False) <= risk * len(answered):
            return bar
    return None


def _lowest_bar_highest(p, right, risk):
    for bar in sorted(set(p), reverse=True):
        answered = [r for q, r in zip(p, right, strict=True) if q >= bar]
        if answered.count(False) <= risk * len(answered):
            return bar
    return None


@exercise(
    "20.bar",
    difficulty=2,
    minutes=8,
    solution=_lowest_bar,
    hints=[
        "Only values that occur in `p` need to be tried: `for bar in sorted(set(p))`.",
        "Answered is what has `q >= bar`. Its risk is the share of wrong ones among the answered, not among all.",
        "answered = [r for q, r in zip(p, right) if q >= bar]; "
        "if answered.count(False) <= risk * len(answered): return bar",
    ],
    wrong=[
        (_lowest_bar_of_all, "among the answered"),
        (_lowest_bar_above, "answered, too"),
        (_lowest_bar_highest, "lowest"),
    ],
    praise="Now set it on one half, and measure on the other.",
)
def _(answer, t):
    t.function(answer, 3)
    t.true(
        answer([0.3, 0.5, 0.9], [True, False, True], 0.1) != 0.5,
        "Who is as sure as the bar is answered, too: `>=`. With 0.3, 0.5 (wrong) and 0.9 the bar is 0.9, not 0.5.",
    )
    for _ in range(8):
        n = int(t.rng.integers(15, 40))
        p = [round(float(x), 3) for x in t.rng.uniform(0, 1, size=n)]
        right = [bool(t.rng.random() < q) for q in p]
        p += [0.9991, 0.9992]
        right += [True, True]
        got, expected = answer(list(p), list(right), 0.2), _lowest_bar(p, right, 0.2)
        for slip, words in (
            (_lowest_bar_of_all, "Risk is the share of wrong ones among the answered, not among all."),
            (_lowest_bar_highest, "Yours is a bar that keeps the promise; the lowest one answers more."),
        ):
            if expected != slip(p, right, 0.2):
                t.true(got != slip(p, right, 0.2), words)
        t.equal(got, expected, "The lowest bar")
    t.true(answer([0.5, 0.9], [True, False], 0.1) is None, "Where no bar keeps the promise, return None.")


def _greenness(ids, is_green):
    pairs = dict.fromkeys(zip(ids, ids[1:], strict=False))
    n = len(pairs)
    return (sum(map(bool, (is_green(a, b) for a, b in pairs))) - n / 2) / (n / 4) ** 0.5


def _greenness_repeats(ids, is_green):
    pairs = list(zip(ids, ids[1:], strict=False))
    n = len(pairs)
    return (sum(is_green(a, b) for a, b in pairs) - n / 2) / (n / 4) ** 0.5


def _greenness_share(ids, is_green):
    pairs = dict.fromkeys(zip(ids, ids[1:], strict=False))
    return sum(is_green(a, b) for a, b in pairs) / len(pairs)


def _greenness_no_root(ids, is_green):
    pairs = dict.fromkeys(zip(ids, ids[1:], strict=False))
    n = len(pairs)
    return (sum(is_green(a, b) for a, b in pairs) - n / 2) / (n / 4)


@exercise(
    "20.green",
    difficulty=2,
    minutes=8,
    solution=_greenness,
    hints=[
        "Pairs of neighbours, each once: `dict.fromkeys(zip(ids, ids[1:]))`.",
        "Of n pairs, n / 2 are green by chance, with a standard deviation of the square root of n / 4.",
        "n = len(pairs); return (sum(is_green(a, b) for a, b in pairs) - n / 2) / (n / 4) ** 0.5",
    ],
    wrong=[
        (_greenness_repeats, "once"),
        (_greenness_share, "standard deviations"),
        (_greenness_no_root, "square root"),
    ],
    praise="That is the whole detector.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        ids = [int(x) for x in t.rng.integers(0, 6, size=int(t.rng.integers(20, 45)))]
        cut = int(t.rng.integers(3, 8))

        def is_green(a, b, cut=cut):
            return (3 * a + 5 * b) % 11 < cut

        got, expected = t.number(answer(list(ids), is_green), "The z"), _greenness(ids, is_green)
        for slip, words in (
            (_greenness_repeats, "A pair that comes twice is no new evidence: count each once."),
            (_greenness_share, "Return how many standard deviations lie between the count and chance, not the share."),
            (_greenness_no_root, "The standard deviation is the square root of n / 4."),
        ):
            if abs(expected - slip(ids, is_green)) > 1e-9:
                t.true(abs(got - slip(ids, is_green)) > 1e-9, words)
        t.close(got, expected, what="The z of the text")


def _found(sure, right, budget):
    order = sorted(range(len(sure)), key=lambda i: sure[i])
    looked_at = order[: int(budget * len(sure))]
    errors = sum(not r for r in right)
    return sum(not right[i] for i in looked_at) / errors if errors else 0.0


def _found_theirs(sure, right, budget):
    order = sorted(range(len(sure)), key=lambda i: sure[i], reverse=True)
    looked_at = order[: int(budget * len(sure))]
    return sum(not right[i] for i in looked_at) / len(looked_at)


def _found_half(sure, right, budget):
    order = sorted(range(len(sure)), key=lambda i: sure[i])
    looked_at = order[: int(budget * len(sure))]
    return sum(not right[i] for i in looked_at) / len(looked_at)


def _found_surest(sure, right, budget):
    order = sorted(range(len(sure)), key=lambda i: sure[i], reverse=True)
    looked_at = order[: int(budget * len(sure))]
    errors = sum(not r for r in right)
    return sum(not right[i] for i in looked_at) / errors if errors else 0.0


def _found_crash(sure, right, budget):
    order = sorted(range(len(sure)), key=lambda i: sure[i])
    looked_at = order[: int(budget * len(sure))]
    return sum(not right[i] for i in looked_at) / sum(not r for r in right)


@exercise(
    "20.bug",
    difficulty=3,
    minutes=8,
    solution=_found,
    hints=[
        "There are two faults, and a third waits where nothing is wrong. Which answers does it look at?",
        "It looks at the surest ones. And it divides by what was looked at, not by all errors.",
        "Sort without `reverse`; errors = sum(not r for r in right); divide by it, and return 0.0 when it is 0.",
    ],
    wrong=[
        (_found_theirs, "surest"),
        (_found_half, "all errors"),
        (_found_surest, "surest"),
        (_found_crash, "0.0"),
    ],
    praise="A queue that looked at the surest answers first would have passed a glance.",
)
def _(answer, t):
    t.function(answer, 3)
    sure = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    right = [False, False, True, False, True, True, True, True, True, True]
    got = answer(list(sure), list(right), 0.2)
    t.true(got != 0.0, "Yours finds nothing here: it looks at the surest answers. The least certain come first.")
    t.true(got != 1.0, "Divide by all errors: of three errors two were found, which is not everything.")
    t.close(got, 2 / 3, what="The share found in the example")
    try:
        nothing = answer([0.2, 0.9], [True, True], 0.5)
    except ZeroDivisionError:
        t.fail("Where nothing is wrong, return 0.0; yours divides by zero.")
    t.close(nothing, 0.0, what="Where nothing is wrong, the share")
    for _ in range(5):
        n = int(t.rng.integers(10, 30))
        sure = [float(x) for x in t.rng.permutation(n) / n]
        right = [bool(x) for x in t.rng.random(n) < 0.6]
        right[0], budget = False, float(t.rng.uniform(0.2, 0.8))
        t.close(answer(list(sure), list(right), budget), _found(sure, right, budget), what=f"The share of {n} answers")
