"""Do clips and solids show what was asked for, and is the order of events right? A model beside rivals and controls.

    made = rows("clip", "one thing", 500)          # a row for the model and each rival and control
    print(table(made))

The rivals draw nothing: one hands out, of as many training examples as the model saw, the one whose bag of words is
most like the caption's; one knows both events and tosses a coin for their order. The controls: true artefacts, true
clips of the same stories with their events exchanged, and the drawn ones beside the caption of the next.

But: one shipped model of each form, and one seed of noise.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from fmcourse.generation.drawing import draw
from fmcourse.generation.form_rivals import coin, exchanged, likest
from fmcourse.generation.scoring_forms import WORLDS, truths
from fmcourse.models.catalogue import load
from fmcourse.scenes import clips

MODELS = {"clip": "scene-video", "voxels": "scene-voxels"}
ASKED = {
    "clip": ("one thing", "two things", "withheld order", "withheld combination"),
    "voxels": ("one or two solids", "withheld combination"),
}
STORED = {"clip": 460_800, "voxels": 320_000}  # as many as the shipped model saw
GUIDANCE, STEPS = 2.0, 25
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
    render = lambda truths: np.stack([world.render(one, rng) for one in truths])  # noqa: E731
    found = world.read_many(drawn)
    yield "model", read_counts(form, found, asked)
    yield "beside the next caption", read_counts(form, found, asked[1:] + asked[:1])
    yield "true", read_counts(form, world.read_many(render(asked)), asked)
    stored = _stored(form)
    split = clips.split_words if form == "clip" else str.split
    like = likest([world.caption(one) for one in asked], stored, split)
    seen = set(stored)
    known = {"known": sum(world.caption(one) in seen for one in asked)}  # word for word
    yield "likest caption", counts(form, [world.parse(stored[i]) for i in like], asked) | known
    if form == "clip":
        tossed, swapped = [coin(one, rng) for one in asked], [exchanged(one) for one in asked]
        yield "coin", read_counts(form, world.read_many(render(tossed)), asked)
        yield "events exchanged", read_counts(form, world.read_many(render(swapped)), asked)


@cache
def _stored(form: str) -> tuple[str, ...]:
    """Captions of as many training examples as the model saw; each caption once, in the order in which it came."""
    world, rng = WORLDS[form], np.random.default_rng(18)
    return tuple(dict.fromkeys(world.caption(world.sample(rng)[0]) for _ in range(STORED[form])))


def read_counts(form: str, readings: Sequence[Any], asked: Sequence[Any]) -> dict[str, Any]:
    """What an exact reader found right. `each` has a 1 for each that is wholly right and flawless."""
    return counts(form, [one.scene for one in readings], asked, [one.legal for one in readings])


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
    out["captions"] = len({WORLDS[form].caption(one) for one in asked})
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
