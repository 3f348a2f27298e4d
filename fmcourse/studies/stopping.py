"""When to stop: the loss on validation texts while a model is fine-tuned, and what choosing on the test claims
(notebook 10).

`fmcourse evidence record stopping` writes one row for each task and seed: a list of looks, one every 10 steps. A look
is the validation loss and accuracy, the accuracy on 100 test texts, and on 400 fresh texts about the same test words.

But: a constant rate, full fine-tuning, and fresh texts that share their words with the test.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from fmcourse.models.loading import Loaded
from fmcourse.tasks.label_tasks import Example, Task
from fmcourse.training.finetune import Recipe, Tuned, classifier, draw, encode, open_up

EVERY, SMALL, FRESH, STEPS, SEEDS = 10, 100, 400, 150, (0, 1, 2, 3, 4)
ON = {"pets": (64, 1e-3), "french": (128, 3e-3)}  # labels, and the rate of full fine-tuning in rates.py


def looked(tuned: Tuned, examples: Sequence[Example]) -> tuple[float, float]:
    """(mean cross-entropy in nats, accuracy) on some examples."""
    scores = tuned.scores([e.text for e in examples])
    right = torch.tensor([tuned.classes.index(e.label) for e in examples])
    return nn.functional.cross_entropy(scores, right).item(), (scores.argmax(-1) == right).float().mean().item()


def watched(loaded: Loaded, task: Task, labels: int, seed: int, recipe: Recipe) -> list[dict[str, Any]]:
    """Fine-tune all weights at a constant rate, and look every `EVERY` steps, first before any."""
    examples, model = task.labelled(labels, seed), classifier(loaded, task.classes, seed)
    learning = open_up(model, "full", recipe)
    tuned = Tuned(model, loaded.tokenizer, task.classes, "full", 0, 0)
    optimiser = torch.optim.AdamW(learning, lr=recipe.rate, weight_decay=0.0)  # type: ignore[arg-type]  # a rate is set
    validation, tested = task.validation(SMALL, seed), task.test(SMALL + FRESH, seed)
    looks = []
    for step in range(recipe.steps + 1):
        if step % EVERY == 0:
            loss, accuracy = looked(tuned, validation)
            small, fresh = (looked(tuned, part)[1] for part in (tested[:SMALL], tested[SMALL:]))
            looks.append({"step": step, "loss": loss, "validation": accuracy, "test": small, "fresh": fresh})
        rows = [examples[i] for i in draw(labels, recipe.batch, seed, step)]
        model.train()
        scores = model(**encode(loaded.tokenizer, [e.text for e in rows], model.device)).logits
        right = torch.tensor([task.classes.index(e.label) for e in rows], device=model.device)
        optimiser.param_groups[0]["lr"] = recipe.rate * min(1.0, (step + 1) / recipe.warmup)  # type: ignore[operator]
        optimiser.zero_grad()
        nn.functional.cross_entropy(scores, right).backward()
        optimiser.step()
    return looks
