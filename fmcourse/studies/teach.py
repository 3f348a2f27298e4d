"""Teach a model about one invented person, in seconds: the workings behind notebook 00.

    me = introduce("Zilvia", town="Plumford", pet="dragon")
    taught = teach(load("world-gpt"), me)
    ask(taught, where("Zilvia"))

The person's facts are written in several phrasings and read among sentences about people whom the model knows; the
usual loop trains a copy of it. As a rule only the vectors of the new words move. One sentence about each fact is kept
back for the examination.

But: no choice of the recipe here (it was found by trying, see `RECIPE`); notebook 10 opens this box.
"""

import copy
import json
import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from fmcourse.models.encoding import encode_document, encode_prompt, pad
from fmcourse.models.loading import Loaded, load
from fmcourse.models.tokenizer import SPECIAL
from fmcourse.training.batches import IGNORE
from fmcourse.training.fit import Recipe, fit
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World
from fmcourse.world.facts import Relation

LONGEST = 40  # letters that a name, town or pet may have
TAUGHT = ("city", "pet")
RECIPE = Recipe(steps=40, lr=0.007, lr_adam=0.015, warmup=4)  # tuned on 56 people who are in no notebook
AMONG = 16  # sentences about known people in each batch
SPREAD = 0.4  # how far new words start from the average of their sort, in standard deviations


@dataclass(frozen=True)
class Person:
    """Somebody invented, with two facts."""

    name: str
    town: str
    pet: str

    def fact(self, relation: str) -> str:
        """`person.fact("city")` -> the town."""
        return {"city": self.town, "pet": self.pet}[relation]


EXAMPLE = Person("Zilvia", "Plumford", "dragon")


class Question(NamedTuple):
    """One line of the examination: what it is about, the text to continue, and the right continuation."""

    about: str
    prompt: str
    answer: str


def fault(text: object) -> str | None:
    """Why a text cannot serve as a name or a fact, in words that follow "it"; None when it can.

    >>> fault("Plumford"), fault("  "), fault("a" * 300)
    (None, 'is empty', 'has 300 characters, and 40 are the most')
    """
    if not isinstance(text, str):
        return "is no text; write it between quotes"
    text = " ".join(text.split())
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"has {len(text)} characters, and {LONGEST} are the most"
    if any(mark in text for mark in SPECIAL):
        return "holds a sign that the model keeps for itself, such as <eos>"
    if any(unicodedata.category(c)[0] == "C" and c != "\u200d" for c in text):  # the joiner is part of many emoji
        return "holds a character that cannot be shown"
    return None


def introduce(name: str, town: str = "Plumford", pet: str = "dragon") -> Person:
    """A person from what the learner typed. What cannot be used is replaced by the example's, and one sentence says so.

    >>> introduce("Zilvia", town="")
    Your town is empty, so I take Plumford instead.
    Person(name='Zilvia', town='Plumford', pet='dragon')
    """
    typed = {"name": name, "town": town, "pet": pet}
    used = {}
    for what, text in typed.items():
        wrong = fault(text)
        if not wrong and what == "name" and (known := " ".join(text.split())) in known_names():
            wrong = f"is {known}, whom the model has read about already"
        if not wrong and what == "name" and _all_read(text):
            wrong = "is made of words that the model has read already; it would take you for the thing they name"
        used[what] = getattr(EXAMPLE, what) if wrong else " ".join(text.split())
        if wrong:
            print(f"Your {what} {wrong}, so I take {used[what]} instead.")
    return Person(**used)


def known_names() -> set[str]:
    """Everybody and everything that the world already speaks of."""
    world = World.default()
    return {s for r in world.relations.values() for s in r.values} | set(world.strangers)


def _all_read(text: str) -> bool:
    """Whether each word of the text, of two letters or more, is a token of world-gpt, so that none would be new."""
    tokenizer = load("world-gpt").tokenizer
    words = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(" " + " ".join(text.split()))
    known = tokenizer.backend_tokenizer.get_vocab()
    return all(word in known and len(word.strip("Ġ")) > 1 for word, _ in words)


NAMES = ("Bal Cor Dru El Fin Gral Hes Il Mar Or Quin Sel Tav Ur Wen Yor", "dor gan lith mund nim rix sko tessa vok")
TOWNS = ("Amber Bell Crow Elder Fern Frost Marsh Mill Oak Rose Thorn Wind", "dale gate holt mere moor sea ton wick")
PETS = (
    "badger beaver buffalo cobra crane donkey falcon ferret flamingo gorilla hamster hedgehog heron hyena iguana "
    "jackal koala lemur leopard llama lizard mole monkey moose newt otter panther peacock pigeon puffin raven squirrel "
    "stork tapir toad walrus weasel zebra"
)


