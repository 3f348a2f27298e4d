"""The shipped models, measured again as they lie in data/models, against the bars they were made for.

Everything is measured afresh, on smaller samples than on the cards and on other documents. A bar that a checkpoint does
not reach is listed in MISSED and turns red once it is reached, so that the gap can neither be forgotten nor outlive its
cause.
"""

from itertools import islice

import pytest

import fmcourse
from fmcourse.paths import data_dir
from fmcourse.studies import evaluate
from fmcourse.world import World, limits

WORLD = World.default()


@pytest.fixture(scope="module")
def gpt():
    return fmcourse.load("world-gpt", device="cpu")


@pytest.fixture(scope="module")
def gpt_measured(gpt):
    model, tokenizer = gpt.model, gpt.tokenizer
    found = {
        "excess": evaluate.excess(model, tokenizer, WORLD, per_kind=150, seed="test"),
        "facts, seen phrasing": evaluate.facts(model, tokenizer, WORLD, seen=True),
        "facts, unseen phrasing": evaluate.facts(model, tokenizer, WORLD, seen=False),
        "in context": evaluate.in_context(model, tokenizer, WORLD, n=500),
        "recognition": evaluate.recognition(model, tokenizer, WORLD, n=200),
        "hops": evaluate.two_hops(model, tokenizer, WORLD, WORLD.two_hop_withheld),
    }
    print(found)
    return found


@pytest.fixture(scope="module")
def bert_measured():
    bert = fmcourse.load("world-bert", device="cpu")
    found = {
        "facts": evaluate.masked_facts(bert.model, bert.tokenizer, WORLD, seen=False),
        "slot": limits.masked_slot_comparison(bert.model, bert.tokenizer, WORLD, n=4000, seed=1),
    }
    print(found)
    return found


@pytest.fixture(scope="module")
def t5_measured():
    t5 = fmcourse.load("world-t5", device="cpu")
    found = evaluate.seq2seq_results(t5.model, t5.tokenizer, WORLD, n=150)
    print(found)
    return found


@pytest.mark.parametrize("name", fmcourse.models.SHIPPED)
def test_a_text_model_is_small_whole_and_described(name):
    folder = data_dir() / "models" / name
    assert sum(f.stat().st_size for f in folder.iterdir()) <= 5_000_000
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "training.json", "SHA256SUMS"} <= {
        f.name for f in folder.iterdir()
    }
    assert not [f.name for f in folder.iterdir() if f.suffix in (".bin", ".pt", ".pth", ".pkl")]
    card = fmcourse.load(name, device="cpu").card
    assert card["tokens"] > 500_000 and card["results"] and f"fmcourse pretrain {name}" in card["text"]


@pytest.mark.parametrize("name", fmcourse.models.SHIPPED)
def test_transformers_opens_it_without_this_package(name):
    import json

    import transformers

    folder = data_dir() / "models" / name
    cls = getattr(transformers, json.loads((folder / "config.json").read_text())["architectures"][0])
    model, info = cls.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    assert len(transformers.AutoTokenizer.from_pretrained(folder)) == model.config.vocab_size


@pytest.fixture(scope="module")
def trained_tokenizer():
    from fmcourse.models import train_tokenizer

    return train_tokenizer(WORLD)


@pytest.mark.parametrize("name", fmcourse.models.SHIPPED)
def test_it_reads_with_the_tokenizer_that_its_recipe_trains(name, trained_tokenizer):
    made, stored = trained_tokenizer, fmcourse.load(name, device="cpu").tokenizer
    assert made.get_vocab() == stored.get_vocab()
    texts = [d.text for d in islice(WORLD.documents("tokenizer"), 300)]
    assert made(texts)["input_ids"] == stored(texts)["input_ids"]


def test_gpt_is_never_below_the_floor(gpt_measured):
    over = gpt_measured["excess"]
    assert over["all"]["excess"] > -3 * over["all"]["error"], "below the floor: the floor is wrong"
    for kind, row in over["kinds"].items():
        assert row["excess"] > -3 * row["error"], f"{kind} is below the floor: its price is wrong"


