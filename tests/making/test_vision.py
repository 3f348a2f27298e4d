"""`fmcourse pretrain scene-clip` and its like: three steps write a folder that opens, and what is measured is counted.

The networks and the numbers of items are small here; the recipes are not run.
"""

import json
from dataclasses import replace

import pytest
import torch

from fmcourse.making import vision as module
from fmcourse.making import vision_results
from fmcourse.making.vision import SPECS, opened, pretrain
from fmcourse.models.files import check_digests


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Small networks and few items, and the checkpoint in a folder of the test's own."""
    monkeypatch.setattr(module, "course_root", lambda: tmp_path)
    for name, spec in SPECS.items():
        measured = spec.results
        small = replace(
            spec,
            rows=6,
            depth=1,
            width=24,
            layers=1,
            heads=3,
            patch=8,
            results=lambda loaded, m=measured: m(loaded, 12),
        )
        monkeypatch.setitem(SPECS, name, small)
    monkeypatch.setattr(vision_results, "_retrieval", lambda *args: {"caption": ((3.0, 5), (5.0, 5))})
    monkeypatch.setattr(vision_results, "_excess", lambda *args: {"value": 1.25, "error": 0.5, "n": 8})


@pytest.mark.parametrize("name", list(SPECS))
def test_three_steps_write_a_folder_that_opens(name, quick, tmp_path):
    out = pretrain(name, tmp_path / name, steps=3, progress=False)
    assert {p.name for p in out.iterdir()} == {
        "config.json", "model.safetensors", "words.json", "training.json", "README.md", "SHA256SUMS",
    }  # fmt: skip
    check_digests(out)
    again = opened(out, name)
    assert again.model.config()["model_type"] == SPECS[name].kind and not again.model.training
    assert all(p.dtype == torch.float32 for p in again.model.parameters())
    card = json.loads((out / "training.json").read_text())
    assert card["parameters"] == sum(p.numel() for p in again.model.parameters()) and card["recipe"]["rows"] == 6
    text = (out / "README.md").read_text()
    for what, found in card["results"].items():
        assert f"| {what} | " in text
        assert "value" in found or 0 <= found["low"] <= found["right"] <= found["high"] <= 1
    twice = pretrain(name, tmp_path / "twice", steps=3, progress=False)
    assert (twice / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()


def test_models_are_small_enough_to_ship():
    for name, spec in SPECS.items():
        assert 2 * sum(p.numel() for p in spec.network().parameters()) < 3e6, name


def test_a_row_holds_its_rivals():
    found = vision_results.row((45.0, 50), bag_of_words=(25.0, 50))
    assert found["right"] == 0.9 and found["beside"] == {"bag of words": 0.5} and found["low"] < 0.9 < found["high"]


def test_retrieval_and_floor_are_measured():
    """Of a network that has learned nothing, with the bag of words and the floor beside it."""
    from fmcourse.vision.scores import score_of

    torch.manual_seed(0)
    towers = replace(SPECS["scene-clip"], depth=1, width=24, layers=1, heads=3, patch=8).network().eval()
    found = vision_results._retrieval(score_of(towers), "seen", 1)
    assert found["caption"][0][1] == found["picture"][1][1] == 100
    assert found["caption"][0][0] < 20 and found["caption"][1][0] > 95
    assert vision_results._excess(towers, batches=2, rows=24)["value"] > 0.5
