"""Source and target of what an encoder-decoder does, and translations that no document holds.

What this leaves out: batches, which need torch (`training.pairs`).
"""

import random
from typing import NamedTuple

from fmcourse.world.draw import Document
from fmcourse.world.kinds.language import NOUNS, translated, withheld_pair
from fmcourse.world.world import World

TASKS = {"translation": "translate: ", "summary": "summarise: ", "register": "simplify: "}


class Pair(NamedTuple):
    """What the encoder reads, what the decoder must write, and the document it came from."""

    source: str
    target: str
    document: Document


def unseen_translations(world: World, n: int, seed: int = 0) -> list[Pair]:
    """English sentences with a noun and adjective that never met in training, and their French."""
    rng = random.Random(f"translations {seed}")
    held = [
        (noun, a)
        for noun in NOUNS
        for a in (
            "small",
            "big",
            "pretty",
            "bad",
            "black",
            "green",
            "blue",
            "white",
            "red",
            "tired",
            "heavy",
            "strange",
        )
        if withheld_pair(noun, a)
    ]
    verbs = ("sleeps", "waits", "falls", "arrives", "disappears", "returns", "shines", "moves")
    out = []
    for _ in range(n):
        noun, adjective = rng.choice(held)
        english, french = translated(
            (noun, adjective, rng.random() < 0.5, rng.random() < 2 / 3), rng.choice(verbs), None
        )
        out.append(Pair(TASKS["translation"] + english, french, Document(english, "translation", 0.0)))
    return out
