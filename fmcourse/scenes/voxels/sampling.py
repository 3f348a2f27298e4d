"""Random spaces with their exact probability, what is withheld, and data sets.

A draw: how many solids (evenly from `objects`), which octants (every set of that many evenly), then for each solid a
size and a combination of shape and colour, each evenly. A space has one derivation, so its probability is a product.

But: nothing is skewed here; every allowed space with the same number of solids is equally likely.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from math import comb, log
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.scene import COLOURS, did_you_mean
from fmcourse.scenes.voxels.captions import caption
from fmcourse.scenes.voxels.drawing import CHANNELS, SIZE, render
from fmcourse.scenes.voxels.truth import MOST, PLACES, SHAPES, SIZES, Solid, Space

# Never in training data: each shape and each colour once, so both stay equally common in what is seen. They are the
# combinations withheld from the pictures, each flat shape replaced by the solid it is the outline of (star: cylinder),
# so that no other form of data tells what a withheld solid looks like.
WITHHELD = (
    ("sphere", "green"),
    ("cube", "pink"),
    ("pyramid", "black"),
    ("cross", "blue"),
    ("cylinder", "red"),
    ("ring", "yellow"),
)
SPLITS = {
    "seen": tuple(pair for pair in product(SHAPES, COLOURS) if pair not in WITHHELD),
    "withheld": WITHHELD,
}
_PLACES, _SIZES = tuple(PLACES), tuple(SIZES)


def _combos(split: str) -> tuple[tuple[str, str], ...]:
    if split not in SPLITS:
        raise ValueError(f"split='{split}' is unknown; {did_you_mean(split, list(SPLITS))}")
    return SPLITS[split]


def _counts(objects: int | Iterable[int]) -> tuple[int, ...]:
    counts = (objects,) if isinstance(objects, int) else tuple(objects)
    if not counts or len(set(counts)) < len(counts) or not all(1 <= n <= MOST for n in counts):
        raise ValueError(f"objects must be a number from 1 to {MOST} or different such numbers, not {objects!r}.")
    return counts


def log_prob(space: Space, objects: int | Iterable[int] = (1, 2), split: str = "seen") -> float:
    """log p(space), in nats, under `sample` with the same options; minus infinity for what it cannot draw.

    >>> from fmcourse.scenes.voxels import parse
    >>> round(log_prob(parse("a large red ring at the top back left"), 1), 4)  # 8 octants x 2 sizes x 30 combinations
    -6.1738
    """
    counts, allowed, n = _counts(objects), _combos(split), len(space.things)
    if n not in counts or any((one.shape, one.colour) not in allowed for one in space.things):
        return -float("inf")
    return -log(len(counts)) - log(comb(len(_PLACES), n)) - n * log(len(_SIZES) * len(allowed))


def sample(rng: np.random.Generator, objects: int | Iterable[int] = (1, 2), split: str = "seen") -> tuple[Space, float]:
    """A random space and its log-probability in nats.

    `objects` is the number of solids, or several numbers to draw from. `split` says which combinations of shape and
    colour may occur: "seen" (the 30 for training) or "withheld" (only the other six, for every solid).
    """
    counts, allowed = _counts(objects), _combos(split)
    n = counts[rng.integers(len(counts))]
    places, solids = list(_PLACES), []
    for _ in range(n):
        shape, colour = allowed[rng.integers(len(allowed))]
        place = places.pop(rng.integers(len(places)))
        solids.append(Solid(shape, colour, _SIZES[rng.integers(len(_SIZES))], place))
    space = Space(tuple(solids))
    return space, log_prob(space, counts, split)


def all_spaces(objects: int = 1, split: str = "seen") -> Iterator[Space]:
    """Every space of that many solids, once: 480 seen ones of one solid, 100,800 of two."""
    kinds = [(shape, colour, size) for shape, colour in _combos(split) for size in _SIZES]
    (n,) = _counts(objects)
    for places in combinations(_PLACES, n):
        for chosen in product(kinds, repeat=n):
            yield Space(tuple(Solid(*kind, place) for kind, place in zip(chosen, places, strict=True)))


def audit(spaces: Iterable[Space]) -> dict[tuple[str, str], int]:
    """How often each withheld combination of shape and colour occurs: all zeros for training data.

    >>> from fmcourse.scenes.voxels import parse
    >>> audit([parse("a large green sphere at the top back left")])[("sphere", "green")]
    1
    """
    found = dict.fromkeys(WITHHELD, 0)
    for space in spaces:
        for one in space.things:
            if (one.shape, one.colour) in found:
                found[one.shape, one.colour] += 1
    return found


class Dataset(NamedTuple):
    """What `dataset` returns."""

    grids: np.ndarray  # (n, 16, 16, 16, 4), float32 in [0, 1]
    captions: list[str]
    spaces: list[Space]
    nats: np.ndarray  # (n,) minus log-probability of each space


def dataset(
    seed: int, n: int, objects: int | Iterable[int] = (1, 2), split: str = "seen", noise: float = 0.0
) -> Dataset:
    """`n` random spaces as grids and captions; the same seed gives the same data. Options as in `sample`."""
    rng, counts = np.random.default_rng(seed), _counts(objects)
    grids, spaces, nats = np.empty((n, SIZE, SIZE, SIZE, CHANNELS), np.float32), [], np.empty(n)
    for i in range(n):
        space, logp = sample(rng, counts, split)
        grids[i], nats[i] = render(space, rng, noise), -logp
        spaces.append(space)
    return Dataset(grids, [caption(space) for space in spaces], spaces, nats)
