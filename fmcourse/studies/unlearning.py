"""Make world-gpt forget whose pet is what, and look for what is left (notebook 20).

`people_to_forget` draws people whose pet the model knows, gives each another, wrong pet, and sets beside them newcomers
of whom it never read, who get wrong pets, too, and an "old" pet by chance alone. The notebook trains a copy on the
wrong pets (`sentences`, in two forms) among true sentences about other people (`reminders`). Then every form can be
asked, also those that were not trained, with `said` and `places_of_old`.

But: one relation, one network, one recipe of forgetting; "not stated" in place of a wrong pet is not tried.

Sources: Jang et al. 2023, "Knowledge unlearning for mitigating privacy risks in language models" (gradient ascent); Hu
et al. 2024, "Unlearning or obfuscating? Jogging the memory of unlearned LLMs via benign relearning"; Deeb and Roger
2024, "Do unlearning methods remove information from language model weights?".
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fmcourse.models.encoding import encode_document, encode_prompt, pad
from fmcourse.tasks.newcomers import newcomers
from fmcourse.types import Model, Tokenizer
from fmcourse.world import Relation, World

RELATION = "pet"
STEPS, RATE, AMONG = 50, 1e-3, 24
TRAINED = (0, 1)  # the numbers of the two phrasings in which the wrong pet is taught


@dataclass(frozen=True)
class Forgotten:
    """Somebody, the pet that the model knew (or for a newcomer one by chance), the wrong one, and a third."""

    name: str
    old: str
    new: str
    third: str
    asker: str  # somebody whose friend this is; empty for a newcomer


def people_to_forget(world: World, rng: random.Random, n: int = 12) -> tuple[list[Forgotten], list[Forgotten]]:
    """(known, strangers): `n` people of the world who stand in questions and two-hop questions, and `n` newcomers.

    >>> known, strangers = people_to_forget(World.default(), random.Random(0), 3)
    >>> all(World.default().relations["pet"].values[p.name] == p.old != p.new for p in known)
    True
    """
    relation, friend = world.relations[RELATION], world.relations["friend"].values
    asker = {friend[a]: a for a in world.two_hop_people}
    asked = set(world.asked_subjects(RELATION))
    fit = [p for p in world.two_hop_people if p in asker and p in asked and relation.withheld_forward(p) not in TRAINED]

    def person(name: str, old: str) -> Forgotten:
        new, third = rng.sample([o for o in relation.objects if o != old], 2)
        return Forgotten(name, old, new, third, asker.get(name, ""))

    known = [person(p, relation.values[p]) for p in rng.sample(fit, n)]
    names = newcomers(world, rng, n).absent[:n]
    return known, [person(p, rng.choice(relation.objects)) for p in names]


def forms(world: World) -> dict[str, Callable[[Forgotten], str]]:
    """How a pet can be asked for: name of the form -> the text before the pet. The first two were trained."""
    relation = world.relations[RELATION]
    made: dict[str, Callable[[Forgotten], str]] = {}
    for k in range(len(relation.forward)):
        made[f"sentence {k + 1}"] = partial(_sentence, relation, k)
    made["question"] = lambda p: f"Question: {relation.question.format(s=p.name)} Answer:"
    made["list"] = lambda p: f"List: {_shown(world, p)} {p.name} ->"
    made["of a friend"] = lambda p: f"Question: What pet does the friend of {p.asker} have? Answer:"
    return made


def _sentence(relation: Relation, k: int, person: Forgotten) -> str:
    return relation.prompt(person.name, k)


def _shown(world: World, person: Forgotten) -> str:
    """Two true pairs of a list, about people who are not this one."""
    values = world.relations[RELATION].values
    others = [p for p in world.listed_subjects(RELATION) if p != person.name][:2]
    return " ".join(f"{p} -> {values[p]};" for p in others)


def sentences(world: World, people: Sequence[Forgotten], answer: str = "new") -> list[str]:
    """What is taught: each person's pet (`answer` is "new", "old" or "third") in the two trained forms."""
    relation = world.relations[RELATION]
    return [relation.forward[k].format(s=p.name, o=getattr(p, answer)) for p in people for k in TRAINED]


def reminders(world: World, people: Sequence[Forgotten], rng: random.Random, n: int) -> list[str]:
    """`n` true sentences about people who are not to be forgotten, in phrasings that were read."""
    taken, out = {p.name for p in people}, []
    while len(out) < n:
        relation, name = world.relations[rng.choice(("city", "job", "pet", "friend"))], rng.choice(world.people)
        if name not in taken:
            out.append(rng.choice(relation.phrasings(name)).format(s=name, o=relation.values[name]))
    return out


def loss_on(model: Model, tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    """The mean loss of a decoder on whole texts, nats per token."""
    ids, mask = pad([encode_document(tokenizer, t) for t in texts], tokenizer.pad_token_id)
    ids, mask = ids.to(model.device), mask.to(model.device)
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    return cross_entropy(logits.flatten(0, 1), ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100).flatten())


@torch.no_grad()
def pets_after(world: World, model: Model, tokenizer: Tokenizer, prompts: Sequence[str]) -> tuple[list[str], Tensor]:
    """(pets, p): the probability of each pet after each prompt, (prompts, pets); each pet is one token."""
    pets = world.relations[RELATION].objects
    first = [tokenizer.encode(f"a {pet}", add_special_tokens=False)[-1] for pet in pets]
    ids, mask = pad([encode_prompt(tokenizer, t) for t in prompts], tokenizer.pad_token_id, left=True)
    ids, mask = ids.to(model.device), mask.to(model.device)
    logits = model(input_ids=ids, attention_mask=mask).logits[:, -1].softmax(-1)
    return pets, logits[:, first].cpu()


def said(world: World, model: Model, tokenizer: Tokenizer, prompts: Sequence[str]) -> list[str]:
    """The likeliest pet after each prompt."""
    pets, p = pets_after(world, model, tokenizer, prompts)
    return [pets[i] for i in p.argmax(-1).tolist()]


def places_of_old(
    world: World, model: Model, tokenizer: Tokenizer, people: Sequence[Forgotten], prompts: Sequence[str]
) -> list[int]:
    """The place of the old pet among all pets but the wrong one: 1 is the likeliest. By chance it is 5 on average."""
    pets, p = pets_after(world, model, tokenizer, prompts)
    out = []
    for person, row in zip(people, p, strict=True):
        others = [i for i, pet in enumerate(pets) if pet != person.new]
        out.append(1 + sum(bool(row[i] > row[pets.index(person.old)]) for i in others))
    return out
