"""Exercises of notebook 16: pictures and texts that find each other, naming without labels, guessing, bags of words."""

from collections import Counter

import torch  # here and not in the checkers: their time limit would cut a slow first import in two

from fmcourse.classroom.exercise import exercise


def _own_share(table):
    own = torch.arange(len(table))
    return ((table.argmax(1) == own) & (table.argmax(0) == own)).double().mean()


def _finds(table):
    return (table.argmax(1) == torch.arange(len(table))).double().mean()


# Pictures 0 and 2 belong to their texts both ways. Picture 1 finds its text, whose best picture is 2.
_ONE_WAY = [[9.0, 1.0, 2.0], [0.0, 5.0, 3.0], [1.0, 6.0, 7.0]]


@exercise(
    "16.contrast",
    difficulty=2,
    minutes=6,
    solution=_own_share,
    hints=[
        "`table.argmax(1)` is, for each picture, the text that fits it best; `table.argmax(0)`, for each text, the "
        "picture. Their own numbers are `torch.arange(len(table))`.",
        "Compare both with the own numbers, and join the two answers with `&`: both must be true of the same pair.",
        "own = torch.arange(len(table)); return ((table.argmax(1) == own) & (table.argmax(0) == own)).float().mean()",
    ],
    wrong=[
        (_finds, "only looks along the rows"),
        (lambda table: _finds(table.T), "only looks down the columns"),
        (lambda table: (_finds(table) + _finds(table.T)) / 2, "the same pair"),
        (lambda table: _own_share(table) * len(table), "share, from 0 to 1"),
    ],
    praise="A pair counts when each of the two chooses the other, among all.",
)
def _(answer, t):
    t.function(answer, 1)
    one_way = torch.tensor(_ONE_WAY)
    got = t.number(answer(one_way), "The share")
    t.true(0 <= got <= 1, f"It should be a share, from 0 to 1; for 3 pairs it is {got:.3g}. Divide by their number.")
    turned = t.number(answer(one_way.T), "The share")
    said = "your function says 1, and 2 pairs of 3 choose each other: it"
    t.true(got < 0.99, f"For {_ONE_WAY} {said} only looks along the rows, for a text. Look both ways.")
    t.true(
        turned < 0.99,
        f"For {one_way.T.tolist()} {said} only looks down the columns, for a picture. Look both ways.",
    )
    t.true(
        abs(got - 5 / 6) > 1e-6,
        f"For {_ONE_WAY} you average two shares, 1 and 2/3. Both must be true of the same pair; 2 pairs of 3 are.",
    )
    t.close(got, 2 / 3, what=f"For {_ONE_WAY} the share")
    for _ in range(6):
        n = int(t.rng.integers(3, 9))
        table = torch.from_numpy(t.rng.normal(size=(n, n)) + 1.5 * torch.eye(n).numpy())
        t.close(answer(table.clone()), _own_share(table), what=f"For a table of {n} by {n} numbers the share")


def _zero_shot(picture, texts, names):
    cosine = (texts @ picture) / texts.norm(dim=1)
    return names[int(cosine.argmax())]


