"""Exercises of notebook 21: counting a ledger, luck among many claims, an interval over units, an exam that chose."""

from collections import Counter
from math import comb

from fmcourse.classroom.exercise import exercise
from fmcourse.prompting.scoring import interval


def _tally(rows):
    return dict(Counter((row["tier"], row["verdict"]) for row in rows if row["verdict"] != "not measured"))


def _tally_open(rows):
    return dict(Counter((row["tier"], row["verdict"]) for row in rows))


def _tally_turned(rows):
    return dict(Counter((row["verdict"], row["tier"]) for row in rows if row["verdict"] != "not measured"))


def _tally_verdict(rows):
    return dict(Counter(row["verdict"] for row in rows if row["verdict"] != "not measured"))


@exercise(
    "21.tally",
    difficulty=1,
    minutes=5,
    solution=_tally,
    hints=[
        "A key may be a pair: `(row['tier'], row['verdict'])`.",
        "`collections.Counter` counts; leave out rows whose verdict is 'not measured'.",
        "dict(Counter((r['tier'], r['verdict']) for r in rows if r['verdict'] != 'not measured'))",
    ],
    wrong=[(_tally_open, "not measured"), (_tally_turned, "tier first"), (_tally_verdict, "pair")],
    praise="A ledger in one line.",
)
def _(answer, t):
    t.function(answer, 1)
    words = ("holds", "does not hold", "not measured")
    for _ in range(4):
        rows = [
            {"tier": str(t.rng.choice(("live", "recorded"))), "verdict": str(t.rng.choice(words))}
            for _ in range(int(t.rng.integers(9, 30)))
        ]
        rows += [{"tier": "live", "verdict": "holds"}, {"tier": "", "verdict": "not measured"}]
        got, expected = answer(rows), _tally(rows)
        t.true(isinstance(got, dict), "Return a dictionary: (tier, verdict) -> how many.")
        keys = list(got)
        t.true(all(isinstance(k, tuple) and len(k) == 2 for k in keys), "Each key is a pair: (tier, verdict).")
        t.true(not any(k[0] in words[:2] for k in keys), "In each pair the tier first, then the verdict.")
        t.true(not any("not measured" in k for k in keys), "Rows that are 'not measured' do not count.")
        t.equal(got, expected, "The counts")


def _lucky(claims, p, draws, needed):
    return claims * sum(comb(draws, k) * p**k * (1 - p) ** (draws - k) for k in range(needed, draws + 1))


def _lucky_exact(claims, p, draws, needed):
    return claims * comb(draws, needed) * p**needed * (1 - p) ** (draws - needed)


def _lucky_order(claims, p, draws, needed):
    return claims * sum(p**k * (1 - p) ** (draws - k) for k in range(needed, draws + 1))


def _lucky_one(claims, p, draws, needed):
    return _lucky(1, p, draws, needed)


@exercise(
    "21.lucky",
    difficulty=2,
    minutes=8,
    solution=_lucky,
    hints=[
        "One claim passes when k of the draws come out well, for k = needed, needed + 1, up to all of them.",
        "`math.comb(draws, k) * p**k * (1 - p)**(draws - k)` is the chance of exactly k.",
        "claims * sum(comb(draws, k) * p**k * (1-p)**(draws-k) for k in range(needed, draws + 1))",
    ],
    wrong=[(_lucky_exact, "or more"), (_lucky_order, "order"), (_lucky_one, "all claims")],
    praise="Now you know how many passes luck alone would give.",
)
def _(answer, t):
    t.function(answer, 4)
    for _ in range(5):
        claims, draws = int(t.rng.integers(5, 60)), int(t.rng.integers(3, 12))
        needed, p = int(t.rng.integers(1, draws)), float(t.rng.uniform(0.2, 0.8))
        got, expected = t.number(answer(claims, p, draws, needed), "The result"), _lucky(claims, p, draws, needed)
        t.true(
            abs(got - expected / claims) > 1e-9 or claims == 1, "Give the number among all claims, not for one alone."
        )
        t.true(
            abs(got - _lucky_exact(claims, p, draws, needed)) > 1e-9,
            f"`needed` draws or more: also {draws} of {draws} passes. Add up over k.",
        )
        t.true(
            abs(got - _lucky_order(claims, p, draws, needed)) > 1e-9,
            "k successes can come in any order: `math.comb(draws, k)` orders for each k.",
        )
        t.close(got, expected, tol=1e-9, what="The expected number that pass")
    t.close(answer(20, 0.05, 1, 1), 1.0, what="Of 20 claims at p = 0.05, one look each, the number that pass")


