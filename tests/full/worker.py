"""One process of `two_hosts`: the shipped recipe of world-gpt, cut short, with its losses written down at every step.

It calls the course's own loop as `fmcourse pretrain` does. Only its last step is left out (measuring the finished model
takes minutes), checkpoints come every second and not every 100 seconds, and lie in a folder of this run.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path


def main(folder, steps):
    import torch

    from fmcourse.making.pretrain import SPECS, _numbered
    from fmcourse.models.tokenizer import train_tokenizer
    from fmcourse.training.fit import Recipe, fit, is_main_process, part
    from fmcourse.world import World

    spec, world = SPECS["world-gpt"], World.default()
    tokenizer = train_tokenizer(world)
    torch.manual_seed(spec.seed)
    model = spec.model(tokenizer)
    before, all_losses, began = 0, [], None
    for number, stage in enumerate(spec.stages, start=1):
        recipe = Recipe(steps=steps, lr=stage.lr, lr_adam=stage.lr_adam, seed=spec.seed)
        file = folder / f"stage-{number}.safetensors"
        taken_up = []

        def note(step, loss, file=file, taken_up=taken_up):
            taken_up.append(step)
            if file.exists() and is_main_process():
                (folder / "checkpoint-written").touch()
            if (folder / "checkpoint-written").exists() and not (folder / "began.json").exists():
                time.sleep(0.05)  # so that the kill falls into the middle of the run

        batch = partial(_numbered, stage.batch, world, tokenizer, spec.seed, before)
        history = fit(model, batch, recipe, checkpoint=file, every_seconds=1, progress=False, on_step=note)
        began = taken_up[0] if began is None else began
        all_losses += history.loss
        before += steps
    if part():
        (folder / "began.json").write_text(json.dumps(began), encoding="utf-8")
        (folder / "losses.json").write_text(json.dumps(all_losses), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
