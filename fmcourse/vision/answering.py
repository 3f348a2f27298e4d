"""Answers to questions about pictures: the question's words look at the patches, and an answer is chosen.

    answers = ask(answerer, pictures, ["how many red rings are there?"] * len(pictures))
    counts = answer_counts(answerer, items)                  # {"colour": (right, n), ..., "all": (right, n)}

Controls stand beside: the same network on pictures that belong to other questions (`handed_on`), a network that learned
without pictures (`blind=True`), and, in `scenes.questions`, the best guess and the most frequent answer.
Sources: Antol and others 2015, "VQA"; Goyal and others 2017, "Making the V in VQA matter".

But: answers are classes of a fixed list; nothing is written, and no step of thought is seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmcourse.models.picture_text import Answerer
from fmcourse.scenes import questions
from fmcourse.scenes.questions import ANSWERS, Posed
from fmcourse.training.image_sets import tensor
from fmcourse.vision.inputs import draw_pictures, encode_questions, images

TOGETHER = 512


class Answering(nn.Module):
    """An answerer with its loss, as `fit` wants it: mean nats per answer. `blind`: no picture is ever looked at."""

    def __init__(self, answerer: Answerer, blind: bool = False):
        super().__init__()
        self.answerer, self.blind = answerer, blind

    def forward(self, words: Tensor, labels: Tensor, pictures: Tensor) -> SimpleNamespace:
        """Questions (B, L), pictures (B, 3, H, W), labels (B,): numbers of ANSWERS."""
        logits = self.answerer(words, None if self.blind else pictures)
        return SimpleNamespace(loss=F.cross_entropy(logits, labels), logits=logits)


def batch(rng: np.random.Generator, n: int, **options: Any) -> dict[str, Tensor]:
    """`n` fresh questions with their pictures and answers. `options` go to `questions.sample`."""
    posed = [questions.sample(rng, **options) for _ in range(n)]
    return {
        "words": encode_questions([questions.say(one.question) for one in posed]),
        "labels": torch.tensor([ANSWERS.index(one.answer) for one in posed]),
        "pictures": draw_pictures([one.scene for one in posed], rng),
    }


@dataclass(frozen=True)
class Items:
    """Questions with their answers and scenes, and a picture (N, H, W, 3) for each."""

    posed: list[Posed]
    pictures: np.ndarray

    def only(self, kept: Sequence[bool]) -> "Items":
        """Those items for which `kept` is true."""
        return Items([one for one, keep in zip(self.posed, kept, strict=True) if keep], self.pictures[np.array(kept)])


def fresh(n: int, seed: int | str = 0, only: Callable[[Posed], bool] | None = None, **options: Any) -> Items:
    """`n` questions that no training step uses, with their pictures; without a `kind` the kinds come in turn.

    With `only` it draws on until so many are as that says; it never ends where none is.
    """
    rng = np.random.default_rng([ord(c) for c in f"questions {sorted(options.items())} {seed}"])
    split = options.get("split", "seen")
    kinds = [options.pop("kind")] if "kind" in options else list(questions.kinds_of(split))
    posed: list[Posed] = []
    while len(posed) < n:
        one = questions.sample(rng, kinds[len(posed) % len(kinds)], **options)
        if only is None or only(one):
            posed.append(one)
    return Items(posed, images(draw_pictures([one.scene for one in posed], rng)))


def handed_on(items: Items, seed: int = 0) -> Items:
    """The same questions and answers, each with the picture of another question of its kind."""
    rng = np.random.default_rng([seed, 1])
    scenes = questions.shuffled(items.posed, rng)
    return Items(items.posed, images(draw_pictures(scenes, rng)))


@torch.no_grad()
def ask(answerer: Answerer, pictures: np.ndarray | None, texts: Sequence[str]) -> list[str]:
    """The most likely answer to each question about its picture, (N, H, W, 3) in [0, 1]; None: without a picture.

    Raises QuestionError for a question outside the language, ValueError when pictures and questions differ in number.
    """
    if pictures is not None and len(pictures) != len(texts):
        raise ValueError(f"there are {len(pictures)} pictures for {len(texts)} questions; give one for each.")
    words, found = encode_questions(texts).to(answerer.device), []
    for start in range(0, len(texts), TOGETHER):
        rows = slice(start, start + TOGETHER)
        seen = None if pictures is None else tensor(pictures[rows]).to(answerer.device)
        found += answerer(words[rows], seen).argmax(1).tolist()
    return [ANSWERS[number] for number in found]


def answer_counts(answerer: Answerer, items: Items, blind: bool = False) -> dict[str, tuple[int, int]]:
    """How many questions of each kind are answered rightly, (right, n), and of "all"."""
    texts = [questions.say(one.question) for one in items.posed]
    return counted(ask(answerer, None if blind else items.pictures, texts), items.posed)


def counted(answers: Sequence[str], posed: Sequence[Posed]) -> dict[str, tuple[int, int]]:
    """How many answers are right, (right, n), by kind of question and of "all"."""
    out: dict[str, tuple[int, int]] = {}
    for given, one in zip(answers, posed, strict=True):
        for name in (one.question.kind, "all"):
            right, n = out.get(name, (0, 0))
            out[name] = (right + (given == one.answer), n + 1)
    return out
