"""Does a reader know which colour belongs to which thing? The same words, wrongly put together, and readers that fall.

    a small red star at the top and a large blue ring at the left
    a small blue star at the top and a large red ring at the left       the same words, another scene

A reader that only knows which words belong to a picture, however well, cannot tell the two apart. Whether a model can
is not seen from how often it finds the right caption among a hundred others, which differ in their words.
Sources: Yuksekgonul and others 2023, "When and why vision-language models behave like bags-of-words"; Thrush and others
2022, "Winoground"; Treisman and Gelade 1980 on illusory conjunctions in people; Hsieh and others 2023, "SugarCrepe:
fixing hackable benchmarks for vision-language compositionality" (wrong captions that a reader of texts alone finds).

But: only colours are exchanged; sizes or places would serve as well.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from fmcourse.scenes.asking import Asked, fits
from fmcourse.scenes.captions import Request, request_of, understand
from fmcourse.scenes.sampling import WITHHELD
from fmcourse.scenes.scene import COLOURS, Scene

NEAR = 0.10  # how far a pixel may be from a colour's own value, in RGB, to count as of that colour
LEAST = 4  # pixels of a colour that are more than an edge


def names_withheld(request: Request) -> int:
    """How many of the things that a request names are of a combination that no training picture shows."""
    return sum((spec.shape, spec.colour) in WITHHELD for spec in request.specs)


def exchanged(asked: Asked, rare: bool = False) -> Request | None:
    """The request with the colours of two things exchanged, such that it is false of the scene; None where there are no
    two colours to exchange.

    It names a withheld combination only where that is `rare`: among seen ones such a caption would be known for wrong
    from its words alone, and training that calls it wrong would have met what it must never meet.
    """
    specs = asked.request.specs
    for i, j in combinations(range(len(specs)), 2):
        one, two = specs[i], specs[j]
        if one.colour and two.colour and one.colour != two.colour:
            turned = list(specs)
            turned[i], turned[j] = replace(one, colour=two.colour), replace(two, colour=one.colour)
            request = replace(asked.request, specs=tuple(turned))
            if (rare or not names_withheld(request)) and not fits(asked.scene, request):
                return request
    return None


def attributes(request: Request) -> Counter:
    """What a request names and how often, whatever belongs to whatever: the bag of its words."""
    named = Counter(
        value for spec in request.specs for value in (spec.size, spec.colour, spec.shape, spec.place) if value
    )
    if request.ground:
        named[request.ground] += 1
    return named


def bag_of_words(scenes: Sequence[Scene]) -> Callable[[np.ndarray, Sequence[Sequence[str]]], Tensor]:
    """A perfect reader without binding: it knows every word that is true of each scene and how often, and nothing of
    what belongs to what. Returns a score as `choosing` wants it: minus the words in which caption and scene differ."""
    truths = [attributes(request_of(scene)) for scene in scenes]

    def score(pictures: np.ndarray, captions: Sequence[Sequence[str]]) -> Tensor:
        bags = {text: attributes(understand(text)) for row in captions for text in row}
        return torch.tensor(
            [
                [-float(((bags[text] - truth) + (truth - bags[text])).total()) for text in row]
                for truth, row in zip(truths, captions, strict=True)
            ]
        )

    return score


def familiar(pictures: np.ndarray, captions: Sequence[Sequence[str]]) -> Tensor:
    """A score that never looks at the picture: minus the withheld combinations that a caption names. Where it chooses
    better than by chance, the captions give themselves away (Hsieh and others 2023, "SugarCrepe")."""
    return torch.tensor([[-float(names_withheld(understand(text))) for text in row] for row in captions])


def colours_in(picture: np.ndarray) -> set[str]:
    """The colours of which a picture (H, W, 3) has at least a few pixels; no shape and no place is looked at."""
    pixels = picture.reshape(-1, 1, 3)
    near = np.linalg.norm(pixels - np.array(list(COLOURS.values())), axis=-1) < NEAR
    return {name for name, n in zip(COLOURS, near.sum(0), strict=True) if n >= LEAST}


def bag_of_colours(pictures: np.ndarray, captions: Sequence[Sequence[str]]) -> Tensor:
    """A score by colours alone, read from the pixels: minus the colours that are named and not there, or there and not
    named."""
    seen = [colours_in(picture) for picture in pictures]
    named = {text: {s.colour for s in understand(text).specs if s.colour} for row in captions for text in row}
    return torch.tensor(
        [[-float(len(here ^ named[text])) for text in row] for here, row in zip(seen, captions, strict=True)]
    )
