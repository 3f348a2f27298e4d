"""`fmcourse pretrain scene-...`: three steps write a folder that opens, a stopped run goes on, and the card is counted.

The networks and the numbers of items are small here; the recipes are not run.
"""

import json
from dataclasses import replace
from functools import partial

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

import fmcourse
from fmcourse.cli import app
from fmcourse.making import scenes as module
from fmcourse.making import vision_results
from fmcourse.making.learners import Drawer, QuestionReader
from fmcourse.making.looks import Curve
from fmcourse.making.pretrain import main
from fmcourse.making.scene_cards import card_text, row
from fmcourse.making.scenes import SPECS, pretrain
from fmcourse.models.catalogue import SCENES
from fmcourse.models.files import check_digests
from fmcourse.training.fit import Interrupted

FILES = {"config.json", "model.safetensors", "words.json", "training.json", "README.md", "SHA256SUMS"}


def small(learner):
    if isinstance(learner, Drawer):
        return replace(learner, width=16, depth=1, heads=2, stock=min(learner.stock, 20))
    eyes = {"begins": None} if isinstance(learner, QuestionReader) else {}  # the shipped ones are larger
    return replace(learner, depth=1, width=24, layers=1, heads=3, patch=8, **eyes)


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Small networks and few items, looks after one and two steps, the checkpoint in a folder of the test's own."""
    monkeypatch.setattr(module, "course_root", lambda: tmp_path)
    monkeypatch.setattr(module, "CURVE", (1, 2))
    for name, spec in SPECS.items():
        few = {"results": partial(spec.results, n=12), "curve": partial(spec.curve, n=12)}
        if isinstance(spec.learner, Drawer):
            few["results"] = lambda loaded: {"one": row((3, 4), legal=0.5)}
        monkeypatch.setitem(SPECS, name, replace(spec, rows=6, learner=small(spec.learner), **few))
    monkeypatch.setattr(vision_results, "_retrieval", lambda *args: {"caption": ((3.0, 5), (5.0, 5))})
    monkeypatch.setattr(vision_results, "_excess", lambda *args: {"value": 1.25, "error": 0.5, "n": 8})


def stop_at(monkeypatch, name: str, step: int) -> list[int]:
    """Ctrl-C when the batch of this step is asked for; lists what was asked."""
    made, asked = type(SPECS[name].learner).batch, []

    def batch(self, network, seed, now, rows):
        asked.append(now)
        if now == step:
            raise KeyboardInterrupt
        return made(self, network, seed, now, rows)

    monkeypatch.setattr(type(SPECS[name].learner), "batch", batch)
    return asked


