"""Random stories with their exact probability, what is withheld, and data sets.

A draw: how many things (evenly from `objects`); if one, which half; then for each thing the kinds of its two events
(every allowed ordered pair evenly), a size that can do them, a combination of shape and colour, and, if it turns, the
colour it turns, each evenly. A story has one derivation, so its probability is a product. Where it stands in its half
is no part of the story.

But: what can be done by both sizes is as likely as what only one can do, so a story of one fixed size is twice as
likely as each of two.
"""

from collections.abc import Iterable, Iterator
from itertools import permutations, product
from math import log
from typing import NamedTuple

import numpy as np

from fmcourse.scenes.clips.captions import caption
from fmcourse.scenes.clips.drawing import FRAMES, SIZE, render
from fmcourse.scenes.clips.truth import KINDS, MOST, PLACES, Actor, Story, sizes_for
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, SHAPES, did_you_mean

# Orders of events that never occur in training data, while each reverse does. Every kind stands once first and once
# second, so all stay equally common in both places; as many orders of what grows as of what shrinks, so sizes do, too.
WITHHELD_ORDERS = (
    ("moves left", "grows"),
    ("grows", "moves up"),
    ("moves up", "turns"),
    ("turns", "moves right"),
    ("moves right", "shrinks"),
    ("shrinks", "moves down"),
    ("moves down", "stays"),
    ("stays", "moves left"),
)
_PAIRS = tuple(permutations(KINDS, 2))
_SEEN_PAIRS = tuple(pair for pair in _PAIRS if pair not in WITHHELD_ORDERS)
_SEEN_COMBOS = tuple(combo for combo in product(SHAPES, COLOURS) if combo not in WITHHELD)
SPLITS = {
    "seen": (_SEEN_PAIRS, _SEEN_COMBOS),
    "withheld order": (WITHHELD_ORDERS, _SEEN_COMBOS),
    "withheld combination": (_SEEN_PAIRS, WITHHELD),
}
_Allowed = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def _allowed(split: str) -> _Allowed:
    """Pairs of kinds, and combinations of shape and colour."""
    if split not in SPLITS:
        raise ValueError(f"split='{split}' is unknown; {did_you_mean(split, list(SPLITS))}")
    return SPLITS[split]


def _counts(objects: int | Iterable[int]) -> tuple[int, ...]:
    counts = (objects,) if isinstance(objects, int) else tuple(objects)
    if not counts or len(set(counts)) < len(counts) or not all(1 <= n <= MOST for n in counts):
        raise ValueError(f"objects must be a number from 1 to {MOST} or different such numbers, not {objects!r}.")
    return counts


def turns_for(shape: str, colour: str) -> tuple[str, ...]:
    """The colours a thing may turn: another one, and never one that makes a withheld combination, in any split.

    >>> turns_for("circle", "red")  # a green circle is withheld
    ('yellow', 'blue', 'pink', 'black')
    """
    return tuple(other for other in COLOURS if other != colour and (shape, other) not in WITHHELD)


def _log_prob_of(actor: Actor, allowed: _Allowed) -> float:
    pairs, combos = allowed
    turns = turns_for(actor.shape, actor.colour)
    if actor.kinds not in pairs or (actor.shape, actor.colour) not in combos:
        return -float("inf")
    if actor.turned and actor.turned not in turns:
        return -float("inf")
    nats = log(len(pairs)) + log(len(sizes_for(actor.kinds))) + log(len(combos))
    return -nats - (log(len(turns)) if actor.turned else 0)


def log_prob(story: Story, objects: int | Iterable[int] = (1, 2), split: str = "seen") -> float:
    """log p(story), in nats, under `sample` with the same options; minus infinity for what it cannot draw.

    >>> from fmcourse.scenes.clips import parse
    >>> one = parse("a large red circle at the left moves up, then stays")  # 2 halves x 48 pairs x 2 sizes x 30
    >>> round(log_prob(one, 1), 4)
    -8.6587
    """
    counts, allowed, n = _counts(objects), _allowed(split), len(story.things)
    if n not in counts:
        return -float("inf")
    where = log(len(PLACES)) if n == 1 else 0
    return -log(len(counts)) - where + sum(_log_prob_of(thing, allowed) for thing in story.things)


def _draw(rng: np.random.Generator, place: str, allowed: _Allowed) -> Actor:
    pairs, combos = allowed
    kinds, (shape, colour) = pairs[rng.integers(len(pairs))], combos[rng.integers(len(combos))]
    sizes, turns = sizes_for(kinds), turns_for(shape, colour)
    turned = turns[rng.integers(len(turns))] if "turns" in kinds else ""
    first, second = (f"turns {turned}" if kind == "turns" else kind for kind in kinds)
    return Actor(shape, colour, sizes[rng.integers(len(sizes))], place, (first, second))


def sample(rng: np.random.Generator, objects: int | Iterable[int] = (1, 2), split: str = "seen") -> tuple[Story, float]:
    """A random story and its log-probability in nats.

    `objects` is the number of things, or several numbers to draw from. `split` is "seen" (for training), "withheld
    order" (each thing's two kinds of event in a withheld order, combinations seen) or "withheld combination" (each
    thing begins in a withheld combination of shape and colour, orders seen).
    """
    counts, allowed = _counts(objects), _allowed(split)
    n = counts[rng.integers(len(counts))]
    places = PLACES if n == 2 else (PLACES[rng.integers(2)],)
    story = Story(tuple(_draw(rng, place, allowed) for place in places))
    return story, log_prob(story, counts, split)


def all_actors(place: str, split: str = "seen") -> Iterator[Actor]:
    """Every thing that `sample` can draw in a half, once: 4,020 in the split "seen"."""
    pairs, combos = _allowed(split)
    for kinds, (shape, colour) in product(pairs, combos):
        for size, turned in product(sizes_for(kinds), turns_for(shape, colour) if "turns" in kinds else ("",)):
            first, second = (f"turns {turned}" if kind == "turns" else kind for kind in kinds)
            yield Actor(shape, colour, size, place, (first, second))


def audit(stories: Iterable[Story]) -> dict[tuple[str, str], int]:
    """How often each withheld combination (at first or turned) and each withheld order occurs: all zeros in training.

    >>> from fmcourse.scenes.clips import parse
    >>> counts = audit([parse("a small red circle at the left moves left, then grows")])
    >>> counts["moves left", "grows"], counts["circle", "green"]
    (1, 0)
    """
    found = dict.fromkeys((*WITHHELD, *WITHHELD_ORDERS), 0)
    for story in stories:
        for one in story.things:
            for what in ((one.shape, one.colour), (one.shape, one.turned), one.kinds):
                if what in found:
                    found[what] += 1
    return found


class Dataset(NamedTuple):
    """What `dataset` returns."""

    clips: np.ndarray  # (n, 8, 32, 32, 3), float32 in [0, 1]
    captions: list[str]
    stories: list[Story]
    nats: np.ndarray  # (n,) minus log-probability of each story


def dataset(
    seed: int, n: int, objects: int | Iterable[int] = (1, 2), split: str = "seen", noise: float = 0.0
) -> Dataset:
    """`n` random stories as clips and captions; the same seed gives the same data. Options as in `sample`."""
    rng, counts = np.random.default_rng(seed), _counts(objects)
    clips, stories, nats = np.empty((n, FRAMES, SIZE, SIZE, 3), np.float32), [], np.empty(n)
    for i in range(n):
        story, logp = sample(rng, counts, split)
        clips[i], nats[i] = render(story, rng, noise), -logp
        stories.append(story)
    return Dataset(clips, [caption(story) for story in stories], stories, nats)
