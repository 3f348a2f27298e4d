"""Pretext tasks side by side: one encoder, several lessons without labels, the same probes with few labels.

`fmcourse evidence record pretext` trains each with five seeds and records, for notebook 05, how well a linear probe
reads classes from the features, beside raw pixels, the same network with random weights, a network trained on the few
labels alone, and waves counted by hand.

But: one recipe for every task and no search for the best of each; minutes of training, where published models take
days.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fmcourse.inside.linear_probes import few, probe, probe_pixels
from fmcourse.models.small_conv import SmallConv, features
from fmcourse.studies.few_labels import labels_alone, waves
from fmcourse.training import agreement, contrastive, image_sets, jigsaw, patches
from fmcourse.training.fit import History, Recipe, fit

SEEDS, STEPS, ROWS = (20, 21, 22, 23, 24), 200, 128
LONGER = 5  # times as many steps, for one more row
PER_CLASS = (1, 3, 10, 30)
TILE = 14  # of a cell of 16 pixels: the gap
TASKS = (
    "contrastive",
    "contrastive, colours kept",
    "masked patches",
    "jigsaw",
    "jigsaw, faulty camera",
    "jigsaw, faulty camera, tiles standardised",
    "agreement alone",
    "self-distillation",
    "self-distillation, no batch norm",
    "joint embedding",
    "joint embedding, no guard",
    "guard alone",
    "masked patches, guarded",
)


def untrained(seed: int) -> SmallConv:
    """The encoder with random weights: the baseline, and where every pretext task begins."""
    torch.manual_seed(seed)
    return SmallConv().eval()


def puzzle(images: Tensor, generator: torch.Generator, task: str = "jigsaw") -> dict[str, Tensor]:
    """A batch of scrambled puzzles of 2 x 2 tiles: {"tiles", "origin"}."""
    images = jigsaw.shade(images) if "camera" in task else images
    tiles = jigsaw.cut(images, 2, TILE, generator)
    tiles = jigsaw.standardise(tiles) if "standardised" in task else tiles
    tiles, origin = jigsaw.scramble(tiles, generator)
    return {"tiles": tiles, "origin": origin}


def pretrain(task: str, pool: Tensor, seed: int = 0, steps: int = STEPS) -> tuple[SmallConv, nn.Module, History]:
    """Train a fresh encoder on `pool` (N, 3, H, W) without labels; returns (encoder, whole model, History).

    `task` is one of TASKS, or ValueError.
    """
    if task not in TASKS:
        raise ValueError(f"the pretext task {task!r} is unknown; choose one of: {'; '.join(TASKS)}.")
    encoder = untrained(seed)
    model = _model(task, encoder)

    def batch(step: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(1_000_003 * seed + step)
        images = pool[torch.randint(0, len(pool), (ROWS,), generator=generator)]
        if task.startswith("jigsaw"):
            return puzzle(images, generator, task)
        if task == "guard alone" or task.startswith(("masked", "joint")):
            return {"images": images, "hidden": patches.choose_patches(ROWS, *images.shape[2:], generator=generator)}  # type: ignore[misc]  # height and width
        colour = "colours kept" not in task
        return {
            "first": contrastive.view(images, generator, colour=colour),
            "second": contrastive.view(images, generator, colour=colour),
        }

    recipe = Recipe(steps=steps, lr=0.02, lr_adam=0.004, warmup=min(20, steps), seed=seed)
    history: History = fit(model, batch, recipe, progress=False, on_step=getattr(model, "follow", None))
    return encoder, model, history


def _model(task: str, encoder: SmallConv) -> nn.Module:
    """The encoder with what a task puts on it."""
    if task.startswith("jigsaw"):
        return jigsaw.Jigsaw(encoder, TILE)
    if task.startswith("masked"):
        return (agreement.GuardedPatches if "guarded" in task else patches.MaskedPatches)(encoder)
    if task.startswith("joint") or task == "guard alone":
        return agreement.JointEmbedding(encoder, "no guard" not in task, foretold=task != "guard alone")
    if task.startswith("contrastive"):
        return contrastive.Contrastive(encoder)
    return agreement.SelfDistillation(encoder, norm=task == "self-distillation", teacher=task != "agreement alone")


@torch.no_grad()
def solved(model: nn.Module, images: Tensor, task: str = "jigsaw", seed: int = 0) -> float:
    """The share of tiles that a trained Jigsaw puts in their place; 0.25 is chance."""
    asked = puzzle(images, torch.Generator().manual_seed(seed), task)
    return float((model(**asked).logits.argmax(2) == asked["origin"]).float().mean())


def probes(
    data: image_sets.ImageSet, encoder: SmallConv | None, seed: int, per_class: Sequence[int] = PER_CLASS
) -> list[dict[str, Any]]:
    """Accuracy with so many labels per class; `encoder` None reads raw pixels."""
    read = probe_pixels if encoder is None else probe
    train, test = (part if encoder is None else features(encoder, part) for part in (data.train, data.test))
    rows = []
    for k in per_class:
        chosen = few(data.labels, k, seed)
        rows.append({"per_class": k, "accuracy": read(train[chosen], data.labels[chosen], test, data.truth)})
    return rows


def rivals(data: image_sets.ImageSet, seed: int, steps: int = STEPS) -> list[dict[str, Any]]:
    """Accuracy without a pretext task: the labels alone, and waves counted by hand; the first also with all labels."""
    base = {"data": "textures", "seed": seed, "n": len(data.truth)}
    counted, rows = (waves(data.train), waves(data.test)), []
    for k in PER_CLASS:
        chosen = few(data.labels, k, seed)
        found = {
            "labels alone": labels_alone(data, chosen, seed, steps),
            "waves": probe(counted[0][chosen], data.labels[chosen], counted[1], data.truth),
        }
        rows += [{**base, "task": task, "per_class": k, "accuracy": right} for task, right in found.items()]
    every = labels_alone(data, np.arange(len(data.labels)), seed, steps)
    return [*rows, {**base, "task": "labels alone", "per_class": len(data.labels) // 6, "accuracy": every}]


def tuned(data: image_sets.ImageSet, encoder: SmallConv, seed: int, steps: int = STEPS) -> list[dict[str, Any]]:
    """Accuracy of the whole network, trained on with so many labels, as `labels_alone` is from scratch."""
    rows = []
    for k in PER_CLASS:
        right = labels_alone(data, few(data.labels, k, seed), seed, steps, start=encoder)
        row = {"task": "contrastive, fine-tuned", "seed": seed, "n": len(data.truth), "per_class": k}
        rows.append({"data": "textures", **row, "accuracy": right})
    return rows


def shaded(data: image_sets.ImageSet, encoder: SmallConv) -> float:
    """How well the pattern is read from all labelled pictures when the faulty camera took them, test pictures too."""
    train, test = (features(encoder, jigsaw.shade(part)) for part in (data.train, data.test))
    return probe(train, data.labels, test, data.truth)


def truths(data: image_sets.ImageSet, encoder: SmallConv) -> dict[str, float]:
    """How well the pattern and the other truths of a set can be read from all labelled pictures."""
    train, test = features(encoder, data.train), features(encoder, data.test)
    asked = {"pattern": (data.labels, data.truth), **data.other}
    return {name: probe(train, labels, test, truth) for name, (labels, truth) in asked.items()}


def rows_of(seed: int, steps: int = STEPS, say: Callable[..., None] = print) -> list[dict[str, Any]]:
    """Everything recorded for one seed."""
    rows: list[dict[str, Any]] = []
    textured, photos, digits = image_sets.textures(seed), image_sets.photographs(seed), image_sets.digits(seed)

    def add(name: str, data: image_sets.ImageSet, task: str, encoder: SmallConv | None, **more: Any) -> None:
        base = {"data": name, "task": task, "seed": seed, "n": len(data.truth), **more}
        rows.extend({**base, **row} for row in probes(data, encoder, seed))
        shown = (f"{r['per_class']}: {r['accuracy']:.3f}" for r in rows[-len(PER_CLASS) :])
        say(seed, name, task, *shown, more, flush=True)

    for name, data in (("textures", textured), ("photographs", photos), ("digits", digits)):
        add(name, data, "pixels", None)
        more = {}
        if name == "textures":
            apart = agreement.spread(features(untrained(seed), data.test))
            more = {"truths": truths(data, untrained(seed)), "spread": apart, "shaded": shaded(data, untrained(seed))}
        add(name, data, "random", untrained(seed), **more)
    rows += rivals(textured, seed, steps)
    longer, _, _ = pretrain("contrastive", textured.pool, seed, LONGER * steps)
    add("textures", textured, "contrastive, longer", longer, steps=LONGER * steps)
    for task in TASKS:
        began = time.process_time()
        encoder, model, history = pretrain(task, textured.pool, seed, steps)
        more = {"steps": steps, "loss": float(np.mean(history.loss[-20:])), "truths": truths(textured, encoder)}
        if task.startswith("jigsaw"):
            more["solved"] = solved(model, textured.test, task)
            more["shaded"] = shaded(textured, encoder)
        if task == "contrastive":
            rows += tuned(textured, encoder, seed, steps)
        more["spread"] = agreement.spread(features(encoder, textured.test))
        add("textures", textured, task, encoder, **more)
        say(f"   {time.process_time() - began:.0f} s", flush=True)
        if task in ("contrastive", "masked patches"):
            add("photographs", photos, task, encoder, steps=steps)
    encoder, model, _ = pretrain("jigsaw", digits.pool, seed, steps)
    add("digits", digits, "jigsaw", encoder, steps=steps, solved=solved(model, digits.test))
    return rows
