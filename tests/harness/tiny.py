"""Tiny random models with a small tokenizer: built in a second, the same each time, and good for nothing but tests."""

import functools
from pathlib import Path

import torch

from fmcourse.models.tokenizer import train_tokenizer


@functools.cache
def tokenizer():
    """Byte-level, 300 tokens: most letters are a token of their own."""
    return train_tokenizer(vocab_size=300, per_kind=20)


@functools.cache
def decoder(kind: str = "gpt2"):
    """GPT-2 or Llama with 2 layers, 32 wide, context 67; weights large enough that its answers vary."""
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "attn_implementation": "eager"}
    torch.manual_seed(3)
    if kind == "llama":
        size = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
        config = LlamaConfig(vocab_size=300, max_position_embeddings=67, initializer_range=0.3, **size, **ends)
        return LlamaForCausalLM(config).eval()
    config = GPT2Config(vocab_size=300, n_layer=2, n_embd=32, n_head=4, n_positions=67, initializer_range=0.3, **ends)
    return GPT2LMHeadModel(config).eval()


@functools.cache
def encoder_decoder(kind: str = "t5"):
    """T5 or BART, as small. T5's positions have no limit; BART ends at 67 and has habits: 4 beams, no repetition."""
    from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

    torch.manual_seed(5)
    ends = {"eos_token_id": 2, "pad_token_id": 0, "attn_implementation": "eager"}
    if kind == "t5":
        size = {"d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 2, "num_heads": 4, "initializer_factor": 5.0}
        return T5ForConditionalGeneration(
            T5Config(vocab_size=300, dropout_rate=0.0, decoder_start_token_id=0, **size, **ends)
        ).eval()
    size = {"d_model": 32, "encoder_ffn_dim": 37, "decoder_ffn_dim": 37, "encoder_layers": 2, "decoder_layers": 2}
    heads = {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "max_position_embeddings": 67}
    config = BartConfig(
        vocab_size=300, bos_token_id=1, decoder_start_token_id=2, init_std=0.3, forced_eos_token_id=None,
        **size, **heads, **ends)  # fmt: skip
    model = BartForConditionalGeneration(config).eval()
    model.generation_config.num_beams, model.generation_config.no_repeat_ngram_size = 4, 2
    return model


def save(folder: Path, model=None) -> Path:
    """Write a tiny model and the tokenizer into `folder`, as `from_pretrained` wants them."""
    (model or decoder()).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    (folder / "README.md").write_text("A tiny random model.\n", encoding="utf-8")
    return folder
