"""Fine-tuning: bend a pretrained model to a labelling task, by one interface for five methods.

    tuned = finetune(load("world-gpt"), tasks()["mail"], "LoRA", labels=64)
    tuned.accuracy(tasks()["mail"].test(300, seed=0))

| method | starts from | learns |
| --- | --- | --- |
| scratch | random weights | everything |
| head | the pretrained model | the new head alone |
| last block | the pretrained model | the new head, the last block and the norm after it |
| LoRA | the pretrained model | the new head, and a small correction beside some matrices |
| full | the pretrained model | everything |

The head reads the last token of the text: one score for each class. The model is `AutoModelForSequenceClassification`
of transformers, so that everything written here can be saved, shared and trained by other tools too.

But: one label a text, AdamW with one rate, no early stopping.
"""

import copy
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from fmcourse.models.devices import lies_on, working_on
from fmcourse.models.encoding import encode_prompt, pad
from fmcourse.models.loading import Loaded
from fmcourse.tasks.label_tasks import Example, Task
from fmcourse.training import fit as loop
from fmcourse.training.lora import TARGETS, add_lora
from fmcourse.training.rates import rate_of
from fmcourse.types import Model, Tokenizer

METHODS = ("scratch", "head", "last block", "LoRA", "full")


@dataclass(frozen=True)
class Recipe:
    """How long and how fast. `rate` None takes the one that was tuned for method and task, see rates.py.

    `rank`, `alpha` and `targets` belong to LoRA. `replay` mixes old documents in: so many rows of 128 tokens a step.
    """

    steps: int = 150
    batch: int = 16
    rate: float | None = None
    warmup: int = 15
    weight_decay: float = 0.0
    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = TARGETS
    replay: int = 0
    seed: int = 0

    def at(self, step: int) -> float:
        """The share of the rate that step number `step` (from 0) uses: up in a line, then down to zero."""
        return min(1.0, (step + 1) / self.warmup) * (1 - step / self.steps)


@dataclass
class Tuned:
    """A fine-tuned classifier, and what was seen on the way. `trained` of `total` numbers could move."""

    model: Model = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    classes: tuple[str, ...]
    method: str
    trained: int
    total: int
    losses: list[float] = field(default_factory=list, repr=False)
    seconds: float = 0.0

    @torch.no_grad()
    def scores(self, texts: Sequence[str], batch: int = 256) -> Tensor:
        """One score for each class: (texts, classes)."""
        self.model.eval()
        parts = [encode(self.tokenizer, texts[i : i + batch], self.model.device) for i in range(0, len(texts), batch)]
        return torch.cat([self.model(**part).logits.cpu() for part in parts])

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The class with the highest score for each text."""
        return [self.classes[i] for i in self.scores(texts).argmax(-1).tolist()]

    def right(self, examples: Sequence[Example]) -> list[bool]:
        """For each example, whether the prediction is its label."""
        return [p == e.label for p, e in zip(self.predict([e.text for e in examples]), examples, strict=True)]

    def accuracy(self, examples: Sequence[Example]) -> float:
        """The share of the examples that are right."""
        right = self.right(examples)
        return sum(right) / len(right)


def encode(tokenizer: Tokenizer, texts: Sequence[str], device: str | torch.device = "cpu") -> dict[str, Tensor]:
    """Texts as a batch: `input_ids` and `attention_mask`, (B, T), padded on the right."""
    ids, mask = pad([encode_prompt(tokenizer, text) for text in texts], tokenizer.pad_token_id)
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def classifier(loaded: Loaded, classes: Sequence[str], seed: int = 0, pretrained: bool = True) -> Model:
    """A copy of a pretrained model's body with a fresh head, or with `pretrained=False` the same with fresh weights."""
    from transformers import AutoModelForSequenceClassification

    config = copy.deepcopy(loaded.model.config)
    config.id2label = dict(enumerate(classes))
    config.label2id = {name: i for i, name in enumerate(classes)}
    config.pad_token_id = loaded.tokenizer.pad_token_id
    config.architectures = None
    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager").float()
    if pretrained:
        model.base_model.load_state_dict(loaded.model.base_model.state_dict())
    return model.to(lies_on(loaded.model)).eval()


