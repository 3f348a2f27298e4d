"""Models that read what models wrote, generation after generation, beside a world whose truth is known (notebook 20).

A text is a name and three facts, `Abbela cook Oslo cat`; 300 names are met by Zipf's law, and each has one true job,
city and pet. Generation 0 reads true texts. Each later one is a fresh network that reads as many texts written by the
one before. `fmcourse evidence record generations` does so five times, with what stands in `WAYS`, for five seeds.

But: one size of network and of text. All of it hangs on both: fewer texts lose more names, with or without a network.

Sources: Shumailov et al. 2024, "AI models collapse when trained on recursively generated data"; Gerstgrasser et al.
2024, "Is model collapse inevitable? Breaking the curse of recursion by accumulating real and synthetic data".
"""

import math
from collections import Counter
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fmcourse.training.muon import optimisers
from fmcourse.types import Model
from fmcourse.world import tables
from fmcourse.world.facts import people, share

NAMES, EXPONENT, TEXTS, GENERATIONS, SEEDS = 300, 1.0, 4000, 5, (0, 1, 2, 3, 4)
WIDTH, EPOCHS, BATCH, RATE = 32, 8, 128, 0.02
# What the next generation reads. The last two hold no network at all: the texts themselves are drawn anew.
WAYS = ("own", "cooler", "half real", "fresh", "counts", "cooler counts")
COOL = 0.8  # the temperature of the cooler ways
PEOPLE = sorted(people(), key=lambda p: share("generations", p))[:NAMES]
COLUMNS = (tables.JOBS, tables.CITIES, tables.PETS)
WORDS = ["<bos>", *PEOPLE, *(w for column in COLUMNS for w in column)]


def truth() -> Tensor:
    """(300, 4) token ids: each name with its true job, city and pet."""
    number = {w: i for i, w in enumerate(WORDS)}
    return torch.tensor(
        [[number[p], *(number[c[int(len(c) * share("true", p, k))]] for k, c in enumerate(COLUMNS))] for p in PEOPLE]
    )


def frequencies() -> Tensor:
    """(300,) how often each name is met in the true world: the k-th 1/k as often as the first."""
    weight = torch.arange(1, NAMES + 1).double() ** -EXPONENT
    return weight / weight.sum()


def true_texts(n: int, generator: torch.Generator) -> Tensor:
    """(n, 4) true texts, names by `frequencies`."""
    return truth()[torch.multinomial(frequencies(), n, replacement=True, generator=generator)]


def counted_again(texts: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """As many texts drawn from the given ones with replacement, without any network: each text's share is raised to
    1 / temperature first. (n, 4) -> (n, 4)
    """
    kinds, counts = texts.unique(dim=0, return_counts=True)
    weight = counts.double() ** (1 / temperature)
    return kinds[torch.multinomial(weight / weight.sum(), len(texts), replacement=True, generator=generator)]


def reader(texts: Tensor, seed: int, epochs: int = EPOCHS) -> Model:
    """A fresh decoder that has read each of the texts (n, 4) `epochs` times."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS), hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=8, tie_word_embeddings=True,
        )
    )  # fmt: skip
    made, generator = optimisers(model, RATE, RATE / 2), torch.Generator().manual_seed(seed)
    base = [[g["lr"] for g in o.param_groups] for o in made]
    per, step = math.ceil(len(texts) / BATCH), 0
    for _ in range(epochs):
        for rows in texts[torch.randperm(len(texts), generator=generator)].split(BATCH):
            now = min(1.0, (step + 1) / 20) * (1 - step / (per * epochs))
            for optimiser, rates in zip(made, base, strict=True):
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = rate * now
            logits = model(input_ids=torch.cat([torch.zeros_like(rows[:, :1]), rows[:, :-1]], 1)).logits
            cross_entropy(logits.flatten(0, 1), rows.flatten()).backward()
            for optimiser in made:
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            step += 1
    return model.eval()


@torch.no_grad()
def written(model: Model, n: int, temperature: float, generator: torch.Generator) -> Tensor:
    """(n, 4) texts drawn from the model, word by word, at this temperature."""
    ids = torch.zeros(n, 1, dtype=torch.long)
    for _ in range(4):
        p = (model(input_ids=ids).logits[:, -1] / temperature).softmax(-1)
        ids = torch.cat([ids, torch.multinomial(p, 1, generator=generator)], 1)
    return ids[:, 1:]


def looked_at(texts: Tensor) -> dict[str, float]:
    """What (n, 4) texts hold: the number of different true `names` among them, the `entropy` of the names as they are
    counted (nats), and the share of texts that are `true` word for word.

    >>> looked_at(truth())["names"], round(looked_at(truth())["entropy"], 3)
    (300, 5.704)
    """
    known = {tuple(row) for row in truth().tolist()}
    counts = Counter(texts[:, 0].tolist())
    entropy = -sum(c / len(texts) * math.log(c / len(texts)) for c in counts.values())
    return {
        "names": sum(1 <= name <= NAMES for name in counts),
        "entropy": entropy,
        "true": sum(tuple(row) in known for row in texts.tolist()) / len(texts),
    }


def rows(way: str, seed: int, generations: int = GENERATIONS, n: int = TEXTS) -> list[dict[str, Any]]:
    """One line of descent: for generation 0 and each later one, what the `n` texts hold that it writes.

    All ways share the true texts and the network of generation 0 of a seed. In the ways without a network, generation 0
    draws from the true texts as later ones draw from its texts.
    """
    temperature = COOL if "cooler" in way else 1.0
    generator = torch.Generator().manual_seed(7000 + seed)
    real = true_texts(n, generator)
    texts, out = real, []
    for generation in range(generations + 1):
        if "counts" in way:
            texts = counted_again(texts, temperature, generator)
        else:
            model = reader(texts, 100 * seed + generation)
            wrote = written(model, n, temperature, generator)
            texts = wrote
        out.append({"way": way, "seed": seed, "generation": generation, **looked_at(texts)})
        if way == "fresh":
            texts = true_texts(n, generator)
        if way == "half real":
            texts = torch.cat([real[: n // 2], texts[: n - n // 2]])
    return out
