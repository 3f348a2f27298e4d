"""Do clips and solids show what was asked for, and is the order of events right? A model beside rivals and controls.

    made = rows("clip", "one thing", 500)          # a row for each of WHO, all asked for the same
    print(table(made))

The rivals know nothing of drawing: one hands out the training example whose caption is most like the one asked for, one
knows both events and tosses a coin for their order. The controls: true artefacts, the drawn ones beside the caption of
the next, and the drawn clips played backwards.

But: one shipped model of each form, and one seed of noise.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fmcourse.generation.drawing import draw
from fmcourse.generation.form_rivals import coin, likest, same_backwards
from fmcourse.generation.scoring_forms import WORLDS, truths
from fmcourse.models.catalogue import load

MODELS = {"clip": "scene-video", "voxels": "scene-voxels"}
ASKED = {
    "clip": ("one thing", "two things", "withheld order", "withheld combination"),
    "voxels": ("one or two solids", "withheld combination"),
}
STORED, GUIDANCE, STEPS = 20_000, 2.0, 25
SHOWN = {"clip": ("thing", "events", "order"), "voxels": ("shape", "colour", "misbound")}  # columns of the table


def asked_for(form: str, what: str, n: int) -> list[Any]:
    """The `n` truths of a row, always the same; "one or two solids" are as many of each."""
    if what == "one or two solids":
        one = truths(form, "one solid", -(-n // 2), "clips and solids")
        return one + truths(form, "two solids", n // 2, "clips and solids")
    return truths(form, what, n, "clips and solids")


def rows(form: str, what: str, n: int) -> list[dict[str, Any]]:
    """One row for the model and each of its rivals and controls, for `n` captions of ASKED. Counts of what is right.

    Raises KeyError for an unknown form or question.
    """
    if what not in ASKED[form]:
        raise KeyError(f"{what!r} is not asked of {form}; there are {', '.join(ASKED[form])}.")
    world, asked = WORLDS[form], asked_for(form, what, n)
    texts = [world.caption(one) for one in asked]
    drawn = draw(load(MODELS[form]), texts, steps=STEPS, guidance=GUIDANCE, seed=17)
    return [{"form": form, "what": what, "n": n, "who": who, **found} for who, found in _all(form, asked, drawn)]


def _all(form: str, asked: list[Any], drawn: np.ndarray) -> Iterator[tuple[str, dict[str, Any]]]:
    world, rng = WORLDS[form], np.random.default_rng(17)
    yield "model", read_counts(form, drawn, asked)
    yield "beside the next caption", read_counts(form, drawn, asked[1:] + asked[:1])
    yield "true", read_counts(form, np.stack([world.render(one, rng) for one in asked]), asked)
    stored = [world.sample(rng)[0] for _ in range(STORED)]
    like = likest([world.caption(one) for one in asked], [world.caption(one) for one in stored])
    yield "likest caption", counts(form, [stored[i] for i in like], asked)
    if form == "clip":
        yield "coin", counts(form, [coin(one, rng) for one in asked], asked)
        told = [i for i, one in enumerate(asked) if not same_backwards(one)]  # the others show the same backwards
        yield "backwards", read_counts(form, drawn[told][:, ::-1], [asked[i] for i in told])


def read_counts(form: str, artefacts: np.ndarray, asked: Sequence[Any]) -> dict[str, Any]:
    """What an exact reader finds right in artefacts. `each` has a 1 for each that is wholly right and flawless."""
    found = WORLDS[form].read_many(artefacts)
    return counts(form, [one.scene for one in found], asked, [one.legal for one in found])


def counts(
    form: str, found: Sequence[Any], asked: Sequence[Any], legal: Sequence[bool] | None = None
) -> dict[str, Any]:
    """How many of the found truths have each part of what was asked for. `thing` of a clip is its look and place."""
    parts = [WORLDS[form].compare(one, wanted) for one, wanted in zip(found, asked, strict=True)]
    if form == "clip":
        parts = [p | {"thing": p["shape"] and p["colour"] and p["size"] and p["place"]} for p in parts]
    legal = [True] * len(asked) if legal is None else legal
    each = [p["whole"] and ok for p, ok in zip(parts, legal, strict=True)]
    both = [p for p in parts if p.get("events")]
    out = {name: sum(p[name] for p in parts) for name in ("whole", *SHOWN[form])}
    if form == "clip":
        out["order of both"] = sum(p["order"] for p in both)  # of those in which both events are there
    return out | {"of": len(asked), "legal": sum(legal), "each": "".join(str(int(ok)) for ok in each)}


def table(made: Sequence[dict[str, Any]]) -> str:
    """The rows as shares, a line each."""
    lines, before = [], ""
    for row in made:
        shown, asked = SHOWN[row["form"]], f"{row['what']}, {row['n']} captions"
        if asked != before:
            lines.append(f"{asked:42}" + "".join(f"{name:>10}" for name in (*shown, "all right")))
        before = asked
        shares = [row[name] / row["of"] for name in shown] + [row["each"].count("1") / row["of"]]
        lines.append(f"    {row['who']:38}" + "".join(f"{share:10.3f}" for share in shares))
    return "\n".join(lines)
