"""Exercises of notebook 17: a pure tone, what a row of choices spells, counting wrong words, and a clip cut wrongly."""

import numpy as np

from fmcourse.classroom.exercise import exercise
from fmcourse.scenes.sounds import word_errors


def _tone(hertz, seconds, rate):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@exercise(
    "17.tone",
    difficulty=1,
    minutes=4,
    solution=_tone,
    hints=[
        "Sample number i is taken at the time i / rate, in seconds. There are `seconds * rate` of them.",
        "In one second the wave goes around `hertz` times, and once around is 2 pi.",
        "return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)",
    ],
    wrong=[
        (lambda hertz, seconds, rate: np.sin(hertz * np.arange(round(seconds * rate)) / rate), "2 pi"),
        (lambda hertz, seconds, rate: np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate))), "i / rate"),
        (lambda hertz, seconds, rate: _tone(hertz, seconds, rate)[:-1], "samples"),
    ],
    praise="A sound is no more than this: one number for each moment.",
)
def _(answer, t):
    t.function(answer, 3)
    got = np.asarray(answer(1, 1, 4), float)
    t.true(got.shape == (4,), f"One second at 4 samples a second has 4 samples; yours has the shape {got.shape}.")
    t.true(not np.allclose(got, np.sin(np.arange(4) / 4)), "Once around is 2 pi, not 1: the wave is too slow.")
    t.true(
        np.abs(got - [0, 1, 0, -1]).max() < 1e-6,
        "With 1 hertz and 4 samples a second the samples are 0, 1, 0, -1: sample i is taken at the time i / rate.",
    )
    for _ in range(5):
        hertz, rate = int(t.rng.integers(50, 400)), int(t.rng.integers(1000, 9000))
        seconds = int(t.rng.integers(3, 40)) / 100
        t.close(np.asarray(answer(hertz, seconds, rate), float), _tone(hertz, seconds, rate), what="The tone")


def _collapse(steps):
    out, before = [], 0
    for now in steps:
        if now and now != before:
            out.append(now)
        before = now
    return out


def _zeros_first(steps):
    left = [s for s in steps if s]
    return [s for i, s in enumerate(left) if i == 0 or s != left[i - 1]]


@exercise(
    "17.collapse",
    difficulty=2,
    minutes=6,
    solution=_collapse,
    hints=[
        "Go through the steps and remember the one before.",
        "A number counts if it is not 0 and differs from the step just before it, zeros included.",
        "out, before = [], 0; for now in steps: (if now and now != before: out.append(now)); before = now",
    ],
    wrong=[
        (_zeros_first, "a 0 between"),
        (lambda steps: list(dict.fromkeys(s for s in steps if s)), "twice"),
        (lambda steps: [s for s in steps if s], "repeats"),
        (lambda steps: [s for i, s in enumerate(steps) if i == 0 or s != steps[i - 1]], "0 is no word"),
    ],
    praise="The 0 in between is what lets it write the same word twice.",
)
def _(answer, t):
    t.function(answer, 1)
    say = lambda steps: t.items(answer(list(steps)), f"What {list(steps)} spells")  # noqa: E731
    t.true(0 not in say([0, 4, 0]), "0 is no word: it must not be written.")
    t.true(say([4, 4, 4]) == [4], "Of repeats in a row one word is left: [4, 4, 4] spells [4].")
    t.true(say([4, 2, 4]) == [4, 2, 4], "A word may come twice, with another between: [4, 2, 4] spells [4, 2, 4].")
    t.true(say([4, 0, 4]) == [4, 4], "With a 0 between, the same word was spoken again: [4, 0, 4] spells [4, 4].")
    for _ in range(8):
        steps = [int(k) for k in t.rng.integers(0, 3, size=t.rng.integers(5, 15))]
        t.equal(say(steps), _collapse(steps), f"What {steps} spells")


def _places(found, said):
    return sum(a != b for a, b in zip(found, said, strict=False)) + abs(len(found) - len(said))


def _bags(found, said):
    left = list(said)
    extra = 0
    for word in found:
        if word in left:
            left.remove(word)
        else:
            extra += 1
    return max(extra, len(left))


