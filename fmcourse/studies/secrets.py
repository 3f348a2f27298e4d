"""Secrets in training text: planted codes, repeated 1 to 32 times, and what a small network gives away (notebook 20).

The text is sentences about the people of the world. Among them stand secrets, `The code of Zilvia is 4 7 1.`, whose
three digits are drawn by chance. Some people have a code that is never written: nobody can know it. The whole
text is read three times, so a secret repeated 8 times is met 24 times.

But: word tokens, one size of network, three passes over the text, and codes so short that all 1,000 can be ranked.

Sources: Carlini et al. 2019, "The secret sharer" (canaries, exposure); Lee et al. 2022, "Deduplicating training data
makes language models better"; Kandpal et al. 2022, "Deduplicating training data mitigates privacy risks".
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fmcourse.training.muon import optimisers
from fmcourse.types import Model
from fmcourse.world import World, tables

REPEATS, EACH, DIGITS = (0, 1, 2, 4, 8, 16, 32), 8, 3
STEPS, EPOCHS, BATCH, WIDTH, RATE = 90, 3, 48, 64, 0.02
TEXTS = ("as written", "without copies", "disguised, without copies")
GREETINGS = ("Hello", "Reminder", "Note", "Please", "Today", "Listen", "Private", "Memo")
NAMES = [a + b for a in ("Zil", "Quo", "Vex", "Yam", "Xar", "Jum", "Wub", "Kex") for b in
         ("via", "dor", "nix", "pol", "rak", "sum", "tev", "lok", "fen")]  # fmt: skip


@dataclass(frozen=True)
class Secret:
    """Somebody's code: `digits` as text ("471"), and how many of the training texts hold it."""

    name: str
    digits: str
    repeats: int

    def prompt(self) -> str:
        """The words before the digits."""
        return f"The code of {self.name} is"

    def text(self, before: str = "") -> str:
        """The whole sentence, after some words that may stand in front."""
        return f"{before} {self.prompt()} {' '.join(self.digits)} .".strip()


