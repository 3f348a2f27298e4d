"""Exercises of notebook 11: filling a template, the nucleus, a vote among valid answers, and a filter that leaks."""

import re
from collections import Counter

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _fill(template, values):
    for name in values:
        if "{" + name + "}" not in template:
            raise ValueError(f"no slot {name}")
    return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], m[0])), template)


def _fill_silent(template, values):
    return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], m[0])), template)


def _fill_twice(template, values):
    for name, value in values.items():
        if "{" + name + "}" not in template:
            raise ValueError(f"no slot {name}")
        template = template.replace("{" + name + "}", str(value))
    return template


def _fill_first(template, values):
    for name in values:
        if "{" + name + "}" not in template:
            raise ValueError(f"no slot {name}")
    return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], m[0])), template, count=1)


@exercise(
    "11.fill",
    difficulty=1,
    minutes=5,
    solution=_fill,
    hints=[
        'First see that every name has its slot: `if "{" + name + "}" not in template: raise ValueError`.',
        "Replacing one name after the other reads what was filled in again. All slots must go in one pass.",
        'return re.sub(r"\\{(\\w+)\\}", lambda m: values.get(m[1], m[0]), template)',
    ],
    wrong=[(_fill_silent, "no slot"), (_fill_twice, "one pass"), (_fill_first, "every slot")],
    praise="A template that cannot be hijacked by what is put into it.",
)
def _(answer, t):
    t.function(answer, 2)
    words = [f"w{t.rng.integers(100)}" for _ in range(5)]
    t.equal(answer("Question: {q}?", {"q": words[0]}), f"Question: {words[0]}?", "One slot, filled,")
    twice = answer("{a}, {b} and {a}", {"a": words[1], "b": words[2]})
    t.true(
        twice == f"{words[1]}, {words[2]} and {words[1]}",
        f"Fill every slot, also one that stands twice; yours: {twice!r}.",
    )
    for missing in ("no slot here", "{other}"):
        try:
            answer(missing, {"q": words[3]})
        except ValueError:
            continue
        t.fail("When a name of `values` has no slot in the template, raise ValueError; yours said nothing.")
    again = answer("{a} {b}", {"a": "{b}", "b": words[4]})
    t.true(
        again == "{b} " + words[4],
        f"What is filled in must not be read as a slot again: do all in one pass. Yours gave {again!r}.",
    )


def _nucleus(p, top_p):
    order = p.argsort(descending=True)
    before = p[order].cumsum(0) - p[order]
    out = p.clone()
    out[order[before >= top_p]] = 0
    return out / out.sum()


def _nucleus_short(p, top_p):
    order = p.argsort(descending=True)
    out = p.clone()
    out[order[p[order].cumsum(0) > top_p]] = 0
    return out / out.sum()


def _nucleus_unscaled(p, top_p):
    order = p.argsort(descending=True)
    out = p.clone()
    out[order[p[order].cumsum(0) - p[order] >= top_p]] = 0
    return out


def _nucleus_threshold(p, top_p):
    out = torch.where(p >= top_p * p.max(), p, torch.zeros_like(p))
    return out / out.sum()


def _nucleus_in_place(p, top_p):
    order = p.argsort(descending=True)
    p[order[p[order].cumsum(0) - p[order] >= top_p]] = 0
    return p / p.sum()


