"""Documents to batches: several documents share a row, and none of them can see another.

A step's batch depends on nothing but the seed and the number of the step, so that a training run can stop anywhere and
go on, and several processes can each take their rows.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor

from fmcourse.types import Tokenizer
from fmcourse.world import Document, World

IGNORE = -100  # labels with this value count for nothing (the convention of torch and transformers)


def document_stream(world: World, seed: int, step: int, kinds: Sequence[str] | None = None) -> Iterator[Document]:
    """The endless documents of one training step. Steps of different runs or numbers share nothing."""
    return world.documents(seed=f"{seed} step {step}", kinds=kinds)


def plan(lengths: Sequence[int], rows: int, length: int) -> list[tuple[int, int] | None]:
    """Where each sequence goes: (row, first column), or None where it fits nowhere. Longest first, into the snuggest
    row.
    """
    room, places = [length] * rows, [None] * len(lengths)
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if lengths[i] > length:
            raise ValueError(
                f"a document of {lengths[i]} tokens does not fit into a row of {length}; make `length` larger."
            )
        r = min((r for r in range(rows) if room[r] >= lengths[i]), key=room.__getitem__, default=None)
        if r is not None:
            places[i] = r, length - room[r]  # type: ignore[call-overload]  # not None alone
            room[r] -= lengths[i]
    return places  # type: ignore[return-value]


def longest_prefix(lengths: Sequence[int], rows: int, length: int) -> int:
    """How many of the sequences, in their order, surely fit together.

    Leaving out just what does not fit would leave out long documents more often than short ones, and so bend the
    training distribution away from the world's. Therefore the set is fixed first.
    """
    low, high = 0, len(lengths)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if None in plan(lengths[:middle], rows, length) else (middle, high)
    return low


def pack(sequences: Sequence[list[int]], rows: int, length: int, pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Fill `rows` rows of `length` tokens with as many of the sequences, in their order, as fit whole.

    Returns (input_ids, document, position), each (rows, length): `document` numbers the sequence that a token belongs
    to, from 1, 0 for padding; `position` counts from 0 within the sequence. Raises `ValueError` for a sequence that is
    longer than a row.

    >>> ids, document, position = pack([[7, 8], [9, 9, 9]], rows=1, length=6, pad=0)
    >>> ids.tolist(), document.tolist(), position.tolist()
    ([[9, 9, 9, 7, 8, 0]], [[2, 2, 2, 1, 1, 0]], [[0, 1, 2, 0, 1, 0]])
    """
    lengths = [len(s) for s in sequences]
    kept = longest_prefix(lengths, rows, length)
    ids = [[pad] * length for _ in range(rows)]
    document, position = [[0] * length for _ in range(rows)], [[0] * length for _ in range(rows)]
    places = plan(lengths[:kept], rows, length)
    for number, (sequence, (row, at)) in enumerate(zip(sequences[:kept], places, strict=True), start=1):  # type: ignore[misc]  # all of these fit
        span = slice(at, at + len(sequence))
        ids[row][span], document[row][span] = sequence, [number] * len(sequence)
        position[row][span] = range(len(sequence))
    return torch.tensor(ids), torch.tensor(document), torch.tensor(position)


def block_mask(document: Tensor, causal: bool) -> Tensor:
    """(B, T) document numbers -> (B, 1, T, T) booleans: may this position look at that one?

    Padding looks at itself alone, since a row of the softmax must not be empty.
    """
    same = document[:, :, None] == document[:, None, :]
    if causal:
        same = same.tril()
    return same[:, None]


def additive(mask: Tensor) -> Tensor:
    """Booleans (may it look?) -> what attention adds to its scores: 0 for yes, the lowest float32 for no.

    A boolean mask works in torch's own attention only. The `eager` attention of transformers adds it to the scores as 1
    and 0, which hides nothing and raises nothing: a model would see its own future.
    """
    return torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)


def packed(
    world: World,
    tokenizer: Tokenizer,
    rows: int,
    length: int,
    seed: int,
    step: int,
    kinds: Sequence[str] | None,
    ends: tuple[int, int],
) -> tuple[Tensor, Tensor, Tensor]:
    """The documents of a step between the two tokens `ends`, packed: (input_ids, document, position), see `pack`."""
    want = rows * length * 1.15  # a few spare documents make a snug fit
    sequences, total = [], 0
    stream = document_stream(world, seed, step, kinds)
    while total < want:
        texts = [doc.text for doc in islice(stream, 32)]
        for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]:
            sequences.append([ends[0], *ids, ends[1]])
            total += len(ids) + 2
    return pack(sequences, rows, length, tokenizer.pad_token_id)


def causal_batch(
    world: World, tokenizer: Tokenizer, rows: int, length: int, seed: int, step: int, kinds: Sequence[str] | None = None
) -> dict[str, Tensor]:
    """One batch for next-token prediction: `input_ids`, `labels` (B, T) and `attention_mask` (B, 1, T, T)."""
    ends = (tokenizer.bos_token_id, tokenizer.eos_token_id)
    ids, document, position = packed(world, tokenizer, rows, length, seed, step, kinds, ends)
    labels = ids.masked_fill((document == 0) | (position == 0), IGNORE)  # nothing predicts a document's first token
    return {
        "input_ids": ids,
        "labels": labels,
        "attention_mask": additive(block_mask(document, causal=True)),
        "position_ids": position,
    }