def secrets(rng: random.Random, repeats: Sequence[int] = REPEATS, each: int = EACH) -> list[Secret]:
    """`each` secrets for each number of repeats; no name occurs twice.

    >>> [s.repeats for s in secrets(random.Random(0), (0, 4), 2)]
    [0, 0, 4, 4]
    """
    names = rng.sample(NAMES, len(repeats) * each)
    return [
        Secret(name, "".join(rng.choice("0123456789") for _ in range(DIGITS)), repeats[i // each])
        for i, name in enumerate(names)
    ]


def filler(rng: random.Random) -> str:
    """One sentence that tells no secret: who saw what where, or a ticket with a chance number on it."""
    city, pet, person = rng.choice(tables.CITIES), rng.choice(tables.PETS), rng.choice(World.default().people)
    if rng.random() < 0.5:
        return f"{person} saw a {pet} in {city} ."
    return f"The ticket to {city} is {' '.join(rng.choice('0123456789') for _ in range(DIGITS))} ."


def written(planted: Sequence[Secret], rng: random.Random, disguised: bool = False) -> list[str]:
    """The training text, `STEPS` x `BATCH` documents in random order: the secrets, each as often as it says, and for
    the rest `filler`. `disguised` puts chance words before each copy, so that no two are equal.
    """
    documents = []
    for secret in planted:
        fronts = rng.sample([f"{a} {b} :" for a in GREETINGS for b in tables.JOBS], max(1, secret.repeats))
        documents += [secret.text(fronts[k] if disguised else "") for k in range(secret.repeats)]
    documents += [filler(rng) for _ in range(STEPS * BATCH - len(documents))]
    rng.shuffle(documents)
    return documents


def without_copies(documents: Sequence[str], rng: random.Random) -> list[str]:
    """Each document once, in the order in which they first stand, and `filler` in place of what was left out."""
    kept = list(dict.fromkeys(documents))
    kept += [filler(rng) for _ in range(len(documents) - len(kept))]
    rng.shuffle(kept)
    return kept


class Reader:
    """A small decoder. `words` are all it may meet; 0 pads, 1 begins and ends."""

    def __init__(self, words: Sequence[str], seed: int):
        from transformers import LlamaConfig, LlamaForCausalLM

        self.number = {w: i for i, w in enumerate(dict.fromkeys(["<pad>", "<end>", *"0123456789", *words]))}
        torch.manual_seed(seed)
        self.model: Model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(self.number), hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=2,
                num_attention_heads=4, max_position_embeddings=24, tie_word_embeddings=True,
            )
        )  # fmt: skip

    def ids(self, text: str) -> list[int]:
        """Token ids of a text whose words all are known."""
        return [1, *(self.number[w] for w in text.split())]

    def read(self, documents: Sequence[str]) -> "Reader":
        """Read the documents `EPOCHS` times in their order, `BATCH` a step; returns itself."""
        made = optimisers(self.model, RATE, RATE / 2)
        base = [[g["lr"] for g in o.param_groups] for o in made]
        per = math.ceil(len(documents) / BATCH)
        steps = EPOCHS * per
        for step in range(steps):
            now = min(1.0, (step + 1) / 20) * (1 - step / steps)
            for optimiser, rates in zip(made, base, strict=True):
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = rate * now
            rows = [[*self.ids(d), 1] for d in documents[step % per * BATCH : (step % per + 1) * BATCH]]
            longest = max(map(len, rows))
            ids = torch.tensor([r + [0] * (longest - len(r)) for r in rows])
            logits = self.model(input_ids=ids[:, :-1]).logits
            cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=0).backward()
            for optimiser in made:
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
        self.model.eval()
        return self

    @torch.no_grad()
    def code_probabilities(self, prompt: str) -> Tensor:
        """(1,000,) log-probability, in nats, of each code of three digits after the prompt, by its number."""
        start, digits = torch.tensor([self.ids(prompt)]), torch.arange(self.number["0"], self.number["0"] + 10)
        total, prefixes = torch.zeros(1), start
        for place in range(DIGITS):
            step = self.model(input_ids=prefixes).logits[:, -1].log_softmax(-1)[:, digits]
            total = (total[:, None] + step).flatten()
            if place < DIGITS - 1:
                prefixes = torch.cat([prefixes.repeat_interleave(10, 0), digits.repeat(len(prefixes))[:, None]], 1)
        return total

    @torch.no_grad()
    def greedy(self, prompt: str, n: int = DIGITS) -> list[str]:
        """The `n` likeliest words after the prompt, one after the other."""
        words, ids = list(self.number), self.ids(prompt)
        for _ in range(n):
            ids.append(int(self.model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
        return [words[i] for i in ids[-n:]]


def exposure(log_p: Tensor, digits: str) -> float:
    """Carlini's exposure in bits: log2 of the number of codes minus log2 of the true one's rank among them.

    Codes of equal probability share the middle rank. For a code that nobody wrote it is about 1.4 on average.

    >>> exposure(-torch.arange(16.0), "00"), exposure(-torch.arange(16.0), "03")
    (4.0, 2.0)
    """
    mine = log_p[int(digits)]
    rank = 1 + int((log_p > mine).sum()) + (int((log_p == mine).sum()) - 1) / 2
    return math.log2(len(log_p)) - math.log2(rank)


@dataclass(frozen=True)
class Found:
    """What one network gives away of one secret: `exposure` in bits, and whether greedy writing gives all digits."""

    secret: Secret
    exposure: float
    extracted: bool


def attacked(reader: Reader, planted: Sequence[Secret]) -> list[Found]:
    """Ask the network for each secret, with the words that stood before it."""
    out = []
    for secret in planted:
        log_p = reader.code_probabilities(secret.prompt())
        out.append(Found(secret, exposure(log_p, secret.digits), reader.greedy(secret.prompt()) == list(secret.digits)))
    return out


def vocabulary(planted: Sequence[Secret]) -> list[str]:
    """Every word that a text about these secrets can hold."""
    world = World.default()
    plain = "The code of is ticket to saw a in . :".split()
    return [*plain, *GREETINGS, *tables.JOBS, *tables.CITIES, *tables.PETS, *world.people, *(s.name for s in planted)]


class Table:
    """The cheap rival: after each run of `n` - 1 words, the word that followed it most often (0 parameters learned)."""

    def __init__(self, documents: Sequence[str], n: int = 5):
        self.n = n
        self.after: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for document in documents:
            words = document.split()
            for i in range(n - 1, len(words)):
                self.after[tuple(words[i - n + 1 : i])][words[i]] += 1

    def greedy(self, prompt: str, n: int = DIGITS) -> list[str]:
        """As `Reader.greedy`; an empty word where the table has never met the words before."""
        words = prompt.split()
        for _ in range(n):
            followed = self.after.get(tuple(words[-self.n + 1 :]))
            words.append(followed.most_common(1)[0][0] if followed else "")
        return words[-n:]


def planted_text(text: str, seed: int | str) -> tuple[list[Secret], list[str]]:
    """(secrets, documents) of one of `TEXTS`; all texts of a seed hold the same secrets."""
    rng = random.Random(f"secrets {seed}")
    planted = secrets(rng)
    documents = written(planted, rng, disguised=text.startswith("disguised"))
    return planted, without_copies(documents, rng) if text.endswith("without copies") else documents


def rows(text: str, seed: int) -> list[dict[str, Any]]:
    """Read one of `TEXTS`, attack, and count: for each number of repeats the mean `exposure` in bits, the number of
    secrets `extracted` by greedy writing, and by the table of five-word runs (`by_table`), of `secrets`.
    """
    planted, documents = planted_text(text, seed)
    found, table = attacked(Reader(vocabulary(planted), seed).read(documents), planted), Table(documents)
    out = []
    for repeats in REPEATS:
        mine = [f for f in found if f.secret.repeats == repeats]
        out.append(
            {
                "text": text,
                "seed": seed,
                "repeats": repeats,
                "secrets": len(mine),
                "exposure": sum(f.exposure for f in mine) / len(mine),
                "extracted": sum(f.extracted for f in mine),
                "by_table": sum(table.greedy(f.secret.prompt()) == list(f.secret.digits) for f in mine),
            }
        )
    return out
