"""How good are pictures that a model drew? Legal, spread as they should be, new: each beside what perfect draws give.

    found = judge(model.sample(1000, generator), training, fresh)
    found.legal, found.distance["colour"], found.noise["colour"], found.coverage, found.nearer

A thousand draws from the exact distribution itself do not come out exactly even. So each distance stands beside the one
that as many perfect draws have on average, which follows from the binomial distribution, and each count beside its
expectation.

New means two things. A scene can be new: its cell (shape, colour, size, place) does not occur in training. And a
picture: the true picture nearest to it, a pixel apart, is none of training's. Where nothing is read,
`nearer` still tells: a model that remembers paints nearer to its training pictures than to as many fresh ones.
Sources: total variation and coverage as in Xu and others 2018, "An empirical study on evaluation metrics of generative
adversarial networks"; nearness to training against fresh pictures: Meehan, Chaudhuri and Dasgupta 2020, "A
non-parametric test to detect data-copying in generative models".

But: all of it needs a world whose truth is known. For photographs one is left with features of a trained network
(Frechet distance), which see neither of these clearly.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, floor, lgamma, log
from time import process_time

import numpy as np

from fmcourse.generation.pictures import (
    ATTRIBUTES,
    Cell,
    Pictures,
    Shift,
    cell,
    exact,
    picture_at,
    positions,
    probability,
)
from fmcourse.scenes.reader import Reading, read_images
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import Scene

CELLS = tuple(c for c, p in exact("joint").items() if p)  # the 540 that occur


@dataclass(frozen=True)
class Judgement:
    """What `judge` found. Each name ending in `_perfect` is what perfect draws give on average, as many of them.

    n                 pictures judged
    legal             share that show one thing of the world, without a flaw, on a plain ground; all below but the last
                      three are about these
    withheld          share with a combination that never stands in training; perfect draws have none
    distance          total variation to the exact distribution, of each of ATTRIBUTES; `noise` is that of perfect draws
    coverage          share of the 540 cells that occur
    new_scene         share whose cell does not stand in the training set
    new_picture       share whose nearest true picture does not stand in it
    nearer            share, of all, nearer to a training picture than to any of as many fresh ones; perfect draws: 0.5
    nearest           median distance to the nearest training picture, and `nearest_perfect` that of the fresh ones
    variety           how far pictures lie from their mean, as a share of what true ones do
    """

    n: int
    legal: float
    withheld: float
    distance: dict[str, float]
    noise: dict[str, float]
    coverage: float
    coverage_perfect: float
    new_scene: float
    new_scene_perfect: float
    new_picture: float
    new_picture_perfect: float
    nearer: float
    nearest: float
    nearest_perfect: float
    variety: float


def judge(pictures: np.ndarray, training: Pictures, fresh: Pictures) -> Judgement:
    """Judge pictures (n, 32, 32, 3) in [0, 1] of a model that learned from `training`; `fresh` is a set as large.

    1,000 pictures take about 15 seconds. Raises ValueError for none, and for sets of different size.
    """
    if not len(pictures):
        raise ValueError("there is no picture to judge.")
    if len(training) != len(fresh):
        raise ValueError(f"training has {len(training)} pictures and fresh {len(fresh)}; nearness needs as many.")
    shown = [scene_of(reading) for reading in read_images(pictures)]
    legal = [i for i, scene in enumerate(shown) if scene]
    scenes = [scene for scene in shown if scene]
    cells, n = [cell(scene) for scene in scenes], len(scenes)
    known, known_cells = set(training.keys), set(map(cell, training.scenes))
    new = [(c, place_of(pictures[i], s)) not in known for i, c, s in zip(legal, cells, scenes, strict=True)]
    near, away = nearest(pictures, training.images), nearest(pictures, fresh.images)
    return Judgement(
        n=len(pictures),
        legal=n / len(pictures),
        withheld=_share(c[:2] in WITHHELD for c in cells),
        distance={name: distance(cells, name) for name in ATTRIBUTES},
        noise={name: sampling_noise(exact(name).values(), n) for name in ATTRIBUTES},
        coverage=len(set(cells) & set(CELLS)) / len(CELLS),
        coverage_perfect=1 - (1 - 1 / len(CELLS)) ** n,
        new_scene=_share(c not in known_cells for c in cells),
        new_scene_perfect=1 - len(known_cells) / len(CELLS),
        new_picture=_share(new),
        new_picture_perfect=1 - sum(probability(c) for c, _ in known),
        nearer=float((near < away).mean() + (near == away).mean() / 2),
        nearest=float(np.median(near)),
        nearest_perfect=float(np.median(nearest(fresh.images, training.images))),
        variety=float(np.sqrt(pictures.var(0).sum() / training.images.var(0).sum())),
    )


def scene_of(reading: Reading) -> Scene | None:
    """The scene that was read, if it is legal and one of this set: one thing, on a plain ground."""
    scene = reading.scene
    return scene if reading.legal and scene and len(scene.things) == 1 and scene.ground == "plain" else None


def distance(cells: Iterable[Cell], attribute: str) -> float:
    """The total variation between what occurs and the exact distribution: half the sum of the differences, 0 to 1.

    Without any cell it is 1.
    """
    found = Counter(ATTRIBUTES[attribute](c) for c in cells)
    n = found.total()
    return sum(abs(found[value] / n - p) for value, p in exact(attribute).items()) / 2 if n else 1.0


def sampling_noise(probabilities: Iterable[float], n: int) -> float:
    """The total variation that `n` draws from a distribution have to it on average, exactly; 0 for no draws.

    Each value's count is binomial, and its mean distance from np is 2 k C(n, k) p^k (1 - p)^(n - k + 1) with
    k = floor(np) + 1 (De Moivre 1730).

    >>> sampling_noise([0.5, 0.5], 1), sampling_noise([1.0], 7)
    (0.5, 0.0)
    """
    total = 0.0
    for p in probabilities:
        k = floor(n * p) + 1
        if n and 0 < p < 1:
            ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            total += k / n * exp(ways + k * log(p) + (n - k + 1) * log(1 - p))
    return total


def nearest(pictures: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The distance (root of the sum of squares) from each picture to the nearest of the others: (n,)."""
    middle = others.mean(0, dtype=np.float64)
    a, b = ((x - middle).reshape(len(x), -1) for x in (pictures, others))
    squares = (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)
    return np.sqrt(squares.min(1).clip(0))


def place_of(picture: np.ndarray, scene: Scene) -> Shift:
    """Where in its place the thing of a picture (32, 32, 3) stands: the position whose true picture is nearest."""

    def away(shift: Shift) -> float:
        return float(((picture_at(scene, shift) - picture) ** 2).sum())

    _, _, size, place = cell(scene)
    return min(positions(size, place), key=away)


def pictures_a_second(sample: Callable[[int], object], n: int = 64) -> float:
    """How many pictures `sample(n)` gives in a second of the processor. It differs from machine to machine."""
    sample(1)  # what happens once does not count
    began = process_time()
    sample(n)
    return n / (process_time() - began)


def operations(sample: Callable[[int], object], n: int = 4) -> float:
    """Multiplications and additions for each of `n` pictures that `sample(n)` gives, counted: the same everywhere."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        sample(n)
    return counter.get_total_flops() / n


def _share(true: Iterable[bool]) -> float:
    found = list(true)
    return sum(found) / len(found) if found else 0.0
