"""Exercises of notebook 08: hits of a head, where induction looks, switching heads off, an unfair comparison,
and how well a feature tells an attribute."""

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _hits(weights, links):
    return sum(int(weights[q].argmax()) == t for q, t in links) / len(links)


def _hits_columns(weights, links):
    return sum(int(weights[:, q].argmax()) == t for q, t in links) / len(links)


def _hits_weight(weights, links):
    return float(sum(weights[q, t] for q, t in links)) / len(links)


@exercise(
    "08.hits",
    difficulty=1,
    minutes=5,
    solution=_hits,
    hints=[
        "A row of `weights` belongs to the token that looks; `weights[query].argmax()` is where to.",
        "Count the links for which that place equals the target, and divide by `len(links)`.",
        "return sum(int(weights[q].argmax()) == t for q, t in links) / len(links)",
    ],
    wrong=[
        (_hits_columns, "rows"),
        (_hits_weight, "largest weight"),
        (lambda weights, links: _hits(weights, links) * len(links), "share"),
    ],
    praise="This one line scored every head of this notebook.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        n = int(t.rng.integers(5, 12))
        weights = torch.from_numpy(t.rng.random((n, n))).tril()
        weights = weights / weights.sum(1, keepdim=True)
        links = [(q, int(weights[q].argmax()) if t.rng.random() < 0.5 else q - 1) for q in range(2, n)]
        links[0] = (2, int(weights[2].argmax()))
        got, expected = t.number(answer(weights, links), "The hit rate"), _hits(weights, links)

        def like(value, got=got, expected=expected):
            return abs(got - value) < 1e-6 and abs(value - expected) > 1e-6

        t.true(not like(_hits_columns(weights, links)), "Yours reads columns; the rows belong to the tokens that look.")
        t.true(
            not like(_hits_weight(weights, links)),
            "That is the mean weight on the target; a hit is that the largest weight lies there.",
        )
        t.true(not like(expected * len(links)), "That is the number of hits; the share of the links is wanted.")
        t.close(got, expected, what="The hit rate")


def _induction(ids):
    last, out = {}, []
    for i, token in enumerate(ids):
        out.append(last[token] + 1 if token in last else -1)
        last[token] = i
    return out


def _induction_earlier(ids):
    return [x - 1 if x >= 0 else -1 for x in _induction(ids)]


def _induction_first(ids):
    first, out = {}, []
    for i, token in enumerate(ids):
        out.append(first[token] + 1 if token in first else -1)
        first.setdefault(token, i)
    return out


@exercise(
    "08.induction",
    difficulty=2,
    minutes=8,
    solution=_induction,
    hints=[
        "For each place you need the latest earlier place with the same token. A dictionary can remember it.",
        "The head looks one place further than that: at what came next, last time.",
        "Loop with `enumerate(ids)`: append `last[token] + 1` if the token is in `last`, else -1; then note "
        "`last[token] = i`.",
    ],
    wrong=[(_induction_earlier, "after"), (_induction_first, "latest"), (lambda ids: [-1] * len(ids), "seen")],
    praise="Two steps hide in your loop: remember what stood before, then look it up. Each takes a layer.",
)
def _(answer, t):
    t.function(answer, 1)
    for ids in [
        [5, 7, 9, 5, 7],
        *([int(x) for x in t.rng.integers(0, 6, size=t.rng.integers(9, 17))] * 1 for _ in range(4)),
        [1, 2, 1, 3, 1, 4],
    ]:
        got, expected = t.items(answer(list(ids))), _induction(ids)
        t.true(got != _induction_earlier(ids), "That is the earlier place itself; the head looks at the one after it.")
        t.true(
            got == expected or got != _induction_first(ids),
            "Where a token stood several times, take the latest earlier place, not the first.",
        )
        t.true(any(x >= 0 for x in got), "Nothing was found; but some of these tokens were seen before.")
        t.equal(got, expected, f"The places for {ids}")


def _silence(x, heads):
    x = x.clone()
    x[:, :, heads] = 0
    return x


def _silence_in_place(x, heads):
    x[:, :, heads] = 0
    return x


def _silence_positions(x, heads):
    x = x.clone()
    x[:, heads] = 0
    return x


@exercise(
    "08.silence",
    difficulty=2,
    minutes=6,
    solution=_silence,
    hints=[
        "Copy first, so that the given tensor stays as it is: `x = x.clone()`.",
        "The axes are (B, T, H, D). Which one counts the heads?",
        "x = x.clone(); x[:, :, heads] = 0; return x",
    ],
    wrong=[(_silence_in_place, "changed"), (_silence_positions, "third axis"), (lambda x, h: x * 0, "others")],
    praise="With a hook around it, this is the whole of head ablation.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(4):
        b, n, d = (int(v) for v in t.rng.permutation([2, 3, 5, 7])[:3])
        h = 11
        x = torch.from_numpy(t.rng.normal(size=(b, n + 9, h, d)))
        heads = sorted(int(v) for v in t.rng.choice(h, size=2, replace=False))
        got = answer(x, heads)
        t.shape(got, tuple(x.shape), "The result")
        t.true(
            not torch.equal(got, _silence_positions(x, heads)),
            "Yours silenced positions: the heads are the third axis.",
        )
        rest = [v for v in range(h) if v not in heads]
        t.true(torch.equal(got[:, :, rest], x[:, :, rest]), "The others must stay as they were.")
        t.equal(got, _silence(x, heads), "The result")


def _gap(select, test, rule):
    return float(test.flatten()[select.argmax()] - rule)


def _gap_unfair(select, test, rule):
    return float(test.max() - rule)


def _gap_select(select, test, rule):
    return float(select.max() - rule)


def _gap_no_rule(select, test, rule):
    return float(test.flatten()[select.argmax()])


@exercise(
    "08.bug",
    difficulty=3,
    minutes=8,
    solution=_gap,
    hints=[
        "Where is the head chosen, and where is it scored? These must be different documents.",
        "`select.argmax()` counts through the flattened table; `test.flatten()[...]` reads the same head.",
        "return float(test.flatten()[select.argmax()] - rule)",
    ],
    wrong=[(_gap_unfair, "luck"), (_gap_select, "second"), (_gap_no_rule, "rule of position")],
    praise="Of many heads one is always best by luck. Choosing and scoring on different documents mends that.",
)
def _(answer, t):
    t.function(answer, 3)
    for _ in range(5):
        shape = tuple(int(v) for v in t.rng.integers(3, 8, size=2))
        select, test = (torch.from_numpy(t.rng.random(shape)) for _ in range(2))
        rule, args = float(t.rng.random()), None
        select.view(-1)[int(t.rng.integers(select.numel()))] = 1.5
        best = int(select.argmax())
        test.view(-1)[(best + 1) % test.numel()] = 1.2
        args = select, test, rule
        got = t.number(answer(*args), "The gap")

        def like(wrong, got=got, args=args):
            return abs(got - wrong(*args)) < 1e-9

        t.true(
            not like(_gap_unfair),
            "That is still the best head of the test documents: chosen there, it profits from luck.",
        )
        t.true(not like(_gap_select), "The head is chosen rightly; its score must come from the second table.")
        t.true(not like(_gap_no_rule), "Subtract what the rule of position gets.")
        t.close(got, _gap(*args), what="The gap")


def _f1(fires, true):
    both = sum(a * b for a, b in zip(fires, true, strict=True))
    return 2 * both / (sum(fires) + sum(true)) if both else 0.0


def _f1_precision(fires, true):
    return sum(a * b for a, b in zip(fires, true, strict=True)) / max(1, sum(fires))


def _f1_recall(fires, true):
    return sum(a * b for a, b in zip(fires, true, strict=True)) / max(1, sum(true))


def _f1_agree(fires, true):
    return sum(a == b for a, b in zip(fires, true, strict=True)) / len(true)


@exercise(
    "08.f1",
    difficulty=2,
    minutes=6,
    solution=_f1,
    hints=[
        "Count three things: places where both are 1, firings, true places.",
        "`both = sum(a * b for a, b in zip(fires, true))`; sums of the lists give the other two.",
        "return 2 * both / (sum(fires) + sum(true)) if both else 0.0",
    ],
    wrong=[(_f1_precision, "never misses"), (_f1_recall, "in vain"), (_f1_agree, "nowhere true")],
    praise="A feature that always fires, and one that fires once, both score low now.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        n = int(t.rng.integers(9, 21))
        fires, true = ([int(v) for v in t.rng.random(n) < share] for share in (0.3, 0.5))
        fires[:3], true[:3] = [1, 1, 0], [1, 0, 1]
        got, args = t.number(answer(list(fires), list(true)), "The F1"), (fires, true)

        def like(wrong, got=got, args=args):
            return abs(got - wrong(*args)) < 1e-9 and abs(wrong(*args) - _f1(*args)) > 1e-9

        t.true(not like(_f1_precision), "That asks only whether firings are right; F1 also asks that it never misses.")
        t.true(not like(_f1_recall), "That asks only whether true places are found; F1 also punishes firing in vain.")
        t.true(not like(_f1_agree), "That also counts places where it is nowhere true and nothing fires.")
        t.close(got, _f1(*args), what="The F1")
    t.close(t.number(answer([0, 1, 0], [1, 0, 0]), "The F1"), 0.0, what="The F1 of a feature that never hits")
