"""Exercises of notebook 09: hours from 6ND, rounding by rows, and a cache that mixes up who is who."""

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _hours(parameters, tokens, per_second):
    return 6 * parameters * tokens / per_second / 3600


@exercise(
    "09.hours",
    difficulty=1,
    minutes=4,
    solution=_hours,
    hints=[
        "Training costs about 6 operations for each parameter and each token.",
        "Divide the operations by those done in a second, then by the seconds in an hour.",
        "return 6 * parameters * tokens / per_second / 3600",
    ],
    wrong=[
        (lambda n, d, s: 6 * n * d / s, "seconds"),
        (lambda n, d, s: 2 * n * d / s / 3600, "backward"),
        (lambda n, d, s: n * d / s / 3600, "6"),
        (lambda n, d, s: 6 * n * d * s / 3600, "divide"),
    ],
    praise="With this one line you can check the size of any announcement.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(4):
        n, d, s = (float(10 ** t.rng.uniform(low, high)) for low, high in ((4, 11), (6, 12), (9, 15)))
        expected, got = _hours(n, d, s), t.number(answer(n, d, s), "The time")

        def like(value, got=got):
            return abs(got - value) <= 1e-6 * abs(value)

        t.true(not like(3600 * expected), "That is in seconds; hours are wanted.")
        t.true(not like(expected / 3), "2 N D pays for reading alone; the backward pass costs twice as much again.")
        t.true(not like(expected / 6), "The factor 6 is missing.")
        t.true(not like(expected * s * s), "A faster machine takes less time: divide by its operations per second.")
        t.true(like(expected), f"The time should be {expected:.4g} hours; it is {got:.4g}.")


def _by_rows(weight, bits):
    top = 2 ** (bits - 1) - 1
    step = weight.abs().amax(1, keepdim=True) / top
    return (weight / step).round() * step


def _one_step(weight, bits):
    step = weight.abs().max() / (2 ** (bits - 1) - 1)
    return (weight / step).round() * step


def _columns(weight, bits):
    return _by_rows(weight.T, bits).T


def _signed(weight, bits):
    step = weight.amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    return (weight / step).round() * step


def _cut(weight, bits):
    step = weight.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    return (weight / step).trunc() * step


def _too_fine(weight, bits):
    step = weight.abs().amax(1, keepdim=True) / (2**bits - 1)
    return (weight / step).round() * step


@exercise(
    "09.rows",
    difficulty=2,
    minutes=8,
    solution=_by_rows,
    hints=[
        "With b bits the largest whole number is 2^(b-1) - 1, since one bit is the sign.",
        "`weight.abs().amax(1, keepdim=True)` is the largest absolute value of each row, shape (rows, 1).",
        "step = weight.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1); return (weight / step).round() * step",
    ],
    wrong=[
        (_one_step, "own step"),
        (_columns, "columns"),
        (_signed, "absolute"),
        (_cut, "nearest"),
        (_too_fine, "sign"),
        (lambda w, b: w, "rounded"),
    ],
    praise="A fourth or an eighth of the memory, for four operations.",
)
def _(answer, t):
    t.function(answer, 2)
    for bits in (8, 4, 3):
        rows, columns = int(t.rng.integers(3, 7)), int(t.rng.integers(8, 14))
        weight = torch.from_numpy(t.rng.normal(size=(rows, columns))) * torch.logspace(-1, 1, rows)[:, None].double()
        weight[0, 0] = -2 * weight[0].abs().max()  # the largest of a row may be negative
        got = answer(weight.clone(), bits)
        t.shape(got, (rows, columns), "The rounded matrix")

        def like(wrong, got=got, weight=weight, bits=bits):
            return torch.allclose(got.double(), wrong(weight, bits), atol=1e-9)

        t.true(not like(lambda w, b: w), "Nothing was rounded: between the steps there must be no values.")
        t.true(not like(_one_step), "Yours has one step for the whole matrix; each row needs its own step.")
        t.true(not like(_columns), "Yours has a step for each of the columns; rows are wanted.")
        t.true(not like(_signed), "The largest *absolute* value sets the step: it may be negative.")
        t.true(not like(_cut), "Yours cuts toward zero; round to the nearest step.")
        t.true(not like(_too_fine), "One of the bits is the sign, so the largest whole number is 2^(bits-1) - 1.")
        t.close(got.double(), _by_rows(weight, bits), tol=1e-9, what=f"The matrix in {bits} bits")


def _step(q, k_new, v_new, k_old, v_old):
    k, v = torch.cat([k_old, k_new]), torch.cat([v_old, v_new])
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v, k, v


def _their(q, k_new, v_new, k_old, v_old):
    k, v = torch.cat([k_new, k_old]), torch.cat([v_old, v_new])
    return (q @ k.T / q.shape[-1]).softmax(-1) @ v, k, v


def _only_order(q, k_new, v_new, k_old, v_old):
    k, v = torch.cat([k_old, k_new]), torch.cat([v_old, v_new])
    return (q @ k.T / q.shape[-1]).softmax(-1) @ v, k, v


def _only_scale(q, k_new, v_new, k_old, v_old):
    k, v = torch.cat([k_new, k_old]), torch.cat([v_old, v_new])
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v, k, v


def _both_in_front(q, k_new, v_new, k_old, v_old):
    k, v = torch.cat([k_new, k_old]), torch.cat([v_new, v_old])
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v, k, v


def _forgets(q, k_new, v_new, k_old, v_old):
    return _step(q, k_new, v_new, k_old, v_old)[0], k_old, v_old


@exercise(
    "09.cache-bug",
    difficulty=3,
    minutes=10,
    solution=_step,
    hints=[
        "Print the shapes and follow one token: is key number i still the key of the same token as value number i?",
        "The scores are divided by the square root of the head size (notebook 06).",
        "k, v = torch.cat([k_old, k_new]), torch.cat([v_old, v_new]); "
        "return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v, k, v",
    ],
    wrong=[
        (_their, "two mistakes"),
        (_only_order, "square root"),
        (_only_scale, "same token"),
        (_both_in_front, "behind"),
        (_forgets, "grow"),
    ],
    praise="No error, fluent nonsense: a cache must be compared with the slow way before it is trusted.",
)
def _(answer, t):
    t.function(answer, 5)
    for _ in range(4):
        past, size, wide = (int(x) for x in t.rng.integers(3, 9, size=3))
        draw = [
            torch.from_numpy(t.rng.normal(size=s))
            for s in ((1, size), (1, size), (1, wide), (past, size), (past, wide))
        ]
        got = answer(*[x.clone() for x in draw])
        t.true(isinstance(got, tuple | list) and len(got) == 3, "Return three things: output, all keys, all values.")
        out, k, v = got
        t.true(
            len(k) == past + 1 and len(v) == past + 1,
            "The cache must grow: return the old keys and values with the new ones.",
        )

        def like(wrong, got=got, draw=draw):
            return all(torch.allclose(a, b) for a, b in zip(got, wrong(*draw), strict=True))

        t.true(not like(_their), "That is still their function; there are two mistakes in it.")
        t.true(not like(_only_order), "The order is right. Divide the scores by the square root of the head size.")
        t.true(not like(_only_scale), "Key number i and value number i must belong to the same token.")
        t.true(not like(_both_in_front), "Put what is new behind what is old, as the text grows.")
        for a, b, what in zip((out, k, v), _step(*draw), ("The output", "The keys", "The values"), strict=True):
            t.close(a, b, tol=1e-9, what=what)
