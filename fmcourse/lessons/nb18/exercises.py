"""Exercises of notebook 18: naming a source, joining rankings, a window with a note, and a recall above 1."""

import re
from collections import Counter

from fmcourse.classroom.exercise import exercise


def _cite(answer, texts):
    pattern = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)", re.IGNORECASE)
    return next((i for i, text in enumerate(texts) if pattern.search(text)), None)


def _cite_part(answer, texts):
    return next((i for i, text in enumerate(texts) if answer.lower() in text.lower()), None)


def _cite_exact(answer, texts):
    return next((i for i, text in enumerate(texts) if re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text)), None)


def _cite_last(answer, texts):
    found = [i for i, text in enumerate(texts) if _cite(answer, [text]) is not None]
    return found[-1] if found else None


def _cite_words(answer, texts):
    return next((i for i, text in enumerate(texts) if answer.lower() in re.findall(r"\w+", text.lower())), None)


@exercise(
    "18.source",
    difficulty=1,
    minutes=5,
    solution=_cite,
    hints=[
        "`enumerate(texts)` gives number and text. When does `answer` stand in it as whole words?",
        r"In a pattern, `\b` is the border of a word, and `re.escape(answer)` takes the answer as it is.",
        r'return next((i for i, t in enumerate(texts) if re.search(rf"\b{re.escape(answer)}\b", t, re.I)), None)',
    ],
    wrong=[
        (_cite_part, "whole words"), (_cite_exact, "capital"), (_cite_last, "first"), (_cite_words, "two words"),
    ],
    praise="A reader can now check every answer.",
)  # fmt: skip
def _(answer, t):
    t.function(answer, 2)
    t.true(answer("cat", ["A category."]) is None, "Whole words only: 'category' does not hold the word 'cat'.")
    t.true(answer("Oslo", ["nothing here", "oslo is far."]) == 1, "Mind small and capital letters: 'Oslo' is 'oslo'.")
    t.true(
        answer("not stated", ["It is not stated."]) == 0,
        "An answer may have two words: 'not stated' stands in 'It is not stated.'",
    )
    for _ in range(5):
        names = [f"w{i}" for i in t.rng.permutation(12)[:6]]
        texts = [f"The {a} and the {b}." for a in names for b in names if a != b]
        texts = [texts[i] for i in t.rng.permutation(len(texts))]
        wanted = names[0]
        right = _cite(wanted, texts)
        got = answer(wanted, list(texts))
        t.true(got == right, f"The *first* text with {wanted!r} is number {right}; yours says {got}.")
    t.true(answer("zebra", ["a", "b"]) is None, "When no text holds the answer the result is None.")


def _fuse(lists, k):
    scores = Counter()
    for ranking in lists:
        for rank, number in enumerate(ranking, start=1):
            scores[number] += 1 / (60 + rank)
    return sorted(scores, key=lambda n: (-scores[n], n))[:k]


def _fuse_zero(lists, k):
    scores = Counter()
    for ranking in lists:
        for rank, number in enumerate(ranking):
            scores[number] += 1 / (1 + rank)
    return sorted(scores, key=lambda n: (-scores[n], n))[:k]


def _fuse_first(lists, k):
    out = []
    for rank in range(max(map(len, lists), default=0)):
        out += [r[rank] for r in lists if rank < len(r) and r[rank] not in out]
    return out[:k]


def _fuse_best(lists, k):
    scores = {}
    for ranking in lists:
        for rank, number in enumerate(ranking, start=1):
            scores[number] = max(scores.get(number, 0), 1 / (60 + rank))
    return sorted(scores, key=lambda n: (-scores[n], n))[:k]


def _fuse_all(lists, k):
    return _fuse(lists, 10**6)


@exercise(
    "18.fuse",
    difficulty=2,
    minutes=8,
    solution=_fuse,
    hints=[
        "Keep a Counter: number -> sum. `enumerate(ranking, start=1)` gives the ranks.",
        "Add `1 / (60 + rank)` for every list that holds the number.",
        "return sorted(scores, key=lambda n: (-scores[n], n))[:k]",
    ],
    wrong=[(_fuse_zero, "60"), (_fuse_first, "sum"), (_fuse_best, "sum"), (_fuse_all, "at most")],
    praise="That is how many search engines join words and vectors.",
)
def _(answer, t):
    t.function(answer, 2)
    t.true(len(answer([[3, 1, 2]], 2)) <= 2, "Return at most `k` numbers.")
    t.true(
        answer([[1, 2, 3, 4], [9, 8, 7, 4]], 1) == [4],
        "Two middle ranks beat one first rank: the *sum* over the lists counts, and number 4 stands in both. "
        "With 1 / (60 + rank) it wins; without the 60 the first rank weighs too much.",
    )
    for _ in range(6):
        lists = [[int(x) for x in t.rng.permutation(11)[: t.rng.integers(0, 9)]] for _ in range(3)]
        k = int(t.rng.integers(1, 7))
        t.equal(answer([list(r) for r in lists], k), _fuse(lists, k), f"The joined list of {lists}, k = {k},")


def _window(turns, size):
    if not turns or len(turns[0]) > size:
        return []
    left, kept = size - len(turns[0]), []
    for turn in reversed(turns[1:]):
        if len(turn) > left:
            break
        kept.append(turn)
        left -= len(turn)
    return [turns[0], *reversed(kept)]


