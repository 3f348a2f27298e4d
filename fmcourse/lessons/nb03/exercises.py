"""Exercises of notebook 03: what text costs, a merge that goes wrong, neighbours, rotation, and the dearest text."""

from fmcourse.classroom.exercise import exercise


def _per_character(tokens, text):
    return len(tokens) / len(text) if text else 0.0


@exercise(
    "03.price",
    difficulty=1,
    minutes=3,
    solution=_per_character,
    hints=[
        "`len(tokens)` counts tokens, `len(text)` counts characters.",
        "An empty text has no characters: return 0.0 first.",
        "return len(tokens) / len(text) if text else 0.0",
    ],
    wrong=[
        (lambda tokens, text: len(text) / len(tokens) if tokens else 0.0, "upside down"),
        (lambda tokens, text: len(tokens) / len(text.encode()) if text else 0.0, "bytes"),
        (lambda tokens, text: len(tokens) / len(text), "empty"),
        (lambda tokens, text: len(tokens) // len(text) if text else 0, "rounds"),
    ],
    praise="The same number is the price of a language: many paid services bill by the token.",
)
def _(answer, t):
    t.function(answer, 2)
    got = t.number(answer(["the", " fox"], "the fox!"), "The price of 2 tokens for 8 characters")
    t.true(got != 4, "2 tokens for 8 characters are 0.25 tokens per character; yours says 4: it is upside down.")
    t.true(got != 0, "2 tokens for 8 characters are 0.25; yours says 0. `//` rounds down, `/` does not.")
    t.close(got, 0.25, what="The price of 2 tokens for 8 characters")
    t.true(answer(["é"], "é") != 0.5, '"é" is one character in two bytes; count characters, not bytes.')
    for n in t.rng.integers(1, 40, size=4):
        text = "".join(chr(c) for c in t.rng.integers(0x3B1, 0x3C9, size=n))
        t.close(answer(list(range(n + 3)), text), (n + 3) / n, what=f"The price of {n + 3} tokens for {n} characters")
    try:
        got = answer([], "")
    except ZeroDivisionError:
        t.fail("An empty text has 0 characters, and yours divides by 0 there. Return 0.0 for an empty text.")
    t.close(got, 0.0, what="The price of an empty text")


def _merge(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == tuple(pair):
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


def _overlaps(ids, pair, new):
    out = []
    for i in range(len(ids)):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            out.append(new)
        elif i == 0 or (ids[i - 1], ids[i]) != pair:
            out.append(ids[i])
    return out


def _loses_last(ids, pair, new):
    out, i = [], 0
    while i < len(ids) - 1:
        found = (ids[i], ids[i + 1]) == pair
        out.append(new if found else ids[i])
        i += 2 if found else 1
    return out


def _first_only(ids, pair, new):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *ids[i + 2 :]]
    return list(ids)


def _from_the_right(ids, pair, new):
    return _merge(ids[::-1], pair[::-1], new)[::-1]


def _in_place(ids, pair, new):
    i = 0
    while i + 1 < len(ids):
        if (ids[i], ids[i + 1]) == pair:
            ids[i : i + 2] = [new]
        i += 1
    return ids


@exercise(
    "03.merge",
    difficulty=2,
    minutes=8,
    solution=_merge,
    hints=[
        "Follow it by hand on [1, 1, 1] with the pair (1, 1). How often is the middle 1 used?",
        "A `for` loop visits every place, also the one that a merge just used up. You need to skip it.",
        "Use `while i < len(ids)`: after a merge `i += 2`, otherwise append ids[i] and `i += 1`.",
    ],
    wrong=[
        (_overlaps, "used twice"),
        (_loses_last, "last"),
        (_first_only, "every"),
        (_from_the_right, "left"),
        (_in_place, "changed `ids`"),
    ],
    praise="Runs such as aaa or 000 are where hand-made tokenizers go wrong, so test them first.",
)
def _(answer, t):
    t.function(answer, 3)
    got = answer([1, 1, 1], (1, 1), 9)
    t.true(
        got != [9, 9], "[1, 1, 1] with the pair (1, 1) gives [9, 1]; yours gives [9, 9], so the middle 1 is used twice."
    )
    t.true(got != [1, 9], "[1, 1, 1] gives [9, 1]: work from left to right; yours gives [1, 9].")
    t.true(got != [9], "[1, 1, 1] gives [9, 1]; yours gives [9]: the last token is lost.")
    t.equal(got, [9, 1], what="[1, 1, 1] with (1, 1) merged into 9")
    t.true(
        answer([1, 2, 3, 1, 2], (1, 2), 9) != [9, 3, 1, 2],
        "[1, 2, 3, 1, 2] gives [9, 3, 9]: merge every place, not only the first.",
    )
    t.true(answer([1, 2, 3], (1, 2), 9) != [9], "[1, 2, 3] gives [9, 3]; yours loses the last token.")
    for _ in range(30):
        ids = t.rng.integers(0, 3, size=t.rng.integers(0, 17)).tolist()
        pair = tuple(t.rng.integers(0, 3, size=2).tolist())
        t.equal(answer(ids, pair, 9), _merge(ids, pair, 9), what=f"{ids} with {pair} merged into 9")


def _nearest(table, i):
    import torch

    rows = table / table.norm(dim=1, keepdim=True)
    similar = rows @ rows[i]
    similar[i] = -torch.inf
    return int(similar.argmax())


def _itself(table, i):
    rows = table / table.norm(dim=1, keepdim=True)
    return int((rows @ rows[i]).argmax())


def _no_length(table, i):
    similar = table @ table[i]
    similar[i] = -1e9
    return int(similar.argmax())


@exercise(
    "03.nearest",
    difficulty=2,
    minutes=8,
    solution=_nearest,
    hints=[
        "Divide every row by its length first: `table / table.norm(dim=1, keepdim=True)`.",
        "All similarities at once: `rows @ rows[i]`. The row itself has similarity 1 and has to be left out.",
        "similar = rows @ rows[i]; similar[i] = -torch.inf; return int(similar.argmax())",
    ],
    wrong=[
        (_itself, "itself"),
        (_no_length, "length"),
        (lambda table, i: int((table - table[i]).norm(dim=1).argsort()[1]), "angle"),
        (lambda table, i: int((table / table.norm(dim=1, keepdim=True) @ table[i]).argmin()), "least similar"),
    ],
    praise="This one line of algebra is how every vector search works.",
)
def _(answer, t):
    import torch

    t.function(answer, 2)
    table = torch.tensor([[1.0, 0.0], [9.0, 9.0], [1.0, 0.3], [-1.0, 0.2]])
    got = t.number(answer(table.clone(), 0), "The neighbour of row 0")
    t.true(got != 0, "Every row is nearest to itself; leave row i out.")
    t.true(got != 1, "Row 1 is long but points elsewhere; divide by the length of each row before comparing.")
    t.true(got != 3, "Row 3 is the least similar one; you want the largest cosine.")
    t.equal(int(got), 2, what="The neighbour of row 0")
    far = torch.tensor([[1.0, 0.0], [20.0, 1.0], [0.0, 1.0], [0.6, 0.8]])
    t.true(
        int(answer(far.clone(), 0)) != 3,
        "Row 1 points almost the same way as row 0, only longer: compare the angle (cosine), not the distance.",
    )
    for _ in range(8):
        size = (int(t.rng.integers(5, 14)), 7)
        table = torch.from_numpy(t.rng.normal(size=size) * t.rng.uniform(0.2, 5, size=(size[0], 1)))
        i = int(t.rng.integers(len(table)))
        got = int(t.number(answer(table.clone(), i), "The neighbour"))
        t.equal(got, _nearest(table, i), what=f"The neighbour of row {i}")


def _rotate(x, angle):
    import math

    a, b = x
    return a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)


