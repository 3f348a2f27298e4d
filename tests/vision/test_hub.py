"""A CLIP of real classes, tiny and random, from a folder and from a small hub on this machine."""

import shutil

import numpy as np
import pytest
import torch

from fmcourse.models.files import ModelProblem
from fmcourse.vision.hub import which_caption
from tests.harness.small_hub import SmallHub
from tests.harness.tiny_clip import tokenizer

NAME = "course/tiny-clip"
TEXTS = ["a red ring", "a blue star", "a thing"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A CLIP with some thousand weights, as `save_pretrained` writes it."""
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("clip")
    words = tokenizer(made)
    size = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = CLIPConfig(
        text_config={**size, "vocab_size": len(words), "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1},
        vision_config={**size, "image_size": 30, "patch_size": 6},
        projection_dim=16,
    )
    CLIPModel(config).save_pretrained(made / "model")
    CLIPProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}),
        tokenizer=words,
    ).save_pretrained(made / "model")
    return made / "model"


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).random((32, 32, 3))


def test_from_a_folder(folder, picture):
    fits = which_caption(folder, picture, TEXTS)
    assert list(fits) == TEXTS and abs(sum(fits.values()) - 1) < 1e-5 and all(0 < p < 1 for p in fits.values())
    assert fits != which_caption(folder, 1 - picture, TEXTS)  # the picture counts


def test_it_is_what_the_parts_give(folder, picture):
    """The same as by hand: pixels from 0 to 255, normalised as the processor says, and the model's own logits."""
    from transformers import CLIPModel, CLIPTokenizer
    from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

    square = np.random.default_rng(1).integers(0, 256, (30, 30, 3))  # of the model's own size: nothing is resized
    pixels = torch.tensor((square / 255 - OPENAI_CLIP_MEAN) / OPENAI_CLIP_STD).permute(2, 0, 1)[None].float()
    words = CLIPTokenizer.from_pretrained(folder)(TEXTS, return_tensors="pt", padding=True)
    with torch.no_grad():
        fit = CLIPModel.from_pretrained(folder)(pixel_values=pixels, **words).logits_per_image.softmax(-1)[0]
    assert list(which_caption(folder, square / 255, TEXTS).values()) == pytest.approx(fit.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"picture": np.zeros((32, 32))}, "height, width, 3"),
        ({"picture": np.full((4, 4, 3), np.nan)}, "finite"),
        ({"texts": []}, "at least one"),
        ({"texts": "a ring"}, "list of captions"),
        ({"texts": ["a ring", "a ring"]}, "twice"),
    ],
)
def test_bad_input_gets_a_sentence(change, words):
    with pytest.raises(ValueError, match=words):
        which_caption(**{"name": "nobody/asks", "picture": np.zeros((8, 8, 3)), "texts": TEXTS, **change})


def test_a_text_too_long_is_cut(folder, picture):
    assert len(which_caption(folder, picture, [*TEXTS, "a ring and " * 60])) == 4


def test_from_a_hub_and_nothing_pickled(folder, picture, tmp_path, monkeypatch):
    files = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert any(name.endswith(".safetensors") for name in files)
    refused = {"pytorch_model.bin": b"a pickle", "modeling.py": b"code", "onnx/model.safetensors": b"of another"}
    only_pickled = {name: content for name, content in files.items() if not name.endswith(".safetensors")}
    hub = SmallHub({NAME: {**files, **refused}, "course/pickled": {**only_pickled, **refused}})
    hub.ask_here(monkeypatch, tmp_path / "cache")
    try:
        assert which_caption(NAME, picture, TEXTS) == which_caption(folder, picture, TEXTS)
        assert not any(hub.gets(name) for name in refused)
        with pytest.raises(ModelProblem, match="knows no public model 'course/unknown'"):
            which_caption("course/unknown", picture, TEXTS)
        with pytest.raises(ModelProblem, match="has only pickled weights") as e:
            which_caption("course/pickled", picture, TEXTS)
        assert "\n" not in str(e.value)
    finally:
        hub.close()
    with pytest.raises(ModelProblem, match="the Hub cannot be reached .* and course/other is not complete"):
        which_caption("course/other", picture, TEXTS)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda made: shutil.rmtree(made), "FileNotFoundError"),
        (lambda made: (made / "tokenizer.json").unlink(), "neither tokenizer.json nor vocab.json"),
        (lambda made: (made / "model.safetensors").unlink(), "safetensors"),
        (lambda made: (made / "config.json").write_text('{"model_type": "bert"}'), "tells of a 'bert'"),
        (lambda made: without_some(made / "model.safetensors"), "2 of its tensors are missing"),
    ],
)
def test_a_folder_that_lacks_something(folder, picture, tmp_path, damage, words):
    made = tmp_path / "clip"
    shutil.copytree(folder, made)
    damage(made)
    made.mkdir(exist_ok=True)
    with pytest.raises(ModelProblem, match="cannot be opened as a CLIP") as e:
        which_caption(made, picture, TEXTS)
    assert words in str(e.value) and "\n" not in str(e.value)


def without_some(file):
    from safetensors.torch import load_file, save_file

    kept = {name: weight for name, weight in load_file(file).items() if "projection" not in name}
    save_file(kept, file, {"format": "pt"})
