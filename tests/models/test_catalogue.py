"""`fmcourse.load` for every kind of model: those of the scenes too, by name and from a folder, and what is refused.

The networks are tiny and untrained; that the shipped ones open is tested where they are made.
"""

import json

import pytest
import torch
from safetensors.torch import save_file

import fmcourse
from fmcourse.models import catalogue, loading
from fmcourse.models.catalogue import OURS, PATCHES, SCENES, load
from fmcourse.models.files import SHIPPED, ModelProblem, write_digests
from fmcourse.models.patch_transformer import PatchTransformer, Shape
from fmcourse.models.picture_text import MODELS, PictureTextShape
from fmcourse.models.vit import ViTShape

WORDS = ["a", "red", "ring"]


def network(kind):
    torch.manual_seed(1)
    if kind == PATCHES:
        return PatchTransformer(Shape(4, 3, len(WORDS) + 1, 5, width=8, depth=1, heads=2, grid=(2, 2)))
    return MODELS[kind](PictureTextShape(len(WORDS), 5, 1, 6, ViTShape(patch=16, width=8, depth=1, heads=2)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Writes a model of a kind as data/models/NAME of a course of the test's own; returns its folder."""
    monkeypatch.setattr(catalogue, "data_dir", lambda: tmp_path)

    def write(kind, name="scene-clip"):
        out = tmp_path / "models" / name
        out.mkdir(parents=True)
        save_file({k: v.half().contiguous() for k, v in network(kind).state_dict().items()}, out / "model.safetensors")
        for file, content in (("config", network(kind).config()), ("words", WORDS), ("training", {"form": "image"})):
            (out / f"{file}.json").write_text(json.dumps(content), encoding="utf-8")
        (out / "README.md").write_text("# A card", encoding="utf-8")
        write_digests(out)
        return out

    return write


def test_the_kinds_that_load_knows_are_those_there_are():
    assert set(OURS) == {PATCHES, *MODELS} and not set(SHIPPED) & set(SCENES)
    assert fmcourse.load is load is fmcourse.models.load


@pytest.mark.parametrize("kind", OURS)
def test_each_kind_opens_by_name_and_from_a_folder(kind, folder):
    out, made = folder(kind), network(kind)
    for loaded in (load("scene-clip"), load("scene-clip", source=out), load("scene-clip", source=out.parent)):
        model, words, card = loaded
        assert type(model) is type(made) and model.config() == made.config() and not model.training
        assert (
            words.words == tuple(WORDS) and len(words) == 4 and card["form"] == "image" and card["text"] == "# A card"
        )
        for (name, a), (_, b) in zip(model.named_parameters(), made.named_parameters(), strict=True):
            assert a.dtype == torch.float32 and torch.equal(a, b.half().float()), name


def test_a_model_of_texts_opens_as_before():
    one, other = load("world-gpt"), loading.load("world-gpt")
    assert type(one.model) is type(other.model) and one.card == other.card and one.name == "world-gpt"


def test_what_cannot_be_opened_is_told_in_a_sentence(folder):
    with pytest.raises(ModelProblem, match="no shipped model is called 'scene-clap'. Did you mean 'scene-clip'"):
        load("scene-clap")
    with pytest.raises(
        ModelProblem, match="scene-sound is missing from data/models. `fmcourse pretrain scene-sound` makes"
    ):
        load("scene-sound")
    out = folder("captioner", "scene-captioner")
    (out / "words.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelProblem, match="words.json is damaged"):
        load("scene-captioner")
    (out / "model.safetensors").write_bytes(b"short")
    with pytest.raises(ModelProblem, match="scene-captioner: it cannot be opened"):
        load("scene-captioner", source=out)
