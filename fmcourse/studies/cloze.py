"""A small BERT on the sentences about countries, one token a word: it learns in seconds what large ones learn in weeks.

Notebook 04 builds its parts by hand and then takes them from here; `fmcourse evidence record words` repeats its
sweeps (masking rate, one side against both, noise and duplicates) over three seeds and records the table.

But: whole words instead of word pieces, about two hundred of them, and no sentence outside one world. Rates that win
here are no advice for large models.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from fmcourse.training.batches import IGNORE, additive
from fmcourse.training.fit import Batch, History
from fmcourse.training.masking import mask_tokens
from fmcourse.types import Model
from fmcourse.world import Dials, Relation, World
from fmcourse.world.baselines import words
from fmcourse.world.limits import Slot, limit, slots

SPECIAL = ("<pad>", "<bos>", "<eos>", "<mask>", "<cls>", "<sep>")
PAD, MASK, CLS, SEP = 0, 3, 4, 5
STEPS, ROWS, RATE = 400, 128, 0.3
RELATIONS = ("capital", "language")


def country_relations(world: World) -> list[Relation]:
    """The relations used here: capital and language of 48 countries."""
    return [world.relations[name] for name in RELATIONS]


def all_sentences(world: World) -> list[str]:
    """Every sentence about a country that may occur in training."""
    return [
        phrasing.format(s=s, o=o)
        for relation in country_relations(world)
        for s, o in relation.values.items()
        for phrasing in relation.phrasings(s)
    ]


def drawn_sentences(world: World, n: int, seed: int = 0) -> list[str]:
    """`n` sentences about countries as the world draws them: some twice, some never, and its dials show."""
    out: list[str] = []
    for document in world.documents(f"cloze {seed}", kinds=["fact"]):
        if document.label["relation"] in RELATIONS:
            out.append(document.text)
        if len(out) == n:
            break
    return out


def asked(world: World, withheld: bool = True) -> list[tuple[str, str]]:
    """(sentence, its object) for every fact about a country, in the phrasing withheld for it or in the one after."""
    return [
        (r.forward[(r.withheld_forward(s) + (not withheld)) % len(r.forward)].format(s=s, o=o), o)
        for r in country_relations(world)
        for s, o in r.values.items()
    ]


class Corpus:
    """Sentences as numbers: `ids` (N, T) are `[cls] words [sep]`, padded with 0; one number a word.

    >>> corpus = Corpus(["Rome is old.", "Rome is far."])
    >>> corpus.ids.shape, corpus.encode("Rome is far.") == corpus.ids[1].tolist()
    (torch.Size([2, 6]), True)
    """

    def __init__(self, sentences: Iterable[str], known: Sequence[str] = ()):
        """`known` are words that get a number though no sentence holds them."""
        self.sentences = list(sentences)
        self.vocabulary = [*SPECIAL, *sorted({w for text in self.sentences for w in words(text)} | set(known))]
        self.number = {w: i for i, w in enumerate(self.vocabulary)}
        self.ids = self.rows(self.encode(text) for text in self.sentences)

    def encode(self, sentence: str) -> list[int]:
        """`[cls]`, the words, `[sep]`, as numbers. Raises `KeyError` for a word that no sentence holds."""
        return [CLS, *(self.number[w] for w in words(sentence)), SEP]

    @staticmethod
    def rows(sequences: Iterable[Sequence[int]]) -> Tensor:
        """Sequences of numbers to one tensor, padded on the right."""
        tensors = [torch.tensor(s) for s in sequences]
        return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=PAD)

    def words(self, ids: Iterable[int]) -> list[str]:
        """Numbers back to words."""
        return [self.vocabulary[int(i)] for i in ids]


def small_bert(vocabulary: int, width: int = 64, layers: int = 1, seed: int = 0) -> Model:
    """A `BertForMaskedLM` of about 70,000 parameters, without dropout."""
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(seed)
    return BertForMaskedLM(
        BertConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            intermediate_size=4 * width,
            max_position_embeddings=32,
            type_vocab_size=1,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            initializer_range=0.1,
        )
    )  # five times BERT's: facts are learned much sooner


def picked(corpus: Corpus, rows: int, seed: int, step: int) -> tuple[Tensor, torch.Generator]:
    """(`rows` random sentences of the corpus, the generator to go on with); the same seed and step, the same ones."""
    generator = torch.Generator().manual_seed(1_000_003 * seed + step)
    return corpus.ids[torch.randint(len(corpus.ids), (rows,), generator=generator)], generator


def masked_rows(corpus: Corpus, rows: int = ROWS, seed: int = 0, p: float = RATE) -> Callable[[int], dict[str, Tensor]]:
    """step -> a batch with words hidden; the label is the hidden word."""

    def batch(step: int) -> dict[str, Tensor]:
        ids, generator = picked(corpus, rows, seed, step)
        hidden, labels = mask_tokens(ids, ids < len(SPECIAL), p, generator, vocab_size=len(corpus.vocabulary))
        return {"input_ids": hidden, "labels": labels, "attention_mask": (ids != PAD).long()}

    return batch


def causal_mask(ids: Tensor) -> Tensor:
    """(B, T) -> (B, 1, T, T): each position sees itself and what stands before it."""
    return additive(torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).tril().expand(len(ids), 1, -1, -1))


def causal_rows(corpus: Corpus, rows: int = ROWS, seed: int = 0) -> Callable[[int], dict[str, Tensor]]:
    """step -> a batch in which nothing is hidden, each position sees only the left, and the label is the next word."""

    def batch(step: int) -> dict[str, Tensor]:
        ids, _ = picked(corpus, rows, seed, step)
        after = torch.cat([ids[:, 1:], torch.full_like(ids[:, :1], PAD)], dim=1)
        return {"input_ids": ids, "labels": after.masked_fill(after == PAD, IGNORE), "attention_mask": causal_mask(ids)}

    return batch


def train(
    corpus: Corpus, batch: Callable[[int], Batch], steps: int = STEPS, seed: int = 0, **options: Any
) -> tuple[Model, History]:
    """Train a fresh small BERT on these batches; returns (model, History)."""
    from fmcourse.training.fit import Recipe, fit

    model = small_bert(len(corpus.vocabulary), seed=seed)
    return model, fit(
        model, batch, Recipe(steps=steps, lr=0.03, lr_adam=0.02, warmup=20, seed=seed), progress=False, **options
    )


@torch.no_grad()
def filled(model: Model, corpus: Corpus, sentences: Sequence[tuple[str, str]]) -> list[str]:
    """What the model writes over the last occurrence of a part of each sentence: (sentence, the part to hide)."""
    places, rows = [], []
    for sentence, part in sentences:
        ids, hidden = corpus.encode(sentence), [corpus.number[w] for w in words(part)]
        at = max(i for i in range(len(ids)) if ids[i : i + len(hidden)] == hidden)
        ids[at : at + len(hidden)] = [MASK] * len(hidden)
        rows.append(ids)
        places.append(slice(at, at + len(hidden)))
    ids = corpus.rows(rows)
    best = model(input_ids=ids, attention_mask=(ids != PAD).long()).logits.argmax(-1)
    return [" ".join(corpus.words(row[place])) for row, place in zip(best, places, strict=True)]


def accuracy(model: Model, corpus: Corpus, sentences: Sequence[tuple[str, str]]) -> float:
    """The share of sentences whose hidden part comes back word for word."""
    got = filled(model, corpus, sentences)
    return sum(g == part for g, (_, part) in zip(got, sentences, strict=True)) / len(got)


def corpus_slots(corpus: Corpus, sides: str = "both") -> list[Slot]:
    """Every word of every different sentence, with the best price a reader can pay for it; sentences count alike."""
    return slots({tuple(corpus.encode(t)[1:-1]): 1.0 for t in dict.fromkeys(corpus.sentences)}, sides)


def middle(found: Sequence[Slot]) -> list[Slot]:
    """The slots that have at least one word before them and at least two after (the object and the full stop)."""
    return [s for s in found if 0 < s.place < len(s.ids) - 2]


@torch.no_grad()
def slot_loss(model: Model, found: Sequence[Slot], causal: bool = False) -> Tensor:
    """What the model pays for each slot, in nats: hidden alone, or, when `causal`, from the words on its left."""
    out = []
    for start in range(0, len(found), 512):
        part = found[start : start + 512]
        ids = Corpus.rows([[CLS, *s.ids, SEP] for s in part])
        every, at = torch.arange(len(part)), torch.tensor([s.place + 1 for s in part])
        truth = ids[every, at]
        if not causal:
            ids[every, at] = MASK
        view = causal_mask(ids) if causal else (ids != PAD).long()
        logits = model(input_ids=ids, attention_mask=view).logits[
            every, at - int(causal)
        ]  # the word before predicts it
        out.append(-logits.log_softmax(-1)[every, truth])
    return torch.cat(out)


# the sweeps -----------------------------------------------------------------------------------------------------------
RATES = (0.05, 0.15, 0.3, 0.5, 0.8)
LONGER = 4  # times the steps, for the two rates at the ends
SENTENCES, SEEDS = 1500, 5
NOISE, COPIED = 0.3, 0.9  # the share of wrong facts, and of readings that are copies
TEXTS = {
    "clean": "1,500 sentences as the world draws them",
    "noise": "the same number, three in ten facts wrong",
    "fewer": "as many clean sentences as the noisy text holds right ones",
    "copies": "all of the clean ones, but nine readings in ten are of 45 among them",
    "duplicates": "1,500 sentences, nine in ten of them copies of others in the text",
    "deduplicated": "the same text, each of its sentences once",
}


def dialled(name: str, seed: int = 0) -> Corpus:
    """One of `TEXTS`, numbered by the vocabulary of the clean world."""
    known = {w for sentence in all_sentences(World.default()) for w in words(sentence)}
    dials = {"noise": Dials(noise=NOISE), "duplicates": Dials(duplication=COPIED)}
    dials["deduplicated"] = dials["duplicates"]
    number = round(SENTENCES * (1 - NOISE)) if name == "fewer" else SENTENCES
    drawn = drawn_sentences(World(dials.get(name, Dials())), number, seed)
    if name == "deduplicated":
        drawn = list(dict.fromkeys(drawn))
    if name == "copies":
        rng = random.Random(f"copies {seed}")
        few = rng.sample(drawn, round(SENTENCES * 0.03))
        drawn += rng.choices(few, k=round(SENTENCES * COPIED / (1 - COPIED)))
    return Corpus(drawn, known=sorted(known))


def trial(what: str, p: float = RATE, dials: str = "clean", seed: int = 0, steps: int = STEPS) -> dict[str, Any]:
    """One training of the sweeps, measured: `what` is "masked" or "causal", `dials` one of `TEXTS`. Everything follows
    from the arguments.
    """
    began, world = time.process_time(), World.default()
    corpus = dialled(dials, seed)
    causal = what == "causal"
    batch = causal_rows(corpus, seed=seed) if causal else masked_rows(corpus, seed=seed, p=p)
    model, history = train(corpus, batch, seed=seed, steps=steps)
    truth = Corpus(all_sentences(world))
    numbered = [
        Slot(tuple(corpus.number[truth.vocabulary[i]] for i in s.ids), s.place, s.probability, s.nats)
        for s in corpus_slots(truth, "left" if causal else "both")
    ]
    between = middle(numbered)
    row = {
        "what": what,
        "p": None if causal else p,
        "dials": dials,
        "seed": seed,
        "steps": steps,
        "training_loss": sum(history.loss[-30:]) / 30,
        "different": len(set(corpus.sentences)),
        "slot_loss": float(slot_loss(model, numbered, causal).mean()),
        "slot_limit": limit(numbered),
        "middle_loss": float(slot_loss(model, between, causal).mean()),
        "middle_limit": limit(between),
        "middle_slots": len(between),
    }
    if not causal:
        row["withheld"] = accuracy(model, corpus, asked(world))
        row["seen"] = accuracy(model, corpus, asked(world, withheld=False))
        row["facts"] = len(asked(world))
    return row | {"cpu_seconds": time.process_time() - began}


def conditions() -> list[dict[str, Any]]:
    """Every training of the sweeps; those that two of them share are run once."""
    found = [{"what": "masked", "p": p, "dials": "clean", "steps": STEPS} for p in RATES]
    found += [{"what": "masked", "p": p, "dials": "clean", "steps": LONGER * STEPS} for p in (RATES[0], RATES[-1])]
    found += [{"what": "causal", "p": RATE, "dials": "clean", "steps": STEPS}]
    found += [{"what": "masked", "p": RATE, "dials": name, "steps": STEPS} for name in TEXTS if name != "clean"]
    return [{**c, "seed": seed} for seed in range(SEEDS) for c in found]
