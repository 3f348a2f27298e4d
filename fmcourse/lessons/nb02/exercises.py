"""Exercises of notebook 02: what training costs, when one model begins to pay, whom to believe, sorting by nearness."""

import numpy as np

from fmcourse.classroom.exercise import exercise


def _flops(parameters, tokens):
    return 6 * parameters * tokens


@exercise(
    "02.flops",
    difficulty=1,
    minutes=3,
    solution=_flops,
    hints=[
        "Each parameter takes part in about six additions and multiplications for every token of training.",
        "Multiply three things: 6, the parameters and the tokens.",
        "return 6 * parameters * tokens",
    ],
    wrong=[
        (lambda p, t: p * t, "six"),
        (lambda p, t: 2 * p * t, "forward"),
        (lambda p, t: 6 * p + t, "multiplied"),
        (6e15, "function itself"),
    ],
)
def _(answer, t):
    t.function(answer, 2)
    got = t.number(answer(10, 100), "The cost of 10 parameters and 100 tokens")
    t.true(got != 1000, "10 parameters times 100 tokens is 1000; each pair costs about six operations, so 6000.")
    t.true(got != 2000, "2 N D counts the forward pass alone; training goes backward too, which makes 6 N D.")
    t.true(got != 160, "Parameters and tokens must be multiplied: each parameter works on each token.")
    for _ in range(4):
        parameters, tokens = (int(v) for v in t.rng.integers(3, 10**6, size=2))
        t.close(answer(parameters, tokens), 6 * parameters * tokens, what=f"The cost of {parameters} and {tokens}")


