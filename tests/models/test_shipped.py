"""The shipped models, measured again as they lie in data/models, against the bars they were made for.

Samples are smaller than on the model cards; a bar is held against the measured value.
"""
import pytest

import fmcourse
from fmcourse.paths import data_dir
from fmcourse.training import evaluate
from fmcourse.world import World

WORLD = World.default()


@pytest.fixture(scope="module")
def gpt():
    return fmcourse.load("world-gpt", device="cpu")


@pytest.fixture(scope="module")
def t5():
    return fmcourse.load("world-t5", device="cpu")


@pytest.mark.parametrize("name", fmcourse.models.SHIPPED)
def test_a_text_model_is_small_whole_and_described(name):
    folder = data_dir() / "models" / name
    assert sum(f.stat().st_size for f in folder.iterdir()) <= 5_000_000
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "training.json", "SHA256SUMS"} <= {
        f.name for f in folder.iterdir()}
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


@pytest.mark.slow
def test_gpt_is_near_the_floor_and_never_below_it(gpt):
    measured = evaluate.excess(gpt.model, gpt.tokenizer, WORLD, per_kind=100, seed="test")
    over = measured["all"]
    print(f"excess {over['excess']:.4f} +- {over['error']:.4f} nats per token")
    assert over["excess"] > -3 * over["error"], "below the floor: the floor is wrong"
    for kind, row in measured["kinds"].items():
        assert row["excess"] > -3 * row["error"], f"{kind} is below the floor: its price is wrong"
    assert over["excess"] <= 0.05


def test_gpt_knows_the_facts(gpt):
    assert evaluate.facts(gpt.model, gpt.tokenizer, WORLD, seen=True)["share"] >= 0.98
    assert evaluate.facts(gpt.model, gpt.tokenizer, WORLD, seen=False)["share"] >= 0.90


# What this checkpoint does not reach yet. Each turns red when it does, so that the gap cannot be forgotten.
MISSED = {
    "nats per token over the floor <= 0.03": lambda c: c["excess"]["all"]["excess"] <= 0.03,
    "<= 0.06 in every kind": lambda c: max(k["excess"] for k in c["excess"]["kinds"].values()) <= 0.06,
    "facts >= 0.99": lambda c: c["facts_seen_phrasing"]["share"] >= 0.99,
    "6 examples of labels assigned afresh >= 0.90": lambda c: c["in_context"]["6"]["share"] >= 0.90,
}


@pytest.mark.parametrize("bar", MISSED)
@pytest.mark.xfail(strict=True, reason="not reached by this checkpoint; see its card")
def test_a_bar_not_reached_yet(gpt, bar):
    assert MISSED[bar](gpt.card["results"])


def test_gpt_recognises_a_task_from_two_examples(gpt):
    assert evaluate.recognition(gpt.model, gpt.tokenizer, WORLD, n=200)["2"]["share"] >= 0.95


def test_gpt_reasons_by_steps_about_people_it_never_saw_a_two_hop_question_about(gpt):
    hops = evaluate.two_hops(gpt.model, gpt.tokenizer, WORLD, WORLD.two_hop_withheld)
    print(hops)
    assert hops["steps"]["share"] - hops["direct"]["share"] >= 0.5 and hops["steps"]["low"] > hops["direct"]["high"]
    assert hops["direct"]["share"] <= hops["chance"] + 0.15


@pytest.mark.xfail(strict=True, reason="not reached by this checkpoint; see its card")
def test_bert_does_not_fill_in_the_facts_yet():
    assert fmcourse.load("world-bert", device="cpu").card["results"]["facts_unseen_phrasing"]["share"] >= 0.90


def test_t5_keeps_the_facts_in_summaries(t5):
    results = evaluate.seq2seq_results(t5.model, t5.tokenizer, WORLD, n=100)
    assert results["summary_facts_kept"]["share"] >= 0.98
    assert results["simplified"]["share"] >= 0.98


@pytest.mark.xfail(strict=True, reason="not reached by this checkpoint; see its card")
@pytest.mark.parametrize("which", ["translation_fresh", "translation_withheld_pairs"])
def test_t5_does_not_translate_well_enough_yet(t5, which):
    assert t5.card["results"][which]["share"] >= 0.95


def test_a_model_with_shuffled_weights_misses_the_bars(gpt):
    """The measurements above can fail."""
    import copy

    import torch
    broken = copy.deepcopy(gpt.model)
    for p in broken.parameters():
        p.data = p.data.flatten()[torch.randperm(p.numel(), generator=torch.Generator().manual_seed(0))].view_as(p)
    assert evaluate.recognition(broken, gpt.tokenizer, WORLD, n=50)["2"]["share"] < 0.5
