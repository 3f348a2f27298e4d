"""Exercises of notebook 00: a first try, a mean, a mended function, and a prompt that gets a given word."""

from functools import lru_cache

from fmcourse.classroom.exercise import exercise


@exercise(
    "00.first",
    difficulty=1,
    minutes=1,
    solution=42,
    hints=["The value is a whole number, written without quotes.", "Type 42 in place of None."],
    wrong=[("42", "one number"), (41, "should be 42"), (float("nan"), "nan"), ([42], "should be one number")],
    praise="That is how every exercise answers: at once, and on your own machine.",
)
def _(answer, t):
    t.true(not isinstance(answer, list), "The answer should be one number; it is a list.")
    t.equal(answer, 42)


def _mean(values):
    return sum(values) / len(values)


@exercise(
    "00.mean",
    difficulty=1,
    minutes=3,
    solution=_mean,
    hints=[
        "`sum(values)` adds the numbers up.",
        "Divide the sum by `len(values)`.",
        "return sum(values) / len(values)",
    ],
    wrong=[
        (sum, "divide"),
        (lambda values: sum(values) // len(values), "rounds"),
        (lambda values: print(values), "return"),
        (lambda values: sum(values) / 3, "how many"),
        (3.0, "function itself"),
    ],
)
def _(answer, t):
    t.function(answer, 1)
    t.true(
        answer([2, 4, 6]) != 12,
        "Three numbers 2, 4, 6 have the mean 4; yours says 12. Did you divide by how many there are?",
    )
    t.close(answer([2, 4, 6]), 4.0, what="The mean of [2, 4, 6]")
    t.true(answer([1, 2, 4, 6]) != 3, "The mean of [1, 2, 4, 6] is 3.25; yours says 3. `//` rounds down, `/` does not.")
    for _ in range(5):  # other lengths, so that a fixed divisor shows
        values = [float(v) for v in t.rng.normal(size=t.rng.integers(4, 9))]
        t.close(
            answer(values),
            sum(values) / len(values),
            what=f"The mean of {len(values)} numbers (do you divide by how many there are?)",
        )


def _boldness(chances):
    return max(chances.values()) * len(chances)


@exercise(
    "00.bold",
    difficulty=2,
    minutes=4,
    solution=_boldness,
    hints=[
        "With three answers, an even guess gives each 1/3.",
        "How many times does 1/3 go into 0.5?",
        "Dividing by 1/3 is multiplying by 3: `max(chances.values()) * len(chances)`.",
    ],
    wrong=[
        (lambda chances: max(chances.values()) / len(chances), "even guess is 1 divided by"),
        (lambda chances: max(chances.values()), "favourite alone"),
        (lambda chances: max(chances.values()) * 3, "how many answers"),
        (1.5, "function itself"),
    ],
    praise="An even guess scores 1; everything above it is boldness.",
)
def _(answer, t):
    t.function(answer, 1)
    three = {"Oslo": 0.5, "Rome": 0.25, "Lima": 0.25}
    got = t.number(answer(dict(three)), "The boldness")
    t.true(
        abs(got - 0.5 / 3) > 1e-9,
        "It is still 0.17: an even guess is 1 divided by the number of answers, and you divide by the number itself.",
    )
    t.true(abs(got - 0.5) > 1e-9, "This is the probability of the favourite alone; compare it with an even guess.")
    t.close(got, 1.5, what="The boldness of Oslo 0.5, Rome 0.25, Lima 0.25")
    for _ in range(5):
        p = t.rng.dirichlet([1.0] * int(t.rng.integers(4, 9)))
        chances = {f"town {i}": float(v) for i, v in enumerate(p)}
        t.close(
            answer(chances),
            float(p.max()) * len(p),
            what=f"The boldness with {len(p)} towns (do you count how many answers there are?)",
        )


@lru_cache(maxsize=1)
def _model():
    from fmcourse.models.loading import load

    return load("world-gpt")


def _someone_in_paris():
    from fmcourse.world import World

    name = next(name for name, town in World.default().relations["city"].values.items() if town == "Paris")
    return f"Question: Where does {name} live? Answer:"


@exercise(
    "00.prompt",
    difficulty=2,
    minutes=3,
    solution=_someone_in_paris(),
    seconds=120,
    hints=[
        "Who or what goes with Paris in the small world? Invented people live there, too.",
        '`world.relations["city"].values` names everybody\'s town; pick somebody with Paris.',
        '"Question: Where does ... live? Answer:", with that name in place of the dots.',
    ],
    wrong=[
        ("The capital of France is", "names"),
        ("I like Paris, and", "names"),
        ("a" * 201, "200"),
        ("Question: What does the owl eat? Answer:", "no Paris"),
        ("", "empty"),
        (7, "a text"),
    ],
    praise="You made the model say a word by choosing its input alone.",
)
def _(answer, t):
    from fmcourse.studies.teach import ask

    t.true(isinstance(answer, str), "The prompt should be a text, in quotes.")
    t.true(bool(answer.strip()), "The prompt is empty.")
    t.true(len(answer) <= 200, f"The prompt has {len(answer)} characters; 200 are the most.")
    t.true(
        not any(word in answer.lower() for word in ("paris", "france")),
        "The prompt names Paris or France; leave both out.",
    )
    text = ask(_model(), answer)
    t.true("Paris" in text, f'There is no Paris in what the model writes: "{text[:60]}".')