def _window_last(turns, size):
    kept = []
    for turn in reversed(turns):
        if len(turn) > size:
            break
        kept.append(turn)
        size -= len(turn)
    return kept[::-1]


def _window_first(turns, size):
    kept = []
    for turn in turns:
        if len(turn) > size:
            break
        kept.append(turn)
        size -= len(turn)
    return kept


def _window_gaps(turns, size):
    if not turns or len(turns[0]) > size:
        return []
    left, kept = size - len(turns[0]), []
    for turn in reversed(turns[1:]):
        if len(turn) <= left:
            kept.append(turn)
            left -= len(turn)
    return [turns[0], *reversed(kept)]


def _window_backwards(turns, size):
    made = _window(turns, size)
    return made[:1] + made[1:][::-1]


@exercise(
    "18.window",
    difficulty=2,
    minutes=8,
    solution=_window,
    hints=[
        "First the note: `left = size - len(turns[0])`. Then walk through the others from the end.",
        "Stop at the first turn that does not fit: what lies before it would leave a gap.",
        "for turn in reversed(turns[1:]): stop when len(turn) > left; else keep it. Then turn the kept ones around.",
    ],
    wrong=[
        (_window_last, "first turn"), (_window_first, "latest"), (_window_gaps, "gap"), (_window_backwards, "order"),
    ],
    praise="A note and the latest turns: the memory of many assistants.",
)  # fmt: skip
def _(answer, t):
    t.function(answer, 2)
    turns = [[1, 1], [2] * 3, [3] * 3, [4] * 3]
    got = answer([list(x) for x in turns], 5)
    t.true(bool(got) and got[0] == [1, 1], "Always keep the first turn, and count its tokens.")
    t.true([4] * 3 in got, "After the note come the *latest* turns: the last one fits here.")
    gap = answer([[1], [2], [3] * 9, [4]], 3)
    t.true(gap == [[1], [4]], f"Leave no gap: where a turn does not fit, stop. Yours kept {gap}.")
    two = answer([list(x) for x in turns], 8)
    t.true(two == [[1, 1], [3] * 3, [4] * 3], f"Keep the turns in their order; yours gave {two}.")
    t.equal(answer([[1] * 5], 4), [], "When even the note does not fit, the result")
    for _ in range(6):
        turns = [[i] * int(t.rng.integers(1, 6)) for i in range(int(t.rng.integers(1, 8)))]
        size = int(t.rng.integers(1, 20))
        t.equal(answer([list(x) for x in turns], size), _window(turns, size), f"What fits of {turns} into {size}")


def _recall(found, right):
    shares = [len(set(f) & set(r)) / len(r) for f, r in zip(found, right, strict=True) if r]
    return sum(shares) / len(shares) if shares else 0.0


def _recall_theirs(found, right):
    return sum(1 for f, r in zip(found, right, strict=True) for number in f if number in r) / len(found)


def _recall_precision(found, right):
    shares = [len(set(f) & set(r)) / max(1, len(set(f))) for f, r in zip(found, right, strict=True) if r]
    return sum(shares) / len(shares) if shares else 0.0


def _recall_empty(found, right):
    shares = [len(set(f) & set(r)) / max(1, len(r)) for f, r in zip(found, right, strict=True)]
    return sum(shares) / len(shares) if shares else 0.0


def _recall_pooled(found, right):
    total = sum(map(len, right))
    return sum(len(set(f) & set(r)) for f, r in zip(found, right, strict=True)) / total if total else 0.0


@exercise(
    "18.bug",
    difficulty=3,
    minutes=8,
    solution=_recall,
    hints=[
        "A number that was found twice is one number: compare sets.",
        "For each question divide by how many right numbers *it* has, and only then take the mean.",
        "shares = [len(set(f) & r) / len(r) for f, r in zip(found, right) if r]",
    ],
    wrong=[
        (_recall_theirs, "twice"), (_recall_precision, "right numbers"), (_recall_empty, "left out"),
        (_recall_pooled, "each question"),
    ],
    praise="Now it lies between 0 and 1, whatever is found.",
)  # fmt: skip
def _(answer, t):
    t.function(answer, 2)
    t.true(answer([[1, 9]], [{1}]) == 1, "Divide by the number of right numbers, not of those found.")
    t.true(answer([[3, 3]], [{3, 5}]) == 0.5, "A number found twice counts once: of {3, 5} half was found.")
    t.true(answer([[1], [4]], [{1}, set()]) == 1, "A question without any right number is left out.")
    t.close(answer([[1]], [set()]), 0.0, what="When no question has a right number, the result")
    t.close(
        answer([[1], []], [{1}, {2, 3, 4}]),
        0.5,
        what="Take the share of each question, then the mean: for one found wholly and one not at all it",
    )
    for _ in range(5):
        found = [[int(x) for x in t.rng.integers(0, 9, size=5)] for _ in range(4)]
        right = [{int(x) for x in t.rng.integers(0, 9, size=int(t.rng.integers(0, 5)))} for _ in range(4)]
        t.close(answer([list(f) for f in found], [set(r) for r in right]), _recall(found, right), what="The recall")
