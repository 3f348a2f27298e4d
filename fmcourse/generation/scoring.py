"""How often does a model draw what was asked? Read what it drew, and hold it against the caption.

But: a reader's own mistakes count against the model; on true pictures it makes fewer than one in a hundred.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fmcourse.generation import form_rivals
from fmcourse.generation.drawing import draw
from fmcourse.scenes import Scene, captions, compare, fits, read_images
from fmcourse.scenes.asking import Asked, Conditional, ask
from fmcourse.scenes.captions import ATTRIBUTES
from fmcourse.scenes.reader import Reading

# What a text-to-image model is asked for: (family, options of `ask`).
QUESTIONS: dict[str, dict[str, Any]] = {
    "one thing": {"family": "full", "objects": 1},
    "two things": {"family": "full", "objects": 2},
    "three things": {"family": "full", "objects": 3},
    "withheld combination": {"family": "full", "objects": 1, "split": "withheld combination"},
    "two withheld combinations": {"family": "full", "objects": 2, "split": "withheld combination"},
    "open": {"family": "open"},
    "relation": {"family": "pair"},
    "withheld relation": {"family": "pair", "split": "withheld relation"},
    "count": {"family": "group"},
    "withheld count": {"family": "group", "split": "withheld count"},
}


@dataclass(frozen=True)
class Score:
    """How pictures came out, one entry a picture. `fits`: what was asked for, nothing else; `legal`: a true scene;
    `parts`: for each attribute whether it is there as often as in the scene the caption was made from."""

    fits: np.ndarray
    legal: np.ndarray
    parts: dict[str, np.ndarray]
    readings: tuple[Reading, ...]

    @property
    def right(self) -> float:
        """The share that fits and is legal."""
        return float((self.fits & self.legal).mean())


def questions(what: str, n: int, seed: int | str = 0) -> list[Asked]:
    """`n` fresh requests of one of QUESTIONS. Raises KeyError for another."""
    rng = np.random.default_rng([ord(c) for c in f"{what} {seed}"])
    return [ask(rng, **QUESTIONS[what]) for _ in range(n)]


def likest(asked: Sequence[Asked], stored: Sequence[Asked]) -> list[Asked]:
    """The cheapest painter: for each request the stored one whose words are most like its own."""
    texts, known = ([captions.say(one.request) for one in some] for some in (asked, stored))
    return [stored[i] for i in form_rivals.likest(texts, known)]


def score(
    loaded: Any,
    asked: Sequence[Asked],
    *,
    steps: int = 25,
    guidance: float = 1.0,
    seed: int = 0,
    fresh: bool = True,
    pictures: np.ndarray | None = None,
) -> Score:
    """Draw a picture for each request (or take `pictures`), read it, and compare."""
    if pictures is None:
        texts = [captions.say(one.request) for one in asked]
        pictures = draw(loaded, texts, steps=steps, guidance=guidance, seed=seed, fresh=fresh)
    readings = read_images(pictures)
    compared = [compare(r.scene, one.scene) for r, one in zip(readings, asked, strict=True)]
    return Score(
        np.array([fits(r.scene, one.request) for r, one in zip(readings, asked, strict=True)]),
        np.array([r.legal for r in readings]),
        {name: np.array([c[name] for c in compared]) for name in compared[0]},
        tuple(readings),
    )


def any_of(
    loaded: Any, asked: Sequence[Asked], tries: int, *, steps: int = 25, guidance: float = 1.0, seed: int = 0
) -> np.ndarray:
    """Which requests come out right in one of so many drawings (n,): what patience and a reader reach without more."""
    right = np.zeros(len(asked), bool)
    for again in range(tries):
        left = np.flatnonzero(~right)
        if len(left):
            drawn = score(loaded, [asked[i] for i in left], steps=steps, guidance=guidance, seed=seed + again)
            right[left] = drawn.fits & drawn.legal
    return right


def variation(exact: Conditional, scenes: Sequence[Scene]) -> float:
    """How far shares in scenes of one thing are from the exact ones: total variation, mean over four attributes.

    0 where each value is as frequent as it should be, 1 where only impossible ones occur. ValueError without scenes.
    """
    if not scenes:
        raise ValueError("there is no scene to count.")
    apart = []
    for part in ATTRIBUTES:
        found = Counter(getattr(scene.things[0], part) for scene in scenes)
        apart.append(sum(abs(found[value] / len(scenes) - p) for value, p in exact.marginal(part).items()) / 2)
    return sum(apart) / len(apart)
