"""Exercises of notebook 01: softmax by rows, entropy, a loss with two bugs, and how many questions a test needs."""

import math

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise
from fmcourse.prompting import interval


def _row_softmax(logits):
    powers = (logits - logits.max(1, keepdim=True).values).exp()
    return powers / powers.sum(1, keepdim=True)


def _unsafe(logits):
    return logits.exp() / logits.exp().sum(1, keepdim=True)


def _one_maximum(logits):  # subtracts the largest logit of the whole tensor: rows far below it become 0 / 0
    powers = (logits - logits.max()).exp()
    return powers / powers.sum(1, keepdim=True)


@exercise(
    "01.softmax",
    difficulty=1,
    minutes=4,
    solution=_row_softmax,
    hints=[
        "`logits.max(1, keepdim=True).values` has shape (rows, 1): the largest logit of each row.",
        "Subtract it, then `.exp()`; divide by `.sum(1, keepdim=True)`.",
        "powers = (logits - logits.max(1, keepdim=True).values).exp(), then "
        "return powers / powers.sum(1, keepdim=True)",
    ],
    wrong=[
        (lambda logits: logits.softmax(0), "columns"),
        (_unsafe, "largest logit"),
        (_one_maximum, "each row"),
        (lambda logits: logits.exp(), "add up to 1"),
        (lambda logits: logits.log_softmax(1), "log"),
    ],
    praise="Safe for any size: this is what every library does.",
)
def _(answer, t):
    t.function(answer, 1)
    for _ in range(3):
        shape = (int(t.rng.integers(2, 5)), int(t.rng.integers(5, 9)))  # never square
        logits = torch.from_numpy(t.rng.normal(size=shape)) * 3
        got = answer(logits.clone())
        t.shape(got, shape, "The result")
        got = torch.as_tensor(got)
        rows, columns = got.sum(1), got.sum(0)
        t.true(
            not torch.allclose(columns, torch.ones_like(columns)),
            "Your columns add up to 1; the rows should. Sum over axis 1.",
        )
        t.true(bool((got >= 0).all()), "Probabilities are never negative. Did you return the log?")
        t.true(
            torch.allclose(rows, torch.ones_like(rows)),
            f"Each row should add up to 1; your first row adds up to {float(rows[0]):.3g}. Divide by the row's sum.",
        )
        t.close(got, logits.softmax(1), what="The softmax")
    far = torch.tensor([[1000.0, 1001.0, 999.0], [-3000.0, -3001.0, -3002.0]])
    got = answer(far.clone())
    t.true(
        not bool(torch.isnan(got[0]).any()),
        "With logits near 1,000 the result is nan. Subtract the largest logit first.",
    )
    t.true(
        not bool(torch.isnan(got[1]).any()),
        "A row whose logits lie near -3,000 gives nan. Subtract the largest "
        "logit of each row, not that of the whole tensor.",
    )
    t.close(got, far.softmax(1), what="The softmax of large logits")


def _mean_price(chances):
    return -sum(p * math.log(p) for p in chances if p > 0)


def _no_zero(chances):
    return -sum(p * math.log(p) for p in chances)


@exercise(
    "01.entropy",
    difficulty=2,
    minutes=5,
    solution=_mean_price,
    hints=[
        "Each outcome of probability p has the price -math.log(p), and it is due with probability p.",
        "Leave out every p that is 0: the logarithm of 0 does not exist.",
        "return -sum(p * math.log(p) for p in chances if p > 0)",
    ],
    wrong=[
        (lambda chances: -sum(p * math.log2(p) for p in chances if p > 0), "bits"),
        (lambda chances: sum(p * math.log(p) for p in chances if p > 0), "minus"),
        (lambda chances: -sum(math.log(p) for p in chances if p > 0) / len(chances), "how often"),
        (_no_zero, "never happens"),
        (lambda chances: math.log(len(chances)), "equally likely"),
    ],
    praise="Zero for what is certain, log n for n equal chances: the floor of any reader.",
)
def _(answer, t):
    t.function(answer, 1)
    got = t.number(answer([0.5, 0.25, 0.25]), "The entropy of [0.5, 0.25, 0.25]")
    t.true(abs(got - 1.5) > 1e-6, "That is the entropy in bits. For nats use the natural logarithm, math.log.")
    t.true(got > 0, "An entropy is never negative. Is the minus sign missing?")
    t.true(abs(got - math.log(3)) > 1e-6, "That is the entropy of three equally likely outcomes; here they are not.")
    alike = -(math.log(0.5) + 2 * math.log(0.25)) / 3
    t.true(abs(got - alike) > 1e-6, "You average all prices alike. Weigh each by how often it is due: its probability.")
    t.close(got, 1.5 * math.log(2), what="The entropy of [0.5, 0.25, 0.25]")
    for _ in range(4):
        chances = [float(p) for p in t.rng.dirichlet([1.0] * int(t.rng.integers(3, 8)))]
        t.close(answer(list(chances)), _mean_price(chances), what=f"The entropy of {len(chances)} random probabilities")
    try:
        got = answer([0.0, 1.0])
    except ValueError:
        t.fail("With [0.0, 1.0] your code takes the logarithm of 0. What never happens costs nothing: leave it out.")
    t.close(got, 0.0, what="The entropy of [0.0, 1.0], where one outcome never happens")


def _prices(logits, targets, axis=-1):
    return -logits.log_softmax(axis).gather(-1, targets[..., None])[..., 0]


def _log_afterwards(logits, targets, real):  # infinite where softmax rounds to 0
    return -logits.softmax(-1).gather(-1, targets[..., None])[..., 0].log()[real].mean()


