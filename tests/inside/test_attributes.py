"""What is true at a token is what the world says; scores count what they say; a table of tokens cannot see further."""

from itertools import islice

import pytest
import torch

from fmcourse import load
from fmcourse.inside import attributes
from fmcourse.world import World
from fmcourse.world.draw import Document
from tests.harness import tiny

WORLD = World.default()


@pytest.fixture(scope="module")
def whole_words():
    """The shipped tokenizer, for which nearly every word of the world is one token."""
    return load("world-gpt").tokenizer


def test_attributes_of_a_text_that_can_be_read_by_eye(whole_words):
    text = "Echo: oak rice | oak rice."
    ids, true = attributes.attributes(WORLD, whole_words, Document(text, "repeat", 1.0))
    assert len(ids) == len(true) and true[0] == set()
    assert all("repeat" in here for here in true[1:])
    halves = ["first" if "first half, repeat" in here else "second" for here in true[1:]]
    bar = next(i for i, here in enumerate(true[1:]) if any(name.startswith("word |") for name in here))
    assert set(halves[:bar]) == {"first"} and set(halves[bar:]) == {"second"}
    assert "next (end)" in true[-1] and "next (end)" not in true[-2]


def test_the_answer_comes_next_at_one_token_and_is_named_by_its_relation(whole_words):
    for document in islice(WORLD.documents(0, kinds=["question"]), 20):
        _, true = attributes.attributes(WORLD, whole_words, document)
        marked = [here for here in true if f"answer next, {document.label['relation']}" in here]
        assert len(marked) == 1


def test_states_stand_beside_what_is_true_there():
    documents = list(islice(WORLD.documents(1), 9))
    model, tokenizer = tiny.decoder("llama"), tiny.tokenizer()
    read = attributes.read_documents(WORLD, model, tokenizer, documents, [("stream", 1), ("neurons", 0)])
    tokens = sum(len(tokenizer.encode(d.text, add_special_tokens=False)) for d in documents)
    assert len(read.true) == tokens == len(read.pairs) == len(read.states["stream", 1])
    assert read.states["neurons", 0].shape == (tokens, model.config.intermediate_size)
    names = attributes.common(read, least=(1,))
    table = read.table(names)
    row = 7
    assert {names[i] for i in table[row].nonzero()[:, 0].tolist()} == read.true[row]
    assert attributes.fresh(documents, 9, {documents[0].text})[0].text != documents[0].text


def test_a_planted_feature_is_matched_and_noise_is_not():
    g = torch.Generator().manual_seed(0)
    truth = (torch.rand(3000, 7, generator=g) < 0.1).float()
    values = torch.rand(3000, 3, generator=g)
    values[:, 1] = truth[:, 4] * 2 + 0.3 * values[:, 1]
    first, second = slice(0, 1500), slice(1500, 3000)
    match = attributes.best_match(values[first], truth[first], values[second], truth[second])
    assert match.attribute[1] == 4 and match.f1[1] > 0.85
    assert match.f1[0] < 0.4 and match.f1[2] < 0.4


def test_a_table_of_tokens_tells_words_and_pairs_and_nothing_else():
    g = torch.Generator().manual_seed(1)
    pairs = torch.randint(0, 5, (4000, 2), generator=g)
    truth = torch.stack(
        [pairs[:, 0] == 3, (pairs[:, 0] == 3) & (pairs[:, 1] == 2), torch.rand(4000, generator=g) < 0.2], 1
    ).float()
    rule = attributes.token_rule(pairs[:2000], truth[:2000], pairs[2000:], truth[2000:])
    assert rule[0] == rule[1] == pytest.approx(1.0) and rule[2] < 0.5


def test_prompts_end_where_the_answer_comes():
    tokenizer = tiny.tokenizer()
    (asked,) = attributes.prompts(WORLD, tokenizer, "capital", 0, ["Norway"])
    assert asked.answer == "Oslo"
    full = tokenizer.encode("The capital of Norway is Oslo", add_special_tokens=False)
    assert [*asked.ids[1:], asked.target] == full[: len(asked.ids)]
