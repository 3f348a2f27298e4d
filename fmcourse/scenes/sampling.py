"""Random scenes with their exact probability; what is withheld; and data sets of pictures, captions and labels.

A draw: how many things (evenly from `objects`), which places (every set of that many evenly), then for each thing a
size and a combination of shape and colour, each evenly. A scene has one derivation, so its probability is a product.

But: nothing is skewed here; every allowed scene with the same number of things is equally likely.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from math import comb, log
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.captions import caption
from fmcourse.scenes.images import SIZE, image
from fmcourse.scenes.scene import COLOURS, MOST, PLACES, SHAPES, SIZES, Scene, Thing, did_you_mean

# Never in training data: each shape and each colour once, so both stay equally common in what is seen.
WITHHELD = (
    ("circle", "green"),
    ("square", "pink"),
    ("triangle", "black"),
    ("cross", "blue"),
    ("star", "red"),
    ("ring", "yellow"),
)
_ALL = tuple(product(SHAPES, COLOURS))
_COMBOS = {"seen": tuple(pair for pair in _ALL if pair not in WITHHELD), "withheld": WITHHELD, "all": _ALL}
_PLACES, _SIZES = tuple(PLACES), tuple(SIZES)


def _combos(which: str) -> tuple[tuple[str, str], ...]:
    if which not in _COMBOS:
        raise ValueError(f"combos='{which}' is unknown; {did_you_mean(which, list(_COMBOS))}")
    return _COMBOS[which]


def _counts(objects: int | Iterable[int]) -> tuple[int, ...]:
    counts = (objects,) if isinstance(objects, int) else tuple(objects)
    if not counts or len(set(counts)) < len(counts) or not all(1 <= n <= MOST for n in counts):
        raise ValueError(f"objects must be a number from 1 to {MOST} or different such numbers, not {objects!r}.")
    return counts


def log_prob(scene: Scene, objects: int | Iterable[int] = 1, combos: str = "seen") -> float:
    """log p(scene), in nats, under `sample` with the same options; minus infinity for what it cannot draw.

    >>> from fmcourse.scenes import parse
    >>> round(log_prob(parse("a large red circle in the centre")), 4)       # 9 places x 2 sizes x 30 combinations
    -6.2916
    """
    counts, allowed, n = _counts(objects), _combos(combos), len(scene.things)
    if n not in counts or scene.ground != "plain" or any((t.shape, t.colour) not in allowed for t in scene.things):
        return -float("inf")
    return -log(len(counts)) - log(comb(len(_PLACES), n)) - n * log(len(_SIZES) * len(allowed))


def sample(rng: np.random.Generator, objects: int | Iterable[int] = 1, combos: str = "seen") -> tuple[Scene, float]:
    """A random scene and its log-probability in nats.

    `objects` is the number of things, or several numbers to draw from. `combos` says which combinations of shape and
    colour may occur: "seen" (the 30 for training), "withheld" (only the other six) or "all".
    """
    counts, allowed = _counts(objects), _combos(combos)
    n = counts[rng.integers(len(counts))]
    places = list(_PLACES)
    things = []
    for _ in range(n):
        shape, colour = allowed[rng.integers(len(allowed))]
        place = places.pop(rng.integers(len(places)))
        things.append(Thing(shape, colour, _SIZES[rng.integers(len(_SIZES))], place))
    scene = Scene(tuple(things))
    return scene, log_prob(scene, counts, combos)


def all_scenes(objects: int = 1, combos: str = "all") -> Iterator[Scene]:
    """Every scene of that many things, once: 648 of one thing, 186,624 of two."""
    kinds = [(shape, colour, size) for shape, colour in _combos(combos) for size in _SIZES]
    (n,) = _counts(objects)
    for places in combinations(_PLACES, n):
        for chosen in product(kinds, repeat=n):
            yield Scene(tuple(Thing(*kind, place) for kind, place in zip(chosen, places, strict=True)))


def audit(scenes: Iterable[Scene]) -> dict[tuple[str, str], int]:
    """How often each withheld combination of shape and colour occurs: all zeros for training data.

    >>> from fmcourse.scenes import parse
    >>> audit([parse("a large green circle at the top")])[("circle", "green")]
    1
    """
    found = dict.fromkeys(WITHHELD, 0)
    for scene in scenes:
        for thing in scene.things:
            if (thing.shape, thing.colour) in found:
                found[thing.shape, thing.colour] += 1
    return found


class Dataset(NamedTuple):
    """What `dataset` returns. Things are in reading order; where a scene has fewer, labels are -1."""

    images: np.ndarray  # (n, size, size, 3), float32 in [0, 1] or uint8
    captions: list[str]
    labels: dict[str, np.ndarray]  # "shape", "colour", "size", "place": int64 (n, most things)
    scenes: list[Scene]
    nats: np.ndarray  # (n,) minus log-probability of each scene


def dataset(
    seed: int,
    n: int,
    objects: int | Iterable[int] = 1,
    combos: str = "seen",
    noise: float = 0.0,
    wobble: bool = True,
    size: int = SIZE,
    dtype: str = "float32",
) -> Dataset:
    """`n` random scenes as pictures, captions and labels; the same seed gives the same data.

    Labels are indices into SHAPES, list(COLOURS), list(SIZES) and list(PLACES). `dtype` is "float32" or "uint8".
    """
    if dtype not in ("float32", "uint8"):
        raise ValueError(f"dtype='{dtype}' is unknown; choose 'float32' or 'uint8'.")
    rng, counts = np.random.default_rng(seed), _counts(objects)
    images = np.empty((n, size, size, 3), dtype)
    scenes, nats = [], np.empty(n)
    lists = {"shape": SHAPES, "colour": tuple(COLOURS), "size": _SIZES, "place": _PLACES}
    labels = {name: np.full((n, max(counts)), -1) for name in lists}
    for i in range(n):
        scene, logp = sample(rng, counts, combos)
        picture = image(scene, noise, rng, size, wobble)
        images[i] = np.rint(picture * 255) if dtype == "uint8" else picture
        scenes.append(scene)
        nats[i] = -logp
        for k, thing in enumerate(scene.things):
            for name, choices in lists.items():
                labels[name][i, k] = choices.index(getattr(thing, name))
    return Dataset(images, [caption(scene) for scene in scenes], labels, scenes, nats)
