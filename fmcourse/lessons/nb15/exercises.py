"""Exercises of notebook 15: mixing noise, guidance, total variation, and a step that goes the wrong way."""

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _noisy(x, e, t):
    share = t[:, None, None]
    return (1 - share) * x + share * e


@exercise(
    "15.noise",
    difficulty=1,
    minutes=3,
    solution=_noisy,
    hints=[
        "Each picture has a time of its own. `t[:, None, None]` is t with two more axes, so that it can be multiplied.",
        "The picture counts 1 - t, the noise counts t.",
        "return (1 - t[:, None, None]) * x + t[:, None, None] * e",
    ],
    wrong=[
        (lambda x, e, t: t[:, None, None] * x + (1 - t[:, None, None]) * e, "t = 0"),
        (lambda x, e, t: (1 - t.mean()) * x + t.mean() * e, "its own time"),
        (lambda x, e, t: x + t[:, None, None] * e, "t = 1"),
    ],
    praise="At t = 0 nothing is hidden, at t = 1 everything, and each picture has its own share.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(5):
        x, e = (torch.from_numpy(t.rng.normal(size=(3, 4, 5))) for _ in range(2))
        time = torch.from_numpy(t.rng.random(3))
        zero, one = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
        got = answer(x.clone(), e.clone(), time.clone())
        t.shape(got, (3, 4, 5), "The noisy pictures")
        t.true(torch.allclose(answer(x, e, zero), x), "At t = 0 the picture itself must come out.")
        t.true(torch.allclose(answer(x, e, one), e), "At t = 1 nothing but the noise must be left.")
        t.close(got, _noisy(x, e, time), what="Each picture with its own time: the result")


def _guided(with_caption, without, w):
    return without + w * (with_caption - without)


@exercise(
    "15.guided",
    difficulty=2,
    minutes=5,
    solution=_guided,
    hints=[
        "Begin at the answer without the caption. Which step leads from there to the answer with it?",
        "The step is `with_caption - without`; w says how far to go along it.",
        "return without + w * (with_caption - without)",
    ],
    wrong=[
        (lambda c, f, w: c + w * (c - f), "w = 1"),
        (lambda c, f, w: c + w * (f - c), "w = 1"),
        (lambda c, f, w: w * c, "w = 0"),
    ],
    praise="w = 0 ignores the caption, w = 1 is the network's own answer, and beyond 1 you exaggerate.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(5):
        c, f = (torch.from_numpy(t.rng.normal(size=(2, 3))) for _ in range(2))
        t.true(torch.allclose(answer(c, f, 1.0), c), "At w = 1 the answer with the caption must come out.")
        t.true(torch.allclose(answer(c, f, 0.0), f), "At w = 0 the answer without the caption must come out.")
        w = float(t.rng.uniform(2, 6))
        t.close(answer(c.clone(), f.clone(), w), _guided(c, f, w), what=f"At w = {w:.1f} the guess")


def _variation(counts, shares):
    n = sum(counts.values())
    return sum(abs(counts.get(value, 0) / n - p) for value, p in shares.items()) / 2


@exercise(
    "15.variation",
    difficulty=2,
    minutes=6,
    solution=_variation,
    hints=[
        "Turn the counts into shares first: divide by their sum.",
        "Go through `shares`, and take `counts.get(value, 0)`, so that a value that was never drawn counts as 0.",
        "n = sum(counts.values()); return sum(abs(counts.get(v, 0) / n - p) for v, p in shares.items()) / 2",
    ],
    wrong=[
        (lambda c, s: 2 * _variation(c, s), "half"),
        (lambda c, s: sum(abs(k / sum(c.values()) - s[v]) for v, k in c.items()) / 2, "never drawn"),
        (lambda c, s: sum(k / sum(c.values()) - s[v] for v, k in c.items()), "differences"),
    ],
    praise="0 says the same shares, 1 says nothing in common, and a value that never comes counts like any other.",
)
def _(answer, t):
    t.function(answer, 2)
    t.close(answer({"a": 3, "b": 1}, {"a": 0.5, "b": 0.5}), 0.25,
            what='For {"a": 3, "b": 1} and even shares half of the sum of the differences')  # fmt: skip
    missing = answer({"a": 4}, {"a": 0.5, "b": 0.5})
    t.close(missing, 0.5, what='For {"a": 4} the value "b" was never drawn and counts, too; the variation')
    for _ in range(5):
        p = t.rng.dirichlet([2, 2, 2, 2])
        drawn = t.rng.multinomial(20, t.rng.dirichlet([1, 1, 1, 1]))
        counts = {k: int(n) for k, n in zip("abcd", drawn, strict=True) if n}
        shares = dict(zip("abcd", (float(v) for v in p), strict=True))
        t.close(answer(dict(counts), dict(shares)), _variation(counts, shares), what="The total variation")


def _mend(x, guess, now, later):
    return x + (later - now) * (x - guess) / now


@exercise(
    "15.bug",
    difficulty=3,
    minutes=10,
    solution=_mend,
    hints=[
        "The direction (x - guess) / now points from the guess to where we stand. Do we want to go there, or back?",
        "Time falls: later is smaller than now. Try now = 1, later = 0: the result must be the guess.",
        "return x + (later - now) * (x - guess) / now",
    ],
    wrong=[
        (lambda x, guess, now, later: x + (now - later) * (x - guess) / now, "away from the guess"),
        (lambda x, guess, now, later: x + (later - now) * (x - guess), "divided"),
        (lambda x, guess, now, later: guess, "all the way"),
    ],
    praise="Time runs down, so the step is later - now: a negative number times a direction that points to the noise.",
)
def _(answer, t):
    t.function(answer, 4)
    for _ in range(5):
        x, guess = (torch.from_numpy(t.rng.normal(size=(2, 3))) for _ in range(2))
        got = answer(x.clone(), guess.clone(), 0.8, 0.6)
        before, after = float((x - guess).norm()), float((got - guess).norm())
        t.true(after < before, "Your step leads away from the guess; it must come nearer.")
        t.true(after > 1e-6, "Your step goes all the way to the guess at once; from 0.8 to 0.6 it is a quarter of it.")
        ended = answer(x.clone(), guess.clone(), 0.5, 0.0)
        t.close(ended, guess, what="The last step, to 0, must reach the guess: is the direction divided by now? It")
        t.close(got, _mend(x, guess, 0.8, 0.6), what="From 0.8 to 0.6 the result")
