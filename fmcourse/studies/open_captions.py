"""What guidance buys and what it costs: full captions that come out right, and open ones that lose their diversity.

"three things": the same captions with guidance 1, 2 and 4, and drawn twice without guidance, which costs what guidance
costs. Open captions: many pictures of each, and how far what they show is from the exact distribution of what fits, in
equally many flawless pictures of one thing for each guidance; beside it as many perfect draws.

But: one shipped model, and captions of one thing alone; flawed pictures are not counted in the distribution.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fmcourse.generation.drawing import draw
from fmcourse.generation.scoring import any_of, questions, score, variation
from fmcourse.scenes import read_images, understand
from fmcourse.scenes.asking import Conditional

GUIDANCE, STEPS, FULL, OPEN = (1, 2, 4), 16, 500, 600  # OPEN: pictures of each open caption
CAPTIONS = ("a thing", "a red thing", "a thing at the top")
PERFECT = 50  # samples of perfect draws, whose mean distance is told


def full_rows(loaded: Any, captions: int = FULL) -> list[dict[str, Any]]:
    """Captions of three things: which came out right ("each"), with each guidance and in two tries without."""
    asked, rows = questions("three things", captions, "guided"), []
    for w in GUIDANCE:
        found = score(loaded, asked, steps=STEPS, guidance=w, seed=21)
        rows.append({"guidance": w, "tries": 1} | _told(found.fits & found.legal))
    twice = any_of(loaded, asked, tries=2, steps=STEPS, seed=22)
    return [{"caption": "three things", **row} for row in [*rows, {"guidance": 1, "tries": 2} | _told(twice)]]


def _told(right: np.ndarray) -> dict[str, Any]:
    return {"right": int(right.sum()), "n": len(right), "each": "".join("01"[int(ok)] for ok in right)}


def open_rows(loaded: Any, caption: str, pictures: int = OPEN) -> list[dict[str, Any]]:
    """One open caption with each guidance, the noise of the beginning kept."""
    exact, rng, found = Conditional(understand(caption)), np.random.default_rng(23), {}
    for w in GUIDANCE:
        drawn = draw(loaded, [caption] * pictures, steps=STEPS, guidance=w, seed=24, fresh=False)
        found[w] = read_images(drawn)
    flawless = {w: [r.scene for r in readings if r.legal and r.scene and len(r.scene.things) == 1]
                for w, readings in found.items()}  # fmt: skip
    equal = min(map(len, flawless.values()))
    perfect = np.mean([variation(exact, [exact.sample(rng) for _ in range(equal)]) for _ in range(PERFECT)])
    return [
        {
            "caption": caption,
            "guidance": w,
            "variation": variation(exact, flawless[w][:equal]),
            "perfect": float(perfect),
            "counted": equal,
            "flawless": len(flawless[w]) / pictures,
            "empty": sum(r.scene is None for r in readings) / pictures,
            "n": pictures,
        }
        for w, readings in found.items()
    ]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The record in lines: what of full captions is right, and how far open ones are from the exact distribution."""
    lines = []
    for r in rows:
        if "right" in r:
            how = f"w = {r['guidance']}" if r["tries"] == 1 else "two tries"
            lines.append(f"{r['caption']}, {how:9}: {r['right'] / r['n']:.3f} right")
        elif "variation" in r:
            apart = f"variation {r['variation']:.3f} (perfect {r['perfect']:.3f}, {r['counted']} pictures each)"
            lines.append(f"{r['caption']:18} w = {r['guidance']}: {apart}, {r['empty']:.2f} of all show nothing")
    return "\n".join(lines)
