"""Four ways to generate with equal parameters and processor time, judged against the exact distribution.

`fmcourse evidence record families` trains each with three seeds, each with training pictures of its own, and records
for notebook 14: all of them in equal time; with few training pictures, which can be remembered; the GAN with an artist
that moves more often than its judge (mode collapse). Cheap rivals that need no network stand beside them: training
pictures handed out a little worn, and means of two.

But: one recipe for each family, with rates from a few short trials on other pictures; whoever tunes longer may turn an
order that is close.
"""

# mypy: disable-error-code="type-arg, no-untyped-def, operator"

import base64
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache

import numpy as np
import torch

from fmcourse.generation.codebook import Codebook, floor
from fmcourse.generation.families import FAMILIES, clock, size, steps_within
from fmcourse.generation.judging import Judgement, judge, operations, pictures_a_second
from fmcourse.generation.pictures import SIDE, Pictures, draw_pictures

SEEDS, SECONDS = (0, 1, 2), 240  # of the processor, for each training
PICTURES, FEW, JUDGED, PRICED = 2000, 200, 1000, 500
ARTIST_STEPS = (1, 8)  # of the artist for one of the judge, in a sixth of the judge's steps
SHOWN = 12  # pictures of each model of the first seed that are kept to be looked at
SHORT = {"autoregressive": 8, "VAE": 40, "GAN": 20, "diffusion": 12}  # steps of the points that are cheap to repeat


@cache
def sets(seed: int, n: int = PICTURES) -> tuple[Pictures, Pictures]:
    """The training pictures of a seed, and as many fresh ones."""
    return draw_pictures(n, f"training {seed}"), draw_pictures(n, f"fresh {seed}")


def timed(family: str) -> dict:
    """How long a step of this family takes on this machine."""
    before, each = clock(family, sets(0)[0].images)
    return {"before": before, "each": each}


def trial(family: str, steps: int, seed: int, pictures: int = PICTURES, judged: int = JUDGED, **dials) -> dict:
    """One training, judged: everything but the clock follows from the arguments."""
    training, fresh = sets(seed, pictures)
    began = time.process_time()
    model = FAMILIES[family].train(training.images, seed=seed, steps=steps, **dials)
    seconds, generator = time.process_time() - began, torch.Generator().manual_seed(1000 + seed)
    drawn = model.sample(judged, generator)
    found: Judgement = judge(drawn, training, fresh)

    def sample(n: int) -> np.ndarray:
        return model.sample(n, generator)

    return {
        **asdict(found),
        "seconds": seconds,
        "parameters": size(model),
        "operations": operations(sample),
        "pictures_a_second": pictures_a_second(sample),
        **prices(family, model, training, fresh),
        **({"drawn": packed(drawn[:SHOWN])} if seed == SEEDS[0] else {}),
    }


def prices(family: str, model, training: Pictures, fresh: Pictures) -> dict:
    """What pictures cost in nats, those of training and fresh ones, where the family tells: {"rate": {...}, ...}."""
    if FAMILIES[family].likelihood == "none":
        return {}
    out: dict[str, dict[str, float]] = {"rate": {}, "distortion": {}}
    for name, pictures in (("training", training), ("fresh", fresh)):
        found = model.bound(pictures.images[:PRICED])
        out["rate"][name], out["distortion"][name] = float(found.rate.mean()), float(found.distortion.mean())
    return out | ({"active_units": model.active_units(fresh.images[:PRICED])} if family == "VAE" else {})


def packed(pictures: np.ndarray) -> str:
    """Pictures (n, 16, 16, 3) as text that a record can hold; colours are rounded to 256 steps."""
    return base64.b64encode(zlib.compress((255 * pictures).round().astype(np.uint8).tobytes(), 9)).decode()


def unpacked(text: str) -> np.ndarray:
    """The inverse: (n, 16, 16, 3) in [0, 1]."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(-1, SIDE, SIDE, 3) / 255


def rival(kind: str, seed: int) -> dict:
    """What needs no network, judged: "worn" training pictures, "means" of two, the "codebook" (fresh pictures as its
    tokens tell them), and "fresh" ones, which are perfect draws."""
    training, fresh = sets(seed)
    perfect, rng = draw_pictures(JUDGED, f"perfect {seed}"), np.random.default_rng(seed)
    some = training.images[rng.permutation(PICTURES)]
    if kind == "codebook":
        book = Codebook.fit(training.images, seed=seed)
        pictures = book.decode(book.encode(perfect.images))
    else:
        pictures = {
            "worn": 0.9 * some[:JUDGED] + 0.1 * some.mean(0),
            "means": (some[:JUDGED] + some[-JUDGED:]) / 2,
            "fresh": perfect.images,
        }[kind]
    return asdict(judge(pictures.astype(np.float32), training, fresh))


def token_floor(seed: int) -> float:
    """The lowest mean of -log p(tokens) with the codebook of a seed's autoregressive model, in nats a picture."""
    return floor(Codebook.fit(sets(seed)[0].images, seed=seed))


def planned(rows: list[dict]) -> Iterator[dict]:
    """The settings of the record; steps follow from the clock's rows, which come first."""
    for family in FAMILIES:
        yield {"what": "short", "family": family, "seed": 0, "steps": SHORT[family]}
        yield {"what": "clock", "family": family}
    clocks = {r["family"]: (r["before"], r["each"]) for r in rows if r["what"] == "clock"}
    steps = {family: steps_within(SECONDS, *clocks[family]) for family in FAMILIES}
    for seed in SEEDS:
        for family in FAMILIES:
            yield {"what": "equal time", "family": family, "seed": seed, "steps": steps[family]}
        for kind in ("fresh", "worn", "means", "codebook"):
            yield {"what": "rival", "family": kind, "seed": seed}
        yield {"what": "floor", "family": "autoregressive", "seed": seed}
    for seed in SEEDS:
        for n in ARTIST_STEPS:
            yield {"what": "collapse", "family": "GAN", "seed": seed, "steps": steps["GAN"] // 6, "artist_steps": n}
    for family in ("diffusion", "autoregressive"):
        yield {"what": "few pictures", "family": family, "seed": 0, "steps": steps[family], "pictures": FEW}


def row(what: str, family: str, **settings) -> dict:
    """One row of the record."""
    if what == "clock":
        found = timed(family)
    elif what == "floor":
        found = {"floor": token_floor(**settings)}
    elif what == "rival":
        found = rival(family, **settings)
    else:
        found = trial(family, **settings, judged=100 if what == "short" else JUDGED)
    return {"what": what, "family": family, **settings, **found}
