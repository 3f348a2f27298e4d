"""Features from pretext tasks (notebook 05): every task, three sets of pictures, rivals, few labels."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import pretext
from fmcourse.studies.pretext import SEEDS
from fmcourse.training import image_sets

TOLERANCE = 0.05  # of 1,000 pictures


def plan(rows: list[dict]) -> Iterator[dict]:
    for seed in SEEDS:
        yield {"seed": seed}


def make(seed: int) -> list[dict]:
    return pretext.rows_of(seed)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """One encoder of one seed; a whole seed takes minutes."""
    seed = SEEDS[0]
    task, data = "masked patches", image_sets.textures(seed)
    encoder, _, _ = pretext.pretrain(task, data.pool, seed)
    then = row_of(rows, data="textures", task=task, seed=seed, per_class=10)
    now = pretext.probes(data, encoder, seed, per_class=(10,))[0]
    yield f"{task}, seed {seed}, 10 labels a class, accuracy", then["accuracy"], now["accuracy"]
