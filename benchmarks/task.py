"""The small task of the race: learn 192 facts about 48 countries, and recognise from two examples which of three
relations a list continues.

Model, documents and measurement are the same for whoever trains. Words are tokens here, so that the output layer of a
model this small does not outweigh the rest.

But: a list is recognised, not learned in context: every relation that is asked was trained as a list.
"""

import random
from dataclasses import dataclass
from functools import cache
from itertools import islice

import torch

from fmcourse.models.encoding import encode_prompt, pad
from fmcourse.training.batches import causal_batch
from fmcourse.world import World

KINDS = ("fact", "list")
LISTS = ("capital", "language", "continent")
ROWS, LENGTH = 16, 64  # one batch: 1,024 tokens
FACTS, RECOGNITION = 0.99, 0.95  # the target


@cache
def world() -> World:
    """The course's world with nothing but its countries in it."""
    made = World()
    made.relations = {name: r for name, r in made.relations.items() if r.group == "country"}
    made.listed = LISTS
    return made


@cache
def tokenizer():
    """One token a word, from the words of 20,000 documents."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Split(Regex(r"->|\p{L}+|[^\s\p{L}]"), behavior="removed", invert=True)
    texts = (d.text for d in islice(world().documents("words", kinds=KINDS), 20_000))
    words = sorted({word for text in texts for word, _ in split.pre_tokenize_str(text)})
    vocabulary = {word: i for i, word in enumerate(["<pad>", "<bos>", "<eos>", "<unk>", *words])}
    library = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    library.pre_tokenizer = split
    return PreTrainedTokenizerFast(
        tokenizer_object=library, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>"
    )


def model(seed: int):
    """The Llama that both sides train: 2 layers, 128 wide, with weights drawn from `seed`."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "tie_word_embeddings": True}
    size = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 2, "num_attention_heads": 4}
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer()), max_position_embeddings=LENGTH, **size, **ends))


def batches(seed: int, steps: int) -> list[dict[str, torch.Tensor]]:
    """All batches of a run, made before the clock starts; the same list serves both sides."""
    return [causal_batch(world(), tokenizer(), ROWS, LENGTH, seed, step, KINDS) for step in range(steps)]


@dataclass(frozen=True)
class Score:
    """Shares of right answers."""

    facts: float
    recognition: float

    @property
    def reached(self) -> bool:
        return self.facts >= FACTS and self.recognition >= RECOGNITION


@cache
def fact_questions() -> list[tuple[str, str]]:
    """(sentence up to its object, the rest) for every fact, in a phrasing that occurs with its subject."""
    asked = []
    for relation in world().relations.values():
        for subject, value in relation.values.items():
            phrasing = (relation.withheld_forward(subject) + 1) % len(relation.forward)
            asked.append((relation.prompt(subject, phrasing), f"{value}."))
    return asked


@cache
def list_questions(n: int = 300) -> list[tuple[str, str]]:
    """(two examples of a relation and a third subject, its object); the fourth entry would follow."""
    rng, asked = random.Random("benchmark lists"), []
    for _ in range(n):
        relation = world().relations[rng.choice(LISTS)]
        *shown, last = rng.sample(world().listed_subjects(relation.name), 3)
        examples = "".join(f" {s} -> {relation.values[s]};" for s in shown)
        asked.append((f"List:{examples} {last} ->", relation.values[last]))
    return asked


@torch.no_grad()
def right(net, asked: list[tuple[str, str]]) -> float:
    """Share of questions whose whole answer is what greedy decoding writes.

    One pass is enough: the answer is written exactly when each of its tokens is the likeliest after those before it.
    """
    prompts = [encode_prompt(tokenizer(), prompt) for prompt, _ in asked]
    whole = [encode_prompt(tokenizer(), f"{prompt} {answer}") for prompt, answer in asked]
    ids, mask = pad(whole, tokenizer().pad_token_id)
    best = net(input_ids=ids, attention_mask=mask).logits.argmax(-1)
    good = 0
    for row, (prompt, text) in enumerate(zip(prompts, whole, strict=True)):
        good += best[row, len(prompt) - 1 : len(text) - 1].tolist() == text[len(prompt) :]
    return good / len(asked)


def score(net) -> Score:
    """Both shares; lists are only asked once the facts are known. The model is left in the mode that it was in."""
    mode = net.training
    net.eval()
    facts = right(net, fact_questions())
    recognition = right(net, list_questions()) if facts >= FACTS else 0.0
    net.train(mode)
    return Score(facts, recognition)
