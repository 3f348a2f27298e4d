"""Scoring a prompt: ask many held-out questions with it, count the right answers, and say how sure the count is.

    score(model, tokenizer, prompts, answers).share      # with .low, .high: the 95 % Wilson interval, and .valid

An answer counts as right when it is the whole right answer; it is valid when the parser accepts it at all, right or
wrong. A prompt can fail by either: a program that reads the answer needs both.

But: one sample of questions; a prompt that was chosen among many on these questions needs fresh ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from fmcourse.models.encoding import encode_prompt
from fmcourse.prompting.decoding import complete
from fmcourse.prompting.scoring import interval
from fmcourse.types import Model, Tokenizer

STOPS = (".", ";", ",")


def first_answer(text: str) -> str:
    """What a continuation answers: after the last "Answer:" if there is one, up to the first full stop, comma or
    semicolon.

    >>> first_answer(" The friend of Kator is Zazuri. Answer: turtle. More"), first_answer("Lima; Cuba -> Havana")
    ('turtle', 'Lima')
    """
    text = text.split("Answer:")[-1]
    for stop in STOPS:
        text = text.split(stop)[0]
    return text.strip()


@dataclass(frozen=True)
class Score:
    """How a prompt did: `right` and `valid` of `n` answers; `low` and `high` bound the share of right ones."""

    right: int
    valid: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of right answers."""
        return self.right / self.n

    @property
    def validity(self) -> float:
        """The share of answers that the parser accepts."""
        return self.valid / self.n

    def __str__(self) -> str:
        return (
            f"{self.share:.2f} right (95 % interval {self.low:.2f} to {self.high:.2f}), {self.validity:.2f} valid, "
            f"n = {self.n}"
        )


def count(read: Sequence[str | None], answers: Sequence[str], accepts: Callable[[str], bool] | None = None) -> Score:
    """Score answers that were read already; None stands for one that could not be read.

    Raises `ValueError` when there are none, or not as many as right answers.

    >>> str(count(["Lima", None, "Oslo"], ["Lima", "Rome", "Bern"]))
    '0.33 right (95 % interval 0.06 to 0.79), 0.67 valid, n = 3'
    """
    if not answers or len(read) != len(answers):
        raise ValueError(f"{len(read)} answers were read for {len(answers)} questions; give one each, at least one.")
    right = sum(r == a for r, a in zip(read, answers, strict=True))
    valid = sum(r is not None and (accepts is None or bool(accepts(r))) for r in read)
    return Score(right, valid, len(answers), *interval(right, len(answers)))


def score(
    model: Model,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    answers: Sequence[str],
    *,
    max_new_tokens: int = 8,
    read: Callable[[str], str | None] = first_answer,
    accepts: Callable[[str], bool] | None = None,
) -> Score:
    """Ask all prompts greedily and count. `read` finds the answer in a continuation, `accepts` says whether it is one.

    Raises `ValueError` without prompts, and `PromptTooLong` as `complete` does.
    """
    made = complete(model, tokenizer, prompts, max_new_tokens=max_new_tokens)
    return count([read(m) for m in made], answers, accepts)


@torch.no_grad()
def next_words(model: Model, tokenizer: Tokenizer, prompt: str, k: int = 8) -> dict[str, float]:
    """What a decoder may write next after `prompt`: the `k` likeliest words with their probabilities.

    Tokens that read the same (with and without a space before them) count as one word.
    """
    ids = torch.tensor([encode_prompt(tokenizer, prompt)], device=model.device)
    p = model(input_ids=ids).logits[0, -1].float().cpu().softmax(-1)
    words: dict[str, float] = {}
    for token in p.argsort(descending=True)[: 4 * k].tolist():
        word = tokenizer.decode([token]).strip() or "(space)"
        words[word] = words.get(word, 0.0) + p[token].item()
    return dict(sorted(words.items(), key=lambda row: -row[1])[:k])
