"""A text-to-image pipeline of real classes, tiny and random, from a folder and from a small hub on this machine."""

import pytest
import torch

from fmcourse.generation.hub import text_to_image
from fmcourse.models.files import ModelProblem
from tests.harness.small_hub import SmallHub
from tests.harness.tiny_clip import tokenizer

NAME = "course/tiny-painter"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The parts of the first Stable Diffusion, some thousand weights each, as `save_pretrained` writes them."""
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("painter")
    words = tokenizer(made)
    text = CLIPTextConfig(vocab_size=len(words), hidden_size=32, intermediate_size=37, num_hidden_layers=2,
                          num_attention_heads=4, bos_token_id=0, eos_token_id=1)  # fmt: skip
    sizes = {"block_out_channels": (32, 64), "norm_num_groups": 32}
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL(
            down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2, **sizes
        ),
        text_encoder=CLIPTextModel(text),
        tokenizer=words,
        unet=UNet2DConditionModel(
            sample_size=16, layers_per_block=1, cross_attention_dim=32, attention_head_dim=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            **sizes,
        ),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(made / "pipeline")
    return made / "pipeline"


def drawn(pipeline):
    made = pipeline("a red ring", num_inference_steps=2, output_type="np", generator=torch.Generator().manual_seed(0))
    return made.images[0]


def test_from_a_folder(folder):
    assert drawn(text_to_image(folder)).shape == (32, 32, 3)


def test_from_a_hub_and_nothing_pickled(folder, tmp_path, monkeypatch):
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert any(name.endswith(".safetensors") for name in files)
    pickled = {"unet/diffusion_pytorch_model.bin": b"a pickle", "text_encoder/pytorch_model.bin": b"a pickle"}
    hub = SmallHub({NAME: {**files, **pickled}, "course/pickled": {"model_index.json": files["model_index.json"]}})
    hub.ask_here(monkeypatch, tmp_path / "cache")
    try:
        assert (drawn(text_to_image(NAME)) == drawn(text_to_image(folder))).all()
        assert not any(hub.gets(name) for name in pickled)
        with pytest.raises(ModelProblem, match="knows no public pipeline 'course/unknown'"):
            text_to_image("course/unknown")
        with pytest.raises(ModelProblem, match="cannot be opened as a pipeline") as e:
            text_to_image("course/pickled")
        assert "\n" not in str(e.value)
    finally:
        hub.close()
    with pytest.raises(ModelProblem, match="Skipped: course/other comes from the Hugging Face Hub"):
        text_to_image("course/other")


def test_an_empty_folder(tmp_path):
    with pytest.raises(ModelProblem, match="cannot be opened as a pipeline"):
        text_to_image(tmp_path)
