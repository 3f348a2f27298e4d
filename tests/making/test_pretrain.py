"""`fmcourse pretrain`: three steps write a folder that opens, and a stopped run goes on to the same weights.

Measuring is replaced here, since it takes a minute and has tests of its own, and so is the tokenizer's training.
"""

import json
from dataclasses import replace
from functools import cache

import pytest
import torch
from safetensors.torch import load_file

import fmcourse
from fmcourse.making import pretrain as module
from fmcourse.making.pretrain import SPECS, main, pretrain
from fmcourse.models.loading import check_digests
from fmcourse.paths import data_dir
from fmcourse.training.fit import Interrupted
from fmcourse.world import World
from fmcourse.world.audit import Audit

CLASSES = {"world-gpt": "LlamaForCausalLM", "world-bert": "BertForMaskedLM", "world-t5": "T5ForConditionalGeneration"}
RESULTS = {"facts": {"share": 0.25, "low": 0.19, "high": 0.33, "n": 163}, "hops": {"steps": {"chance": 0.0625}}}


@cache
def shipped_tokenizer():
    """What training gives, without the half minute that it takes."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(data_dir() / "models" / "world-gpt")


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """The checkpoint in a folder of the test's own, the shipped tokenizer, and no measuring."""

    def measure(model, tokenizer, world):
        assert not model.training and model.dtype == torch.float32 and world is World.default()
        measure.called.append(type(model).__name__)
        return RESULTS

    measure.called = []
    monkeypatch.setattr(module, "course_root", lambda: tmp_path)
    monkeypatch.setattr(module, "_floor", lambda *args: None)
    for name, spec in SPECS.items():
        stages = spec.stages
        if name == "world-gpt":  # a second stage, gentler than the first
            stages = (stages[0], replace(stages[0], lr=stages[0].lr / 2, lr_adam=stages[0].lr_adam / 2))
        monkeypatch.setitem(SPECS, name, replace(spec, results=measure, stages=stages))
    monkeypatch.setattr("fmcourse.models.tokenizer.train_tokenizer", lambda world: shipped_tokenizer())
    return measure


def stop_after(monkeypatch, steps: int) -> list[int]:
    """Ctrl-C when the batch of step number `steps` (from 0, through all stages) is asked for; lists what was asked."""
    spec, calls = SPECS["world-gpt"], []

    def stopping(batch):
        def asked(world, tokenizer, seed, step):
            calls.append(step)
            if step == steps:
                raise KeyboardInterrupt
            return batch(world, tokenizer, seed, step)

        return asked

    stages = tuple(replace(stage, batch=stopping(stage.batch)) for stage in spec.stages)
    monkeypatch.setitem(SPECS, "world-gpt", replace(spec, stages=stages))
    return calls


@pytest.mark.parametrize("name", SPECS)
def test_a_run_writes_a_folder_that_opens(name, tmp_path, quick, monkeypatch, capsys):
    import transformers

    out = tmp_path / name
    assert pretrain(name, out=out, steps=3, progress=False) == out
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "training.json", "SHA256SUMS"} <= {
        f.name for f in out.iterdir()
    }
    assert quick.called == [CLASSES[name]] and str(out) in capsys.readouterr().out
    check_digests(out)
    assert {w.dtype for w in load_file(out / "model.safetensors").values()} == {torch.float16}

    loaded = fmcourse.load(str(out), source=out, device="cpu")
    theirs = getattr(transformers, CLASSES[name]).from_pretrained(out, dtype=torch.float32)
    assert type(loaded.model) is type(theirs) and not loaded.model.training
    for (label, a), (_, b) in zip(loaded.model.named_parameters(), theirs.named_parameters(), strict=True):
        assert torch.isfinite(a).all() and torch.equal(a, b), label
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    assert tokenizer.encode("The capital of Peru 12") == shipped_tokenizer().encode("The capital of Peru 12")

    card = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert card["name"] == name and card["results"] == RESULTS and card["tokens"] > 100 and card["seconds"] > 0
    assert [s["steps"] for s in card["stages"]] == [3] * len(SPECS[name].stages)
    assert len(card["loss"]) == 3 * len(card["stages"])
    assert card["parameters"] == sum(p.numel() for p in theirs.parameters())
    text = (out / "README.md").read_text(encoding="utf-8")
    assert f"fmcourse pretrain {name}" in text and "| facts | 0.250, 95 % interval 0.190 to 0.330 | 163 |" in text
    assert "| hops, steps, chance | 0.0625 | |" in text


