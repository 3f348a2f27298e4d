"""Exercises of notebook 14: the rate of a code, a step of denoising, covered kinds, and a game with wrong losses."""

import numpy as np
import torch  # here and not in the checkers: their time limit would cut a slow first import in two
from torch.nn import functional as F

from fmcourse.classroom.exercise import exercise


def _rate(mean, log_variance):
    return (mean**2 + log_variance.exp() - 1 - log_variance).sum(1) / 2


@exercise(
    "14.rate",
    difficulty=1,
    minutes=6,
    solution=_rate,
    hints=[
        "Each number of the code costs (mean² + variance - 1 - log variance) / 2 nats; add them up in each row.",
        "The network gives the *logarithm* of the variance: the variance is `log_variance.exp()`.",
        "return (mean**2 + log_variance.exp() - 1 - log_variance).sum(1) / 2",
    ],
    wrong=[
        (lambda mean, log_variance: (mean**2 + log_variance - 1 - log_variance.log()).sum(1) / 2, "logarithm"),
        (
            lambda mean, log_variance: (mean**2 + log_variance.exp() - 1 - log_variance).sum() / 2,
            "one for each picture",
        ),
        (lambda mean, log_variance: (mean**2 + log_variance.exp() - 1 - log_variance).sum(1), "half"),
        (lambda mean, log_variance: (mean**2).sum(1) / 2, "nothing for its spread"),
    ],
    praise="A code that says nothing (mean 0, variance 1) is free; everything else is paid for.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(4):
        n, units = (int(v) for v in t.rng.permutation([3, 5, 7, 11])[:2])
        mean, log_variance = torch.from_numpy(t.rng.normal(size=(2, n, units)))
        got, wanted = answer(mean.clone(), log_variance.clone()), _rate(mean, log_variance)
        t.true(isinstance(got, torch.Tensor), "Return a tensor: the sum over each row of the table.")
        t.true(got.ndim == 1, "There should be one for each picture: add up within a row, `.sum(1)`, and no further.")
        t.shape(got, (n,), "The rates")
        t.true(
            not got.isnan().any(),
            "The rates hold NaN: the second argument is the *logarithm* of the variance already; take `.exp()` of it.",
        )
        t.true(not torch.allclose(got, 2 * wanted), "Twice too much: the formula has a half in front.")
        t.true(
            not torch.allclose(got, (mean**2).sum(1) / 2),
            "You charge for the mean and nothing for its spread: variance - 1 - log variance is missing.",
        )
        t.close(got, wanted, what="The rates")


def _step(noisy, clean, now, later):
    return clean + later / now * (noisy - clean)


@exercise(
    "14.step",
    difficulty=2,
    minutes=8,
    solution=_step,
    hints=[
        "On the straight line noisy = (1 - t) clean + t noise. What is the noise, when noisy, clean and t are known?",
        "noise = (noisy - (1 - now) * clean) / now. Mix it in again, with `later` in place of `now`.",
        "return clean + later / now * (noisy - clean)",
    ],
    wrong=[
        (lambda noisy, clean, now, later: clean, "all the way"),
        (lambda noisy, clean, now, later: noisy - (now - later) * (noisy - clean), "divide"),
        (lambda noisy, clean, now, later: noisy + later / now * (noisy - clean), "away from"),
    ],
    praise="The same line as in training, walked backwards.",
)
def _(answer, t):
    t.function(answer, 4)
    for _ in range(5):
        n, values = (int(v) for v in t.rng.permutation([3, 5, 7, 11])[:2])
        clean, noise = t.rng.normal(size=(2, n, values))
        now = float(t.rng.uniform(0.4, 0.95))
        later = now * float(t.rng.uniform(0.2, 0.8))
        noisy = (1 - now) * clean + now * noise
        got = answer(noisy.copy(), clean.copy(), now, later)
        t.shape(got, (n, values), "The picture after the step")
        t.true(not np.allclose(got, clean), "You went all the way to the clean picture; stop at the time `later`.")
        t.true(
            not np.allclose(got, noisy - (now - later) * (noisy - clean)),
            "The direction noise - clean is (noisy - clean) / now; you forgot to divide by `now`.",
        )
        t.true(
            ((got - clean) ** 2).sum() < ((noisy - clean) ** 2).sum(),
            "Your step leads away from the clean picture; the time falls, so noise must go, not come.",
        )
        t.close(got, (1 - later) * clean + later * noise, what="The picture after the step")


def _collapse(drawn, kinds):
    return len(set(drawn)) / kinds, max(drawn.count(kind) for kind in drawn) / len(drawn)


@exercise(
    "14.collapse",
    difficulty=2,
    minutes=7,
    solution=_collapse,
    hints=[
        "A set keeps each kind once: `set(drawn)`.",
        "`collections.Counter(drawn).most_common(1)` gives the most frequent kind and its count.",
        "return len(set(drawn)) / kinds, Counter(drawn).most_common(1)[0][1] / len(drawn)",
    ],
    wrong=[
        (lambda drawn, kinds: (len(set(drawn)) / len(drawn), _collapse(drawn, kinds)[1]), "of all kinds"),
        (lambda drawn, kinds: (_collapse(drawn, kinds)[0], _collapse(drawn, kinds)[1] * len(drawn)), "a share"),
        (lambda drawn, kinds: _collapse(drawn, kinds)[::-1], "order"),
        (lambda drawn, kinds: len(set(drawn)) / kinds, "two numbers"),
    ],
    praise="Two numbers, and a collapse has nowhere to hide.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        kinds = int(t.rng.integers(30, 60))
        drawn = [int(k) for k in t.rng.integers(0, kinds // 3, size=int(t.rng.integers(61, 90)))] + [0] * 9
        got = answer(list(drawn), kinds)
        t.true(
            isinstance(got, (tuple, list)) and len(got) == 2,
            "Return two numbers: the share of kinds that occur, and the share of the most frequent one.",
        )
        covered, most = _collapse(drawn, kinds)
        a, b = (
            t.number(value, what) for value, what in zip(got, ("The first number", "The second number"), strict=True)
        )
        t.true(
            not (np.isclose(a, most) and np.isclose(b, covered)),
            "Both numbers are right and stand in the other order: first the kinds that occur.",
        )
        t.true(
            not np.isclose(a, len(set(drawn)) / len(drawn)),
            "You divided by the number of drawings; asked is the share of all kinds, of which there are `kinds`.",
        )
        t.true(b <= 1, "The second number should be a share, between 0 and 1: divide the count by how many were drawn.")
        t.close(a, covered, what="The share of kinds that occur")
        t.close(b, most, what="The share of the most frequent kind")


def _losses(judge, pictures, paintings):
    loss_judge = F.softplus(-judge(pictures)).mean() + F.softplus(judge(paintings.detach())).mean()
    return loss_judge, F.softplus(-judge(paintings)).mean()


def _theirs(judge, pictures, paintings):
    loss_judge = F.softplus(-judge(pictures)).mean() + F.softplus(judge(paintings)).mean()
    return loss_judge, F.softplus(-judge(paintings.detach())).mean()


def _cut_only(judge, pictures, paintings):
    return _theirs(judge, pictures, paintings)[0], _losses(judge, pictures, paintings)[1]


def _joined_only(judge, pictures, paintings):
    return _losses(judge, pictures, paintings)[0], _theirs(judge, pictures, paintings)[1]


def _swapped(judge, pictures, paintings):
    return _losses(judge, paintings, pictures)


@exercise(
    "14.bug",
    difficulty=3,
    minutes=12,
    solution=_losses,
    hints=[
        "Both values are right. Ask of each loss whose weights it may move: the judge's loss the judge's alone.",
        "`.detach()` cuts the gradient. Which of the two losses must reach the artist, and which must not?",
        "The judge's loss takes paintings.detach(), the artist's takes paintings as they are.",
    ],
    wrong=[
        (_theirs, "no gradient"),
        (_cut_only, "judge's loss reaches the artist"),
        (_joined_only, "no gradient"),
        (_swapped, "value"),
        (lambda judge, pictures, paintings: _losses(judge, pictures, paintings)[0], "two losses"),
    ],
    praise="Two players, two losses, and each moves only its own weights.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(3):
        n, values, inputs = (int(v) for v in t.rng.permutation([3, 5, 7]))
        weight = torch.from_numpy(t.rng.normal(size=values)).float()
        artist = torch.from_numpy(t.rng.normal(size=(inputs, values))).float().requires_grad_(True)
        pictures, noise = (torch.from_numpy(t.rng.normal(size=(n, k))).float() for k in (values, inputs))

        def judge(x, weight=weight):
            return x @ weight

        got = answer(judge, pictures, noise @ artist)
        t.true(isinstance(got, (tuple, list)) and len(got) == 2, "Return two losses: the judge's, then the artist's.")
        wanted = _losses(judge, pictures, noise @ artist)
        for mine, true, name in zip(got, wanted, ("judge's", "artist's"), strict=True):
            t.true(isinstance(mine, torch.Tensor), f"The {name} loss should be a tensor with one number.")
            t.true(
                torch.allclose(mine.detach(), true.detach(), atol=1e-5),
                f"The value of the {name} loss is off; their values were right, only the gradients were not.",
            )
        t.true(
            got[1].requires_grad,
            "The artist's loss has no gradient for the artist, who would never learn: do not cut its paintings off.",
        )
        t.true(
            not got[0].requires_grad,
            "The judge's loss reaches the artist, who would learn to be caught. Cut the paintings off there.",
        )
