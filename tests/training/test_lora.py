"""LoRA by hand against peft: same weights, same outputs, the same file; merging and taking out; bad input."""

import copy
import json

import pytest
import torch
from torch import nn

from fmcourse.training.lora import LoRA, add_lora, corrections, load_adapter, merge_lora, save_adapter, unmerge_lora
from tests.harness.tiny import decoder

IDS = torch.randint(6, 300, (3, 17), generator=torch.Generator().manual_seed(1))


def _adapted(kind="llama", rank=3, targets=("q_proj", "v_proj"), alpha=7.0):
    """A tiny model with corrections that are not zero."""
    generator = torch.Generator().manual_seed(2)
    model = add_lora(copy.deepcopy(decoder(kind)), rank, targets, alpha=alpha, generator=generator)
    with torch.no_grad():
        for _, lora in corrections(model):
            lora.lora_B.copy_(torch.randn(lora.lora_B.shape, generator=generator) * 0.3)
    return model


@torch.no_grad()
def _logits(model):
    return model(input_ids=IDS).logits


@pytest.mark.parametrize(
    "kind, targets, rank, alpha",
    [
        ("llama", ("q_proj", "v_proj"), 3, 7.0),
        ("llama", ("gate_proj", "down_proj", "o_proj"), 5, 8.0),
        ("gpt2", ("c_attn",), 3, 16.0),
        ("gpt2", ("c_attn", "c_proj"), 2, 5.0),
    ],
)
def test_equal_to_peft_for_the_same_weights(kind, targets, rank, alpha):
    from peft import LoraConfig, get_peft_model

    ours = _adapted(kind, rank, targets, alpha)
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(targets), fan_in_fan_out=kind == "gpt2")
    theirs = get_peft_model(copy.deepcopy(decoder(kind)), config).eval()
    modules = dict(theirs.base_model.model.named_modules())
    found = dict(corrections(ours))
    adapted = [m for m in modules.values() if isinstance(getattr(m, "lora_A", None), nn.ModuleDict)]
    assert found and len(adapted) == len(found)
    with torch.no_grad():
        for name, lora in found.items():
            modules[name].lora_A["default"].weight.copy_(lora.lora_A)
            modules[name].lora_B["default"].weight.copy_(lora.lora_B)
    assert (_logits(ours) - _logits(decoder(kind))).abs().max() > 0.1  # the corrections do something
    torch.testing.assert_close(_logits(ours), _logits(theirs), rtol=0, atol=1e-5)
    trained = sum(p.numel() for p in theirs.parameters() if p.requires_grad)
    assert sum(p.numel() for p in ours.parameters() if p.requires_grad) == trained
    torch.testing.assert_close(_logits(merge_lora(ours)), _logits(theirs.merge_and_unload()), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind, targets", [("llama", ("q_proj", "down_proj")), ("gpt2", ("c_attn",))])
def test_merge_and_unmerge(kind, targets):
    model, plain = _adapted(kind, 3, targets), decoder(kind)
    names = list(dict(corrections(model)))
    before, weight = _logits(model), {n: plain.get_submodule(n).weight.clone() for n in names}
    assert merge_lora(model) is model
    assert not list(corrections(model)) and set(model.state_dict()) == set(plain.state_dict())
    torch.testing.assert_close(_logits(model), before, rtol=0, atol=1e-5)
    assert all((model.get_submodule(n).weight - weight[n]).abs().max() > 0.01 for n in names)
    unmerge_lora(model)
    for name, lora in corrections(model):
        torch.testing.assert_close(lora.base_layer.weight, weight[name], rtol=0, atol=1e-6)
    torch.testing.assert_close(_logits(model), before, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="nothing was merged"):
        unmerge_lora(model)


def test_nothing_changes_before_the_first_step_and_only_corrections_learn():
    model = add_lora(copy.deepcopy(decoder("llama")), 3, ("q_proj",))
    assert torch.equal(_logits(model), _logits(decoder("llama")))
    model(input_ids=IDS, labels=IDS).loss.backward()
    with_gradient = {n for n, p in model.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}
    assert with_gradient and all(n.endswith("lora_B") for n in with_gradient)  # A waits until B has moved
    assert {n.rsplit(".", 1)[-1] for n, p in model.named_parameters() if p.requires_grad} == {"lora_A", "lora_B"}


def test_the_change_has_the_rank_it_says():
    for _, lora in corrections(_adapted(rank=3)):
        assert torch.linalg.matrix_rank(lora.change) == 3 and lora.change.shape == lora.base_layer.weight.shape


def test_the_adapter_alone_is_read_by_peft_and_by_us(tmp_path):
    from peft import PeftModel
    from safetensors.torch import load_file

    model = _adapted()
    save_adapter(model, tmp_path / "mine")
    assert set(load_file(tmp_path / "mine" / "adapter_model.safetensors")) == {
        f"base_model.model.{n}.lora_{p}.weight" for n, _ in corrections(model) for p in "AB"
    }
    theirs = PeftModel.from_pretrained(copy.deepcopy(decoder("llama")), tmp_path / "mine").eval()
    torch.testing.assert_close(_logits(theirs), _logits(model), rtol=0, atol=1e-6)
    again = load_adapter(copy.deepcopy(decoder("llama")), tmp_path / "mine")
    assert torch.equal(_logits(again), _logits(model))
    with pytest.raises(ValueError, match="no matrix|another model"):
        load_adapter(copy.deepcopy(decoder("gpt2")), tmp_path / "mine")
    with pytest.raises(ValueError, match="adapter_model.safetensors is missing"):
        load_adapter(copy.deepcopy(decoder("llama")), tmp_path)


def test_a_merged_model_is_a_hugging_face_folder(tmp_path):
    from transformers import AutoModelForCausalLM

    model = merge_lora(_adapted())
    model.save_pretrained(tmp_path)
    assert not (tmp_path / "adapter_config.json").exists() and json.loads((tmp_path / "config.json").read_text())
    torch.testing.assert_close(_logits(AutoModelForCausalLM.from_pretrained(tmp_path).eval()), _logits(model))


@pytest.mark.parametrize(
    "rank, targets, says",
    [
        (0, ("q_proj",), "between 1 and 32"),
        (33, ("q_proj",), "between 1 and 32"),
        (3, ("query",), "there are .*q_proj"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(rank, targets, says):
    model = copy.deepcopy(decoder("llama"))
    with pytest.raises(ValueError, match=says):
        add_lora(model, rank, targets)
    assert not list(corrections(model)) and all(p.requires_grad for p in model.parameters())


def test_once_is_enough():
    model = _adapted()
    with pytest.raises(ValueError, match="already"):
        add_lora(model, 3)
    with pytest.raises(ValueError, match="no LoRA corrections"):
        merge_lora(copy.deepcopy(decoder("llama")))
    assert isinstance(next(corrections(model))[1], LoRA)
