"""Exercises of notebook 15: the best guess, guidance, total variation, and a step that goes the wrong way."""

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _best_guess(x, t, known, likely):
    apart = ((x[:, None] - (1 - t) * known) ** 2).sum(-1)
    return (likely.log() - apart / (2 * t**2)).softmax(-1) @ known


def _short(x, t, known, likely):
    return (likely.log() + (1 - t) * x @ known.T / t**2).softmax(-1) @ known


@exercise(
    "15.best",
    difficulty=3,
    minutes=8,
    solution=_best_guess,
    hints=[
        "Bayes: what was likely before, times how well it explains x. Then divide by the sum, so that it adds up to 1.",
        "`x[:, None] - (1 - t) * known` has the shape (B, K, V); squared and summed over V it is the distance.",
        "apart = ((x[:, None] - (1 - t) * known) ** 2).sum(-1)\n"
        "return (likely.log() - apart / (2 * t**2)).softmax(-1) @ known",
    ],
    wrong=[
        (_short, "lengths"),
        (lambda x, t, known, likely: _best_guess(x, t, known, torch.ones_like(likely)), "likely"),
        (lambda x, t, known, likely: known[((x[:, None] - known) ** 2).sum(-1).argmin(1)], "average"),
    ],
    praise="That is what a perfect network would answer: an average that decides itself as the noise falls.",
)
def _(answer, t):
    t.function(answer, 4)
    near, far = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 4.0]])
    even, uneven = torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1])
    middle = torch.tensor([[0.1, 0.1]])
    t.close(answer(middle, 0.8, near, even), _best_guess(middle, 0.8, near, even),
            what="Half way between two pictures that are as likely the guess is their average; yours")  # fmt: skip
    t.close(answer(middle, 0.8, near, uneven), _best_guess(middle, 0.8, near, uneven),
            what="With likely = 0.9 and 0.1, the guess")  # fmt: skip
    t.close(answer(middle, 0.8, far, even), _best_guess(middle, 0.8, far, even),
            what="For two pictures of different lengths the guess")  # fmt: skip
    for _ in range(5):
        x, known = (torch.from_numpy(t.rng.normal(size=(k, 4))) for k in (3, 5))
        likely = torch.from_numpy(t.rng.dirichlet([1] * 5))
        time = float(t.rng.uniform(0.3, 1))
        got = answer(x.clone(), time, known.clone(), likely.clone())
        t.shape(got, (3, 4), "The guess")
        t.close(got, _best_guess(x, time, known, likely), what=f"At t = {time:.2f} the guess")


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
        "The direction (x - guess) / now points away from the guess. Do we want to go there, or back?",
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
