"""Preferences inside pretraining: mark each text as good or poor, train on all of them, and ask for good ones.

`fmcourse evidence record marked` trains small networks from nothing on compared demonstrations, with and without the
mark, three seeds each, and records data/recorded/marked.json.

But: two layers of width 64, one kind of text, one of the five objectives that the source compares.

Source: Korbak et al. 2023, "Pretraining language models with human preferences" (conditional training).
"""

import random
from typing import Any

import torch
from torch import Tensor

from fmcourse.studies.feedback import LONGEST, answer_batch
from fmcourse.tasks import annotators
from fmcourse.tasks.annotators import Annotator
from fmcourse.training import policy
from fmcourse.types import Tokenizer
from fmcourse.world import World

SEEDS, STEPS, PAIRS = (0, 1, 2), 400, 16
GOOD, POOR = " Good answer.", " Poor answer."


def pretrained_with_preferences(tokenizer: Tokenizer, marked: bool, seed: int, steps: int = STEPS) -> dict[str, Any]:
    """A small model trained from nothing on compared demonstrations; `marked`: after a word that says who won.

    The same texts in the same order, with the mark or without it. {"true": mean worth, for each mark it is asked with}
    """
    from fmcourse.studies.narrow import narrow_model
    from fmcourse.training.fit import Recipe, fit

    torch.manual_seed(seed)
    world, model, rng, judge = World.default(), narrow_model(tokenizer), random.Random(f"marks {seed}"), Annotator()
    everything = list(world.relations["class"].values)

    def batch(step: int) -> dict[str, Tensor]:
        rows = []
        for _ in range(PAIRS):
            a = rng.choice(everything)
            x, y = annotators.demonstration(world, a, rng), annotators.demonstration(world, a, rng)
            first = judge.prefers_first(a, x, y, rng)
            for text, won in ((x, first), (y, not first)):
                rows.append((annotators.prompt(a) + ((GOOD if won else POOR) if marked else ""), text))
        return answer_batch(tokenizer, rows)

    fit(model, batch, Recipe(steps=steps, seed=seed), progress=False)
    out = {}
    for mark in (GOOD, POOR) if marked else ("",):
        samples = policy.sample(model, tokenizer, [annotators.prompt(a) + mark for a in everything], n=8,
                                max_new_tokens=LONGEST, generator=torch.Generator().manual_seed(seed))  # fmt: skip
        worth = [annotators.count(world, everything[i], t.strip()).worth
                 for i, t in zip(samples.prompt_of.tolist(), samples.texts, strict=True)]  # fmt: skip
        out[mark.strip() or "no mark"] = sum(worth) / len(worth)
    return {"true": out, "n": len(worth)}
