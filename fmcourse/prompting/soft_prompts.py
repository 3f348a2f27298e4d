"""Soft prompts: a few vectors inside a prompt, learned by gradient while every weight of the model stays frozen.

    soft, losses = train_soft(model, tokenizer, ["The {soft} of Peru is", ...], ["Lima", ...], k=1)
    answers_with(model, tokenizer, soft, ["The {soft} of Norway is"])

A hard prompt is made of words, so its vectors must be rows of the embedding table. A soft prompt's vectors may be
anything, and gradients can find them: the model stays the same, only the question is learned.

Source: Lester, Al-Rfou and Constant 2021, "The power of scale for parameter-efficient prompt tuning" (there, the
vectors stand in front; here they stand where the text says `{soft}`).

But: decoders only; one task; greedy answers. Axes: B texts, T tokens, C channels, k vectors.
"""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmcourse.models import cached
from fmcourse.models.encoding import encode_prompt, pad, plain_tokens
from fmcourse.prompting.decoding import PromptTooLong, context_length
from fmcourse.types import Model, Tokenizer

IGNORE = -100
MARK = "{soft}"


class SoftPrompt(nn.Module):
    """`k` learned vectors, (k, C), that start as embeddings of words drawn from the model's own table."""

    def __init__(self, model: Model, k: int, seed: int = 0):
        super().__init__()
        if k < 1:
            raise ValueError(f"k is {k}; a soft prompt needs at least one vector.")
        table = model.get_input_embeddings().weight.detach()
        rows = torch.randint(len(table), (k,), generator=torch.Generator().manual_seed(seed))
        self.vectors = nn.Parameter(table[rows].clone())

    def embed(self, model: Model, ids: Tensor) -> Tensor:
        """Embeddings (B, T, C) of token ids (B, T) in which the places of the vectors are marked by -1, -2, ..., -k."""
        words = model.get_input_embeddings()(ids.clamp(min=0))
        soft = self.vectors.to(words.dtype)[(-ids - 1).clamp(min=0)]
        return torch.where((ids < 0)[..., None], soft, words)


def encode_soft(tokenizer: Tokenizer, text: str, k: int) -> list[int]:
    """Token ids of a text; in the place of `{soft}` stand -1 to -k. Raises `ValueError` unless it is there once."""
    if text.count(MARK) != 1:
        raise ValueError(f"the text {text[:60]!r} has {text.count(MARK)} places {MARK}; it needs exactly one.")
    before, after = text.split(MARK)
    places = range(-1, -k - 1, -1)
    return [*encode_prompt(tokenizer, before.strip()), *places, *plain_tokens(tokenizer, after.strip())]


def _checked(model: Model, tokenizer: Tokenizer, texts: Sequence[str], k: int, new: int) -> list[list[int]]:
    if not texts:
        raise ValueError("there are no texts; give at least one.")
    coded = [encode_soft(tokenizer, t, k) for t in texts]
    limit, longest = context_length(model), max(map(len, coded))
    if limit is not None and longest + new > limit:
        raise PromptTooLong(
            f"{longest} tokens, learned vectors among them, and {new} new ones do not fit into the model's context of "
            f"{limit}. Use shorter texts or fewer vectors."
        )
    return coded


def train_soft(
    model: Model, tokenizer: Tokenizer, texts: Sequence[str], answers: Sequence[str], *, k: int = 1, steps: int = 100,
    lr: float = 0.05, rows: int = 24, seed: int = 0,
) -> tuple[SoftPrompt, list[float]]:  # fmt: skip
    """Learn `k` vectors so that each text is followed by its answer: (soft prompt, losses in nats per answer token).

    Adam on the vectors alone, the rate lowered in a straight line to zero. The model's weights take no gradient and are
    as before afterwards, also when training is interrupted. Raises `ValueError` when texts and answers do not match.
    """
    if len(texts) != len(answers):
        raise ValueError(f"{len(texts)} texts and {len(answers)} answers; give one answer for each text.")
    tails = [plain_tokens(tokenizer, f"{a}.") for a in answers]
    heads = _checked(model, tokenizer, texts, k, max(map(len, tails), default=0))
    soft = SoftPrompt(model, k, seed).to(model.device)
    optimiser = torch.optim.Adam(soft.parameters(), lr=lr)
    generator, losses = torch.Generator().manual_seed(seed), []
    wanted = [p.requires_grad for p in model.parameters()]
    model.requires_grad_(False)
    try:
        for step in range(steps):
            optimiser.param_groups[0]["lr"] = lr * (1 - step / steps)
            mine = torch.randint(len(heads), (rows,), generator=generator).tolist()
            ids, mask = pad([heads[i] + tails[i] for i in mine], tokenizer.pad_token_id or 0)
            labels, _ = pad([[IGNORE] * len(heads[i]) + tails[i] for i in mine], IGNORE)
            embedded = soft.embed(model, ids.to(model.device))
            logits = model(inputs_embeds=embedded, attention_mask=mask.to(model.device)).logits[:, :-1].float()
            loss = nn.functional.cross_entropy(
                logits.flatten(0, 1), labels[:, 1:].to(model.device).flatten(), ignore_index=IGNORE
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    finally:
        for p, flag in zip(model.parameters(), wanted, strict=True):
            p.requires_grad_(flag)
    return soft, losses


@torch.no_grad()
def answers_with(
    model: Model, tokenizer: Tokenizer, soft: SoftPrompt, texts: Sequence[str], max_new_tokens: int = 8
) -> list[str]:
    """The greedy continuation of each text with the soft prompt in its place, up to the full stop."""
    coded = _checked(model, tokenizer, texts, len(soft.vectors), max_new_tokens)
    out = [""] * len(texts)
    for length in sorted({len(c) for c in coded}):  # texts of one length need no padding
        mine = [i for i, c in enumerate(coded) if len(c) == length]
        feed = soft.embed(model, torch.tensor([coded[i] for i in mine], device=model.device))
        cache, written = None, []
        for _ in range(max_new_tokens):
            made, cache = cached.step(model, cache, inputs_embeds=feed)
            token = made.logits[:, -1].argmax(-1)
            written.append(token)
            feed = model.get_input_embeddings()(token)[:, None]
        for i, row in zip(mine, torch.stack(written, 1).tolist(), strict=True):
            row = row[: row.index(tokenizer.eos_token_id)] if tokenizer.eos_token_id in row else row
            out[i] = tokenizer.decode(row, skip_special_tokens=True).split(".")[0].strip()
    return out


def nearest_words(model: Model, tokenizer: Tokenizer, soft: SoftPrompt, k: int = 5) -> list[list[tuple[str, float]]]:
    """For each learned vector the `k` words whose embeddings point most nearly the same way, with the cosine."""
    table = nn.functional.normalize(model.get_input_embeddings().weight.detach().float(), dim=-1)
    cosines = nn.functional.normalize(soft.vectors.detach().float(), dim=-1) @ table.T
    best = cosines.topk(k, dim=-1)
    return [
        [(tokenizer.decode([i]).strip(), v) for i, v in zip(row, values, strict=True)]
        for row, values in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def digest(model: nn.Module) -> str:
    """SHA-256 over all weights of a model, in hexadecimal: equal before and after means that nothing was changed."""
    total = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        total.update(name.encode())
        total.update(value.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()
