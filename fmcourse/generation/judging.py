"""How good are pictures that a model drew? Legal, spread as they should be, new: each beside what perfect draws give.

    found = judge(model.sample(1000, generator), training, fresh)
    found.legal, found.distance["colour"], found.noise["colour"], found.coverage, found.nearer

A thousand draws from the exact distribution itself do not come out exactly even. So each distance stands beside the one
that as many perfect draws have on average, which follows from the binomial distribution, and each count beside its
expectation.

New means two things. A scene can be new: its cell (shape, colour, size, place) does not occur in training. And a
picture: the true picture nearest to it, half a pixel apart, is none of training's. Where nothing is read,
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
from functools import lru_cache
from math import exp, floor, lgamma, log
from time import process_time

import numpy as np

from fmcourse.generation.pictures import (
    ATTRIBUTES,
    EDGE,
    SIDE,
    Cell,
    Pictures,
    Shift,
    Shown,
    cell,
    exact,
    picture_of,
    positions,
    probability,
)
from fmcourse.scenes.images import background
from fmcourse.scenes.reader import read_images
from fmcourse.scenes.sampling import WITHHELD

CELLS = {c: p for c, p in exact("joint").items() if p}  # the 540 that occur


@dataclass(frozen=True)
class Judgement:
    """What `judge` found. Each name ending in `_perfect` is what perfect draws give on average, as many of them.

    n                 pictures judged
    legal             share that show one thing of the world, without a flaw, on a plain ground; all below but the last
                      three are about these
    withheld          share with a combination that never stands in training; perfect draws have none
    distance          total variation to the exact distribution, of each of ATTRIBUTES; `noise` is that of perfect draws
    coverage          share of the 540 cells that occur among them
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
    """Judge pictures (n, 16, 16, 3) in [0, 1] of a model that learned from `training`; `fresh` is a set as large.

    1,000 pictures take about 15 seconds. Raises ValueError for none, and for sets of different size.
    """
    if not len(pictures):
        raise ValueError("there is no picture to judge.")
    if len(training) != len(fresh):
        raise ValueError(f"training has {len(training)} pictures and fresh {len(fresh)}; nearness needs as many.")
    legal = [shown for shown in read(pictures) if shown]
    cells, n = list(map(cell, legal)), len(legal)
    known, known_cells = set(training.shown), set(map(cell, training.shown))
    near, away = nearest(pictures, training.images), nearest(pictures, fresh.images)
    return Judgement(
        n=len(pictures),
        legal=n / len(pictures),
        withheld=_share(c[:2] in WITHHELD for c in cells),
        distance={name: distance(cells, name) for name in ATTRIBUTES},
        noise={name: sampling_noise(exact(name).values(), n) for name in ATTRIBUTES},
        coverage=len(set(cells) & set(CELLS)) / len(CELLS),
        coverage_perfect=sum(1 - (1 - p) ** n for p in CELLS.values()) / len(CELLS),
        new_scene=_share(c not in known_cells for c in cells),
        new_scene_perfect=1 - sum(CELLS[c] for c in known_cells),
        new_picture=_share(shown not in known for shown in legal),
        new_picture_perfect=1 - sum(map(probability, known)),
        nearer=float((near < away).mean() + (near == away).mean() / 2),
        nearest=float(np.median(near)),
        nearest_perfect=float(np.median(nearest(fresh.images, training.images))),
        variety=float(np.sqrt(pictures.var(0).sum() / training.images.var(0).sum())),
    )


def read(pictures: np.ndarray) -> list[Shown | None]:
    """What each picture (n, 16, 16, 3) shows; None for one that is not legal.

    Each is laid into the middle of an empty picture for the exact reader of scenes (`scenes.reader`), which wants one
    thing on a plain ground, without a flaw. Where it stands is that of the nearest true picture.
    """
    whole = np.broadcast_to(background(), (len(pictures), *background().shape)).astype(np.float32)
    whole[:, EDGE : EDGE + SIDE, EDGE : EDGE + SIDE] = pictures
    out: list[Shown | None] = []
    for picture, reading in zip(pictures, read_images(whole), strict=True):
        things = reading.scene.things if reading.scene and reading.legal else ()
        if len(things) != 1 or reading.scene.ground != "plain":
            out.append(None)
            continue
        (thing,) = things
        out.append((thing.shape, thing.colour, thing.size, shift_of(picture, thing.shape, thing.colour, thing.size)))
    return out


def shift_of(picture: np.ndarray, shape: str, colour: str, size: str) -> Shift:
    """Where such a thing stands in a picture (16, 16, 3): the position whose true picture is nearest."""
    away = ((_at_all_positions(shape, colour, size) - picture) ** 2).sum((1, 2, 3))
    return positions(size)[int(away.argmin())]


@lru_cache(maxsize=64)
def _at_all_positions(shape: str, colour: str, size: str) -> np.ndarray:
    return np.stack([picture_of((shape, colour, size, shift)) for shift in positions(size)]).astype(np.float32)


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