def test_a_changed_file_no_longer_has_its_digest(tmp_path, quick):
    out = pretrain("world-gpt", out=tmp_path / "made", steps=1, progress=False)
    (out / "training.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="training.json is damaged"):
        check_digests(out)


@pytest.mark.slow
@pytest.mark.parametrize("stopped", [1, 3])
def test_an_interrupted_run_goes_on_to_the_same_weights(stopped, tmp_path, quick, monkeypatch):
    """Two steps for each of two stages: stopped inside the first, and inside the second."""
    whole = pretrain("world-gpt", out=tmp_path / "whole", steps=2, progress=False)
    with monkeypatch.context() as patch:
        stop_after(patch, stopped)
        with pytest.raises(Interrupted):
            pretrain("world-gpt", out=tmp_path / "made", steps=2, progress=False)
    kept = tmp_path / "build" / "pretrain"
    assert list(kept.glob("world-gpt*")) and not (tmp_path / "made").exists()

    calls = stop_after(monkeypatch, 99)
    made = pretrain("world-gpt", out=tmp_path / "made", steps=2, progress=False)
    assert calls == list(range(stopped, 4)), "steps that were done are not done again"
    assert not list(kept.glob("world-gpt*")), "a finished run leaves nothing behind"
    expected = load_file(whole / "model.safetensors")
    for label, tensor in load_file(made / "model.safetensors").items():
        torch.testing.assert_close(tensor, expected[label], atol=1e-5, rtol=1e-3)
    cards = [json.loads((folder / "training.json").read_text(encoding="utf-8")) for folder in (made, whole)]
    assert len(cards[0]["loss"]) == 4 and cards[0]["tokens"] == cards[1]["tokens"]


def test_fresh_begins_again_and_another_recipe_does_not_go_on(tmp_path, quick, monkeypatch):
    with monkeypatch.context() as patch:
        stop_after(patch, 1)
        with pytest.raises(Interrupted):
            pretrain("world-gpt", out=tmp_path / "made", steps=1, progress=False)
    with pytest.raises(ValueError, match="another recipe; delete it, or call with --fresh"):
        pretrain("world-gpt", out=tmp_path / "made", steps=2, progress=False)
    calls = stop_after(monkeypatch, 99)
    pretrain("world-gpt", out=tmp_path / "made", fresh=True, steps=1, progress=False)
    assert calls == [0, 1]


def test_measuring_again_keeps_the_weights_and_how_they_were_made(tmp_path, quick, monkeypatch):
    out = pretrain("world-gpt", out=tmp_path / "made", steps=1, progress=False)
    before = json.loads((out / "training.json").read_text(encoding="utf-8"))
    weights = load_file(out / "model.safetensors")
    again = {"facts": {"share": 0.5, "low": 0.4, "high": 0.6, "n": 90}}
    monkeypatch.setitem(SPECS, "world-gpt", replace(SPECS["world-gpt"], results=lambda *args: again))
    assert main("world-gpt", out=out, again=True) == 0
    after = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert after == {**before, "results": again} and before["results"] == RESULTS
    assert all(torch.equal(w, weights[k]) for k, w in load_file(out / "model.safetensors").items())
    check_digests(out)


def test_the_decoder_begins_with_few_things_that_come_again():
    world = World.default()
    few, other, all_of_them = (module._few_things(world, 0, step) for step in (0, 1, 1000))
    assert all_of_them is world
    for category, things in world.categories.items():
        assert set(few.categories[category]) < set(things) and len(set(few.categories[category])) == 3
    assert few.categories != other.categories and len(world.categories["food"]) == 20
    documents = [d for _, d in zip(range(500), few.documents(0, kinds=["labelling"]), strict=False)]
    audit = Audit(world)
    assert not [v for d in documents for v in audit.violations(d)], "what is withheld stays withheld"
    assert max(d.text.count(f" {d.text.split()[1]} ->") for d in documents) > 2, "things come again"


def test_the_drill_asks_for_every_key_and_leaves_the_other_kinds_as_they_are():
    world = World.default()
    drill = module._Lookups(world)
    documents = [d for _, d in zip(range(1000), drill.documents(0, kinds=["repeat", "reading"]), strict=False)]
    tables = [d.text for d in documents if d.kind == "recall"]
    assert 600 < len(tables) < 800 and {d.kind for d in documents} == {"recall", "repeat", "reading"}
    for text in tables:
        shown, asked = text.removeprefix("Codes: ").removesuffix(".").split(". Look up: ")
        rows = shown.split(", ")
        assert sorted(rows) == sorted(asked.split(", ")) and len({row.split()[0] for row in rows}) == len(rows) >= 2
    assert tables[0] != next(t.text for t in drill.documents(1, kinds=["repeat"]) if t.kind == "recall")
    audit = Audit(world)
    assert not [v for d in documents for v in audit.violations(d)], "what is withheld stays withheld"


def test_labels_are_not_asked_for_where_a_labelling_first_names_them():
    import random

    from fmcourse.training.batches import causal_batch
    from fmcourse.world.tables import LABELS

    def batch():
        return causal_batch(World.default(), tokenizer, 5, 61, 0, 0, kinds=["labelling", "translation"])

    tokenizer = shipped_tokenizer()
    before, after = batch(), module._without_introductions(batch(), tokenizer, random.Random(0), share=1.0)
    assert torch.equal(before["input_ids"], after["input_ids"])
    gone = (before["labels"] != after["labels"]).nonzero().tolist()
    expected = []
    for row, ids in enumerate(before["input_ids"].tolist()):
        starts = [i for i, token in enumerate(ids) if token == tokenizer.bos_token_id] + [len(ids)]
        for start, end in zip(starts, starts[1:], strict=False):
            words = [tokenizer.decode([token]).strip() for token in ids[start:end]]
            if words[1] == "Sort":
                expected += sorted([row, start + words.index(name)] for name in set(words) & set(LABELS))
    assert gone == expected and len(gone) >= 8
    untouched = module._without_introductions(batch(), tokenizer, random.Random(0), share=0.0)
    assert torch.equal(before["labels"], untouched["labels"])


@pytest.mark.parametrize("name", SPECS)
def test_every_stage_makes_batches_with_something_to_predict(name):
    for stage in SPECS[name].stages:
        batch = stage.batch(World.default(), shipped_tokenizer(), 0, 6)
        assert (batch["labels"] != -100).sum() > 100 and batch["input_ids"].shape[0] >= 12


def test_names_are_hidden_more_often_in_the_last_stage_of_the_encoder():
    tokenizer = shipped_tokenizer()
    people = {i for name in World.default().people for i in tokenizer.encode(name, add_special_tokens=False)}
    labels = SPECS["world-bert"].stages[-1].batch(World.default(), tokenizer, 0, 6)["labels"]
    share = sum(i in people for i in labels[labels != -100].tolist()) / (labels != -100).sum()
    assert share > 0.25, f"about every ninth word is a name; {share:.2f} of the hidden ones are"


def test_an_unknown_name_is_answered_with_the_names_there_are(tmp_path, capsys):
    with pytest.raises(ValueError, match="no recipe is called 'world-gtp'; there are world-gpt, world-bert, world-t5"):
        pretrain("world-gtp", out=tmp_path)
    assert main("world-gtp", out=tmp_path) == 2
    assert "world-gtp" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_the_command_ends_with_130_after_ctrl_c_and_says_where_it_goes_on(tmp_path, quick, monkeypatch, capsys):
    stop_after(monkeypatch, 0)
    assert main("world-gpt", out=tmp_path / "made") == 130
    said = capsys.readouterr().err
    assert "stopped at step 0" in said and "world-gpt-stage-1.safetensors is kept" in said
