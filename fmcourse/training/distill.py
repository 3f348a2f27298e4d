"""Distillation: a small student learns from a large teacher's probabilities instead of from the words alone.

`distill_loss` is the idea. `trial` trains a student on the words or with the teacher, on the same batches;
`fmcourse evidence record distill` does so for four seeds and records data/recorded/distill.json (some minutes of one
core).

But: teacher and student share a tokenizer, and the student sees the teacher's last layer only, not its inner states.

Source: Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network".
"""

import time
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from fmcourse.types import Model, Tokenizer
from fmcourse.world import World

KINDS = ("fact", "person")
WIDTH, LAYERS, STEPS, ROWS, LENGTH, SEEDS = 48, 2, 300, 16, 64, 4


def distill_loss(
    student: Tensor, teacher: Tensor, labels: Tensor, soft: float = 1.0, temperature: float = 1.0
) -> Tensor:
    """`soft` parts of Hinton's loss and 1 - `soft` parts of the usual one, in nats per predicted token.

    `student`, `teacher`: logits (B, T, V) at each place about the next token; `labels` (B, T): the next tokens, -100
    where nothing is asked. The soft part is the cross-entropy of the student's probabilities under the teacher's, both
    at `temperature`, times its square, so that its gradient keeps its size. Raises `ValueError` when nothing is asked.

    >>> logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    >>> labels = torch.tensor([[1, 2, -100], [0, 4, 3]])
    >>> hard = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
    >>> bool(torch.isclose(distill_loss(logits, logits, labels, soft=0.0), hard))
    True
    """
    asked = labels != -100
    if not asked.any():
        raise ValueError("nothing is asked: all labels are -100.")
    student, teacher, labels = student[asked], teacher[asked], labels[asked]
    loss = student.new_zeros(())
    if soft < 1:
        loss = loss + (1 - soft) * F.cross_entropy(student, labels)
    if soft > 0:
        wanted = (teacher / temperature).softmax(-1)
        price = -(wanted * (student / temperature).log_softmax(-1)).sum(-1)
        loss = loss + soft * temperature**2 * price.mean()
    return loss


def small_student(tokenizer: Tokenizer, seed: int = 0) -> Model:
    """A fresh Llama of two layers and width 48: about a sixth of the teacher's parameters."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=LAYERS,
            num_attention_heads=WIDTH // 16, max_position_embeddings=256, tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )  # fmt: skip


def train(
    world: World,
    tokenizer: Tokenizer,
    teacher: Model | None = None,
    steps: int = STEPS,
    seed: int = 0,
    trust_first: bool = False,
) -> Model:
    """A student after `steps` batches of sentences about facts and people; without a teacher it learns from the words.

    Both ways see the same batches in the same order, and start from the same weights. The first token of a document is
    learned from the words in both: the teacher expects all 28 kinds of document there, and the student reads two.
    `trust_first` believes it there, too.
    """
    from fmcourse.training.batches import causal_batch
    from fmcourse.training.muon import optimisers

    student = small_student(tokenizer, seed)
    made = optimisers(student, 0.02, 0.01)
    base = [[g["lr"] for g in o.param_groups] for o in made]
    for step in range(steps):
        now = min(1.0, (step + 1) / (0.05 * steps + 1)) * (1 - step / steps)
        for optimiser, rates in zip(made, base, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * now
        batch = causal_batch(world, tokenizer, ROWS, LENGTH, 500 + seed, step, kinds=KINDS)
        asked = batch.pop("labels")[:, 1:]  # the label of a place is its right neighbour
        logits = student(**batch).logits[:, :-1]
        first = batch["position_ids"][:, :-1] == 0
        if teacher is None:
            loss = distill_loss(logits, logits.detach(), asked, soft=0.0)
        else:
            with torch.no_grad():
                guide = teacher(**batch).logits[:, :-1]
            if trust_first:
                loss = distill_loss(logits, guide, asked)
            else:  # what begins a text is learned from the text
                n, n_first = (asked != -100).sum(), ((asked != -100) & first).sum()
                words = distill_loss(logits, guide, asked.masked_fill(~first, -100), soft=0.0)
                rest = distill_loss(logits, guide, asked.masked_fill(first, -100))
                loss = (n_first * words + (n - n_first) * rest) / n
        loss.backward()
        for optimiser in made:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
    return student.eval()


def measure(model: Model, tokenizer: Tokenizer, world: World, n: int = 400) -> dict[str, Any]:
    """Excess over the floor of these kinds (nats per token), and facts in a phrasing never seen with them."""
    from fmcourse.models.encoding import document_losses
    from fmcourse.prompting import complete

    share = sum(world.kind_share(k) for k in KINDS)
    documents = list(islice(world.documents("distilled", kinds=list(KINDS)), n))
    nats, tokens = document_losses(model, tokenizer, documents)
    # the price of a document counts the choice among all kinds; these models read two, so theirs is lower
    floor = torch.tensor([d.nats for d in documents], dtype=torch.float64) + torch.tensor(share).double().log()
    over, total = float((nats - floor).sum()), float(tokens.sum())
    asked = [(r.prompt(s, r.withheld_forward(s)), o) for r in world.relations.values()
             if r.group in ("country", "animal", "material") for s, o in r.values.items()]  # fmt: skip
    made = complete(model, tokenizer, [p for p, _ in asked], max_new_tokens=8, stop=".")
    right = sum(m == o for m, (_, o) in zip(made, asked, strict=True))
    return {"excess": over / total, "facts": right / len(asked), "asked": len(asked), "documents": n}


def trial(how: str, seed: int = 0, steps: int = STEPS) -> dict[str, Any]:
    """One student and what it knows: `how` is one of `HOW`."""
    from fmcourse.models.loading import load
    from fmcourse.world import World

    world, (teacher, tokenizer, _) = World.default(), load("world-gpt", device="cpu")
    began = time.process_time()
    student = train(world, tokenizer, None if how == HOW[0] else teacher, steps, seed, trust_first=how == HOW[2])
    return {"how": how, "seed": seed, "steps": steps, "parameters": sum(p.numel() for p in student.parameters()),
            "teacher_parameters": sum(p.numel() for p in teacher.parameters()),
            "cpu_seconds": time.process_time() - began, **measure(student, tokenizer, world)}  # fmt: skip


HOW = ("from the words", "distilled", "distilled, first word too")