def _over_units(right, units):
    parts = {}
    for r, u in zip(right, units, strict=True):
        parts.setdefault(u, []).append(r)
    share = sum(sum(p) / len(p) for p in parts.values()) / len(parts)
    return share, interval(share * len(parts), len(parts))


def _over_items(right, units):
    share = sum(right) / len(right)
    return share, interval(sum(right), len(right))


def _items_units(right, units):
    share, n = sum(right) / len(right), len(set(units))
    return share, interval(share * n, n)


def _units_items(right, units):
    share, _ = _over_units(right, units)
    return share, interval(share * len(right), len(right))


@exercise(
    "21.units",
    difficulty=2,
    minutes=8,
    solution=_over_units,
    hints=[
        "First one share for each unit, then the mean of those.",
        "With n units: `interval(share * n, n)` from `fmcourse.prompting`.",
        "parts = {}; for r, u in zip(right, units): parts.setdefault(u, []).append(r); then the mean of the means",
    ],
    wrong=[(_over_items, "units"), (_items_units, "each unit"), (_units_items, "number of units")],
    praise="An interval that does not count one noun twelve times.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        n = int(t.rng.integers(4, 9))
        units = [f"u{i}" for i in range(n) for _ in range(int(t.rng.integers(1, 7)))] + ["u0"] * 5
        right = [bool(x) for x in t.rng.random(len(units)) < 0.6] + []
        right[-5:] = [True] * 5
        got = t.items(answer(right, units), "The result")
        t.true(len(got) == 2, "Return two things: the share, and (low, high).")
        share, (low, high) = _over_units(right, units)
        plain = sum(right) / len(right)
        bounds = t.items(got[1], "The interval")
        wide = abs(bounds[0] - interval(plain * len(right), len(right))[0]) < 1e-9
        t.true(not wide, "Count units, not items: the interval is over what is independent.")
        t.true(
            abs(got[0] - plain) > 1e-9 or abs(share - plain) < 1e-9,
            "Take the share within each unit first, then the mean over units: a unit with many items counts once.",
        )
        t.close(got[0], share, what="The share")
        t.close(bounds, [low, high], what="The interval; mind that n is the number of units, and it")


def _honest(ways, practice, exam):
    def score(way, items):
        return sum(way(q) == a for q, a in items) / len(items)

    best = max(ways, key=lambda name: score(ways[name], practice))
    return best, score(ways[best], exam)


def _exam_chose(ways, practice, exam):
    best = max(ways, key=lambda name: sum(ways[name](q) == a for q, a in exam))
    return best, sum(ways[best](q) == a for q, a in exam) / len(exam)


def _practice_told(ways, practice, exam):
    best, _ = _honest(ways, practice, exam)
    return best, sum(ways[best](q) == a for q, a in practice) / len(practice)


def _both_chose(ways, practice, exam):
    best = max(ways, key=lambda name: sum(ways[name](q) == a for q, a in practice + exam))
    return best, sum(ways[best](q) == a for q, a in exam) / len(exam)


@exercise(
    "21.bug",
    difficulty=2,
    minutes=8,
    solution=_honest,
    hints=[
        "Run their function on two ways that toss coins. Is the score near one half?",
        "Which items choose, and which items score? They must not be the same.",
        "best = max(ways, key=score on practice); return best, score of best on exam",
    ],
    wrong=[(_exam_chose, "exam"), (_practice_told, "practice"), (_both_chose, "exam")],
    praise="The exam has one use: a score for what was chosen without it.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(4):
        n = int(t.rng.integers(8, 14))
        practice, exam = ([(f"{part}{i}", "x") for i in range(n)] for part in "pe")
        good_practice, good_exam = set(q for q, _ in practice[: n // 2]), set(q for q, _ in exam[: n // 3])
        ways = {
            "lucky in the exam": lambda q: "x" if q.startswith("e") or q == "p0" else "y",
            "steady": lambda q, a=good_practice, b=good_exam: "x" if q in a | b else "y",
        }
        got = t.items(answer(ways, list(practice), list(exam)), "The result")
        t.true(len(got) == 2, "Return two things: the name of the chosen way, and its score.")
        t.true(got[0] == "steady", "Yours lets the exam take part in the choice; only the practice items may choose.")
        wrong = abs(got[1] - len(good_practice) / n) < 1e-9
        t.true(not wrong, "Yours tells the score on the practice items, which chose; the exam's is asked for.")
        t.close(got[1], len(good_exam) / n, what="The score on the exam")
