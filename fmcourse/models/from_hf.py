"""Weights from `transformers` into our own transformer: where each one goes.

GPT-2 and Llama become a `Decoder`, BERT an `Encoder`, T5 an `EncoderDecoder`. Each function builds a `Config` from
the model's configuration, and a table from our names to theirs. But: other families, and options of these that change
the computation in ways we do not have, are refused in one sentence.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fmcourse.models.attention import Attend
from fmcourse.models.config import Config
from fmcourse.models.devices import place
from fmcourse.types import Model, Net

ACTIVATION = {"gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "relu": "relu", "silu": "silu",
              "swish": "silu", "tanh": "tanh"}  # fmt: skip
Source = nn.Module | tuple[Tensor, Tensor | None]  # a part of theirs, or a weight and a shift


def decoder(cls: type[Net], hf: Model, attention: Attend) -> Net:
    """A `Decoder` with the weights of a `GPT2LMHeadModel` or a `LlamaForCausalLM`."""
    _needs(hf, "Decoder", {"gpt2": "transformer.h", "llama": "model.layers"}, head="lm_head")
    return (_gpt2 if hf.config.model_type == "gpt2" else _llama)(cls, hf, attention)


def _gpt2(cls: type[Net], hf: Model, attention: Attend) -> Net:
    c, body = hf.config, hf.transformer
    config = Config(
        vocab_size=c.vocab_size, hidden_size=c.n_embd, layers=c.n_layer, heads=c.n_head, feed_forward=c.n_inner,
        positions="learned", max_positions=c.n_positions, norm="layer", activation=_activation(c.activation_function),
        gated=False, bias=True, tied=_tied(hf), eps=c.layer_norm_epsilon,
    )  # fmt: skip
    names: dict[str, Source] = {"stack.embedding": body.wte, "stack.places": body.wpe, "stack.norm": body.ln_f}
    for i, b in enumerate(body.h):
        at = f"stack.blocks.{i}"
        for part, w, shift in zip(("query", "key", "value"), b.attn.c_attn.weight.chunk(3, dim=1),
                                  b.attn.c_attn.bias.chunk(3), strict=True):  # fmt: skip
            # two rare options change the scale of the scores, and are taken into the queries' matrix
            factor = b.attn.scaling * b.attn.head_dim**0.5 if part == "query" else 1.0
            names[f"{at}.attention.layer.{part}"] = (w.T * factor, shift * factor)
        names |= {
            f"{at}.attention.norm": b.ln_1,
            f"{at}.attention.layer.output": (b.attn.c_proj.weight.T, b.attn.c_proj.bias),
            f"{at}.feed_forward.norm": b.ln_2,
            f"{at}.feed_forward.layer.up": (b.mlp.c_fc.weight.T, b.mlp.c_fc.bias),
            f"{at}.feed_forward.layer.down": (b.mlp.c_proj.weight.T, b.mlp.c_proj.bias),
        }
    return _filled(cls(config, attention), hf, names | {"head": hf.lm_head})


def _llama(cls: type[Net], hf: Model, attention: Attend) -> Net:
    c, body = hf.config, hf.model
    rope = body.rotary_emb
    if rope.attention_scaling != 1 or rope.rope_type in ("dynamic", "longrope"):
        raise ValueError(f"rotary positions of the kind {rope.rope_type!r} are not built here; default ones are.")
    config = Config(
        vocab_size=c.vocab_size, hidden_size=c.hidden_size, layers=c.num_hidden_layers, heads=c.num_attention_heads,
        kv_heads=c.num_key_value_heads, head_size=c.head_dim, feed_forward=c.intermediate_size, positions="rotary",
        max_positions=c.max_position_embeddings, norm="rms", activation=_activation(c.hidden_act), gated=True,
        bias=bool(c.attention_bias or c.mlp_bias), tied=_tied(hf), eps=c.rms_norm_eps,
        rotary_base=c.rope_parameters["rope_theta"],
    )  # fmt: skip
    names = {"stack.embedding": body.embed_tokens, "stack.norm": body.norm, "head": hf.lm_head}
    for i, b in enumerate(body.layers):
        at = f"stack.blocks.{i}"
        names |= {
            f"{at}.attention.norm": b.input_layernorm,
            f"{at}.attention.layer.query": b.self_attn.q_proj,
            f"{at}.attention.layer.key": b.self_attn.k_proj,
            f"{at}.attention.layer.value": b.self_attn.v_proj,
            f"{at}.attention.layer.output": b.self_attn.o_proj,
            f"{at}.feed_forward.norm": b.post_attention_layernorm,
            f"{at}.feed_forward.layer.gate": b.mlp.gate_proj,
            f"{at}.feed_forward.layer.up": b.mlp.up_proj,
            f"{at}.feed_forward.layer.down": b.mlp.down_proj,
        }
    model = _filled(cls(config, attention), hf, names)
    model.stack.rotary.speeds.copy_(rope.inv_freq)  # type: ignore[union-attr, operator]  # Llama 3 slows some of them down
    return model


def encoder(cls: type[Net], hf: Model, attention: Attend) -> Net:
    """An `Encoder` with the weights of a `BertForMaskedLM`."""
    _needs(hf, "Encoder", {"bert": "bert.encoder"}, head="cls")
    if hf.config.is_decoder:
        raise ValueError("this BERT was turned into a decoder (is_decoder); ours reads in both directions.")
    c, body, top = hf.config, hf.bert, hf.cls.predictions
    config = Config(
        vocab_size=c.vocab_size, hidden_size=c.hidden_size, layers=c.num_hidden_layers, heads=c.num_attention_heads,
        feed_forward=c.intermediate_size, positions="learned", max_positions=c.max_position_embeddings, norm="layer",
        norm_first=False, activation=_activation(c.hidden_act), gated=False, bias=True, tied=_tied(hf),
        token_types=c.type_vocab_size, eps=c.layer_norm_eps,
    )  # fmt: skip
    names = {
        "stack.embedding": body.embeddings.word_embeddings,
        "stack.places": body.embeddings.position_embeddings,
        "stack.types": body.embeddings.token_type_embeddings,
        "stack.norm": body.embeddings.LayerNorm,
        "transform": top.transform.dense,
        "norm": top.transform.LayerNorm,
        "head": top.decoder,
    }
    for i, b in enumerate(body.encoder.layer):
        at = f"stack.blocks.{i}"
        names |= {
            f"{at}.attention.layer.query": b.attention.self.query,
            f"{at}.attention.layer.key": b.attention.self.key,
            f"{at}.attention.layer.value": b.attention.self.value,
            f"{at}.attention.layer.output": b.attention.output.dense,
            f"{at}.attention.norm": b.attention.output.LayerNorm,
            f"{at}.feed_forward.layer.up": b.intermediate.dense,
            f"{at}.feed_forward.layer.down": b.output.dense,
            f"{at}.feed_forward.norm": b.output.LayerNorm,
        }
    return _filled(cls(config, attention), hf, names)


def encoder_decoder(cls: type[Net], hf: Model, attention: Attend) -> Net:
    """An `EncoderDecoder` with the weights of a `T5ForConditionalGeneration`."""
    _needs(hf, "EncoderDecoder", {"t5": "encoder.block"}, head="lm_head")
    c = hf.config
    config = Config(
        vocab_size=c.vocab_size, hidden_size=c.d_model, layers=c.num_layers, decoder_layers=c.num_decoder_layers,
        heads=c.num_heads, head_size=c.d_kv, feed_forward=c.d_ff, positions="relative", norm="rms",
        activation=_activation(c.dense_act_fn), gated=c.is_gated_act, tied=_tied(hf), eps=c.layer_norm_epsilon,
        buckets=c.relative_attention_num_buckets, max_distance=c.relative_attention_max_distance,
        scale_logits=c.scale_decoder_outputs,
    )  # fmt: skip
    names = {"encoder.embedding": hf.shared, "head": hf.lm_head}
    for side, stack in (("encoder", hf.encoder), ("decoder", hf.decoder)):
        names[f"{side}.norm"] = stack.final_layer_norm
        names[f"{side}.relative.table"] = stack.block[0].layer[0].SelfAttention.relative_attention_bias
        for i, block in enumerate(stack.block):
            attentions = [("attention", block.layer[0], block.layer[0].SelfAttention)]
            if side == "decoder":
                attentions.append(("cross", block.layer[1], block.layer[1].EncDecAttention))
            for name, layer, a in attentions:
                at = f"{side}.blocks.{i}.{name}"
                names |= {f"{at}.norm": layer.layer_norm, f"{at}.layer.query": a.q, f"{at}.layer.key": a.k,
                          f"{at}.layer.value": a.v, f"{at}.layer.output": a.o}  # fmt: skip
            at, last = f"{side}.blocks.{i}.feed_forward", block.layer[-1]
            dense = last.DenseReluDense
            names |= {f"{at}.norm": last.layer_norm, f"{at}.layer.down": dense.wo}
            if c.is_gated_act:
                names |= {f"{at}.layer.gate": dense.wi_0, f"{at}.layer.up": dense.wi_1}
            else:
                names[f"{at}.layer.up"] = dense.wi
    return _filled(cls(config, attention), hf, names)


def _needs(hf: Model, ours: str, families: dict[str, str], head: str) -> None:
    kind = getattr(getattr(hf, "config", None), "model_type", None)
    if kind not in families:
        raise ValueError(f"{ours}.from_hf takes models of the families {', '.join(families)}, not {kind!r}.")
    try:
        hf.get_submodule(families[kind]), hf.get_submodule(head)
    except AttributeError as e:
        raise ValueError(f"this {kind} has no language model's head: load it with the head it was trained with.") from e


def _activation(name: str) -> str:
    if name not in ACTIVATION:
        raise ValueError(f"the activation {name!r} is not built here; there are {', '.join(ACTIVATION)}.")
    return ACTIVATION[name]


def _tied(hf: Model) -> bool:
    return hf.get_output_embeddings().weight is hf.get_input_embeddings().weight


@torch.no_grad()
def _filled(model: Net, hf: Model, names: Mapping[str, Source]) -> Net:
    """Copy every weight; raise `ValueError` if one of ours is left without, or has another shape."""
    left = dict(model.named_parameters())  # a tied weight stands here once
    for name, source in names.items():
        weight, shift = source if isinstance(source, tuple) else (source.weight, getattr(source, "bias", None))
        module = model.get_submodule(name)
        ours = getattr(module, "bias", None) if hasattr(module, "bias") else getattr(module, "shift", None)
        module.weight.copy_(weight)  # type: ignore[operator, arg-type]  # a parameter
        if ours is not None:  # Llama has switches for some of the shifts; a shift of zero is none
            ours.copy_(shift if shift is not None else torch.zeros_like(ours))
        elif shift is not None:
            raise ValueError(f"the model has a shift at {name}, which is not built here.")
        for done in ("weight", "bias", "shift"):
            left.pop(f"{name}.{done}", None)
    if left:
        raise ValueError(f"no weights were found for {', '.join(sorted(left))}.")
    return place(model, hf.device).eval()
