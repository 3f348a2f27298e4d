"""Items to choose from: a picture and captions, one of them true. Classes, exchanged colours, relations, numbers.

    items = classes(500, split="withheld combination")       # pictures, 36 captions each, which one is right
    pictures, captions, scenes = gallery(100)                # to find each other

What training holds back comes here: combinations, relations and numbers. How a model chooses stands in `scores.py`.
Sources: Radford and others 2021 (CLIP; classes as captions); Yuksekgonul and others 2023, "When and why vision-language
models behave like bags-of-words" (captions that differ in what belongs to what).

But: one caption a class, where CLIP averages over eighty ways to say it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fmcourse.scenes.asking import WITHHELD_RELATIONS, Asked, ask, fits
from fmcourse.scenes.captions import COUNTS, Request, Spec, caption, say
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, SHAPES, Scene
from fmcourse.vision.binding import exchanged
from fmcourse.vision.inputs import draw_pictures, images

OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


@dataclass(frozen=True)
class Choices:
    """Pictures (N, H, W, 3), K captions for each, the number of the right one (N,), and the scenes."""

    pictures: np.ndarray
    captions: list[list[str]]
    right: np.ndarray
    scenes: list[Scene]


def _choices(asked: list[Asked], captions: list[list[str]], right: list[int], rng: np.random.Generator) -> Choices:
    scenes = [one.scene for one in asked]
    return Choices(images(draw_pictures(scenes, rng)), captions, np.array(right), scenes)


def _rng(what: str, seed: int | str) -> np.random.Generator:
    """A generator that no training step uses: those are seeded by two numbers."""
    return np.random.default_rng([ord(c) for c in f"{what} {seed}"])


def classes(n: int, split: str = "seen", seed: int | str = 0) -> Choices:
    """Pictures of one thing; the captions are 'a COLOUR SHAPE', all 36. `split` is "seen" or "withheld combination";
    of what is withheld each of the six comes equally often, in turn."""
    rng, kinds = _rng(f"classes {split}", seed), [(c, s) for c in COLOURS for s in SHAPES]
    texts = [say(Request((Spec(colour=colour, shape=shape),))) for colour, shape in kinds]
    asked: list[Asked] = []
    while len(asked) < n:
        one = ask(rng, "full", split, objects=1)
        thing = one.scene.things[0]
        if split == "seen" or (thing.shape, thing.colour) == WITHHELD[len(asked) % len(WITHHELD)]:
            asked.append(one)
    right = [kinds.index((one.scene.things[0].colour, one.scene.things[0].shape)) for one in asked]
    return _choices(asked, [texts] * n, right, rng)


def swaps(n: int, split: str = "seen", seed: int | str = 0) -> Choices:
    """Two things of two colours, told in full; of the two captions one has the colours exchanged. Of "seen" ones both
    captions name only combinations that training shows; of a "withheld combination" the wrong one may be any."""
    turn = partial(exchanged, rare=split != "seen")
    return _two(n, f"swaps {split}", seed, {"family": "full", "objects": 2, "split": split}, turn)


def relations(n: int, split: str = "seen", seed: int | str = 0) -> Choices:
    """Two things in a relation; of the two captions one tells its opposite. `split` is "seen", where training may tell
    either, or "withheld relation", where it tells only the wrong one."""

    def turned(one: Asked) -> Request | None:
        request = replace(one.request, relation=OPPOSITE[str(one.request.relation)])
        rare = split == "seen" and (request.relation, request.specs[0].shape) in WITHHELD_RELATIONS
        return None if rare or fits(one.scene, request) else request

    return _two(n, f"relations {split}", seed, {"family": "pair", "split": split}, turned)


def _two(n: int, what: str, seed: int | str, options: dict, turn: Callable[[Asked], Request | None]) -> Choices:
    rng, asked, texts = _rng(what, seed), [], []
    while len(asked) < n:
        one = ask(rng, **options)
        wrong = turn(one)
        if wrong is not None:
            asked.append(one)
            texts.append([say(one.request), say(wrong)])
    return _choices(asked, texts, [0] * n, rng)


def numbers(n: int, split: str = "seen", seed: int | str = 0) -> Choices:
    """Two to four things of one shape; the captions are 'two ...', 'three ...', 'four ...'. `split` is "seen" or
    "withheld count"."""
    rng, asked, texts, right = _rng(f"numbers {split}", seed), [], [], []
    while len(asked) < n:
        one = ask(rng, "group", split)
        if one.request.specs[0].shape:
            many = [replace(one.request, specs=one.request.specs[:1] * k) for k in COUNTS.values()]
            asked.append(one)
            texts.append([say(request) for request in many])
            right.append(list(COUNTS.values()).index(len(one.request.specs)))
    return _choices(asked, texts, right, rng)


def gallery(n: int = 100, split: str = "seen", seed: int | str = 0) -> tuple[np.ndarray, list[str], list[Scene]]:
    """`n` pictures of one to three things, (n, H, W, 3), their full captions, all different, and the scenes."""
    rng, asked, told = _rng(f"gallery {split}", seed), [], {}
    while len(asked) < n:
        one = ask(rng, "full", split)
        text = caption(one.scene)
        if told.setdefault(text, one) is one:
            asked.append(one)
    made = _choices(asked, [], [0] * n, rng)
    return made.pictures, list(told), made.scenes
