"""Models that read what models wrote (notebook 20): six ways to make the next generation's texts, five seeds, five
generations each.
"""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import generations

TOLERANCE = 12  # of 300 names: a training's last digits move what is drawn


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in generations.SEEDS:
        for way in generations.WAYS:
            yield {"way": way, "seed": seed}


def make(way: str, seed: int) -> list[dict]:
    return generations.rows(way, seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """Generation 0 of one line, and the whole line that needs no network."""
    then, now = row_of(rows, way="own", seed=0, generation=0), generations.rows("own", 0, generations=0)[0]
    yield "own, seed 0, generation 0: names", then["names"], now["names"]
    then = row_of(rows, way="counts", seed=0, generation=generations.GENERATIONS)
    yield "counts, seed 0, last generation: names", then["names"], generations.rows("counts", 0)[-1]["names"]
