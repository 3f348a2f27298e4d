"""What guidance buys and costs (notebook 15): full captions of three things, and three open ones."""

from collections.abc import Iterator

from fmcourse.experiments.runner import row_of
from fmcourse.generation.drawing import draw
from fmcourse.models.catalogue import load
from fmcourse.studies import open_captions

TOLERANCE = 0.0002  # of a mean between 0 and 1; another seed moves it by 0.001 and more
DATA = ("data/models/scene-diffusion/model.safetensors",)


def plan(rows: list[dict]) -> Iterator[dict]:
    for caption in ("beginning", "three things", *open_captions.CAPTIONS):
        yield {"caption": caption}


def make(caption: str) -> list[dict]:
    loaded = load("scene-diffusion", device="cpu")
    if caption == "beginning":
        return [{"caption": caption, "mean": _beginning(loaded)}]
    if caption == "three things":
        return open_captions.full_rows(loaded)
    return open_captions.open_rows(loaded, caption)


def replay(rows: list[dict]) -> Iterator[tuple[str, float, float]]:
    """A few pictures in a few steps."""
    now = _beginning(load("scene-diffusion", device="cpu"))
    yield "mean of eight pictures, 6 steps, guidance 2", row_of(rows, caption="beginning")["mean"], now


def _beginning(loaded) -> float:
    return float(draw(loaded, ["a thing"] * 8, steps=6, guidance=2.0, seed=25).mean())
