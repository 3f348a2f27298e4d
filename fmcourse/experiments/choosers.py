"""How long a search for a learned reward pays: the best of 1 to 1,024 texts, as nine choosers see it (notebook 12)."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.models.loading import load
from fmcourse.studies import choosers, feedback
from fmcourse.studies.choosers import FRESH, SEEDS
from fmcourse.tasks import annotators
from fmcourse.training.preferences import best_of_n
from fmcourse.world import World

TOLERANCE = 0.15  # points of true reward; 60 comparisons leave a chooser some play between machines
DATA = ("data/models/world-gpt/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in (*SEEDS, *FRESH):
        yield {"seed": seed}


def make(seed: int) -> Iterator[dict]:
    for row in choosers.trial(load("world-gpt", device="cpu"), seed):
        yield {"seed": seed, **row}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """The first animal's texts of the first seed: their true reward, and that of the best of 32 by the truth."""
    seed, world = SEEDS[0], World.default()
    animal = annotators.animals(world, withheld=True)[:1]
    start = feedback.tuned_start(load("world-gpt", device="cpu"), seed)
    true = feedback.worths(animal, choosers.drawn_pool(start, animal, choosers.POOL, seed + 2000))
    for n in (1, choosers.PEAK):
        then = row_of(rows, seed=seed, chooser="the truth", n=n)["true"][0]
        yield f"seed {seed}, {animal[0]}, best of {n} by the truth", then, float(best_of_n(true, true, n)[0])
