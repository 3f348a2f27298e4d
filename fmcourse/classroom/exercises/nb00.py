"""Exercises of notebook 00: the reader tries out `check` and `hint` on two small tasks."""
from fmcourse.classroom.exercise import exercise


@exercise("00.first", difficulty=1, minutes=1, solution=42,
          hints=["The value is a whole number, written without quotes.", "Type 42 in place of None."],
          wrong=[("42", "one number"), (41, "should be 42"), (float("nan"), "nan"), ([42], "should be one number")],
          praise="That is how every exercise answers: at once, and on your own machine.")
def _(answer, t):
    t.true(not isinstance(answer, list), "The answer should be one number; it is a list.")
    t.equal(answer, 42)


def _mean(values):
    return sum(values) / len(values)


@exercise("00.mean", difficulty=1, minutes=3, solution=_mean,
          hints=["`sum(values)` adds the numbers up.", "Divide the sum by `len(values)`.",
                 "return sum(values) / len(values)"],
          wrong=[(sum, "divide"), (lambda values: sum(values) // len(values), "rounds"),
                 (lambda values: print(values), "return"), (lambda values: sum(values) / 3, "how many"),
                 (3.0, "function itself")])
def _(answer, t):
    t.function(answer, 1)
    t.true(answer([2, 4, 6]) != 12, "Three numbers 2, 4, 6 have the mean 4; yours says 12. Did you divide by how many "
                                    "there are?")
    t.close(answer([2, 4, 6]), 4.0, what="The mean of [2, 4, 6]")
    t.true(answer([1, 2, 4, 6]) != 3, "The mean of [1, 2, 4, 6] is 3.25; yours says 3. `//` rounds down, `/` does not.")
    for _ in range(5):  # other lengths, so that a fixed divisor shows
        values = [float(v) for v in t.rng.normal(size=t.rng.integers(4, 9))]
        t.close(answer(values), sum(values) / len(values),
                what=f"The mean of {len(values)} numbers (do you divide by how many there are?)")
