"""Questions whose answer is one number, or a few: counts, shares, prices."""

from fmcourse.teaching.varied import Tensor, varied


def _list(rng, n, low=0.0, high=1.0, digits=2):
    return [round(rng.uniform(low, high), digits) for _ in range(n)]


@varied("00.mean")
def _(rng):
    return {"values": _list(rng, 12, -50, 50)}


@varied("01.entropy")
def _(rng):
    cuts = sorted(rng.sample(range(1, 1000), 5))
    shares = [(b - a) / 1000 for a, b in zip([0, *cuts], [*cuts, 1000], strict=True)]
    return {"chances": [*shares, 0.0]}


@varied("01.enough")
def _(rng):
    return {"share": rng.randint(55, 95) / 100, "width": rng.randint(20, 80) / 1000}


@varied("02.flops")
def _(rng):
    return {"parameters": rng.randint(100, 9000) * 10_000, "tokens": rng.randint(100, 9000) * 1_000_000}


@varied("02.even")
def _(rng):
    adapting = rng.randint(10, 200)
    return {"pretraining": rng.randint(10_000, 90_000), "adapting": adapting, "narrow": adapting + rng.randint(7, 99)}


@varied("05.ceiling")
def _(rng):
    return {"names": [word for word in ("sky", "roof", "tree", "wall", "sea") for _ in range(rng.randint(1, 4))]}


@varied("07.count")
def _(rng):
    width = 16 * rng.randint(4, 40)
    return {"vocab": 64 * rng.randint(20, 400), "width": width, "layers": rng.randint(2, 24), "inner": 3 * width}


@varied("08.f1")
def _(rng):
    true = [int(rng.random() < 0.5) for _ in range(60)]
    return {"fires": [t if rng.random() < 0.7 else 1 - t for t in true], "true": true}


@varied("09.hours")
def _(rng):
    return {"parameters": rng.randint(10, 900) * 10**7, "tokens": rng.randint(10, 900) * 10**9,
            "per_second": rng.randint(10, 990) * 10**13}  # fmt: skip


@varied("10.numbers")
def _(rng):
    return {"shapes": [(32 * rng.randint(2, 40), 32 * rng.randint(2, 40)) for _ in range(6)],
            "rank": rng.choice([2, 4, 8, 16])}  # fmt: skip


@varied("10.difference")
def _(rng):
    return {"first": [rng.random() < 0.8 for _ in range(50)], "second": [rng.random() < 0.6 for _ in range(50)]}


@varied("12.choice")
def _(rng):
    return {"chosen": Tensor(_list(rng, 9, -2, 4)), "rejected": Tensor(_list(rng, 9, -4, 2))}


@varied("13.tries")
def _(rng):
    n = rng.randint(30, 90)
    return {"n": n, "right": rng.randint(2, 9), "k": rng.randint(3, 12)}


@varied("15.variation")
def _(rng):
    counts = {value: rng.randint(1, 40) for value in "abcde"}
    return {"counts": counts, "shares": dict.fromkeys("abcdef", 1 / 6) | {"a": 0.25, "f": 1 / 12}}


@varied("17.errors")
def _(rng):
    said = rng.choices(["red", "green", "blue", "gold"], k=40)
    found = [w if rng.random() < 0.6 else rng.choice(["red", "green", "grey"]) for w in said if rng.random() < 0.8]
    return {"found": found, "said": said}


@varied("18.bug")
def _(rng):
    right = [set(rng.sample(range(30), rng.randint(1, 5))) for _ in range(8)]
    return {"found": [rng.sample(range(30), 12) for _ in right], "right": right}


@varied("19.passk")
def _(rng):
    return {"rows": [(n := rng.randint(12, 30), rng.randint(0, n // 2)) for _ in range(7)], "k": rng.randint(2, 6)}


@varied("20.sharpen")
def _(rng):
    return {"share": rng.randint(52, 97) / 100, "temperature": rng.randint(20, 90) / 100}


@varied("20.bar")
def _(rng):
    # The eight surest answers are right, so that there is a bar.
    p = sorted(rng.sample(range(300, 1000), 30))
    return {"p": [v / 1000 for v in p], "right": [i >= 22 or rng.random() < 0.6 for i in range(30)], "risk": 0.15}


@varied("21.lucky")
def _(rng):
    return {"claims": rng.randint(80, 300), "p": rng.randint(30, 70) / 100, "draws": 10, "needed": rng.randint(6, 9)}


@varied("21.units")
def _(rng):
    return {"right": [rng.random() < 0.7 for _ in range(40)], "units": [rng.choice("abcdefgh") for _ in range(40)]}
