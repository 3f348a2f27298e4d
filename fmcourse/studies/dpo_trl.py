"""The same DPO run by the library `trl`, in a process of its own: what notebook 12's own loop is held against.

    losses_of_trl(start, pairs, DPORecipe(epochs=1, lr=1e-4))        # one loss a step; None where trl is not installed

A process of its own, since trl's settings turn bfloat16 on for whatever is trained later in the same one. Nothing
random is left to differ: the pairs come in the order that `preferences.dpo` would draw, in float32, on the CPU.

But: one pass over the pairs, since trl does not draw a second order as we do; the extra `align` holds trl.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import torch

from fmcourse.models.loading import Loaded
from fmcourse.training.preferences import DPORecipe, Pair


def losses_of_trl(start: Loaded, pairs: Sequence[Pair], recipe: DPORecipe) -> list[float] | None:
    """The loss of each step when trl's `DPOTrainer` trains a copy of `start`; None without the extra `align`.

    Raises `ValueError` for more than one pass, and `RuntimeError` with trl's last line when its process fails.
    """
    if recipe.epochs != 1:
        raise ValueError(f"{recipe.epochs} passes: the order of the pairs is only the same for one.")
    if not (find_spec("trl") and find_spec("datasets")):
        return None
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(recipe.seed)).tolist()
    with tempfile.TemporaryDirectory() as folder:
        start.model.save_pretrained(folder)
        start.tokenizer.save_pretrained(folder)  # type: ignore[attr-defined]  # every tokenizer of transformers has it
        job = {"recipe": asdict(recipe), "pairs": [asdict(pairs[i]) for i in order], "threads": torch.get_num_threads(),
               "still": [n for n, p in start.model.named_parameters() if not p.requires_grad]}  # fmt: skip
        Path(folder, "job.json").write_text(json.dumps(job), encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", __name__, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"trl's process failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
        return json.loads(Path(folder, "losses.json").read_text(encoding="utf-8"))


def train_with_trl(folder: Path) -> None:
    """In the other process: train what lies in `folder`, and leave `losses.json` there."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    torch.set_num_threads(job["threads"])
    recipe, words = DPORecipe(**job["recipe"]), AutoTokenizer.from_pretrained(folder)
    model, reference = (AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for _ in range(2))
    for name, weights in model.named_parameters():
        weights.requires_grad_(name not in job["still"])
    rows = [{"prompt": words.bos_token + p["prompt"], "chosen": f" {p['chosen'].strip()}",
             "rejected": f" {p['rejected'].strip()}"} for p in job["pairs"]]  # fmt: skip
    words.add_bos_token = False
    args = DPOConfig(
        output_dir=str(folder / "out"), use_cpu=True, bf16=False, gradient_checkpointing=False, report_to=[],
        save_strategy="no", disable_tqdm=True, logging_steps=1, num_train_epochs=1, warmup_steps=0,
        per_device_train_batch_size=recipe.rows, learning_rate=recipe.lr, lr_scheduler_type="linear",
        beta=recipe.beta, train_sampling_strategy="sequential", max_grad_norm=1.0, weight_decay=0.0, adam_epsilon=1e-8,
    )  # fmt: skip
    trainer = DPOTrainer(model=model, ref_model=reference, args=args, processing_class=words,
                         train_dataset=Dataset.from_list(rows))  # fmt: skip
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    (folder / "losses.json").write_text(json.dumps(losses), encoding="utf-8")


if __name__ == "__main__":
    train_with_trl(Path(sys.argv[1]))