@exercise(
    "16.zero",
    difficulty=2,
    minutes=6,
    solution=_zero_shot,
    hints=[
        "Which direction a vector has does not change when it is divided by its length. `texts.norm(dim=1)` has the "
        "K lengths.",
        "`texts @ picture` gives K dot products; divided by the lengths of the texts they stand in the order of "
        "the cosines.",
        "return names[int(((texts @ picture) / texts.norm(dim=1)).argmax())]",
    ],
    wrong=[
        (lambda picture, texts, names: names[int((texts @ picture).argmax())], "longest"),
        (lambda picture, texts, names: names[int((texts - picture).norm(dim=1).argmin())], "nearest"),
        (lambda picture, texts, names: int(((texts @ picture) / texts.norm(dim=1)).argmax()), "the name"),
        (lambda picture, texts, names: names[int(((texts @ picture) / texts.norm(dim=1)).argmin())], "away"),
    ],
    praise="Direction alone decides, so a caption gains nothing by having a long vector.",
)
def _(answer, t):
    t.function(answer, 3)
    picture = torch.tensor([3.0, 0.0])
    texts = torch.tensor([[0.5, 0.1], [4.0, 4.0], [2.0, 1.0], [-1.0, 0.0]])  # the first points most in its direction
    got = answer(picture.clone(), texts.clone(), ["ring", "star", "cross", "square"])
    t.true(isinstance(got, str), "Return the name itself, one of `names`, and not its number.")
    t.true(
        got != "star",
        "You chose the text whose vector is longest, [4, 4]. Divide by the lengths: only direction counts.",
    )
    t.true(got != "cross", "You chose the text whose vector ends nearest. Ends do not matter, only directions do.")
    t.true(got != "square", "You chose the text that points away from the picture: the largest cosine is wanted.")
    t.equal(got, "ring", "The name whose text points most in the picture's direction")
    for _ in range(8):
        k, d = int(t.rng.integers(3, 8)), int(t.rng.integers(2, 6))
        names = [f"class {i}" for i in t.rng.permutation(k)]
        stretch = torch.from_numpy(t.rng.uniform(0.2, 5, size=(k, 1)))
        picture, texts = torch.from_numpy(t.rng.normal(size=d)), stretch * torch.from_numpy(t.rng.normal(size=(k, d)))
        got = answer(picture.clone(), texts.clone(), list(names))
        t.equal(got, _zero_shot(picture, texts, names), f"The name among {k}")


def _best_blind(asked):
    answers = {}
    for question, answer in asked:
        answers.setdefault(question, Counter())[answer] += 1
    return sum(max(counts.values()) for counts in answers.values()) / len(asked)


def _most_frequent_of_all(asked):
    return max(Counter(answer for _, answer in asked).values()) / len(asked)


def _mean_over_questions(asked):
    of = {question: Counter(answer for q, answer in asked if q == question) for question, _ in asked}
    return sum(max(counts.values()) / counts.total() for counts in of.values()) / len(of)


def _chances(asked):
    of = {question: {answer for q, answer in asked if q == question} for question, _ in asked}
    return sum(1 / len(of[question]) for question, _ in asked) / len(asked)


# Of six answers, 2 + 1 + 1 are right when each question gets its most frequent answer.
_FEW = [
    ("how many?", "one"),
    ("how many?", "one"),
    ("how many?", "two"),
    ("how large?", "one"),
    ("what colour?", "red"),
    ("what colour?", "blue"),
]


@exercise(
    "16.guess",
    difficulty=2,
    minutes=6,
    solution=_best_blind,
    hints=[
        "Sort the answers by their question first: a dictionary from each question to a `collections.Counter` of its "
        "answers.",
        "For each question the best guess is right as often as its most frequent answer comes: `max(counts.values())`. "
        "Add these up, and divide once, by the number of all pairs.",
        "answers = {}; for q, a in asked: answers.setdefault(q, Counter())[a] += 1; "
        "return sum(max(c.values()) for c in answers.values()) / len(asked)",
    ],
    wrong=[
        (_most_frequent_of_all, "each question"),
        (_mean_over_questions, "as often as it is asked"),
        (_chances, "at random"),
        (lambda asked: _best_blind(asked) * len(asked), "share, from 0 to 1"),
    ],
    praise="Without the picture nobody does better on this list. It flatters the guesser, who knows the answers: where "
    "each question comes once it is always right. A fair figure needs questions that come often, or another list.",
)
def _(answer, t):
    t.function(answer, 1)
    got = t.number(answer(list(_FEW)), "The share")
    t.true(0 <= got <= 1, f"It should be a share, from 0 to 1; it is {got:.3g}. Divide by the number of all pairs.")
    slips = {
        _most_frequent_of_all(_FEW): "You took one answer for all. Choose for each question the one it has most often.",
        _mean_over_questions(_FEW): "You averaged over questions. A question counts as often as it is asked.",
        _chances(_FEW): "You chose among a question's answers at random; the best guess is the most frequent one.",
    }
    for value, sentence in slips.items():
        t.true(abs(got - value) > 1e-6, sentence)
    t.close(got, _best_blind(_FEW), what=f"For {_FEW} the share")
    for _ in range(6):
        n, kinds = int(t.rng.integers(5, 30)), int(t.rng.integers(2, 5))
        asked = [(f"question {t.rng.integers(kinds)}", "abcd"[t.rng.integers(4)]) for _ in range(n)]
        t.close(answer(list(asked)), _best_blind(asked), what=f"For {n} pairs the share")