@pytest.mark.parametrize("name", list(SPECS))
def test_three_steps_write_a_folder_that_opens(name, quick, tmp_path):
    out = pretrain(name, tmp_path / name, steps=3, progress=False)
    assert {p.name for p in out.iterdir()} == FILES
    check_digests(out)
    again = fmcourse.load(name, source=out)
    kind = getattr(SPECS[name].learner, "kind", "patch-transformer")
    assert again.model.config()["model_type"] == kind and not again.model.training
    assert list(again.tokenizer.words) == list(SPECS[name].learner.words)
    assert all(p.dtype == torch.float32 for p in again.model.parameters())
    card = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert card["parameters"] == sum(p.numel() for p in again.model.parameters())
    assert card["recipe"]["rows"] == 6 and card["recipe"]["steps"] == 3 and len(card["loss"]) == 3
    assert [look["step"] for look in card["curve"]] == [1, 2, 3] and len(card["curve"][0]) > 3
    assert all(0 <= share <= 1 for look in card["curve"] for what, share in look.items() if what != "step")
    text = (out / "README.md").read_text(encoding="utf-8")
    for what, found in card["results"].items():
        assert f"| {what} | " in text
        assert "value" in found or 0 <= found["low"] <= found["right"] <= found["high"] <= 1
    assert not list((tmp_path / "build").rglob("*.*")), "a finished run leaves nothing behind"
    twice = pretrain(name, tmp_path / "twice", steps=3, progress=False)
    assert (twice / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()


@pytest.mark.parametrize("name", ["scene-diffusion", "scene-clip"])
def test_a_stopped_run_goes_on_to_the_same_weights_and_the_same_curve(name, quick, tmp_path, monkeypatch):
    whole = pretrain(name, tmp_path / "whole", steps=4, progress=False)
    with monkeypatch.context() as patch:
        stop_at(patch, name, 2)
        with pytest.raises(Interrupted):
            pretrain(name, tmp_path / "made", steps=4, progress=False)
    with pytest.raises(ValueError, match="another recipe; delete it, or call with --fresh"):
        pretrain(name, tmp_path / "made", steps=5, progress=False)
    asked = stop_at(monkeypatch, name, 99)
    made = pretrain(name, tmp_path / "made", steps=4, progress=False)
    assert asked == [2, 3]
    expected = load_file(whole / "model.safetensors")
    for label, tensor in load_file(made / "model.safetensors").items():
        torch.testing.assert_close(tensor, expected[label], atol=1e-5, rtol=1e-3)
    cards = [json.loads((folder / "training.json").read_text(encoding="utf-8")) for folder in (made, whole)]
    assert cards[0]["curve"] == cards[1]["curve"]


def test_fresh_drops_what_an_interrupted_run_left(quick, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, "scene-clip", 1)
        assert main("scene-clip", tmp_path / "made", steps=3) == 130
    asked = stop_at(monkeypatch, "scene-clip", 99)
    assert main("scene-clip", tmp_path / "made", fresh=True, steps=2) == 0 and asked == [0, 1]


def test_measuring_again_keeps_the_weights_and_how_they_were_made(quick, tmp_path, monkeypatch, capsys):
    assert main("scene-clip", tmp_path / "none", again=True) == 2
    assert "there is no scene-clip in" in capsys.readouterr().err
    out = pretrain("scene-clip", tmp_path / "made", steps=1, progress=False)
    before = json.loads((out / "training.json").read_text(encoding="utf-8"))
    monkeypatch.setitem(SPECS, "scene-clip", replace(SPECS["scene-clip"], results=lambda loaded: {"x": row((1, 2))}))
    assert main("scene-clip", out, again=True) == 0
    after = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert after == {**before, "results": {"x": row((1, 2))}}
    check_digests(out)


def test_a_second_try_is_told_as_one(quick, tmp_path):
    out = pretrain("scene-clip", tmp_path / "made", steps=1, progress=False)
    first = json.loads((out / "training.json").read_text(encoding="utf-8"))
    pretrain("scene-clip", out, steps=2, progress=False)
    pretrain("scene-clip", out, steps=2, progress=False)  # the same again is no other
    card = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert card["earlier"] == [{"recipe": first["recipe"], "results": first["results"]}]
    assert "An earlier run (steps 1) measured: one of 36 classes, seen " in (out / "README.md").read_text(
        encoding="utf-8"
    )
    check_digests(out)


def test_names_and_options_that_cannot_be_are_answered_with_a_sentence(quick, tmp_path, capsys):
    assert main("scene-clap", tmp_path / "made") == 2
    said = capsys.readouterr().err
    assert "no recipe is called 'scene-clap'; there are world-gpt, world-bert, world-t5, scene-diffusion" in said
    assert main("scene-clip", steps=3) == 2 and "with --out" in capsys.readouterr().err
    assert main("scene-clip", tmp_path / "made", steps=0) == 2
    assert main("scene-clip", tmp_path / "made", steps=1, device="abacus") == 2
    assert "abacus" in capsys.readouterr().err and not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="no recipe is called 'scene-clap'; there are scene-diffusion"):
        pretrain("scene-clap", tmp_path / "made")


def test_the_command_trains_and_its_help_names_every_recipe(quick, tmp_path):
    done = CliRunner().invoke(app, ["pretrain", "scene-clip", "--out", str(tmp_path / "made"), "--steps", "1"])
    assert done.exit_code == 0 and {p.name for p in (tmp_path / "made").iterdir()} == FILES
    told = CliRunner().invoke(app, ["pretrain", "--help"], env={"COLUMNS": "300"}).output
    assert all(name in told for name in SPECS)