def open_up(model: Model, method: str, recipe: Recipe) -> list[nn.Parameter]:
    """Let exactly those numbers learn that the method lets learn, and return them."""
    if method not in METHODS:
        raise ValueError(f"no method is called {method!r}; there are {', '.join(METHODS)}.")
    model.requires_grad_(method in ("scratch", "full"))
    if method == "LoRA":
        add_lora(
            model, recipe.rank, recipe.targets, alpha=recipe.alpha, generator=torch.Generator().manual_seed(recipe.seed)
        )
    if method == "last block":
        model.base_model.layers[-1].requires_grad_(True)
        model.base_model.norm.requires_grad_(True)
    model.score.requires_grad_(True)
    return [p for p in model.parameters() if p.requires_grad]


def checked(examples: Sequence[Example], classes: Sequence[str]) -> None:
    """Raise `ValueError`, in a sentence, for labels that nothing can be learned from."""
    labels = {e.label for e in examples}
    if not labels:
        raise ValueError("there are no labelled examples; fine-tuning needs at least two, of different classes.")
    if len(labels) == 1:
        raise ValueError(
            f"all {len(examples)} labels are {labels.pop()!r}; with one class there is nothing to tell "
            "apart. Add examples of another."
        )
    if unknown := sorted(labels - set(classes)):
        raise ValueError(f"the label {unknown[0]!r} is none of the classes {', '.join(classes)}.")


def finetune(
    loaded: Loaded,
    task: Task,
    method: str = "LoRA",
    labels: int | Sequence[Example] = 64,
    *,
    seed: int = 0,
    recipe: Recipe | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    on_step: Callable[[int, float], None] | None = None,
    device: str | None = None,
) -> Tuned:
    """Fine-tune a copy of `loaded.model` on labelled examples of `task`; the original stays.

    `labels` is how many of the task's own labelled examples of this `seed`, or the examples. With `checkpoint`, a file,
    the state is kept there every minute and on Ctrl-C, and the same call goes on from it to the same end.
    `on_step(step, loss)` is called after each step. `device` as in `fit`; the copy ends up where the original lies.
    Raises `ValueError` for examples that nothing can be learned from, for a checkpoint of something else and for a
    device that is not there, and `fit.Interrupted` on Ctrl-C.
    """
    recipe = replace(recipe or Recipe(), seed=seed)
    if recipe.rate is None and method in METHODS:
        recipe = replace(recipe, rate=rate_of(task.name, method))
    examples = (task.labelled(labels, seed) if labels > 0 else []) if isinstance(labels, int) else list(labels)
    checked(examples, task.classes)
    model = classifier(loaded, task.classes, seed, pretrained=method != "scratch")
    total = sum(p.numel() for p in model.parameters())
    learning = open_up(model, method, recipe)
    tuned = Tuned(model, loaded.tokenizer, task.classes, method, sum(p.numel() for p in learning), total)
    began = time.process_time()
    with working_on(model, device):
        tuned.losses = _train(tuned, learning, examples, recipe, checkpoint, on_step)
    tuned.seconds = time.process_time() - began
    return tuned


@dataclass(frozen=True)
class _Run:
    """What a checkpoint must belong to: method, recipe and labelled examples, as one text."""

    what: str


def _train(
    tuned: Tuned,
    learning: list[nn.Parameter],
    examples: list[Example],
    recipe: Recipe,
    checkpoint: str | os.PathLike[str] | None,
    on_step: Callable[[int, float], None] | None,
) -> list[float]:
    """The loop. A batch depends on the seed and the number of its step alone, so that a stopped run can go on."""
    model, file = tuned.model, Path(checkpoint) if checkpoint else None
    known = last_states(model, tuned.tokenizer, examples) if tuned.method == "head" else None
    optimiser = torch.optim.AdamW(learning, lr=recipe.rate, weight_decay=recipe.weight_decay)  # type: ignore[arg-type]  # `finetune` puts a rate in
    run = _Run(json.dumps([tuned.method, asdict(recipe), [[e.text, e.label] for e in examples]]))
    try:
        history, start = loop._resume(file, model, [optimiser], run)
    except ValueError:
        raise ValueError(
            f"the checkpoint {file} is damaged, or belongs to another fine-tuning: another method, recipe "
            "or set of labels. Delete it, or name another file."
        ) from None
    saved = time.monotonic()
    numbers = {name: i for i, name in enumerate(tuned.classes)}
    model.train()
    try:
        for step in range(start, recipe.steps):
            rows = draw(len(examples), recipe.batch, recipe.seed, step)
            if known is None:
                scores = model(**encode(tuned.tokenizer, [examples[i].text for i in rows], model.device)).logits
            else:  # below the head nothing moves, so one look at each text is enough
                scores = model.score(known[rows])
            right = torch.tensor([numbers[examples[i].label] for i in rows], device=model.device)
            loss = nn.functional.cross_entropy(scores, right)
            value = loss.item()
            if recipe.replay:
                loss = loss + replay_loss(tuned, recipe, step)
            optimiser.param_groups[0]["lr"] = recipe.rate * recipe.at(step)  # type: ignore[operator]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            history.loss.append(value)
            if on_step:
                on_step(step, value)
            if file and time.monotonic() - saved > 60:
                loop._save(file, model, [optimiser], run, step + 1, history)
                saved = time.monotonic()
    except KeyboardInterrupt:
        if file:
            loop._save(file, model, [optimiser], run, len(history.loss), history)
        raise loop.Interrupted(file, len(history.loss)) from None
    if file:
        file.unlink(missing_ok=True)
    model.eval()
    return history.loss