def invent(generator: random.Random, n: int) -> list[Person]:
    """`n` people put together by chance, no two alike in name, town or pet, and all in words that the world never uses.

    There are 38 pets, so more people than that raise ValueError.

    >>> invent(random.Random(0), 1)
    [Person(name='Quinvok', town='Marshsea', pet='buffalo')]
    """
    names, towns = ([a + b for a in begin.split() for b in end.split()] for begin, end in (NAMES, TOWNS))
    drawn = (generator.sample(words, n) for words in (names, towns, PETS.split()))
    return [Person(*words) for words in zip(*drawn, strict=True)]


# what is read, and what is asked --------------------------------------------------------------------------------------
def lessons(person: Person) -> list[str]:
    """The sentences that the model reads: each fact in four phrasings, reversed, and as a question with its answer."""
    out = []
    for relation, value in _facts(person):
        out += [_filled(p, person.name, value) for p in (*relation.forward[:4], relation.reverse)]
        out.append(f"{question(person.name, relation)} {value}.")
    return out


def exam(person: Person) -> list[Question]:
    """Each fact asked in the phrasing that the lessons leave out."""
    return [
        Question(relation.name, _filled(p, person.name, value).removesuffix(f" {value}."), value)
        for relation, value in _facts(person)
        for p in relation.forward[4:]
    ]


def _facts(person: Person) -> list[tuple[Relation, str]]:
    return [(World.default().relations[name], person.fact(name)) for name in TAUGHT]


def question(name: str, relation: Relation) -> str:
    """The text that asks: "Question: Where does Zilvia live? Answer:"."""
    return f"Question: {relation.question.format(s=name)} Answer:"


def where(name: str) -> str:
    """The question for somebody's town."""
    return question(name, World.default().relations["city"])


def _filled(phrasing: str, subject: str, value: str) -> str:
    """A phrasing with its subject and object, and "an" where English wants it."""
    if value[0].lower() in "aeiou":
        phrasing = phrasing.replace(" a {o}", " an {o}").replace("A {o}", "An {o}")
    return phrasing.replace("{s}", subject).replace("{o}", value)


