"""Questions whose answer is a list or a table: tokens, weights, rankings."""

from fmcourse.teaching.varied import Tensor, varied


def _table(rng, rows, columns, low=-3.0, high=3.0):
    return Tensor([[round(rng.uniform(low, high), 2) for _ in range(columns)] for _ in range(rows)])


def _row(rng, n, low=-3.0, high=3.0):
    return Tensor([round(rng.uniform(low, high), 2) for _ in range(n)])


@varied("01.softmax")
def _(rng):
    return {"logits": _table(rng, 3, 4)}


@varied("03.merge")
def _(rng):
    return {"ids": rng.choices([1, 2, 3], k=40), "pair": tuple(rng.choices([1, 2, 3], k=2)), "new": 4}


@varied("03.rotary")
def _(rng):
    return {"q": (rng.randint(-9, 9) / 2, rng.randint(1, 9)), "k": (rng.randint(1, 9), rng.randint(-9, 9) / 2),
            "m": rng.randint(20, 90), "n": rng.randint(1, 19), "theta": rng.randint(5, 95) / 100}  # fmt: skip


@varied("04.limit")
def _(rng):
    triples = [(a, b, c) for a in ("the", "a") for b in ("cat", "dog", "fox", "owl") for c in ("eats", "sits", "runs")]
    return {"sentences": rng.sample(triples, rng.randint(9, 17)), "place": rng.randint(0, 2)}


@varied("04.whole-words")
def _(rng):
    words, word = [-1], 0
    while len(words) < 30:
        words += [word] * rng.randint(1, 4)
        word += 1
    words.append(-1)
    return {"chosen": Tensor([rng.random() < 0.2 for _ in words]), "word_of": Tensor(words)}


@varied("06.weights")
def _(rng):
    return {"q": _row(rng, 4), "keys": _table(rng, 5, 4)}


@varied("08.induction")
def _(rng):
    return {"ids": [rng.randint(1, 9) for _ in range(25)]}


@varied("09.rows")
def _(rng):
    return {"weight": _table(rng, 4, 5), "bits": rng.randint(3, 4)}


@varied("11.nucleus")
def _(rng):
    cuts = sorted(rng.sample(range(1, 1000), 7))
    shares = [(b - a) / 1000 for a, b in zip([0, *cuts], [*cuts, 1000], strict=True)]
    return {"p": Tensor(shares), "top_p": rng.randint(500, 900) / 1000 + 0.0003}  # never exactly at a sum


@varied("12.advantages")
def _(rng):
    return {"rewards": _table(rng, 3, 5, 0, 9)}


@varied("13.advantages")
def _(rng):
    return {"rewards": _table(rng, 3, 5, 0, 9)}


@varied("14.rate")
def _(rng):
    return {"mean": _table(rng, 4, 3), "log_variance": _table(rng, 4, 3, -2, 1)}


@varied("14.step")
def _(rng):
    return {"noisy": _row(rng, 6), "clean": _row(rng, 6), "now": rng.randint(50, 95) / 100,
            "later": rng.randint(5, 45) / 100}  # fmt: skip


@varied("15.guided")
def _(rng):
    return {"with_caption": _row(rng, 6), "without": _row(rng, 6), "w": rng.randint(15, 80) / 10}


@varied("17.collapse")
def _(rng):
    return {"steps": [rng.choice([0, 0, 1, 2, 3]) for _ in range(40)]}


@varied("18.fuse")
def _(rng):
    return {"lists": [rng.sample(range(40), 15) for _ in range(4)], "k": 8}


@varied("18.window")
def _(rng):
    return {"turns": [[rng.randint(1, 99) for _ in range(rng.randint(1, 6))] for _ in range(12)],
            "size": rng.randint(18, 30)}  # fmt: skip