def _score(q, k, m, n, theta):
    a, b = _rotate(q, m * theta)
    c, d = _rotate(k, n * theta)
    return a * c + b * d


@exercise(
    "03.rotary",
    difficulty=3,
    minutes=10,
    solution=_score,
    hints=[
        "Turn q by the angle m * theta and k by n * theta, then take the dot product.",
        "Turning (a, b) by an angle: (a cos - b sin, a sin + b cos).",
        "Only the difference counts: it is the same as turning q by (m - n) * theta and leaving k alone.",
    ],
    wrong=[
        (lambda q, k, m, n, theta: q[0] * k[0] + q[1] * k[1], "positions"),
        (lambda q, k, m, n, theta: _score(q, k, m + n, 0, theta), "same amount"),
        (lambda q, k, m, n, theta: _score(q, k, n, m, theta), "other way"),
        (lambda q, k, m, n, theta: _rotate(q, m * theta), "one number"),
    ],
    praise="Only the distance m - n is left in the result: the model sees how far apart two tokens are.",
)
def _(answer, t):
    t.function(answer, 5)
    q, k = (1.0, 0.0), (0.0, 1.0)
    got = answer(q, k, 0, 0, 0.5)
    t.true(
        not isinstance(got, (tuple, list)), "The score should be one number: the dot product of the two turned vectors."
    )
    t.close(got, 0.0, what="Two vectors at a right angle, both at position 0")
    one, moved = answer(q, q, 2, 1, 0.5), answer(q, q, 9, 8, 0.5)
    t.true(
        abs(t.number(one) - 1) > 1e-9,
        "Yours does not depend on the positions m and n: turn q by m * theta and k by n * theta.",
    )
    t.true(abs(one - t.number(moved)) < 1e-9, "Moving both positions by the same amount must leave the score as it is.")
    got = t.number(answer(q, k, 1, 0, 0.5))
    t.true(
        abs(got - 0.479425538604203) < 1e-9,
        f"q = (1, 0) at position 1, k = (0, 1) at 0, theta 0.5 gives 0.479; yours gives {got:.3f}. "
        "Do you turn the other way?",
    )
    for _ in range(10):
        q, k = tuple(t.rng.normal(size=2).tolist()), tuple(t.rng.normal(size=2).tolist())
        m, n, theta = int(t.rng.integers(50)), int(t.rng.integers(50)), float(t.rng.uniform(0.01, 1))
        t.close(answer(q, k, m, n, theta), _score(q, k, m, n, theta), 1e-6, what=f"The score at positions {m} and {n}")