def _mended(logits, targets, real):
    return _prices(logits, targets)[real].mean()


@exercise(
    "01.bug-hunt",
    difficulty=2,
    minutes=8,
    solution=_mended,
    hints=[
        "Which axis of (B, T, V) holds the words that compete with one another? Their probabilities should "
        "add up to 1.",
        "Use `softmax(-1)`. Then look at the mean: how many places does it run over, and how many are real?",
        "`log_softmax(-1)` gives all log-probabilities; end with `return prices[real].mean()`.",
    ],
    wrong=[
        (lambda logits, y, real: _prices(logits, y, 1).mean(), "words"),
        (lambda logits, y, real: _prices(logits, y, 1)[real].mean(), "words"),
        (lambda logits, y, real: _prices(logits, y).mean(), "padding"),
        (lambda logits, y, real: (_prices(logits, y) * real).mean(), "divides"),
        (lambda logits, y, real: ((_prices(logits, y) * real).sum(1) / real.sum(1)).mean(), "sentence"),
        (lambda logits, y, real: _prices(logits, y)[real].sum(), "sum"),
        (_log_afterwards, "infinite"),
    ],
    praise="Both bugs run without an error. That is why they live long in real projects.",
)
def _(answer, t):
    t.function(answer, 3)
    zeros = torch.zeros(2, 5, 7), torch.zeros(2, 5, dtype=torch.long), torch.ones(2, 5, dtype=torch.bool)
    got = t.number(answer(*zeros), "The loss with all logits equal")
    t.true(
        abs(got - math.log(5)) > 1e-4,
        "With all logits equal you get log 5: the 5 places compete. The 7 words of a place should.",
    )
    t.true(abs(got - 10 * math.log(7)) > 1e-3, "That is the sum of all prices. Divide by the number of real tokens.")
    t.close(got, math.log(7), 1e-5, what="The loss with all logits equal")
    for _ in range(3):
        B, T, V = 3, int(t.rng.integers(5, 8)), 11
        logits = torch.from_numpy(t.rng.normal(size=(B, T, V)))
        targets = torch.from_numpy(t.rng.integers(0, V, size=(B, T)))
        real = torch.arange(T) < torch.tensor([T, 2, 3])[:, None]
        prices = torch.nn.functional.cross_entropy(logits.mT, targets, reduction="none")
        got = t.number(answer(logits, targets, real), "The loss")
        slips = {
            "Your mean still counts the padding.": prices.mean(),
            "The padding costs nothing now, but your mean still divides by all places. Divide by the number of "
            "real tokens.": (prices * real).mean(),
            "You average each sentence, then the sentences. Every real token should count the same.": (
                (prices * real).sum(1) / real.sum(1)
            ).mean(),
        }
        for sentence, value in slips.items():
            t.true(abs(got - float(value)) > 1e-9, sentence)
        t.close(got, prices[real].mean(), what="The loss")
    far = torch.tensor([[[0.0, 1000.0, 0.0]]])
    got = torch.as_tensor(answer(far, torch.tensor([[0]]), torch.tensor([[True]])))
    t.true(
        bool(torch.isfinite(got).all()),
        "For a target whose logit lies 1,000 behind, your loss is infinite or nan. Take `log_softmax`, "
        "not the logarithm of a softmax: that one rounds to 0 first.",
    )
    t.close(got, 1000.0, what="The price of a logit 1,000 behind")


def _needed(share, width, factor=1.0):
    n = 10
    while True:
        low, high = interval(round(share * n), n)
        if (high - low) * factor <= width:
            return n
        n += 10


def _textbook(share, width):
    return 10 * math.ceil((2 * 1.96) ** 2 * share * (1 - share) / width**2 / 10)


@exercise(
    "01.enough",
    difficulty=3,
    minutes=8,
    solution=_needed,
    hints=[
        "Start with n = 10 and a `while True:` loop.",
        "`low, high = interval(round(share * n), n)`; if `high - low <= width`, return n; else n grows by 10.",
        "In the loop: compute low and high, `if high - low <= width: return n`, then `n += 10`.",
    ],
    wrong=[
        (lambda share, width: _needed(share, width, 0.5), "half"),
        (lambda share, width: _needed(share, width) - 10, "one step"),
        (_textbook, "textbook"),
        (lambda share, width: 100, "does not change"),
    ],
    praise="Half the width needs four times the questions: errors shrink with the square root.",
)
def _(answer, t):
    t.function(answer, 2)
    t.true(
        t.number(answer(0.9, 0.05)) != t.number(answer(0.9, 0.1)),
        "A narrower interval needs more questions; your n does not change. Let n grow until it is narrow enough.",
    )
    pairs = [(float(t.rng.uniform(0.6, 0.98)), float(t.rng.uniform(0.04, 0.12))) for _ in range(5)]
    for share, width in [(0.98, 0.05), (0.5, 0.1), *pairs]:
        got, right = t.number(answer(share, width), "n"), _needed(share, width)
        lead = f"questions_needed({share:.3g}, {width:.3g}) should be {right}"
        if got != right:
            t.true(got != _needed(share, width, 0.5), f"{lead}; yours compares half the width. Take high minus low.")
            t.true(abs(got - right) != 10, f"{lead}; yours is one step of 10 away. Return the first n that will do.")
            t.true(got != _textbook(share, width), f"{lead}; yours follows the textbook formula. Use `interval`.")
        t.equal(got, right, f"questions_needed({share:.3g}, {width:.3g})")
