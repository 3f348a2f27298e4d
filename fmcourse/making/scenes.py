"""`fmcourse pretrain scene-...`: make a shipped model that draws or reads scenes, from scenes alone.

A batch depends only on the seed and the number of its step; a run goes on after an interruption. At the end the weights
are stored in float16, read back, measured as stored, and written down with recipe and results.

But: one run each; how much a run varies is for a recorded experiment.
"""

import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fmcourse.making.ahead import ahead
from fmcourse.making.drawing_results import form_curve, form_results, picture_curve, picture_results
from fmcourse.making.learners import Drawer, PictureReader, QuestionReader
from fmcourse.making.looks import CURVE, Curve
from fmcourse.making.scene_cards import card_text
from fmcourse.making.vision_results import (
    answerer_curve,
    answerer_results,
    captioner_curve,
    captioner_results,
    clip_curve,
    clip_results,
)
from fmcourse.paths import course_root, data_dir


@dataclass(frozen=True)
class Spec:
    """How one model is made: what it does and is, what it is measured on, and how long it learns.

    `results(loaded)` is what its card says; `curve(loaded)` is quick, and is asked at the steps of CURVE.
    """

    title: str
    learner: Drawer | PictureReader
    results: Callable[..., dict]
    curve: Callable[..., dict[str, float]]
    steps: int = 3000
    rows: int = 128
    lr: float = 0.02
    lr_adam: float = 0.003
    seed: int = 0

    @property
    def recipe(self) -> dict[str, Any]:
        """What its card keeps of it: all that decides a run."""
        own = {name: getattr(self, name) for name in ("steps", "rows", "lr", "lr_adam", "seed")}
        return {"form": self.learner.form} | own | asdict(self.learner)


SPECS: dict[str, Spec] = {
    "scene-diffusion": Spec(
        "draws pictures of scenes from captions",
        Drawer("image", late=2900),
        picture_results,
        picture_curve,
        steps=7500,
        rows=64,
    ),
    "scene-voxels": Spec(
        "draws solids in a grid from captions",
        Drawer("voxels", late=2000),
        form_results,
        form_curve,
        steps=5000,
        rows=64,
    ),
    "scene-video": Spec(
        "draws clips of two events from captions",
        Drawer("clip", late=2900),
        form_results,
        form_curve,
        steps=7200,
        rows=64,
    ),
    "scene-sound": Spec(
        "speaks short utterances",
        Drawer("sound", stock=20_000, late=3000),
        form_results,
        form_curve,
        steps=7600,
        rows=64,
    ),
    "scene-clip": Spec(
        "tells which caption fits a picture", PictureReader("two-towers"), clip_results, clip_curve, steps=6000
    ),
    "scene-captioner": Spec(
        "writes captions of pictures", PictureReader("captioner"), captioner_results, captioner_curve, steps=2500
    ),
    "scene-answerer": Spec(
        "answers questions about pictures",
        QuestionReader(),
        answerer_results,
        answerer_curve,
    ),
}


def pretrain(
    name: str,
    out: Path | None = None,
    fresh: bool = False,
    steps: int | None = None,
    progress: bool = True,
    device: str | None = None,
    workers: int = 0,
) -> Path:
    """Train `name` and write it to `out` (by default its place in data/models); returns the folder.

    `steps` shortens the run for a test; so many `workers` make batches ahead (`ahead.py`). Raises ValueError for an
    unknown name or device, or a checkpoint of another recipe.
    """
    import torch

    from fmcourse.training.fit import Recipe, fit, is_main_process, part

    if name not in SPECS:
        raise ValueError(f"no recipe is called {name!r}; there are {', '.join(SPECS)}.")
    spec, out = SPECS[name], Path(out) if out else data_dir() / "models" / name
    running = course_root() / "build" / "pretrain" / f"{name}.safetensors"
    seen = Curve(running.with_suffix(".curve.json"))
    if fresh:
        running.unlink(missing_ok=True)
    if not running.exists():
        seen.forget()
    torch.manual_seed(spec.seed)
    network = spec.learner.network()
    objective = spec.learner.objective(network)

    def batch(step: int) -> dict:
        return spec.learner.batch(network, spec.seed, step, spec.rows)

    def look(step: int, loss: float) -> None:
        if (step + 1 in CURVE or step + 1 == recipe.steps) and is_main_process():
            seen.add(step + 1, spec.curve(SimpleNamespace(model=network, card={"form": spec.learner.form})))

    recipe = Recipe(steps or spec.steps, spec.lr, spec.lr_adam, warmup=200, seed=spec.seed)
    ready = ahead(batch, recipe.steps, workers)
    history = fit(objective, ready, recipe, checkpoint=running, progress=progress, on_step=look, device=device)
    if part():
        loss = history.loss[:: max(1, len(history.loss) // 200)]
        learned = {"seconds": history.seconds[-1], "loss": loss, "curve": seen.points()}
        ship(name, network, out, recipe=spec.recipe | {"steps": recipe.steps}, **learned)
        seen.forget()
    return out


def ship(name: str, network: Any, out: Path, **training: Any) -> None:
    """Store weights in float16, read them back, measure them, and write card and digests. What a run of another recipe
    measured, whose place it takes, stays on the card."""
    import torch
    from safetensors.torch import save_file

    learner = SPECS[name].learner
    out.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().cpu().to(torch.float16).contiguous() for k, v in network.state_dict().items()}
    save_file(half, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    for file, content in (("config.json", network.config()), ("words.json", list(learner.words))):
        (out / file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    earlier = earlier_runs(out, training["recipe"])
    training = {"form": learner.form} | training | ({"earlier": earlier} if earlier else {})
    training |= {"threads": torch.get_num_threads(), "python": platform.python_version(), "torch": torch.__version__}
    measure(name, out, training)


def earlier_runs(out: Path, recipe: dict[str, Any]) -> list[dict[str, Any]]:
    """Recipes and results of the runs that stood in `out` before one of this recipe: a second try is told as one."""
    file = out / "training.json"
    if not file.is_file():
        return []
    card = json.loads(file.read_text(encoding="utf-8"))
    same = card["recipe"] == recipe or "results" not in card
    return card.get("earlier", []) + ([] if same else [{key: card[key] for key in ("recipe", "results")}])


def measure(name: str, out: Path | None = None, training: dict[str, Any] | None = None) -> Path:
    """Measure the weights in `out` (by default the shipped ones), and write card and digests; returns the folder.

    `training` says how they were made; without it that part of the card stays as it is. Raises ValueError where there
    is no model yet.
    """
    from fmcourse.models.catalogue import load
    from fmcourse.models.files import write_digests

    spec, out = SPECS[name], Path(out) if out else data_dir() / "models" / name
    file, began = out / "training.json", time.monotonic()
    if training is None:
        if not file.is_file():
            raise ValueError(f"there is no {name} in {out} to measure; make it first: fmcourse pretrain {name}.")
        training = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({"name": name} | training, indent=1) + "\n", encoding="utf-8")
    stored = load(name, source=out, device="cpu")
    size = sum(p.numel() for p in stored.model.parameters())
    card = {"name": name, "parameters": size} | training | {"results": spec.results(stored)}
    file.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (out / "README.md").write_text(card_text(card, spec.title, spec.learner.note), encoding="utf-8")
    write_digests(out)
    print(f"{name} measured in {time.monotonic() - began:.0f} s and written to {out}.")
    return out