def draw(n: int, batch: int, seed: int, step: int) -> list[int]:
    """Which of `n` examples a step reads: different ones, and all of them when there are no more than `batch`."""
    return random.Random(f"finetune {seed} {step}").sample(range(n), min(batch, n))


@torch.no_grad()
def last_states(model: Model, tokenizer: Tokenizer, examples: Sequence[Example]) -> Tensor:
    """What the body makes of the last token of each text: (examples, C). The head reads this and nothing else."""
    batch = encode(tokenizer, [e.text for e in examples], model.device)
    states = model.base_model(**batch).last_hidden_state
    return states[torch.arange(len(examples)), batch["attention_mask"].sum(1) - 1]


def replay_loss(tuned: Tuned, recipe: Recipe, step: int) -> Tensor:
    """What the body still pays for old documents, read as the language model that it was: nats per token."""
    from fmcourse.training.batches import causal_batch
    from fmcourse.world import World

    batch = causal_batch(World.default(), tuned.tokenizer, recipe.replay, 128, recipe.seed + 1_000_000, step)
    labels, body = batch.pop("labels").to(tuned.model.device), tuned.model.base_model
    batch = {name: part.to(tuned.model.device) for name, part in batch.items()}
    hidden = body(**batch, use_cache=False).last_hidden_state[:, :-1]
    asked = labels[:, 1:] != -100
    logits = hidden[asked] @ body.embed_tokens.weight.T
    return nn.functional.cross_entropy(logits, labels[:, 1:][asked])


@torch.no_grad()
def permuted(loaded: Loaded, seed: int = 0) -> Loaded:
    """`loaded` as it reads a text in which a fixed random permutation has replaced every token by another one.

    Instead of the tokens, their vectors change places, which is the same to the model; special tokens stay. What it
    learned about order and attention is still there, what it learned about words is not.
    """
    model, specials = copy.deepcopy(loaded.model), set(loaded.tokenizer.all_special_ids)
    weight = model.get_input_embeddings().weight
    free = torch.tensor([i for i in range(len(weight)) if i not in specials])
    order = free[torch.randperm(len(free), generator=torch.Generator().manual_seed(seed))]
    weight[free] = weight[order].clone()
    return replace(loaded, model=model)


def as_language_model(tuned: Tuned, loaded: Loaded) -> Model:
    """The fine-tuned body with the old language head: can it still do what it could before?"""
    from fmcourse.training.lora import corrections, merge_lora

    body = copy.deepcopy(tuned.model)
    if any(True for _ in corrections(body)):
        merge_lora(body)
    model = copy.deepcopy(loaded.model)
    model.base_model.load_state_dict(body.base_model.state_dict())
    return model.eval()


def change_by_layer(before: nn.Module, after: nn.Module) -> dict[str, dict[str, float]]:
    """How far each matrix moved, by layer: the norm of the change over the norm of the matrix before.

    `{"embedding": {...}, "block 0": {"q_proj": 0.1, ...}, ...}`; both are bodies of the same shape.
    """
    out: dict[str, dict[str, float]] = {}
    old, new = dict(before.named_parameters()), dict(after.named_parameters())
    for name, value in old.items():
        if value.ndim != 2:
            continue
        parts = name.split(".")
        layer = f"block {parts[1]}" if parts[0] == "layers" else "embedding"
        moved = (new[name] - value).norm() / value.norm()
        out.setdefault(layer, {})[parts[-2]] = float(moved.detach())
    return out
