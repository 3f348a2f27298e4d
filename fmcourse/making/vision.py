"""`fmcourse pretrain scene-clip`, `scene-captioner`, `scene-answerer`: make a shipped model that reads pictures.

As for models that draw (`scenes.py`): a batch follows from the seed and the number of its step alone, a run goes on
after an interruption, and the weights are stored in float16, read back and measured as stored
(`vision_results.py`).

But: one run each; how much a run varies is for a recorded experiment.
"""

import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fmcourse.making.vision_results import answerer_results, captioner_results, clip_results
from fmcourse.paths import course_root, data_dir


@dataclass(frozen=True)
class Spec:
    """How one model is made: its kind (of `picture_text.MODELS`), its size, how long it learns, what it is measured on.

    `depth` and `out` are the text stack's; `width`, `layers`, `heads` and `patch` the vision transformer's.
    """

    title: str
    kind: str
    results: Callable[..., dict]
    steps: int = 3000
    rows: int = 128
    lr: float = 0.02
    lr_adam: float = 0.003
    depth: int = 3
    out: int = 64
    width: int = 96
    layers: int = 4
    heads: int = 4
    patch: int = 4
    seed: int = 0

    @property
    def words(self) -> tuple[tuple[str, ...], int]:
        """The vocabulary and the number of words of the longest text."""
        from fmcourse.scenes import captions, question_words

        language = question_words if self.kind == "answerer" else captions
        return language.WORDS, language.LONGEST

    def network(self):
        """A fresh network of the kind. Its weights come from torch's global generator."""
        from fmcourse.models.picture_text import MODELS, PictureTextShape
        from fmcourse.models.vit import ViTShape

        words, longest = self.words
        sight = ViTShape(patch=self.patch, width=self.width, depth=self.layers, heads=self.heads)
        return MODELS[self.kind](PictureTextShape(len(words), longest, self.depth, self.out, sight))

    def objective(self, network):
        """The network with its loss, and the batch of a step."""
        from fmcourse.vision import answering, captioning, contrast

        def rng(step: int) -> np.random.Generator:
            return np.random.default_rng([self.seed, step])

        if self.kind == "captioner":
            learns = captioning.Captioning(network)
            return learns, lambda step: captioning.batch(rng(step), self.rows, network)
        part, learns = (contrast, contrast.Contrast) if self.kind == "two-towers" else (answering, answering.Answering)
        return learns(network), lambda step: part.batch(rng(step), self.rows)


SPECS: dict[str, Spec] = {
    "scene-clip": Spec("tells which caption fits a picture", "two-towers", clip_results),
    "scene-captioner": Spec("writes captions of pictures", "captioner", captioner_results, steps=2500),
    "scene-answerer": Spec("answers questions about pictures", "answerer", answerer_results, depth=2, out=21),
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

    from fmcourse.training.fit import Recipe, fit, part

    spec, out = SPECS[name], Path(out) if out else data_dir() / "models" / name
    running = course_root() / "build" / "pretrain" / f"{name}.safetensors"
    if fresh:
        running.unlink(missing_ok=True)
    torch.manual_seed(spec.seed)
    network = spec.network()
    objective, batch = spec.objective(network)
    recipe = Recipe(steps or spec.steps, spec.lr, spec.lr_adam, warmup=200, seed=spec.seed)
    history = fit(objective, batch, recipe, checkpoint=running, progress=progress, device=device)
    if part():
        ship(name, network, out, seconds=history.seconds[-1], loss=history.loss[:: max(1, len(history.loss) // 200)])
    return out


def ship(name: str, network, out: Path, **training) -> None:
    """Store weights in float16, read them back, measure them, and write card and digests."""
    import torch
    from safetensors.torch import save_file

    spec = SPECS[name]
    out.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().cpu().to(torch.float16).contiguous() for k, v in network.state_dict().items()}
    save_file(half, out / "model.safetensors", metadata={"format": "pt"})
    for file, content in (("config.json", network.config()), ("words.json", list(spec.words[0]))):
        (out / file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    recipe = {k: v for k, v in asdict(spec).items() if k not in ("results", "title")}
    training = {"form": "image", "recipe": recipe, **training}
    training |= {"threads": torch.get_num_threads(), "python": platform.python_version(), "torch": torch.__version__}
    measure(name, out, training)


def measure(name: str, out: Path | None = None, training: Mapping | None = None) -> Path:
    """Measure the weights in `out` (by default the shipped ones), and write card and digests; returns the folder.

    `training` says how they were made; without it that part of the card stays as it is.
    """
    from fmcourse.models.files import write_digests

    spec, out = SPECS[name], Path(out) if out else data_dir() / "models" / name
    file, began = out / "training.json", time.monotonic()
    if training is None:
        training = json.loads(file.read_text(encoding="utf-8"))
    stored = opened(out, name)
    size = sum(p.numel() for p in stored.model.parameters())
    card = {"name": name, "parameters": size} | dict(training) | {"results": spec.results(stored)}
    file.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (out / "README.md").write_text(card_text(card, spec), encoding="utf-8")
    write_digests(out)
    print(f"{name} measured in {time.monotonic() - began:.0f} s and written to {out}.")
    return out


def opened(folder: Path, name: str):
    """The model in a folder as `Loaded`, on the CPU: what is measured is what was stored."""
    from safetensors.torch import load_file

    from fmcourse.models.catalogue import Vocabulary
    from fmcourse.models.loading import Loaded
    from fmcourse.models.picture_text import from_config

    config, words = (json.loads((folder / f"{part}.json").read_text(encoding="utf-8")) for part in ("config", "words"))
    model = from_config(config)
    model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    return Loaded(model.eval(), Vocabulary(tuple(words)), {}, name)


def card_text(card: dict, spec: Spec) -> str:
    """The model card: what it is, how it was made, what was measured with what rivals reach, and its limits."""
    recipe = card["recipe"]
    lines = [
        f"# {card['name']}",
        "",
        f"A small model that {spec.title}. {card['parameters']:,} parameters, stored in float16.",
        "",
        f"It was made by `fmcourse pretrain {card['name']}` from scenes of this course alone, in "
        f"{card['seconds'] / 60:.0f} minutes with {card['threads']} threads: {recipe['steps']:,} steps of "
        f"{recipe['rows']} examples, seed {recipe['seed']}.",
        "",
        "| what | share (95 % interval) | beside it | n |",
        "| --- | --- | --- | --- |",
    ]
    for what, found in card["results"].items():
        if "value" in found:
            lines.append(f"| {what} | {found['value']:.3f} ± {found['error']:.3f} | | {found['n']} |")
            continue
        beside = ", ".join(f"{name} {share:.3f}" for name, share in found["beside"].items())
        share = f"{found['right']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
        lines.append(f"| {what} | {share} | {beside} | {found['n']} |")
    return "\n".join([*lines, "", "Limits: it knows the closed language of its scenes and nothing beside it.", ""])
