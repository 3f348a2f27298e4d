"""Do drawn clips and solids show what their captions say? The shipped models beside rivals that hold no network.

    rows = clip_rows(load("scene-video"), "one thing")       # model, backwards, true, likest, coin, other caption
    rows = solid_rows(load("scene-voxels"), "seen")          # model, true, likest, other caption

All rows of a call are about the same captions. Of a clip is counted whether the thing is right, whether both events
are there, and of those clips in how many their order is; of solids whether all is right, without a flaw.

But: one shipped model each, and one seed of noise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fmcourse.generation.drawing import draw
from fmcourse.generation.form_rivals import coin, likest, same_backwards
from fmcourse.generation.scoring_forms import QUESTIONS, WORLDS, score

N, STORED, STEPS, GUIDANCE, SEED = 500, 10_000, 25, 2.0, 17
SOLIDS = {"seen": "seen", "withheld combination": "withheld"}


def told(asked: Sequence[Any], found: Sequence[Any]) -> dict[str, int]:
    """Counts of clips of one thing: "thing", "events", "order" (of those with both events) and "whole".

    `found` holds a story, or None, for each that was asked for.
    """
    from fmcourse.scenes.clips import compare

    rows = [compare(one, story) for one, story in zip(found, asked, strict=True)]
    thing = [all(row[part] for part in ("shape", "colour", "size", "place")) for row in rows]
    return {
        "n": len(rows),
        "thing": sum(thing),
        "events": sum(row["events"] for row in rows),
        "order": sum(row["order"] for row in rows),  # right order: both events are there, too
        "whole": sum(row["whole"] for row in rows),
    }


def clip_rows(loaded: Any, what: str, n: int = N, steps: int = STEPS, stored: int = STORED) -> list[dict[str, Any]]:
    """A row for each who: "model", "backwards" (the same clips), "true", "likest", "coin", "other caption".

    `what` is a question of `scoring_forms` about one thing.
    """
    world, rng = WORLDS["clip"], np.random.default_rng([SEED, n])
    asked = [world.sample(rng, **QUESTIONS["clip"][what])[0] for _ in range(n)]
    texts = [world.caption(one) for one in asked]
    made = draw(loaded, texts, steps=steps, guidance=GUIDANCE, seed=SEED)
    drawn = score(loaded, asked, artefacts=made)
    memory = [world.sample(rng)[0] for _ in range(stored)]
    near = likest(texts, [world.caption(one) for one in memory])
    stories = [reading.scene for reading in drawn.readings]
    true = world.read_many(np.stack([world.render(one, rng) for one in asked]))
    key = {"form": "clip", "what": what, "steps": steps}
    found = {
        "model": stories,
        "backwards": [reading.scene for reading in world.read_many(made[:, ::-1])],
        "true": [reading.scene for reading in true],
        "likest": [memory[i] for i in near],
        "coin": [coin(one, rng) for one in asked],
        "other caption": stories[1:] + stories[:1],
    }
    rows = [{**key, "who": who, **told(asked, some)} for who, some in found.items()]
    rows[0]["legal"] = sum(reading.legal for reading in drawn.readings)
    rows[1]["palindromes"] = sum(same_backwards(one) for one in asked)
    return rows


def solid_rows(loaded: Any, what: str, n: int = N, steps: int = STEPS, stored: int = STORED) -> list[dict[str, Any]]:
    """A row for each who: "model", "true", "likest", "other caption"; half of the captions name one solid, half two.

    `what` is "seen" or "withheld combination", in which every solid is of one that was never trained.
    """
    world, rng = WORLDS["voxels"], np.random.default_rng([SEED, n])
    asked = [world.sample(rng, objects=1 + i % 2, split=SOLIDS[what])[0] for i in range(n)]
    texts = [world.caption(one) for one in asked]
    drawn = score(loaded, asked, steps=steps, guidance=GUIDANCE, seed=SEED)
    true = score(loaded, asked, artefacts=np.stack([world.render(one, rng) for one in asked]))
    memory = [world.sample(rng)[0] for _ in range(stored)]
    near = [memory[i] == one for i, one in zip(likest(texts, [world.caption(m) for m in memory]), asked, strict=True)]
    right = drawn.fits & drawn.legal
    other = [r.legal and r.scene == one for r, one in zip(drawn.readings, asked[1:] + asked[:1], strict=True)]
    key = {"form": "voxels", "what": what, "steps": steps, "n": n}
    return [
        {
            **key,
            "who": "model",
            "whole": int(right.sum()),
            "legal": int(drawn.legal.sum()),
            "misbound": int(drawn.parts["misbound"].sum()),
            "one": int(right[0::2].sum()),
            "two": int(right[1::2].sum()),
        },
        {**key, "who": "true", "whole": int((true.fits & true.legal).sum())},
        {**key, "who": "likest", "whole": sum(near)},
        {**key, "who": "other caption", "whole": sum(map(bool, other))},
    ]