def test_bert_is_never_below_the_limit(bert_measured):
    slot = bert_measured["slot"]
    assert slot["loss"] > slot["limit"] - 3 * slot["error"], "below the limit: the limit is wrong"


GPT_BARS = {
    "nats per token over the floor <= 0.03": lambda m: m["excess"]["all"]["excess"] <= 0.03,
    "<= 0.06 in every kind": lambda m: max(k["excess"] for k in m["excess"]["kinds"].values()) <= 0.06,
    "facts >= 0.99 in trained phrasings": lambda m: m["facts, seen phrasing"]["share"] >= 0.99,
    "facts >= 0.90 in phrasings never paired with them": lambda m: m["facts, unseen phrasing"]["share"] >= 0.90,
    "labels assigned afresh: 6 examples >= 0.90": lambda m: m["in context"]["6"]["share"] >= 0.90,
    "labels assigned afresh: 0 examples at chance": lambda m: (
        m["in context"]["0"]["share"] <= m["in context"]["0"]["best"] + 3 * (0.05 * 0.95 / 500) ** 0.5
    ),
    "recognises a task from 2 examples >= 0.95": lambda m: m["recognition"]["2"]["share"] >= 0.95,
    "two hops: steps - direct >= 0.5, intervals apart": lambda m: (
        m["hops"]["steps"]["share"] - m["hops"]["direct"]["share"] >= 0.5
        and m["hops"]["steps"]["low"] > m["hops"]["direct"]["high"]
    ),
    "two hops: direct within 0.15 of chance": lambda m: m["hops"]["direct"]["share"] <= m["hops"]["chance"] + 0.15,
    "two hops: counting is no better than chance": lambda m: (
        max(m["hops"][f"{b}, direct"]["low"] for b in ("n-gram lookup", "bag of words")) <= m["hops"]["chance"]
    ),
}
BERT_BARS = {
    "facts >= 0.90 in phrasings never paired with them": lambda m: m["facts"]["share"] >= 0.90,
    "a masked slot costs <= 1.1 times the limit": lambda m: m["slot"]["ratio"] <= 1.1,
}
T5_BARS = {
    "translates sentences >= 0.95": lambda m: m["translation"]["share"] >= 0.95,
    "translates withheld pairs >= 0.95": lambda m: m["translation_withheld_pairs"]["share"] >= 0.95,
    "summaries keep >= 0.90 of the facts": lambda m: m["summary_facts_kept"]["share"] >= 0.90,
    "simplifies >= 0.98": lambda m: m["simplified"]["share"] >= 0.98,
}
MISSED: tuple[str, ...] = ()


def bars(table: dict) -> list:
    """Each bar once; those that are known to be missed must fail."""
    reason = "not reached by this checkpoint; see its card"
    return [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=reason) if name in MISSED else ())
        for name in table
    ]


@pytest.mark.parametrize("bar", bars(GPT_BARS))
def test_world_gpt(gpt_measured, bar):
    assert GPT_BARS[bar](gpt_measured)


@pytest.mark.parametrize("bar", bars(BERT_BARS))
def test_world_bert(bert_measured, bar):
    assert BERT_BARS[bar](bert_measured)


@pytest.mark.parametrize("bar", bars(T5_BARS))
def test_world_t5(t5_measured, bar):
    assert T5_BARS[bar](t5_measured)


def test_what_is_missed_is_a_bar():
    assert {*MISSED} <= {*GPT_BARS, *BERT_BARS, *T5_BARS}


def test_a_model_with_shuffled_weights_misses_the_bars(gpt):
    """The measurements above can fail."""
    import copy

    import torch

    broken = copy.deepcopy(gpt.model)
    for p in broken.parameters():
        p.data = p.data.flatten()[torch.randperm(p.numel(), generator=torch.Generator().manual_seed(0))].view_as(p)
    assert evaluate.recognition(broken, gpt.tokenizer, WORLD, n=50)["2"]["share"] < 0.5
