"""Source and target texts for the encoder-decoder: translate, summarise, simplify.

Every target follows from its source, so the lowest possible loss is zero nats.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from torch import Tensor

from fmcourse.models.encoding import pad
from fmcourse.training.batches import IGNORE, document_stream
from fmcourse.types import Tokenizer
from fmcourse.world import Document, World
from fmcourse.world.kinds.language import CHILD
from fmcourse.world.pairs import TASKS, Pair


def pairs(documents: Iterator[Document]) -> Iterator[Pair]:
    """The (source, target) pair of each document that has one; others are passed over.

    An expert's explanation of an animal becomes "simplify: ..." with the child's version of the same facts as target.
    """
    for document in documents:
        label = document.label
        if document.kind in ("translation", "summary"):
            yield Pair(TASKS[document.kind] + label["source"], label["target"], document)
        elif document.kind == "register" and label["reader"] == "expert":
            template = CHILD[0].replace("a {c}", "an {c}" if label["facts"]["c"][0] in "ai" else "a {c}")
            yield Pair(
                TASKS["register"] + document.text.split(": ", 1)[1],
                template.format(s=label["subject"], **label["facts"]),
                document,
            )


def pair_batch(
    world: World, tokenizer: Tokenizer, rows: int, seed: int, step: int, tasks: Sequence[str] = tuple(TASKS)
) -> dict[str, Tensor]:
    """One batch of these tasks (kinds of documents), in their usual proportion.

    `input_ids`, `attention_mask` (B, S) are the sources and `labels` (B, T) the targets, each ended by eos.
    """
    chosen = list(islice(pairs(document_stream(world, seed, step, kinds=tasks)), rows))
    end = tokenizer.eos_token_id
    sources = [[*ids, end] for ids in tokenizer([p.source for p in chosen], add_special_tokens=False)["input_ids"]]
    targets = [[*ids, end] for ids in tokenizer([p.target for p in chosen], add_special_tokens=False)["input_ids"]]
    ids, mask = pad(sources, tokenizer.pad_token_id)
    labels, shown = pad(targets, tokenizer.pad_token_id)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels.masked_fill(shown == 0, IGNORE)}
