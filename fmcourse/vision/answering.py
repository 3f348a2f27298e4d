"""Answers to questions about pictures: the question's words look at the patches, and an answer is chosen.

    answers = ask(answerer, pictures, ["how many red rings are there?"] * len(pictures))
    counts = answer_counts(answerer, items)                  # {"colour": (right, n), ..., "all": (right, n)}

Answers alone hardly taught relations, in as many steps as were tried (record `pointing`). So training may ask for more
than the answer (`pointing`): for each thing that a question names, at which of the nine places such things are.

Controls stand beside: the same network on pictures that belong to other questions (`handed_on`), a network that learned
without pictures (`blind=True`), and, in `scenes.questions`, the best guess and the most frequent answer.
Sources: Antol and others 2015, "VQA"; Goyal and others 2017, "Making the V in VQA matter"; Selvaraju and others 2019,
"Taking a HINT" (answers that must also rest on the right places).

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
from fmcourse.models.transformer import Trace
from fmcourse.scenes import questions
from fmcourse.scenes.question_words import PLURAL, words
from fmcourse.scenes.questions import ANSWERS, Posed
from fmcourse.scenes.scene import PLACES
from fmcourse.training.image_sets import tensor
from fmcourse.vision.inputs import draw_pictures, encode_questions, images

TOGETHER = 512


class Answering(nn.Module):
    """An answerer with its loss, as `fit` wants it: mean nats per answer. `blind`: no picture is ever looked at.

    With `pointing` it must also tell, from each named thing's vector behind the first block, where such things stand:
    the mean cross-entropy over places is added so many times. The layer that tells it is left behind after training.
    """

    def __init__(self, answerer: Answerer, blind: bool = False, pointing: float = 0.0):
        super().__init__()
        self.answerer, self.blind, self.pointing = answerer, blind, pointing
        width = answerer.shape.picture.width
        self.point = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(PLACES))) if pointing else None

    def forward(self, words: Tensor, labels: Tensor, pictures: Tensor, where: Tensor | None = None) -> SimpleNamespace:
        """Questions (B, L), pictures (B, 3, H, W), labels (B,): numbers of ANSWERS; `where` (B, L, 9) as `named_places`
        gives it."""
        trace = Trace() if self.point is not None else None
        logits = self.answerer(words, None if self.blind else pictures, trace)
        loss = F.cross_entropy(logits, labels)
        if self.point is not None and trace is not None and where is not None:
            each = F.binary_cross_entropy_with_logits(self.point(trace.hidden[1]), where.clamp(min=0), reduction="none")
            asked = (where >= 0).float()
            loss = loss + self.pointing * (each * asked).sum() / asked.sum().clamp(min=1)
        return SimpleNamespace(loss=loss, logits=logits)


def batch(rng: np.random.Generator, n: int, pointing: bool = False, **options: Any) -> dict[str, Tensor]:
    """`n` fresh questions with their pictures and answers, and with `pointing` where the named things stand. `options`
    go to `questions.sample`."""
    posed = [questions.sample(rng, **options) for _ in range(n)]
    rows = {
        "words": encode_questions([questions.say(one.question) for one in posed]),
        "labels": torch.tensor([ANSWERS.index(one.answer) for one in posed]),
        "pictures": draw_pictures([one.scene for one in posed], rng),
    }
    return rows | {"where": named_places(posed, rows["words"].shape[1])} if pointing else rows


def named_places(posed: Sequence[Posed], longest: int) -> Tensor:
    """(N, longest, 9): at a shape's word 1 for each place where a thing as named stands and 0 for the others; -1 at the
    words that name no thing."""
    out, places = torch.full((len(posed), longest, len(PLACES)), -1.0), list(PLACES)
    for row, one in zip(out, posed, strict=True):
        told = words(questions.say(one.question))
        specs = [spec for spec in (one.question.what, one.question.other) if spec.shape]
        shapes = [i for i, word in enumerate(told) if word in (*PLURAL, *PLURAL.values())]
        for spec, i in zip(specs, shapes, strict=False):  # "what shape ...?" names none
            there = [t.place for t in one.scene.things if (t.shape, t.colour) == (spec.shape, spec.colour)]
            row[i] = torch.tensor([float(place in there) for place in places])
    return out


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
