"""A Whisper of the real class, tiny and random, from a folder and from a small hub on this machine."""

import json

import numpy as np
import pytest
import torch

from fmcourse.generation.hub import speech_to_text
from fmcourse.models.files import ModelProblem
from tests.harness.small_hub import SmallHub

NAME = "course/tiny-ear"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Some thousand weights and a tokenizer of single bytes, as `save_pretrained` writes them."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import (
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizer,
    )

    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("ear")
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>", "<|0.00|>"]
    vocab = {letter: i for i, letter in enumerate([*sorted(ByteLevel.alphabet()), *special])}
    (made / "vocab.json").write_text(json.dumps(vocab))
    (made / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = WhisperTokenizer(str(made / "vocab.json"), str(made / "merges.txt"), errors="replace")
    tokenizer.add_special_tokens({"additional_special_tokens": special[1:]})
    end = vocab["<|endoftext|>"]
    config = WhisperConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=8, max_source_positions=50,
        max_target_positions=40, pad_token_id=end, bos_token_id=end, eos_token_id=end,
        decoder_start_token_id=vocab["<|startoftranscript|>"],
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    model.generation_config.max_length = 12
    model.generation_config.no_timestamps_token_id = vocab["<|notimestamps|>"]
    for part in (model, tokenizer, WhisperFeatureExtractor(feature_size=8, chunk_length=1)):
        part.save_pretrained(made / "model")
    return made / "model"


def heard(recogniser):
    sound = np.sin(np.arange(recogniser.feature_extractor.sampling_rate) / 9).astype(np.float32)
    return recogniser(sound)["text"]


def test_from_a_folder(folder):
    assert isinstance(heard(speech_to_text(folder)), str)


def test_from_a_hub_and_nothing_pickled(folder, tmp_path, monkeypatch):
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert any(name.endswith(".safetensors") for name in files)
    only = {name: content for name, content in files.items() if not name.endswith(".safetensors")}
    pickled = {"pytorch_model.bin": b"a pickle"}
    hub = SmallHub({NAME: {**files, **pickled}, "course/pickled": {**only, **pickled}})
    hub.ask_here(monkeypatch, tmp_path / "cache")
    try:
        assert heard(speech_to_text(NAME)) == heard(speech_to_text(folder))
        assert not any(hub.gets(name) for name in pickled)
        with pytest.raises(ModelProblem, match="knows no public model 'course/unknown'"):
            speech_to_text("course/unknown")
        with pytest.raises(ModelProblem, match="has only pickled weights") as e:
            speech_to_text("course/pickled")
        assert "\n" not in str(e.value)
    finally:
        hub.close()
    with pytest.raises(ModelProblem, match="the Hub cannot be reached .* and course/other is not complete"):
        speech_to_text("course/other")


def test_an_empty_folder(tmp_path):
    with pytest.raises(ModelProblem, match="cannot be opened as a pipeline"):
        speech_to_text(tmp_path)