def _tasks_to_pay(pretraining, adapting, narrow):
    if narrow <= adapting:
        return None
    return int(pretraining // (narrow - adapting)) + 1


@exercise(
    "02.even",
    difficulty=2,
    minutes=8,
    solution=_tasks_to_pay,
    hints=[
        "With k tasks, one way costs pretraining + k * adapting, the other k * narrow. You want the "
        "smallest k for which the first is less.",
        "Each task saves narrow - adapting. When that is not above zero, the answer is None.",
        "return int(pretraining // (narrow - adapting)) + 1, after a check for narrow <= adapting",
    ],
    wrong=[
        (lambda p, a, n: p / n, "whole"),
        (lambda p, a, n: int(p // n) + 1, "adapting"),
        (lambda p, a, n: int(p // (n - a)) + 1 if n != a else 1, "never"),
        (lambda p, a, n: None if n <= a else int(p // (n - a)), "less"),
    ],
)
def _(answer, t):
    t.function(answer, 3)
    got = answer(100, 0, 30)
    t.true(got is not None, "100 to pretrain, 0 to adapt, 30 for each narrow model: four tasks pay; yours says None.")
    t.true(float(got).is_integer(), f"The answer is a whole number of tasks; yours says {got}.")
    t.true(answer(100, 20, 30) != 4, "With 20 for adapting each task saves 10, not 30: take the cost of adapting off.")
    t.true(got != 3, "With 3 tasks the narrow models cost 90, and pretraining 100: not yet less.")
    t.equal(got, 4, what="Tasks to pay for (100, 0, 30)")
    t.true(answer(100, 0, 50) != 2, "With 2 tasks both ways cost 100: equal is not less.")
    t.true(answer(100, 30, 20) is None, "Where adapting costs more than a narrow model it never pays: return None.")
    t.true(answer(100, 30, 30) is None, "Where adapting costs as much as a narrow model it never pays: return None.")
    for _ in range(6):
        p, a, n = int(t.rng.integers(1, 5000)), int(t.rng.integers(0, 30)), int(t.rng.integers(31, 90))
        k = next(k for k in range(1, 10**5) if p + k * a < k * n)
        t.equal(answer(p, a, n), k, what=f"Tasks to pay for ({p}, {a}, {n})")


def _backed(size, published, tolerance=0.02):
    return any(abs(size - s) <= tolerance * s for s in published)


def _first_only(size, published, tolerance=0.02):
    return bool(published) and abs(size - published[0]) <= tolerance * published[0]


def _silence_agrees(size, published, tolerance=0.02):
    return not published or _backed(size, published, tolerance)


@exercise(
    "02.backed",
    difficulty=2,
    minutes=6,
    solution=_backed,
    hints=[
        "Compare the size with each published one; one match is enough.",
        "The allowed difference is `tolerance * published size`. An empty list means that the maker published nothing.",
        "return any(abs(size - s) <= tolerance * s for s in published)",
    ],
    wrong=[
        (lambda size, published, tolerance=0.02: size in published, "about"),
        (_first_only, "each"),
        (_silence_agrees, "nothing"),
        (lambda size, published, tolerance=0.02: all(abs(size - s) <= tolerance * s for s in published), "nothing"),
    ],
)
def _(answer, t):
    t.true(callable(answer), "The answer should be a function `backed(size, published, tolerance)`.")
    t.true(not answer(12e9, [], 0.02), "A maker who published nothing backs no size; yours says 12 billion is backed.")
    t.true(answer(1.5e9, [1542e6], 0.05), "1.5 billion is about 1,542 million, within 5 %; yours says not backed.")
    t.true(answer(65e9, [7e9, 13e9, 65e9], 0.02), "65 billion is the third published size: compare with each of them.")
    t.true(not answer(3.5e9, [3.3e9], 0.02), "3.5 billion is 6 % above 3.3 billion; 2 % are allowed.")
    for _ in range(6):
        published = [float(s) for s in t.rng.uniform(1e8, 1e11, size=int(t.rng.integers(1, 6)))]
        size = published[-1] * float(t.rng.choice([1.0, 1.015, 0.985, 1.2, 0.7]))
        t.equal(
            bool(answer(size, published, 0.02)),
            _backed(size, published),
            what=f"{size:.3g} against {len(published)} sizes",
        )


def _nearest_mean(features, labels, new):
    features, labels, new = np.asarray(features, float), np.asarray(labels), np.asarray(new, float)
    kinds = sorted(set(labels.tolist()))
    means = np.stack([features[labels == k].mean(0) for k in kinds])
    return [kinds[i] for i in ((new[:, None] - means[None]) ** 2).sum(-1).argmin(1)]


def _nearest_example(features, labels, new):
    features, new = np.asarray(features, float), np.asarray(new, float)
    return [labels[i] for i in ((new[:, None] - features[None]) ** 2).sum(-1).argmin(1)]


def _largest_dot(features, labels, new):
    features, labels, new = np.asarray(features, float), np.asarray(labels), np.asarray(new, float)
    kinds = sorted(set(labels.tolist()))
    means = np.stack([features[labels == k].mean(0) for k in kinds])
    return [kinds[i] for i in (new @ means.T).argmax(1)]


def _numbers_of_kinds(features, labels, new):
    kinds = sorted(set(np.asarray(labels).tolist()))
    return [kinds.index(k) for k in _nearest_mean(features, labels, new)]


@exercise(
    "02.nearest",
    difficulty=3,
    minutes=12,
    solution=_nearest_mean,
    hints=[
        "First the mean vector of each label: `features[labels == k].mean(0)`.",
        "Then, for each new vector, the label whose mean has the smallest squared distance.",
        "((new[:, None] - means[None]) ** 2).sum(-1).argmin(1) gives the number of each new vector's nearest mean.",
    ],
    wrong=[
        (_nearest_example, "mean of its label"),
        (_largest_dot, "distance"),
        (_numbers_of_kinds, "label itself"),
    ],
    praise="A classifier without a single training step: the features did the work.",
)
def _(answer, t):
    t.function(answer, 3)
    x = np.array([[0.0, 0], [4, 0], [3, 0], [9, 0]])
    y = np.array([7, 7, 5, 5])  # means at 2 (label 7) and 6 (label 5)
    got = [int(v) for v in t.items(answer(x, y, np.array([[3.2, 0]])))]
    t.true(got not in ([0], [1]), "Return the label itself, 5 or 7, and not its number in a list.")
    t.true(got != [5], "[3.2, 0] is nearest to the mean of its label 7, at [2, 0]; compare with means, by distance.")
    got = [int(v) for v in t.items(answer(x, y, np.array([[1.0, 0], [8, 0]])))]
    t.equal(got, [7, 5], what="Labels of [1, 0] and [8, 0]")
    for _ in range(4):
        n, d, kinds = (int(v) for v in (t.rng.integers(20, 31), t.rng.integers(3, 8), t.rng.integers(2, 5)))
        labels = np.concatenate([np.arange(kinds), t.rng.integers(kinds, size=n - kinds)]) + 3
        features = t.rng.normal(size=(n, d)) + labels[:, None] * 0.4
        new = t.rng.normal(size=(11, d)) + 1.5
        got = [int(v) for v in t.items(answer(features, labels, new))]
        t.equal(
            got,
            [int(v) for v in _nearest_mean(features, labels, new)],
            what=f"The labels of 11 new vectors of {d} numbers (nearest by distance)",
        )
