"""What pointing teaches (notebook 16): answerers that tell where things stand, and their twins that do not."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.studies import pointing

DATA = ("data/models/scene-captioner/model.safetensors",)
TOLERANCE = 0.02  # nats, of a loss of about 5
SHORT = 2  # steps of the row that is made again


def plan(rows: list[dict]) -> Iterator[dict]:
    yield {"weight": 3.0, "seed": 1, "steps": SHORT}
    for seed in pointing.SEEDS:
        for weight in pointing.WEIGHTS:
            yield {"weight": weight, "seed": seed, "steps": pointing.STEPS}


def make(weight: float, seed: int, steps: int) -> dict:
    return {"weight": weight, "seed": seed, "steps": steps, **pointing.row(weight, seed, steps)}


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """Two steps again; a whole training takes some minutes."""
    then, (_, loss) = row_of(rows, weight=3.0, seed=1, steps=SHORT), pointing.learned(3.0, 1, SHORT)
    yield "loss after two steps", then["loss"], loss[-1]
