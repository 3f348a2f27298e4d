"""`fmcourse pretrain scene-...`: make a shipped model that draws, from scenes alone.

A batch depends only on the seed and the number of its step; a run goes on after an interruption. At the end the weights
are stored in float16, read back, measured as stored, and written down with recipe and results.
"""

import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fmcourse.paths import course_root, data_dir


@dataclass(frozen=True)
class Spec:
    """How one model is made: the form it draws, its size, how long it learns, and what it is measured on."""

    title: str
    form: str
    results: Callable[..., dict]
    steps: int = 3000
    rows: int = 128
    lr: float = 0.02
    lr_adam: float = 0.003
    width: int = 96
    depth: int = 6
    heads: int = 3
    seed: int = 0


def _picture_results(loaded, n: int = 500) -> dict:
    """The share of fresh captions whose picture is wholly right, of each kind of question, at guidance 1 and 2."""
    from fmcourse.generation.scoring import QUESTIONS, questions, score
    from fmcourse.prompting import interval

    out: dict[str, dict] = {}
    for what in QUESTIONS:
        asked = questions(what, n, "card")
        for guidance in (1.0, 2.0):
            found = score(loaded, asked, guidance=guidance)
            right = int((found.fits & found.legal).sum())
            low, high = interval(right, n)
            out[f"{what}, guidance {guidance:g}"] = {
                "right": right / n, "low": low, "high": high, "legal": float(found.legal.mean()), "n": n,
            }  # fmt: skip
    return out


SPECS: dict[str, Spec] = {
    "scene-diffusion": Spec("draws pictures of scenes from captions", "image", _picture_results),
}


def pretrain(
    name: str,
    out: Path | None = None,
    fresh: bool = False,
    steps: int | None = None,
    progress: bool = True,
    device: str | None = None,
) -> Path:
    """Train `name` and write it to `out` (by default its place in data/models); returns the folder.

    `steps` shortens the run for a test. Raises ValueError for an unknown device or a checkpoint of another recipe.
    """
    import torch

    from fmcourse.generation.flow import Objective, batch_of
    from fmcourse.generation.forms import FORMS
    from fmcourse.models.patch_transformer import PatchTransformer, Shape
    from fmcourse.training.fit import Recipe, fit, part

    spec, out = SPECS[name], Path(out) if out else data_dir() / "models" / name
    form = FORMS[spec.form]
    running = course_root() / "build" / "pretrain" / f"{name}.safetensors"
    if fresh:
        running.unlink(missing_ok=True)
    torch.manual_seed(spec.seed)
    shape = Shape(form.patches, form.values, len(form.words) + 1, form.longest, spec.width, spec.depth, spec.heads)
    network = PatchTransformer(shape)

    def batch(step: int) -> dict:
        rng, generator = np.random.default_rng([spec.seed, step]), torch.Generator().manual_seed(step + 1)
        return batch_of(*form.batch(rng, spec.rows), generator)

    recipe = Recipe(steps or spec.steps, spec.lr, spec.lr_adam, warmup=200, seed=spec.seed)
    history = fit(Objective(network), batch, recipe, checkpoint=running, progress=progress, device=device)
    if part():
        ship(name, network, out, seconds=history.seconds[-1], loss=history.loss[:: max(1, len(history.loss) // 200)])
    return out


def ship(name: str, network, out: Path, **training) -> None:
    """Store weights in float16, read them back, measure them, and write card and digests."""
    import torch
    from safetensors.torch import save_file

    from fmcourse.generation.forms import FORMS

    spec = SPECS[name]
    out.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().cpu().to(torch.float16).contiguous() for k, v in network.state_dict().items()}
    save_file(half, out / "model.safetensors", metadata={"format": "pt"})
    (out / "config.json").write_text(json.dumps(network.config(), indent=1) + "\n", encoding="utf-8")
    words = list(FORMS[spec.form].words)
    (out / "words.json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    recipe = {k: v for k, v in asdict(spec).items() if k not in ("results", "title")}
    training = {"form": spec.form, "recipe": recipe, **training}
    training |= {"threads": torch.get_num_threads(), "python": platform.python_version(), "torch": torch.__version__}
    measure(name, out, training)


def measure(name: str, out: Path | None = None, training: dict | None = None) -> Path:
    """Measure the weights in `out` (by default the shipped ones), and write card and digests; returns the folder.

    `training` says how they were made; without it that part of the card stays as it is.
    """
    from fmcourse.models.catalogue import load
    from fmcourse.models.files import write_digests

    spec, out = SPECS[name], Path(out) if out else data_dir() / "models" / name
    file, began = out / "training.json", time.monotonic()
    if training is None:
        training = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({"name": name} | training, indent=1) + "\n", encoding="utf-8")
    stored = load(name, source=out, device="cpu")
    size = sum(p.numel() for p in stored.model.parameters())
    card = {"name": name, "parameters": size} | training | {"results": spec.results(stored)}
    file.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (out / "README.md").write_text(card_text(card, spec), encoding="utf-8")
    write_digests(out)
    print(f"{name} measured in {time.monotonic() - began:.0f} s and written to {out}.")
    return out


def card_text(card: dict, spec: Spec) -> str:
    """The model card: what it is, how it was made, what was measured, and its limits."""
    rows = [
        f"| {what} | {r['right']:.3f} ({r['low']:.3f} to {r['high']:.3f}) | {r['legal']:.3f} | {r['n']} |"
        for what, r in card["results"].items()
    ]
    recipe = card["recipe"]
    return "\n".join(
        [
            f"# {card['name']}",
            "",
            f"A small model that {spec.title}. {card['parameters']:,} parameters, stored in float16.",
            "",
            f"It was made by `fmcourse pretrain {card['name']}` from scenes of this course alone, in "
            f"{card['seconds'] / 60:.0f} minutes with {card['threads']} threads: {recipe['steps']:,} steps of "
            f"{recipe['rows']} examples, seed {recipe['seed']}.",
            "",
            "| asked for | wholly right (95 % interval) | legal | n |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "Wholly right: an exact reader finds what the caption asked for and nothing else, without a flaw.",
            "",
            "Limits: it knows the closed language of its scenes and nothing beside it.",
            "",
        ]
    )