def test_every_recipe_is_a_name_that_load_knows_and_small_enough_to_ship():
    assert set(SPECS) <= set(SCENES)
    for name, spec in SPECS.items():
        assert 2 * sum(p.numel() for p in spec.learner.network().parameters()) < 3e6, name


def test_a_drawn_batch_is_what_it_was_when_the_shipped_model_learned_from_it():
    """The recipe of scene-diffusion: its batches and its first weights stay what they are."""
    spec = SPECS["scene-diffusion"]
    batch = spec.learner.batch(None, spec.seed, 7, 4)
    assert spec.recipe == {
        "form": "image", "steps": 7500, "rows": 64, "lr": 0.02, "lr_adam": 0.003, "seed": 0, "width": 96, "depth": 6,
        "heads": 3, "stock": 0, "late": 2900,
    }  # fmt: skip
    assert batch["patches"].shape == (4, 64, 48) and batch["time"].shape == (4,)
    assert round(batch["patches"].mean().item(), 4) == 0.6578 and round(batch["time"].mean().item(), 4) == 0.5723


def test_late_in_training_times_move_towards_the_clean_picture():
    learner = Drawer("image", late=10)
    early, late, never = (drawer.batch(None, 0, step, 64) for drawer, step in
                          ((learner, 9), (learner, 10), (Drawer("image"), 10)))  # fmt: skip
    assert torch.equal(late["patches"], never["patches"]) and torch.equal(late["noise"], never["noise"])
    assert bool((late["time"] < never["time"]).all()), "the same draws, moved half as far"
    assert early["time"].median() > 0.65 > late["time"].median() > 0.5


def test_a_stock_is_always_the_same_and_each_step_draws_its_own_from_it():
    learner = Drawer("sound", stock=5)
    one, again, other = (learner.batch(None, 0, step, 40) for step in (3, 3, 4))
    assert all(torch.equal(one[part], again[part]) for part in one) and not torch.equal(one["words"], other["words"])
    kinds = [{tuple(row) for row in batch["patches"][:, 20].tolist()} for batch in (one, other)]
    assert len(kinds[0]) == 5 and kinds[0] == kinds[1], "forty rows of five examples"
    assert not torch.equal(learner.batch(None, 1, 3, 40)["patches"], one["patches"])


def test_a_curve_keeps_its_looks_in_order(tmp_path):
    curve = Curve(tmp_path / "deep" / "curve.json")
    assert curve.points() == []
    for step, share in ((50, 0.1), (100, 0.4), (200, 0.5), (100, 0.3)):
        curve.add(step, {"right": share})
    assert curve.points() == [{"step": 50, "right": 0.1}, {"step": 100, "right": 0.3}]
    curve.forget()
    assert curve.points() == []


def test_a_row_holds_its_rivals_and_the_card_says_them():
    found = row((45.0, 50), bag_of_words=(25.0, 50))
    assert found["right"] == 0.9 and found["beside"] == {"bag of words": 0.5} and found["low"] < 0.9 < found["high"]
    results = {"a": found, "b": row((45, 50), legal=0.98), "c": {"value": 0.25, "error": 0.125, "n": 8}}
    card = {"name": "x", "parameters": 1000, "seconds": 120, "threads": 2, "results": results,
            "recipe": {"steps": 3000, "rows": 8, "seed": 0}}  # fmt: skip
    text = card_text(card, "draws", "A note.")
    assert "| bag of words 0.500 | 50 |" in text and "| legal 0.980 | 50 |" in text and "0.250 ± 0.125" in text
    assert "in 2 minutes with 2 threads: 3,000 steps of 8 examples" in text and "\nA note.\n" in text


def test_retrieval_and_floor_are_measured():
    """Of a network that has learned nothing, with the bag of words and the floor beside it."""
    from fmcourse.vision.scores import score_of

    torch.manual_seed(0)
    towers = small(SPECS["scene-clip"].learner).network().eval()
    found = vision_results._retrieval(score_of(towers), "seen", 1)
    assert found["caption"][0][1] == found["picture"][1][1] == 100
    assert found["caption"][0][0] < 20 and found["caption"][1][0] > 95
    assert vision_results._excess(towers, batches=2, rows=24)["value"] > 0.5