def _alone(captions):
    bags = [frozenset(Counter(caption.split()).items()) for caption in captions]
    times = Counter(bags)
    return sum(times[bag] == 1 for bag in bags) / len(bags)


def _alone_as_sets(captions):
    times = Counter(frozenset(caption.split()) for caption in captions)
    return sum(times[frozenset(caption.split())] == 1 for caption in captions) / len(captions)


def _alone_as_text(captions):
    times = Counter(captions)
    return sum(times[caption] == 1 for caption in captions) / len(captions)


def _different_bags(captions):
    return len({frozenset(Counter(caption.split()).items()) for caption in captions}) / len(captions)


# The first two have one bag. The third and the fourth have the same words, and "red" not equally often.
_FOUR = ["a red ring left of a blue star", "a blue ring left of a red star", "a red ring and a red star",
         "a red ring and a star", "a pink cross"]  # fmt: skip


@exercise(
    "16.bug",
    difficulty=3,
    minutes=10,
    solution=_alone,
    hints=[
        "`Counter(caption.split())` is the bag of one caption. Two bags can be compared with ==, but a Counter cannot "
        "be a key of a dictionary; `tuple(sorted(caption.split()))` says the same and can.",
        "Count how often each bag comes in the whole list. A caption is alone when its bag comes once.",
        "bags = [tuple(sorted(c.split())) for c in captions]; times = Counter(bags); "
        "return sum(times[bag] == 1 for bag in bags) / len(bags)",
    ],
    wrong=[
        (_alone_as_sets, "how often"),
        (_alone_as_text, "in any order"),
        (_different_bags, "no other caption"),
        (lambda captions: _alone(captions) * len(captions), "share, from 0 to 1"),
    ],
    praise="On captions that are alone, a reader that knows the words needs to know nothing else.",
)
def _(answer, t):
    t.function(answer, 1)
    got = t.number(answer(list(_FOUR)), "The share")
    t.true(0 <= got <= 1, f"It should be a share, from 0 to 1; it is {got:.3g}. Divide by the number of captions.")
    t.true(
        abs(got - _alone_as_sets(_FOUR)) > 1e-6,
        f"{_FOUR[2]!r} and {_FOUR[3]!r} have the same words, but not the same bag: how often each comes counts, too.",
    )
    t.true(
        abs(got - _alone_as_text(_FOUR)) > 1e-6,
        f"{_FOUR[0]!r} and {_FOUR[1]!r} have the same words in another order: one bag. Compare them in any order.",
    )
    t.true(
        abs(got - _different_bags(_FOUR)) > 1e-6,
        "You counted how many different bags there are. A caption is alone when no other caption has its bag.",
    )
    t.close(got, 0.6, what="Of five captions, two with the same bag, the share that is alone")
    for _ in range(6):
        n, words = int(t.rng.integers(6, 20)), int(t.rng.integers(2, 4))
        captions = [" ".join(f"{'abc'[t.rng.integers(3)]}" for _ in range(words)) for _ in range(n)]
        t.close(answer(list(captions)), _alone(captions), what=f"For {n} short captions the share")
