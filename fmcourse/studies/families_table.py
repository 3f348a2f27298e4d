"""The record of four families (`studies.families`) as a table and in words, for notebook 14.

    print(table(rows))        perfect draws, the four families, cheap rivals, and the fresh, by codebook

Each line is the mean of three seeds; a line without rows is left out. Spread is beyond what as many perfect draws have,
covered a share of what those cover. Where fewer than 5 % are legal, what counts legal drawings alone is left open: so
few would say nothing.

But: it reads rows and measures nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fmcourse.generation.judging import read

Row = dict[str, Any]  # of the record
LINES = {
    "perfect draws": ("rival", "fresh"),
    **{family: ("equal time", family) for family in ("autoregressive", "VAE", "GAN", "diffusion")},
    "rival: worn copies": ("rival", "worn"),
    "rival: means of two": ("rival", "means"),
    "rival: moved copies": ("rival", "moved"),
    "fresh, by codebook": ("rival", "codebook"),
}
COLUMNS: dict[str, Callable[[Row], float]] = {
    "legal": lambda r: r["legal"],
    "spread": lambda r: r["distance"]["joint"] - r["noise"]["joint"],
    "covered": lambda r: r["coverage"] / r["coverage_perfect"] if r["legal"] else 0.0,
    "new": lambda r: r["new_picture"],
    "nearer": lambda r: r["nearer"],
    "withheld": lambda r: r["withheld"],
}


OF_LEGAL, FEW = {"spread", "covered", "new", "withheld"}, 0.05
COSTS: dict[str, Callable[[Row], float]] = {
    "mill. op.": lambda r: r["operations"] / 1e6,
    "a second": lambda r: r["pictures_a_second"],
    "trained s": lambda r: r["seconds"],
}
MEASURES: dict[str, Callable[[Row], float]] = {
    "legal": lambda r: r["legal"],
    "even": lambda r: -COLUMNS["spread"](r),
    "covers": COLUMNS["covered"],
    "not nearer": lambda r: -max(r["nearer"], 0.5),  # perfect draws have 0.5; less is no merit
    "cheap": lambda r: -r["operations"],
}
EQUAL = 1.05  # operations that differ by less than this factor count as equal


def ahead(one: Iterable[Row], other: Iterable[Row], what: str) -> bool:
    """Whether the worst row of `one` beats the best of `other` in one of MEASURES, of which more is better.

    What counts legal drawings, and nearness, is compared only where both have at least FEW of them.
    """
    one, other = list(one), list(other)
    if what not in ("legal", "cheap") and min(mean(r["legal"] for r in rows) for rows in (one, other)) < FEW:
        return False
    least, most = min(map(MEASURES[what], one)), max(map(MEASURES[what], other))
    return least * EQUAL > most if what == "cheap" else least > most


def mean(values: Iterable[float]) -> float:
    """The mean of numbers, which may come from a generator.

    >>> mean(x for x in (1, 2, 6))
    3.0
    """
    found = list(values)
    return sum(found) / len(found)


def span(values: Iterable[float]) -> str:
    """The smallest and the largest of numbers, in words.

    >>> span([0.5, 0.25, 0.75])
    '0.25 to 0.75'
    """
    found = list(values)
    return f"{min(found):.2f} to {max(found):.2f}"


def furthest(row: Row) -> float:
    """How far the attribute furthest from the truth is, beyond what as many perfect draws have."""
    return max(row["distance"][attribute] - noise for attribute, noise in row["noise"].items())


def table(rows: Sequence[Row]) -> str:
    """One line for each of LINES; one column for each of COLUMNS and, of families, for each of COSTS."""
    out = [f"{'':20}" + "".join(f"{name:>9}" for name in COLUMNS) + "".join(f"{name:>11}" for name in COSTS)]
    for name, (what, family) in LINES.items():
        found = [r for r in rows if r["what"] == what and r["family"] == family]
        if not found:
            continue
        few = mean(r["legal"] for r in found) < FEW
        line = f"{name:20}"
        for column, measure in COLUMNS.items():
            line += f"{'-':>9}" if few and column in OF_LEGAL else f"{mean(map(measure, found)):9.2f}"
        costs = COSTS.values() if what == "equal time" else ()  # a rival needs no network
        out.append(line + "".join(f"{mean(map(measure, found)):11,.0f}" for measure in costs))
    return "\n".join(out)


def captions(pictures: np.ndarray) -> list[str]:
    """What the exact reader finds in pictures (n, 16, 16, 3): "small red\\nstar", or "not legal"."""
    return [f"{shown[2]} {shown[1]}\n{shown[0]}" if shown else "not legal" for shown in read(pictures)]