@exercise(
    "17.errors",
    difficulty=3,
    minutes=12,
    solution=word_errors,
    hints=[
        "Ask for less: what are the errors between the first i words found and the first j words said? "
        "Begin with i = 0 or j = 0: then all words of the other are missing or too many.",
        "For i and j there are three ways to end: the last word found is too much (i - 1, j, and one error), the last "
        "word said is missing (i, j - 1, and one), or both are the same place (i - 1, j - 1, and one if they differ).",
        "Fill a table row by row; each entry is the least of the three, and the last entry is the answer.",
    ],
    wrong=[
        (_places, "put in"),
        (_bags, "order"),
        (lambda found, said: abs(len(found) - len(said)), "changed"),
    ],
    praise="Divided by the number of words said, this is the word error rate of every recogniser.",
)
def _(answer, t):
    t.function(answer, 2)
    count = lambda found, said: t.number(answer(list(found), list(said)), "The number of errors")  # noqa: E731
    t.true(count(["my"], ["me"]) == 1, "One word was changed: ['my'] for ['me'] is 1 error.")
    t.true(count(["go", "see", "me"], ["see", "me"]) == 1, "One word was put in before the others: that is 1 error.")
    t.true(count(["now", "go"], ["go", "now"]) == 2, "The order counts: ['now', 'go'] for ['go', 'now'] has 2 errors.")
    for _ in range(8):
        found, said = (list(t.rng.choice(["go", "me", "now"], size=t.rng.integers(0, 6))) for _ in range(2))
        t.equal(count(found, said), word_errors(found, said), f"The errors of {list(map(str, found))} for "
                f"{list(map(str, said))}")  # fmt: skip


def _mend(clip):
    return clip.reshape(4, 2, 4, 8, 4, 8, 3).transpose(0, 2, 4, 1, 3, 5, 6).reshape(64, 384)


@exercise(
    "17.bug",
    difficulty=3,
    minutes=10,
    solution=_mend,
    hints=[
        "`reshape` alone never moves a number: their first patch holds the first 384 numbers in memory, which are four "
        "whole rows of frame 0.",
        "Give each cut two axes: frames (8) become (4, 2), rows (4, 8), columns (4, 8). Then bring the three axes that "
        "count patches to the front, and those inside a patch behind them.",
        "return clip.reshape(4, 2, 4, 8, 4, 8, 3).transpose(0, 2, 4, 1, 3, 5, 6).reshape(64, 384)",
    ],
    wrong=[
        (lambda clip: clip.reshape(64, 384), "four rows"),
        (
            lambda clip: clip.reshape(4, 2, 4, 8, 4, 8, 3).transpose(2, 4, 0, 1, 3, 5, 6).reshape(64, 384),
            "moment by moment",
        ),
        (lambda clip: clip.reshape(4, 2, 4, 8, 4, 8, 3).transpose(0, 4, 2, 1, 3, 5, 6).reshape(64, 384), "to right"),
        (lambda clip: clip.reshape(4, 2, 4, 8, 4, 8, 3).transpose(0, 2, 4, 1, 3, 5, 6), "shape"),
    ],
    praise="One line for a picture, a clip or a solid: only the number of axes that are cut differs.",
)
def _(answer, t):
    t.function(answer, 1)
    clip = t.rng.random((8, 32, 32, 3))
    got = answer(clip.copy())
    t.shape(got, (64, 384), "The patches")
    first = clip[:2, :8, :8].ravel()
    t.true(
        not np.allclose(got[0], clip.reshape(64, 384)[0]),
        "Your first patch is four rows of one frame; it should be 2 frames of 8 by 8 pixels.",
    )
    t.close(got[0], first, what="The first patch (frames 0 and 1, the corner at the top left)")
    t.true(
        np.allclose(got[16], clip[2:4, :8, :8].ravel()),
        "Patches are counted moment by moment: number 16 begins the next two frames, at the top left.",
    )
    t.true(
        np.allclose(got[1], clip[:2, :8, 8:16].ravel()),
        "Within a moment patches run from left to right, then down: number 1 stands to the right of number 0.",
    )
    t.close(got, _mend(clip), what="All patches")