@exercise(
    "03.dearest",
    difficulty=2,
    minutes=6,
    solution="🦉🐴🐱🐕🌉🏠🌿🗼🥶📖🧵🧶",
    hints=[
        "A character takes one to four bytes in UTF-8, and a token holds at least one byte.",
        "So nothing costs more than 4 tokens per character, plus the space put before the text. Which "
        "characters take four bytes?",
        'Emoji do. Paste twelve different ones, or write "".join(chr(0x1F400 + i) for i in range(12)).',
    ],
    wrong=[
        ("The quick brown fox jumps", "cheap"),
        ("🦉" * 30, "different"),
        ("🦉🐴", "characters"),
        (42, "text"),
        ("Η γάτα ζει στο σπίτι.", "cheap"),
    ],
    praise="Characters of four bytes are the dearest there are: four tokens each, since no merge knows them.",
)
def _(answer, t):
    from tokenizers import Tokenizer

    from fmcourse.paths import data_dir

    t.true(isinstance(answer, str), "The answer should be a text, in quotes.")
    t.true(len(answer) >= 12, f"The text should have at least 12 characters; it has {len(answer)}.")
    t.true(len(set(answer)) >= 12, f"At least 12 different characters, please; there are {len(set(answer))}.")
    tokenizer = Tokenizer.from_file(str(data_dir() / "models" / "world-gpt" / "tokenizer.json"))
    price = len(tokenizer.encode(answer).ids) / len(answer)
    t.true(price >= 3.9, f"Too cheap: {price:.2f} tokens per character; the target is 3.9.")
