"""Bug hunts: a small program, in which the term's seed plants one of several bugs.

Asked are the number of the line that is wrong and what the mended program returns for values of this term. Both come
from running: the right program gives the value, and a bug that does not show on the drawn values is never planted.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from fmcourse.teaching.answers import plain, same
from fmcourse.teaching.varied import Drawn, own

_TEXT = (
    "{task} One line of the program below is wrong. Give `[number of that line, what the mended program returns for "
    "these values]`; the line with `def` is number 1."
)


@dataclass(frozen=True)
class Program:
    """A right program, what can go wrong in it (line number, bad line), and how its values are drawn."""

    task: str
    right: str
    bugs: tuple[tuple[int, str], ...]
    draw: Callable[[random.Random], dict]

    def with_bug(self, line: int, bad: str) -> str:
        """The program with that line replaced, at the same indentation."""
        lines = self.right.splitlines()
        old = lines[line - 1]
        lines[line - 1] = old[: len(old) - len(old.lstrip())] + bad
        return "\n".join(lines)

    def question(self, rng: random.Random) -> Drawn:
        """Draw values on which a drawn bug shows."""
        while True:
            given, (line, bad) = self.draw(rng), rng.choice(self.bugs)
            program = self.with_bug(line, bad)
            key = plain(_run(self.right, given))
            try:
                shows = not same(plain(_run(program, given)), key)
            except Exception:  # this bug crashes here, which shows well enough
                shows = True
            if shows:
                return Drawn(given, [line, key], _TEXT.format(task=self.task), program)


def _run(source: str, given: dict):
    space: dict = {}
    exec(source, space)  # our own text above, with one of our own lines
    return space[source.split("(")[0].removeprefix("def ")](**given)


PROGRAMS = {
    "06.planted": Program(
        "`looked` should give, for each place, the weighted mean of the values up to it (itself included), each "
        "weighted by 0.5 for every step that it lies back.",
        "def looked(values):\n"
        "    out = []\n"
        "    for here in range(len(values)):\n"
        "        weights = [0.5 ** (here - back) for back in range(here + 1)]\n"
        "        total = sum(w * v for w, v in zip(weights, values))\n"
        "        out.append(total / sum(weights))\n"
        "    return out",
        (
            (3, "for here in range(1, len(values)):"),
            (4, "weights = [0.5 ** back for back in range(here + 1)]"),
            (5, "total = sum(w * v for w, v in zip(weights, values[1:]))"),
            (6, "out.append(total / len(weights))"),
        ),
        lambda r: {"values": [r.randint(1, 99) for _ in range(6)]},
    ),
    "09.planted": Program(
        "`cache_bytes` should say how many bytes a cache takes: a key and a value of `width` numbers for every token "
        "in every layer; with a window, of the latest `window` tokens only.",
        "def cache_bytes(layers, width, tokens, window, bits):\n"
        "    kept = min(tokens, window)\n"
        "    numbers = 2 * kept * width\n"
        "    total = layers * numbers\n"
        "    return total * bits // 8",
        (
            (2, "kept = max(tokens, window)"),
            (3, "numbers = kept * width"),
            (3, "numbers = 2 * kept + width"),
            (4, "total = layers + numbers"),
            (5, "return total * bits"),
        ),
        lambda r: {
            "layers": r.randint(4, 60), "width": 64 * r.randint(4, 60), "tokens": r.randint(2000, 9000),
            "window": r.randint(500, 1900), "bits": r.choice([4, 8, 16]),
        },
    ),
    "12.planted": Program(
        "`ratings` should give each answer the share of its comparisons that it won; a draw (`None` as winner) counts "
        "as half a win for both.",
        "def ratings(answers, compared):\n"
        "    won = {answer: 0.0 for answer in answers}\n"
        "    played = {answer: 0 for answer in answers}\n"
        "    for one, other, winner in compared:\n"
        "        for answer in (one, other):\n"
        "            played[answer] += 1\n"
        "            won[answer] += 0.5 if winner is None else winner == answer\n"
        "    return [won[a] / played[a] for a in answers]",
        (
            (5, "for answer in (one,):"),
            (6, "played[answer] += 1 if winner == answer else 0.5"),
            (7, "won[answer] += 1 if winner is None else winner == answer"),
            (7, "won[answer] += 0.5 if winner is None else winner != answer"),
            (8, "return [won[a] / len(compared) for a in answers]"),
        ),
        lambda r: {"answers": list("abcd"), "compared": _games(r)},
    ),
    "18.planted": Program(
        "`first_hit` should give the mean of 1 / (rank of the first right text), ranks from 1; a question whose right "
        "text was not found counts as 0.",
        "def first_hit(found, right):\n"
        "    scores = []\n"
        "    for ranking, wanted in zip(found, right):\n"
        "        score = 0.0\n"
        "        for rank, text in enumerate(ranking, start=1):\n"
        "            if text == wanted:\n"
        "                score = 1 / rank\n"
        "                break\n"
        "        scores.append(score)\n"
        "    return sum(scores) / len(scores)",
        (
            (4, "score = 1.0"),
            (5, "for rank, text in enumerate(ranking):"),
            (7, "score = rank / len(ranking)"),
            (8, "continue"),
            (10, "return sum(scores) / sum(s > 0 for s in scores)"),
        ),
        lambda r: {
            "found": [[r.randint(1, 9) for _ in range(12)] for _ in range(8)],
            "right": [r.randint(1, 11) for _ in range(8)],
        },
    ),
    "20.planted": Program(
        "`miscalibration` should cut certainties into ten bins of equal width and give the mean difference between "
        "certainty and share of right answers in a bin, each bin weighted by how many answers it holds.",
        "def miscalibration(sure, right):\n"
        "    total = 0.0\n"
        "    for low in range(10):\n"
        "        held = [i for i, s in enumerate(sure) if int(10 * s) == low]\n"
        "        if held:\n"
        "            certainty = sum(sure[i] for i in held) / len(held)\n"
        "            share = sum(right[i] for i in held) / len(held)\n"
        "            total += len(held) * abs(certainty - share)\n"
        "    return total / len(sure)",
        (
            (4, "held = [i for i, s in enumerate(sure) if int(10 * s) >= low]"),
            (6, "certainty = max(sure[i] for i in held)"),
            (7, "share = sum(right) / len(right)"),
            (8, "total += abs(certainty - share)"),
            (8, "total += len(held) * (certainty - share)"),
        ),
        lambda r: {
            "sure": [r.randint(300, 999) / 1000 for _ in range(30)],
            "right": [r.random() < 0.6 for _ in range(30)],
        },
    ),
}  # fmt: skip


def _games(rng):
    games = [rng.sample("abcd", 2) for _ in range(18)] + [["a", "b"], ["c", "d"]]
    return [(one, other, rng.choice([one, other, None])) for one, other in games]


for _name, _program in PROGRAMS.items():
    own(_name)(_program.question)
