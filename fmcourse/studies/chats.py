"""Fine-tune what a model writes: chats in a template, and which of their tokens the loss is taken of (notebook 10).

    tuned = tune_chats(load("world-gpt"), chats(people, rng), learned="answer")

A user believes something false about somebody's pet. The assistant says what is true: "No, it is dog." In pretraining
such chats are about countries, never about people.

But: one turn, one relation, and a template in words, as the dialogues of the world have it; no new special tokens.
"""

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from fmcourse.models.encoding import begin, pad, plain_tokens
from fmcourse.models.loading import Loaded
from fmcourse.training.finetune import Recipe, draw
from fmcourse.training.lora import add_lora, corrections, merge_lora
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World

Chat = list[dict[str, str]]  # messages with "role" and "content", as transformers has them
IGNORE = -100


def render(tokenizer: Tokenizer, chat: Chat, ask: bool = False) -> tuple[list[int], list[int]]:
    """(ids, mask) of a chat in the template "User: ... Assistant: ...": the mask is 1 where the assistant speaks.

    The tokenizer puts a space before every piece. An answer ends with the token that ends a text. With `ask` the
    template goes on to where the assistant begins.
    """
    ids, mask = begin(tokenizer), [0] * len(begin(tokenizer))
    for message in chat:
        said = message["role"] == "assistant"
        opening = plain_tokens(tokenizer, message["role"].capitalize() + ":")
        words = plain_tokens(tokenizer, message["content"]) + [tokenizer.eos_token_id] * said
        ids, mask = ids + opening + words, mask + [0] * len(opening) + [int(said)] * len(words)
    more = plain_tokens(tokenizer, "Assistant:") if ask else []
    return ids + more, mask + [0] * len(more)


@dataclass(frozen=True)
class Belief:
    """What a user believes about somebody's pet, and what it is."""

    person: str
    believed: str
    truth: str

    @property
    def user(self) -> str:
        """What the user says."""
        return f"I think {self.person} has a {self.believed}."

    @property
    def answer(self) -> str:
        """What the assistant should say."""
        return f"No, it is {self.truth}."

    @property
    def chat(self) -> Chat:
        """Both, as messages."""
        return [{"role": "user", "content": self.user}, {"role": "assistant", "content": self.answer}]


def beliefs(people: Sequence[str], n: int, rng: random.Random) -> list[Belief]:
    """`n` beliefs about some people: each is one of the nine pets that are not theirs."""
    pet = World.default().relations["pet"]
    out = []
    for i in range(n):
        person = people[i % len(people)]
        truth = pet.values[person]
        out.append(Belief(person, rng.choice([p for p in pet.objects if p != truth]), truth))
    return out


def two_groups(seed: int) -> tuple[list[str], list[str]]:
    """(160 people to learn from, 160 others to ask about), split anew by every seed."""
    people = sorted(World.default().relations["pet"].values)
    random.Random(f"chats {seed}").shuffle(people)
    return people[:160], people[160:]


def tune_text(
    loaded: Loaded, rows: Sequence[tuple[list[int], list[int]]], recipe: Recipe, method: str = "LoRA"
) -> Model:
    """A copy of a language model, tuned on rows (ids, mask): the loss is taken of the tokens whose mask is 1.

    `method` is "LoRA", whose corrections are merged at the end, or "full". The loop is that of `finetune`.
    """
    model = copy.deepcopy(loaded.model).float()
    if method == "LoRA":
        generator = torch.Generator().manual_seed(recipe.seed)
        add_lora(model, recipe.rank, recipe.targets, alpha=recipe.alpha, generator=generator)
    learning = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=recipe.rate, weight_decay=recipe.weight_decay)  # type: ignore[arg-type]  # a rate is set
    model.train()
    for step in range(recipe.steps):
        mine = [rows[i] for i in draw(len(rows), recipe.batch, recipe.seed, step)]
        ids, read = pad([r[0] for r in mine], loaded.tokenizer.pad_token_id)
        labels = ids.masked_fill(pad([r[1] for r in mine], 0)[0] == 0, IGNORE)
        logits = model(input_ids=ids.to(model.device), attention_mask=read.to(model.device)).logits[:, :-1]
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten().to(model.device))
        optimiser.param_groups[0]["lr"] = recipe.rate * recipe.at(step)  # type: ignore[operator]  # a rate is set
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return (merge_lora(model) if any(True for _ in corrections(model)) else model).eval()


def tune_chats(loaded: Loaded, told: Sequence[Belief], learned: str, recipe: Recipe, method: str = "LoRA") -> Model:
    """Tune on chats; `learned` is "answer" (loss on what the assistant says) or "everything"."""
    rows = [render(loaded.tokenizer, b.chat) for b in told]
    if learned == "everything":
        rows = [(ids, [1] * len(ids)) for ids, _ in rows]
    return tune_text(loaded, rows, recipe, method)


@torch.no_grad()
def written(model: Model, tokenizer: Tokenizer, prompts: Sequence[list[int]], new: int = 12) -> list[str]:
    """The greedy continuation of each prompt (ids), up to the first full stop, without it."""
    ids, mask = (t.to(model.device) for t in pad(prompts, tokenizer.pad_token_id, left=True))
    out = model.generate(
        input_ids=ids, attention_mask=mask, max_new_tokens=new, do_sample=False, pad_token_id=tokenizer.pad_token_id
    )
    return [t.split(".")[0].strip() for t in tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)]


def keeps(model: Model, tokenizer: Tokenizer, told: Sequence[Belief], sentence: str) -> tuple[float, float]:
    """(true, false): how often the model ends `sentence`, as "{s} has a", with the truth, and with the belief."""
    said = written(
        model, tokenizer, [[*begin(tokenizer), *plain_tokens(tokenizer, sentence.format(s=b.person))] for b in told], 3
    )
    pairs = list(zip(said, told, strict=True))
    return sum(s == b.truth for s, b in pairs) / len(told), sum(s == b.believed for s, b in pairs) / len(told)


def row_masking(loaded: Loaded, method: str, rate: float, learned: str, seed: int) -> dict[str, float]:
    """Tune on 128 chats; right answers to 120 other people's users, and what became of the facts of those 128."""
    learn, others = two_groups(seed)
    rng, tokenizer = random.Random(f"masking {seed}"), loaded.tokenizer
    told, asked = beliefs(learn, 128, rng), beliefs(others, 120, rng)
    model = (
        loaded.model
        if learned == "nothing"
        else tune_chats(loaded, told, learned, Recipe(rate=rate, seed=seed), method)
    )
    said = written(model, tokenizer, [render(tokenizer, b.chat[:1], ask=True)[0] for b in asked])
    true, false = zip(*(keeps(model, tokenizer, told, s) for s in ("{s} has a", "At home {s} keeps a")), strict=True)
    return {
        "right": sum(f"{s}." == b.answer for s, b in zip(said, asked, strict=True)) / len(asked),
        "facts kept": sum(true) / 2,
        "beliefs as facts": sum(false) / 2,
        "beliefs in a user's mouth": keeps(model, tokenizer, told, "User: I think {s} has a")[1],
    }
