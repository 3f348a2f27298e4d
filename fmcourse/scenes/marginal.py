"""p(scene) in training: how likely `ask` is to draw a scene, whatever it then says of it.

    log p(scene | request) - log p(scene)

is how much a caption tells about a picture, and the best score that a contrastive model can give the pair
(`fmcourse.vision.contrast`). The families are summed; each draws places evenly, and things evenly or as they share.

But: the training split alone, and no skewed sizes.
"""

from functools import cache
from math import comb, log

from fmcourse.scenes.asking import FAMILIES, WITHHELD_COUNTS, WITHHELD_RELATIONS, true_relations
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, GROUNDS, PLACES, SHAPES, SIZES, Scene

_KINDS = tuple(
    (size, colour, shape) for shape in SHAPES for colour in COLOURS for size in SIZES if (shape, colour) not in WITHHELD
)
_MASKS = range(1, 8)  # what a group shares: the bits are size, colour and shape
_PAIRS_TOLD = 1 - len(WITHHELD_RELATIONS) / (4 * len(SHAPES))  # of the pairs drawn; the others are drawn again
_GROUPS_TOLD = 1 - len(WITHHELD_COUNTS) / (3 * len(SHAPES)) * 4 / 7  # four of the seven masks say the shape


def log_marginal(scene: Scene) -> float:
    """log p(scene) under `ask` with its defaults, in nats; minus infinity for what training never shows.

    >>> from fmcourse.scenes import parse
    >>> round(log_marginal(parse("a large green circle at the top")), 3)
    -inf
    """
    kinds = [(t.size, t.colour, t.shape) for t in scene.things]
    if any(kind not in _KINDS for kind in kinds):
        return -float("inf")
    n, free = len(kinds), len(_KINDS) ** -len(kinds)
    p = (FAMILIES["full"] + FAMILIES["open"]) * free / 3 if n <= 3 else 0.0
    if n == 2:
        p += FAMILIES["pair"] * free * _pair_told(scene) / _PAIRS_TOLD
    if n >= 2:
        p += FAMILIES["group"] * sum(_group(kinds, mask) for mask in _MASKS) / len(_MASKS) / 3 / _GROUPS_TOLD
    return log(p) - log(comb(len(PLACES), n)) - log(len(GROUNDS)) if p else -float("inf")


def _pair_told(scene: Scene) -> float:
    """The share of relations, of either thing to the other, that training tells."""
    told = []
    for one, two in (scene.things, scene.things[::-1]):
        true = true_relations(one.place, two.place)
        told.append(sum((relation, one.shape) not in WITHHELD_RELATIONS for relation in true) / len(true))
    return sum(told) / 2


def _group(kinds: list[tuple[str, str, str]], mask: int) -> float:
    """p(things | what they share): the first is any, and the others are any that share it."""
    bits = [bit for bit in range(3) if mask >> bit & 1]
    if any(kind[bit] != kinds[0][bit] for kind in kinds for bit in bits):
        return 0.0
    if 2 in bits and (len(kinds), kinds[0][2]) in WITHHELD_COUNTS:
        return 0.0
    return 1 / len(_KINDS) / _alike(tuple((bit, kinds[0][bit]) for bit in bits)) ** (len(kinds) - 1)


@cache
def _alike(shared: tuple[tuple[int, str], ...]) -> int:
    return sum(all(kind[bit] == value for bit, value in shared) for kind in _KINDS)
