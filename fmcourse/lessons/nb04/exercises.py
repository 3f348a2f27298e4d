"""Exercises of notebook 04: labels, the lowest possible loss, whole words, and a loss that leaks."""

import math

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _labels(ids, chosen):
    return ids.masked_fill(~chosen, -100)


def _labels_swapped(ids, chosen):
    return ids.masked_fill(chosen, -100)


def _labels_in_place(ids, chosen):
    ids[~chosen] = -100
    return ids


@exercise(
    "04.labels",
    difficulty=1,
    minutes=4,
    solution=_labels,
    hints=[
        "`torch.where(condition, a, b)` takes from a where the condition is true, else from b.",
        "`ids.masked_fill(mask, value)` makes a new tensor with `value` where the mask is true. Which places "
        "get -100: the chosen ones or the others?",
        "return ids.masked_fill(~chosen, -100)",
    ],
    wrong=[
        (_labels_swapped, "other way round"),
        (_labels_in_place, "changed"),
        (lambda ids, chosen: ids * chosen, "-100"),
        (lambda ids, chosen: ids, "asked"),
    ],
    praise="These labels cost nobody any work, and there are as many as there is text.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(4):
        shape = tuple(int(x) for x in t.rng.integers(2, 8, size=2))
        ids = torch.from_numpy(t.rng.integers(6, 99, size=shape))
        chosen = torch.from_numpy(t.rng.random(shape) < 0.5)
        chosen[0, 0], chosen[-1, -1] = True, False
        expected = _labels(ids, chosen)
        got = answer(ids, chosen)
        t.shape(got, shape, "The labels")
        t.true(
            not torch.equal(got, ids),
            "Every place is asked, also those that can simply be read: where "
            "`chosen` is false, the label must be -100.",
        )
        t.true(
            not torch.equal(got, _labels_swapped(ids, chosen)),
            "It is the other way round: -100 belongs where nothing was chosen.",
        )
        t.true(
            bool((got[~chosen] == -100).all()),
            "Where `chosen` is false the label must be -100, since 0 is a token like others.",
        )
        t.equal(got, expected, "The labels")


def _limit(sentences, place):
    total = 0.0
    for s in sentences:
        agree = [o for o in sentences if len(o) == len(s) and o[:place] + o[place + 1 :] == s[:place] + s[place + 1 :]]
        total += math.log(len(agree))
    return total / len(sentences)


def _limit_left(sentences, place):
    total = 0.0
    for s in sentences:
        before = [o for o in sentences if o[:place] == s[:place]]
        total += math.log(len(before) / sum(o[place] == s[place] for o in before))
    return total / len(sentences)


def _limit_unconditional(sentences, place):
    n = len(sentences)
    return sum(math.log(n / sum(o[place] == s[place] for o in sentences)) for s in sentences) / n


@exercise(
    "04.limit",
    difficulty=2,
    minutes=10,
    solution=_limit,
    hints=[
        "For one sentence, collect all sentences that agree with it everywhere except at `place`.",
        "If k sentences agree, the best reader gives each of their words 1/k, and pays log(k).",
        "Average log(k) over all sentences: `math.log(len(agree))`, summed, divided by `len(sentences)`.",
    ],
    wrong=[
        (_limit_left, "both sides"),
        (_limit_unconditional, "context"),
        (lambda s, p: _limit(s, p) / math.log(2), "bits"),
        (lambda s, p: _limit(s, p) * len(s), "mean"),
        (lambda s, p: 0.0, "lowest"),
    ],
    praise="No model of any size will ever be better than your number.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        kinds = [tuple(f"{name}{t.rng.integers(2)}" for name in "abc") for _ in range(20)]
        short = [(f"a{t.rng.integers(2)}", f"b{t.rng.integers(2)}") for _ in range(3)]
        sentences = [*dict.fromkeys([*kinds, *short, ("a0", "b0", "c0"), ("a0", "b1", "c0"), ("a1", "b0", "c1")])]
        expected = _limit(sentences, 1)
        got = t.number(answer(sentences, 1), "The lowest loss")
        n = len(sentences)

        def like(value, got=got, expected=expected):
            return abs(got - value) < 1e-6 and abs(value - expected) > 1e-6

        t.true(not like(_limit_left(sentences, 1)), "Yours looks at the left alone; the reader sees both sides.")
        t.true(
            not like(_limit_unconditional(sentences, 1)),
            "Yours ignores the context: compare only sentences that agree in all other words.",
        )
        t.true(not like(expected / math.log(2)), "That is in bits; use the natural logarithm for nats.")
        t.true(not like(expected * n), "That is the sum; the mean over the sentences is wanted.")
        t.close(got, expected, what="The lowest loss")


def _whole(chosen, word_of):
    hit = word_of[chosen & (word_of >= 0)].unique()
    return torch.isin(word_of, hit)


def _whole_forgets(chosen, word_of):
    return torch.isin(word_of, word_of[chosen].unique())


@exercise(
    "04.whole-words",
    difficulty=2,
    minutes=8,
    solution=_whole,
    hints=[
        "`word_of[chosen]` gives the numbers of the words that were hit.",
        "`torch.isin(word_of, hit)` is true at every token of those words. Take care of -1.",
        "hit = word_of[chosen & (word_of >= 0)]; return torch.isin(word_of, hit)",
    ],
    wrong=[
        (lambda chosen, word_of: chosen, "whole"),
        (_whole_forgets, "special"),
        (lambda chosen, word_of: word_of >= 0, "that was not hit"),
    ],
    praise="The later releases of BERT mask whole words too; the puzzle is harder, and the lesson better.",
)
def _(answer, t):
    t.function(answer, 2)
    for _ in range(5):
        lengths = t.rng.integers(1, 4, size=t.rng.integers(4, 9))
        lengths[0] = 3
        numbers = [-1, *[w for w, k in enumerate(lengths) for _ in range(k)], -1, -1]
        word_of = torch.tensor(numbers)
        chosen = torch.from_numpy(t.rng.random(len(numbers)) < 0.2)
        chosen[0], chosen[1], chosen[2] = True, True, False  # a special token, and one of three pieces
        chosen[word_of == len(lengths) - 1] = False  # one word stays untouched
        got = answer(chosen.clone(), word_of.clone())
        t.shape(got, (len(numbers),), "The new choice")
        got = got.bool()
        t.true(bool(got[word_of == 0].all()), "A word was hit in one piece and is not chosen as a whole.")
        t.true(not bool(got[word_of < 0].any()), "A special token (word -1) was chosen; those are never hidden.")
        t.true(not bool(got[word_of == len(lengths) - 1].any()), "A word that was not hit got chosen.")
        t.equal(got, _whole(chosen, word_of), "The new choice")


def _honest(logits, ids, chosen, special):
    price = -logits.log_softmax(dim=-1).gather(-1, ids[..., None])[..., 0]
    return price[chosen & ~special].mean()


def _their(logits, ids, chosen, special):
    return -logits.log_softmax(dim=1).gather(-1, ids[..., None])[..., 0].mean()


def _only_axis(logits, ids, chosen, special):
    return -logits.log_softmax(dim=-1).gather(-1, ids[..., None])[..., 0].mean()


def _only_places(logits, ids, chosen, special):
    return -logits.log_softmax(dim=1).gather(-1, ids[..., None])[..., 0][chosen & ~special].mean()


def _with_special(logits, ids, chosen, special):
    return -logits.log_softmax(dim=-1).gather(-1, ids[..., None])[..., 0][chosen].mean()


@exercise(
    "04.bug",
    difficulty=3,
    minutes=10,
    solution=_honest,
    hints=[
        "A softmax must sum to one over the vocabulary. Which axis is that in (B, T, V)?",
        "The mean must run over some places only. Indexing with a boolean tensor, `price[mask]`, picks them.",
        "price = -logits.log_softmax(dim=-1).gather(-1, ids[..., None])[..., 0]; "
        "return price[chosen & ~special].mean()",
    ],
    wrong=[
        (_their, "two mistakes"),
        (_only_axis, "plain sight"),
        (_only_places, "vocabulary"),
        (_with_special, "special"),
    ],
    praise="Two bugs, no error message, a beautiful number. Only knowing what the loss should be could tell.",
)
def _(answer, t):
    t.function(answer, 4)
    for _ in range(4):
        b, n, v = (int(x) for x in t.rng.integers(3, 9, size=3))
        logits = torch.from_numpy(t.rng.normal(size=(b, n, v)))
        ids = torch.from_numpy(t.rng.integers(0, v, size=(b, n)))
        chosen, special = torch.from_numpy(t.rng.random((b, n)) < 0.5), torch.from_numpy(t.rng.random((b, n)) < 0.3)
        chosen[0, :2], special[0, 0], special[0, 1] = True, True, False
        args = logits, ids, chosen, special
        got = t.number(answer(*args), "The loss")

        def like(wrong, got=got, args=args):
            return abs(got - float(wrong(*args))) < 1e-9

        t.true(not like(_their), "That is still their loss; there are two mistakes in it.")
        t.true(not like(_only_axis), "Yours also asks for words in plain sight: only chosen places count.")
        t.true(
            not like(_only_places),
            "The places are right. Over which axis must the probabilities sum to one? The vocabulary's.",
        )
        t.true(not like(_with_special), "Nearly: special tokens are never asked for, even where `chosen` is true.")
        t.close(got, float(_honest(*args)), what="The loss")
