"""Exercises of notebook 10: what LoRA trains, what it computes, a paired difference, and a split that leaks."""

import math
import random

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise
from fmcourse.tasks.label_tasks import Example


def _numbers(shapes, rank):
    return sum(rank * (out + into) for out, into in shapes)


@exercise(
    "10.numbers",
    difficulty=1,
    minutes=4,
    solution=_numbers,
    hints=[
        "Beside a matrix (out, in) stand two thin ones: A with `rank` rows of `in` numbers, and B with `out` "
        "rows of `rank` numbers.",
        "Together they hold rank * in + out * rank numbers. The big matrix is frozen and does not count.",
        "return sum(rank * (out + into) for out, into in shapes)",
    ],
    wrong=[
        (lambda shapes, rank: sum(out * into for out, into in shapes), "frozen"),
        (lambda shapes, rank: sum(rank * into for _, into in shapes), "A alone"),
        (lambda shapes, rank: sum(rank * out for out, _ in shapes), "B alone"),
        (lambda shapes, rank: rank * (shapes[0][0] + shapes[0][1]), "every matrix"),
    ],
    praise="Sums where full fine-tuning has products: that is why the saving grows with the width of a model.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(6):
        shapes = [(int(a), int(b)) for a, b in t.rng.integers(20, 300, size=(t.rng.integers(2, 7), 2))]
        rank = int(t.rng.integers(1, 9))
        got, right = answer(shapes, rank), _numbers(shapes, rank)
        t.true(got != sum(a * b for a, b in shapes), "The matrices are frozen; count what stands beside them.")
        t.true(got != rank * sum(b for _, b in shapes), "That is A alone; B has `rank` numbers for each of `out` rows.")
        t.true(got != rank * sum(a for a, _ in shapes), "That is B alone; A has `in` numbers in each of `rank` rows.")
        t.true(got != rank * sum(shapes[0]), "Count every matrix of the list, not only the first.")
        t.equal(got, right, f"With rank {rank} beside {shapes}, the count")


def _output(x, W, A, B, alpha):
    return x @ W.T + alpha / A.shape[0] * (x @ A.T @ B.T)


def _output_in_place(x, W, A, B, alpha):
    W += alpha / A.shape[0] * B @ A
    return x @ W.T


@exercise(
    "10.lora",
    difficulty=2,
    minutes=8,
    solution=_output,
    hints=[
        "What the matrix says is `x @ W.T`. Beside it: x goes through A first, then through B.",
        "`x @ A.T` has shape (..., rank); `(x @ A.T) @ B.T` has shape (..., out). The scale is alpha / rank, "
        "and the rank is `A.shape[0]`.",
        "return x @ W.T + alpha / A.shape[0] * (x @ A.T @ B.T)",
    ],
    wrong=[
        (lambda x, W, A, B, alpha: x @ W.T + x @ A.T @ B.T, "alpha / rank"),
        (lambda x, W, A, B, alpha: x @ W.T + alpha * (x @ A.T @ B.T), "alpha / rank"),
        (lambda x, W, A, B, alpha: alpha / A.shape[0] * (x @ A.T @ B.T), "beside"),
        (lambda x, W, A, B, alpha: x @ W.T, "nothing of A and B"),
        (_output_in_place, "changed `W`"),
    ],
    praise="The large product B A was never formed: two thin products are cheaper, and W stays untouched.",
)
def _(answer, t):
    t.function(answer, 5)
    for _ in range(5):
        out, into, rank = (int(n) for n in (t.rng.integers(9, 17), t.rng.integers(18, 27), t.rng.integers(2, 6)))
        x, W, A, B = (
            torch.from_numpy(t.rng.normal(size=size)) for size in ((3, 5, into), (out, into), (rank, into), (out, rank))
        )
        alpha = float(t.rng.uniform(3, 12))
        right, change = _output(x, W, A, B, alpha), x @ A.T @ B.T
        got = answer(x, W, A, B, alpha)
        t.shape(got, tuple(right.shape), "The output")
        for other, says in (
            (x @ W.T, "Yours has nothing of A and B in it."),
            (right - x @ W.T, "The correction stands beside the matrix: add `x @ W.T`."),
            (x @ W.T + change, "Scale the correction by alpha / rank."),
            (x @ W.T + alpha * change, "Scale the correction by alpha / rank, not by alpha."),
        ):
            t.true(not torch.allclose(torch.as_tensor(got), other), says)
        t.close(got, right, 1e-6, "The output")


def _difference(first, second):
    d = [a - b for a, b in zip(first, second, strict=True)]
    mean = sum(d) / len(d)
    return mean, math.sqrt(sum((x - mean) ** 2 for x in d) / len(d) / len(d))


def _unpaired(first, second):
    a, b, n = sum(first) / len(first), sum(second) / len(second), len(first)
    return a - b, math.sqrt((a * (1 - a) + b * (1 - b)) / n)


def _spread(first, second):
    mean, error = _difference(first, second)
    return mean, error * math.sqrt(len(first))


@exercise(
    "10.difference",
    difficulty=2,
    minutes=8,
    solution=_difference,
    hints=[
        "Take the difference item by item: +1 where only the first is right, -1 where only the second is, else 0.",
        "The mean of these differences is the gain. Its standard error is their standard deviation / sqrt(n).",
        "d = [a - b for a, b in zip(first, second)]; mean = sum(d) / n; "
        "error = sqrt(sum((x - mean) ** 2 for x in d) / n / n)",
    ],
    wrong=[
        (_unpaired, "item by item"),
        (_spread, "sqrt(n)"),
        (lambda a, b: (_difference(b, a)[0], _difference(b, a)[1]), "first minus second"),
        (lambda a, b: _difference(a, b)[0], "two numbers"),
    ],
    praise="What is hard for both methods has dropped out; only the items on which they differ are left.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(6):
        n = int(t.rng.integers(300, 900))
        hard = t.rng.uniform(size=n)
        first, second = (
            [bool(b) for b in hard + t.rng.normal(size=n) * 0.12 > level] for level in t.rng.permutation([0.2, 0.35])
        )
        got, (mean, error) = answer(first, second), _difference(first, second)
        t.true(isinstance(got, (tuple, list)) and len(got) == 2, "Return two numbers: the mean and its standard error.")
        t.true(abs(got[0] + mean) > 1e-9, "Take first minus second; yours is the other way round.")
        t.close(got[0], mean, what="The mean difference")
        for other, says in (
            (
                _unpaired(first, second)[1],
                "Yours treats the two as different items. Take differences item by item: the same texts were asked.",
            ),
            (
                _spread(first, second)[1],
                "That is the spread of single items; the error of their mean is smaller by sqrt(n).",
            ),
        ):
            t.true(abs(got[1] - other) > 0.02 * other, says)
        t.close(got[1], error, 2 * error / n, "The standard error")  # dividing by n - 1 is as good


def _split(examples, share, seed):
    words = sorted({w for e in examples for w in e.words})
    left = set(random.Random(seed).sample(words, round(share * len(words))))
    return [e for e in examples if set(e.words) <= left], [e for e in examples if not set(e.words) & left]


def _split_examples(examples, share, seed):
    mixed = random.Random(seed).sample(examples, len(examples))
    return mixed[: round(share * len(mixed))], mixed[round(share * len(mixed)) :]


def _split_first(examples, share, seed):
    words = sorted({e.words[0] for e in examples})
    left = set(random.Random(seed).sample(words, round(share * len(words))))
    return [e for e in examples if e.words[0] in left], [e for e in examples if e.words[0] not in left]


def _split_rest(examples, share, seed):
    labelled, _ = _split(examples, share, seed)
    return labelled, [e for e in examples if e not in labelled]


def _split_same(examples, share, seed):
    return _split(examples, share, 0)


def _split_thin(examples, share, seed):
    labelled, tested = _split(examples, share, seed)
    return labelled[::2], tested


@exercise(
    "10.split",
    difficulty=3,
    minutes=12,
    solution=_split,
    hints=[
        "Split words, not examples: collect all words of all examples, and draw `share` of them with "
        "`random.Random(seed).sample(sorted(words), k)`.",
        "An example belongs to the labelled side when *all* its words are drawn, and to the test side when "
        "*none* is. One with a word on each side belongs nowhere.",
        "labelled: set(e.words) <= drawn; tested: not set(e.words) & drawn",
    ],
    wrong=[
        (_split_examples, "on both sides"),
        (_split_first, "on both sides"),
        (_split_rest, "on both sides"),
        (_split_same, "seed"),
        (_split_thin, "left out"),
    ],
    praise="Now a good score means something: no word of the test was ever in a labelled example.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(4):
        names = [f"w{i}" for i in t.rng.permutation(40)]
        examples = []
        for i in range(int(t.rng.integers(200, 260))):
            some = tuple(str(w) for w in t.rng.choice(names, size=int(t.rng.integers(1, 3)), replace=False))
            examples.append(Example(f"{i}: {' and '.join(some)}", "yes" if t.rng.random() < 0.5 else "no", some))
        share, seed = float(t.rng.uniform(0.4, 0.7)), int(t.rng.integers(10**6))
        got = answer(list(examples), share, seed)
        t.true(isinstance(got, (tuple, list)) and len(got) == 2, "Return two lists: labelled and test examples.")
        labelled, tested = (t.items(part, "Each of the two lists") for part in got)
        left, right = ({w for e in part for w in e.words} for part in (labelled, tested))
        both = sorted(left & right)
        t.true(not both, f"The word {both[0] if both else ''!r} stands on both sides: labelled and test.")
        for part, own in ((labelled, left), (tested, right)):
            whole = sum(set(e.words) <= own for e in examples)
            t.true(len(part) == whole, f"{whole - len(part)} examples with all words on one side were left out.")
        t.true(
            abs(len(left) / (len(left) + len(right)) - share) < 0.15,
            f"About {share:.0%} of the words should be on the labelled side; yours has {len(left)} of "
            f"{len(left) + len(right)}.",
        )
        again = answer(list(examples), share, seed)
        t.true([e.text for e in again[0]] == [e.text for e in labelled], "The same seed should give the same split.")
        other = answer(list(examples), share, seed + 1)
        t.true([e.text for e in other[0]] != [e.text for e in labelled], "Another seed should give another split.")