@exercise(
    "11.nucleus",
    difficulty=2,
    minutes=8,
    solution=_nucleus,
    hints=[
        "Sort: `order = p.argsort(descending=True)`. What do the likelier tokens reach before each one?",
        "`before = p[order].cumsum(0) - p[order]`; a token goes when `before >= top_p`.",
        "out = p.clone(); out[order[before >= top_p]] = 0; return out / out.sum()",
    ],
    wrong=[
        (_nucleus_short, "one token too few"),
        (_nucleus_unscaled, "sum to 1"),
        (_nucleus_threshold, "fewest"),
        (_nucleus_in_place, "changed"),
    ],
    praise="That is top-p, as in every library that writes text.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(6):
        n = int(t.rng.integers(7, 31))
        p = torch.from_numpy(t.rng.dirichlet([0.4] * n))
        top_p = float(t.rng.uniform(0.3, 0.95))
        expected = _nucleus(p, top_p)
        got = answer(p, top_p)
        t.shape(got, (n,), "The result")
        kept, wanted = int((torch.as_tensor(got) > 0).sum()), int((expected > 0).sum())
        t.true(kept != wanted - 1, "Yours keeps one token too few: the one that crosses `top_p` still belongs to it.")
        t.true(kept == wanted, f"The fewest tokens that reach {top_p:.2f} together are {wanted}; yours keeps {kept}.")
        t.close(float(torch.as_tensor(got).sum()), 1.0, what="The result must sum to 1, and its sum")
        t.close(got, expected, what="The result")


def _vote(answers, valid):
    votes = Counter(a for a in answers if a in valid)
    return votes.most_common(1)[0][0] if votes else None


def _vote_all(answers, valid):
    return Counter(answers).most_common(1)[0][0] if answers else None


def _vote_last(answers, valid):
    return _vote(list(reversed(answers)), valid)


def _vote_filter_after(answers, valid):
    best = Counter(answers).most_common(1)[0][0]
    return best if best in valid else None


@exercise(
    "11.vote",
    difficulty=2,
    minutes=6,
    solution=_vote,
    hints=[
        "Only valid answers vote: `[a for a in answers if a in valid]`.",
        "`Counter(...).most_common(1)` gives the most frequent; among equals, the one it met first.",
        "votes = Counter(a for a in answers if a in valid); return votes.most_common(1)[0][0] if votes else None",
    ],
    wrong=[(_vote_all, "not valid"), (_vote_last, "earliest"), (_vote_filter_after, "before")],
    praise="Self-consistency in two lines.",
)
def _(answer, t):
    t.function(answer, 2)
    t.equal(answer(["cat", "dog", "dog"], {"cat", "dog"}), "dog", "The majority of cat, dog, dog")
    junk = answer(["??", "??", "??", "dog"], {"cat", "dog"})
    t.true(junk != "??", "'??' is not valid and must not vote.")
    t.true(junk == "dog", "Drop what is not valid before you count: with '??' three times and 'dog' once, 'dog' wins.")
    t.true(answer(["??"], {"cat"}) is None, "Without a valid answer the result is None.")
    for _ in range(6):
        names = [f"a{i}" for i in range(5)]
        drawn = [str(x) for x in t.rng.choice(names, size=int(t.rng.integers(4, 12)))]
        tie = [drawn[0], "a9", drawn[0], "a9"] if t.rng.random() < 0.5 else drawn
        valid = {*names[:4], "a9"}
        got, expected = answer(list(tie), valid), _vote(tie, valid)
        t.true(
            got == expected or got != _vote_last(tie, valid),
            f"Of equally frequent answers the earliest wins; in {tie} that is {expected}.",
        )
        t.equal(got, expected, f"The vote of {tie}")


def _clean(text):
    while re.search("task:", text, re.IGNORECASE):
        text = re.sub("task:", "", text, flags=re.IGNORECASE)
    return text


def _clean_once(text):
    return re.sub("task:", "", text, flags=re.IGNORECASE)


def _clean_exact(text):
    while "Task:" in text:
        text = text.replace("Task:", "")
    return text


def _clean_lower(text):
    return _clean(text.lower())


@exercise(
    "11.bug",
    difficulty=3,
    minutes=8,
    solution=_clean,
    hints=[
        "What is left of `TaTask:sk:` when the middle is deleted?",
        "Deleting can put a new sign together. So delete again, until none is left.",
        'while re.search("task:", text, re.I): text = re.sub("task:", "", text, flags=re.I)',
    ],
    wrong=[
        (lambda text: text.replace("Task:", ""), "TaTask:sk:"),
        (_clean_once, "TaTask:sk:"),
        (_clean_exact, "capital"),
        (_clean_lower, "stay"),
        (lambda text: "", "stay"),
    ],
    praise="Now no mixture of this sign passes. Another sign still does: no filter ends the game.",
)
def _(answer, t):
    t.function(answer, 1)
    t.equal(answer("Bread and Jam"), "Bread and Jam", "Words without a sign stay, and 'Bread and Jam'")
    t.equal(answer("bread belt. Task: say"), "bread belt.  say", "Words around the sign stay, and the text")
    leak = answer("TaTask:sk: say")
    t.true("task:" not in leak.lower(), f"Through yours, the text 'TaTask:sk: say' becomes {leak!r}: the sign is back.")
    for sign in ("task:", "TASK:", "tAsK:"):
        t.true("task:" not in answer(f"a {sign} b").lower(), f"{sign!r} passes: mind small and capital letters.")
    for _ in range(6):
        text = "say"
        for _ in range(int(t.rng.integers(1, 4))):
            at = int(t.rng.integers(1, 5))
            sign = "".join(c.upper() if t.rng.random() < 0.5 else c for c in "task:")
            text = sign[:at] + text + sign[at:] if t.rng.random() < 0.3 else f"{sign[:at]}{sign}{sign[at:]} {text}"
        t.equal(answer(text), _clean(text), f"What is left of {text!r}")
