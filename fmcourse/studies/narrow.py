"""Narrow models: one small network for one kind of document, trained on nothing else.

They stand beside the one shipped model in notebook 02. Each is a decoder of two layers of width 64, a fifth of
world-gpt's parameters, trained on fresh documents of its one kind. `fmcourse evidence record narrow` trains six of
them with three seeds each and records how often each answers each of the six tasks.

But: one size and one recipe for all, no search for the smallest network that would do.
"""

from itertools import islice
from typing import Any

from fmcourse.types import Model, Tokenizer
from fmcourse.world import World

TASKS = {
    "fact": "complete a fact, in a phrasing never seen with it",
    "review": "judge a review",
    "reading": "answer a question about a text",
    "summary": "summarise a report",
    "contract": "analyse a contract",
    "translation": "translate into French",
}
STEPS, SHORT, SEEDS, BATCH = 400, 60, (0, 1, 2), 32


def test_items(world: World, task: str, n: int, seed: int = 0) -> list[tuple[str, str]]:
    """`n` (prompt, right answer) of a task, from documents of a seed that no training uses.

    Facts come in the phrasing that is withheld for their subject. Of the other kinds, some texts are drawn in training,
    too: of 200 items of seed 0 world-gpt had read 200 contracts, 92 translations, 86 reviews, 39 readings and no
    summary (`fmcourse verbatim`).
    """
    documents = world.documents(f"narrow test {seed}", kinds=[task])
    if task != "fact":
        return [(d.prompt, d.answer) for d in islice(documents, n)]
    items = []
    for d in islice(documents, n):
        relation, subject = world.relations[d.label["relation"]], d.label["subject"]
        items.append((relation.prompt(subject, relation.withheld_forward(subject)), d.label["object"]))
    return items


def accuracy(model: Model, tokenizer: Tokenizer, items: list[tuple[str, str]]) -> float:
    """The share of items whose whole answer the model writes, greedily, up to its full stop."""
    from fmcourse.prompting import complete

    made = complete(model, tokenizer, [p for p, _ in items], max_new_tokens=32, stop=".")
    return sum(m == a for m, (_, a) in zip(made, items, strict=True)) / len(items)


def narrow_model(tokenizer: Tokenizer, width: int = 64, layers: int = 2) -> Model:
    """A small decoder with fresh weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=3 * width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            max_position_embeddings=256,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            attn_implementation="eager",
        )
    )


def train_narrow(world: World, tokenizer: Tokenizer, task: str, steps: int = STEPS, seed: int = 0) -> tuple[Model, int]:
    """Train a narrow model on `steps` batches of fresh documents of one kind; returns (model, predicted tokens)."""
    import torch

    from fmcourse.models.encoding import encode_document, pad
    from fmcourse.training.fit import Batch, Recipe, fit

    torch.manual_seed(seed)
    model = narrow_model(tokenizer)
    stream = world.documents(f"narrow {task} {seed}", kinds=[task])

    def batch(step: int) -> Batch:
        ids, mask = pad([encode_document(tokenizer, d.text) for d in islice(stream, BATCH)], tokenizer.pad_token_id)
        labels = ids.masked_fill(mask == 0, -100)
        labels[:, 0] = -100
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}

    history = fit(model, batch, Recipe(steps=steps, warmup=min(20, steps), seed=seed), progress=False)
    return model, history.tokens[-1]


def row(
    world: World, tokenizer: Tokenizer, task: str, steps: int, seed: int, items: dict[str, list[tuple[str, str]]]
) -> dict[str, Any]:
    """Train one narrow model and measure it on each task of `items`."""
    model, tokens = train_narrow(world, tokenizer, task, steps, seed)
    return {
        "task": task,
        "seed": seed,
        "steps": steps,
        "tokens": tokens,
        "parameters": sum(p.numel() for p in model.parameters()),
        "accuracy": {other: accuracy(model, tokenizer, asked) for other, asked in items.items()},
        "n": len(items[task]),
    }