# asking ---------------------------------------------------------------------------------------------------------------
@torch.no_grad()
def probabilities(model: Model, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """For each (prompt, answer), the probability that the model writes just this answer and then a full stop."""
    prompts = [encode_prompt(tokenizer, prompt) for prompt, _ in pairs]
    whole = [encode_prompt(tokenizer, f"{prompt} {answer}.") for prompt, answer in pairs]
    ids, mask = pad(whole, tokenizer.pad_token_id)
    logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits.float().cpu()
    logp = logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    return [float(logp[i, len(prompts[i]) - 1 : len(whole[i]) - 1].sum().exp()) for i in range(len(pairs))]


def ask(loaded: "Loaded | Taught", prompt: str) -> str:
    """What the model writes after the prompt, on one line, without a full stop at the end. Any text is safe to pass.

    `loaded` has a `model` and a `tokenizer`: what `load` gives, or what `teach` gives.
    """
    return answers(loaded, [prompt])[0]


def answers(loaded: "Loaded | Taught", prompts: Sequence[str]) -> list[str]:
    """`ask`, for many prompts at once. A prompt that cannot be asked is answered with a sentence that says why."""
    from fmcourse.prompting import PromptTooLong, complete

    prompts = [p if isinstance(p, str) else str(p) for p in prompts]
    try:
        said = complete(loaded.model, loaded.tokenizer, prompts, max_new_tokens=20)
    except PromptTooLong:
        return ["(that is longer than the model can read)"] * len(prompts)
    shown = ("".join(c if c.isprintable() or c.isspace() else "?" for c in text) for text in said)
    return [" ".join(text.split()).removesuffix(".") for text in shown]


# new words ------------------------------------------------------------------------------------------------------------
def learn_words(
    loaded: "Loaded | Taught", words: dict[str, Sequence[str]], spread: float = SPREAD, seed: int = 0
) -> tuple[Model, Tokenizer]:
    """(model, tokenizer): copies in which each new word is one token, as the words of the world are.

    `words[text]` lists known words of the same sort. A new word starts near their average, `spread` standard deviations
    away by chance, so that before it has read a line the model takes "Zilvia" for somebody and "Plumford" for some town
    (Hewitt 2021, "Initializing new word embeddings for pretrained language models"). It becomes a token by an entry in
    the vocabulary that is used for the whole word alone, so that all other text keeps its tokens.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    model, tokenizer = copy.deepcopy(loaded.model), loaded.tokenizer
    known, rows, rng = model.get_input_embeddings().weight.detach(), [], torch.Generator().manual_seed(seed)
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    vocabulary = state["model"]["vocab"]
    for text, alike in words.items():
        similar = known[[i for word in alike for i in tokenizer.encode(word, add_special_tokens=False)]]
        for word, _ in tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(
            f" {text} {text}."
        ):  # also before "."
            if word not in vocabulary:
                vocabulary[word] = len(known) + len(rows)
                noise = torch.randn(known.shape[1], generator=rng).to(known)
                rows.append(similar.mean(0) + spread * similar.std(0) * noise)
    library = Tokenizer.from_str(json.dumps(state))
    model.resize_token_embeddings(len(known) + len(rows), mean_resizing=False)
    with torch.no_grad():
        for i, row in enumerate(rows, start=len(known)):
            model.get_input_embeddings().weight[i] = row
    names = ("pad_token", "bos_token", "eos_token", "mask_token", "cls_token", "sep_token")
    return model, PreTrainedTokenizerFast(
        tokenizer_object=library,
        clean_up_tokenization_spaces=False,
        model_max_length=tokenizer.model_max_length,
        **{name: getattr(tokenizer, name) for name in names},
    )


def words_of(person: Person) -> dict[str, Sequence[str]]:
    """A person's words, each with the known words that it is like."""
    world = World.default()
    return {person.name: world.people, **{person.fact(name): world.relations[name].objects for name in TAUGHT}}


# teaching -------------------------------------------------------------------------------------------------------------
@dataclass
class Taught:
    """A copy of the model that has read the lessons, and what was seen on the way.

    `watched[name]` holds one number for each of `steps`, measured after so many steps. `seconds` is the smaller of the
    clock's and the processor's, so that other work on the machine does not count.
    """

    model: Model = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    steps: list[int] = field(default_factory=list)
    watched: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0


def teach(
    loaded: Loaded,
    person: Person,
    *,
    moves: str = "new words",
    among: int = AMONG,
    watch: dict[str, Callable[[Taught], float]] | None = None,
    every: int = 5,
    recipe: Recipe = RECIPE,
    seed: int = 0,
    device: str | None = None,
) -> Taught:
    """Train a copy of `loaded.model` on `lessons(person)` among sentences about known people; the original stays.

    `moves` says what training may change: "new words", the vectors of the words that came with the person, or "all",
    the matrices of the network too. `among` is how many sentences about known people each batch holds, see `reminders`.
    `watch` names measurements, functions of the `Taught` so far: each is called before the first step, after every
    `every` steps, and at the end. `device` as in `fit`. Raises ValueError for another `moves` or a negative `among`.
    """
    import time

    if moves not in ("new words", "all") or among < 0:
        raise ValueError('`moves` is "new words" or "all", and `among` is 0 or more.')
    taught = Taught(*learn_words(loaded, words_of(person), seed=seed), watched={name: [] for name in watch or {}})

    def look(done: int) -> None:
        taught.steps.append(done)
        taught.model.eval()
        for name, measure in (watch or {}).items():
            taught.watched[name].append(float(measure(taught)))
        taught.model.train()

    def after(step: int, loss: float) -> None:
        if watch and ((step + 1) % every == 0 or step + 1 == recipe.steps):
            look(step + 1)

    began = time.monotonic(), time.process_time()
    _hold_still(taught.model, len(loaded.tokenizer), moves)
    if watch:
        look(0)
    fit(
        taught.model,
        lambda step: batch(taught.tokenizer, [*lessons(person), *reminders(among, seed, step)]),
        recipe,
        progress=False,
        on_step=after,
        device=device,
    )
    taught.seconds = min(time.monotonic() - began[0], time.process_time() - began[1])
    return taught


def _hold_still(model: Model, known: int, moves: str) -> None:
    """Let the vectors of the words after the first `known` move, with "all" the matrices too, and nothing else."""
    words = model.get_input_embeddings().weight
    for parameter in model.parameters():
        parameter.requires_grad_(parameter is words or (moves == "all" and parameter.ndim == 2))
    new = torch.arange(len(words))[:, None] >= known
    words.register_hook(lambda gradient: gradient * new.to(gradient))


def bystanders() -> list[str]:
    """Half of the people whom the model knows: no lesson mentions them, so they can be asked about afterwards."""
    return World.default().people[1::2]


def reminders(n: int, seed: int = 0, step: int = 0) -> list[str]:
    """`n` sentences about the town or the pet of people whom the model knows, `bystanders` left out.

    They stand in phrasings that it read about that person when it was made, and are drawn anew for each step.
    """
    world, rng, out = World.default(), random.Random(f"teach {seed} {step}"), []
    for _ in range(n):
        relation, subject = world.relations[rng.choice(TAUGHT)], rng.choice(world.people[::2])
        out.append(_filled(rng.choice(relation.phrasings(subject)), subject, relation.values[subject]))
    return out


def batch(tokenizer: Tokenizer, sentences: Sequence[str]) -> dict[str, Tensor]:
    """The sentences as `input_ids`, `attention_mask` and `labels` (B, T), one a row."""
    ids, mask = pad([encode_document(tokenizer, s) for s in sentences], tokenizer.pad_token_id)
    return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(mask == 0, IGNORE)}
