"""Our transformer against `transformers`: the same logits for random models of prime sizes, with cache and padding."""

import pytest
import torch
import transformers as hf
from hypothesis import given, settings
from hypothesis import strategies as st

from fmcourse import load
from fmcourse.models import attention as parts
from fmcourse.models.attention import attention
from fmcourse.models.generation import generate
from fmcourse.models.transformer import Cache, Config, Decoder, Encoder, EncoderDecoder, Trace

TOLERANCE = 1e-5
V = 53


def gpt2(**other):
    sizes = {"vocab_size": V, "n_positions": 31, "n_embd": 21, "n_layer": 3, "n_head": 7, "n_inner": 29}
    return hf.GPT2LMHeadModel(hf.GPT2Config(**sizes | other))


def llama(**other):
    sizes = {
        "vocab_size": V,
        "hidden_size": 30,
        "intermediate_size": 37,
        "num_hidden_layers": 3,
        "head_dim": 14,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "max_position_embeddings": 31,
        "tie_word_embeddings": False,
    }
    return hf.LlamaForCausalLM(hf.LlamaConfig(**sizes | other))


def bert(**other):
    sizes = {
        "vocab_size": V,
        "hidden_size": 21,
        "intermediate_size": 29,
        "num_hidden_layers": 3,
        "num_attention_heads": 7,
        "max_position_embeddings": 31,
        "type_vocab_size": 3,
    }
    return hf.BertForMaskedLM(hf.BertConfig(**sizes | other))


def t5(**other):
    sizes = {
        "vocab_size": V,
        "d_model": 23,
        "d_kv": 11,
        "d_ff": 29,
        "num_layers": 3,
        "num_decoder_layers": 2,
        "num_heads": 5,
        "relative_attention_num_buckets": 14,
        "relative_attention_max_distance": 17,
        "feed_forward_proj": "gated-gelu",
        "decoder_start_token_id": 1,
        "initializer_factor": 0.2,
    }
    model = hf.T5ForConditionalGeneration(hf.T5Config(**sizes | {k: v for k, v in other.items() if k != "apart"}))
    if other.get("apart"):  # as in T5 1.1: a head of its own
        model.lm_head.weight = torch.nn.Parameter(0.2 * torch.randn_like(model.lm_head.weight))
    return model


FAMILIES = [
    (Decoder, gpt2, {}),
    (Decoder, gpt2, {"tie_word_embeddings": False, "n_inner": None, "activation_function": "relu"}),
    (Decoder, gpt2, {"scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True}),
    (Decoder, llama, {}),
    (Decoder, llama, {"tie_word_embeddings": True, "num_key_value_heads": 6, "attention_bias": True}),
    (Decoder, llama, {"num_key_value_heads": 1, "mlp_bias": True, "hidden_act": "gelu"}),
    (
        Decoder,
        llama,
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 499.0,
                "factor": 7.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 3.0,
                "original_max_position_embeddings": 13,
            }
        },
    ),
    (Encoder, bert, {}),
    (Encoder, bert, {"hidden_act": "gelu_new", "tie_word_embeddings": False}),
    (EncoderDecoder, t5, {}),
    (EncoderDecoder, t5, {"feed_forward_proj": "relu"}),
    (EncoderDecoder, t5, {"tie_word_embeddings": False}),
    (EncoderDecoder, t5, {"tie_word_embeddings": False, "apart": True, "num_decoder_layers": 1}),
]
every = pytest.mark.parametrize("ours, theirs, other", FAMILIES, ids=lambda x: getattr(x, "__name__", None))


def pair(ours, theirs, other, seed=0):
    """(their model, ours with its weights). All weights are moved, so that a swapped or forgotten one shows."""
    torch.manual_seed(seed)
    model = theirs(**other).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.randn_like(p))
    return model, ours.from_hf(model)


def text(rows, length, seed=1):
    return torch.randint(2, V, (rows, length), generator=torch.Generator().manual_seed(seed))


def padded(rows, length, side, seed=1):
    """Ids and a mask of rows with 0, 3, 6, ... tokens of padding."""
    ids, mask = text(rows, length, seed), torch.ones(rows, length, dtype=torch.long)
    for row in range(rows):
        gone = min(3 * row, length - 1)
        mask[row, slice(0, gone) if side == "left" else slice(length - gone, length)] = 0
    return ids.masked_fill(mask == 0, 0), mask


def positions(mask):
    return (mask.cumsum(-1) - 1).clamp(min=0)


@torch.no_grad()
def theirs_on(model, ids, mask=None, **other):
    if mask is not None and model.config.model_type in ("gpt2", "llama"):
        other["position_ids"] = positions(mask)  # as in their generate
    return model(input_ids=ids, attention_mask=mask, **other).logits


@torch.no_grad()
def ours_on(model, ids, mask=None, **other):
    if isinstance(model, EncoderDecoder):
        return model(ids, other.pop("decoder_input_ids"), mask, **other)
    return model(ids, mask, **other)


def inputs_of(ours, rows):
    if ours is EncoderDecoder:
        return {"decoder_input_ids": text(rows, 19, seed=2)}
    return {"token_type_ids": text(rows, 13, seed=3) % 3} if ours is Encoder else {}


def distance(a, b, mask=None):
    gap = (a - b).abs()
    return float((gap if mask is None else gap[mask.bool()]).max())


# The same logits


@every
def test_same_logits(ours, theirs, other):
    model, own = pair(ours, theirs, other)
    ids, more = text(5, 13), inputs_of(ours, 5)
    expected = theirs_on(model, ids, **more)
    assert expected.shape == (5, more.get("decoder_input_ids", ids).shape[1], V)
    assert distance(ours_on(own, ids, **more), expected) <= TOLERANCE
    assert expected.std() > 1000 * TOLERANCE  # else everything would be close to everything


@every
@pytest.mark.parametrize("side", ["left", "right"])
def test_same_logits_with_padding(ours, theirs, other, side):
    model, own = pair(ours, theirs, other)
    ids, mask = padded(5, 13, side)
    more = inputs_of(ours, 5)
    gap = distance(
        ours_on(own, ids, mask, **more), theirs_on(model, ids, mask, **more), None if ours is EncoderDecoder else mask
    )
    assert gap <= TOLERANCE


@pytest.mark.parametrize("name, ours", [("world-gpt", Decoder), ("world-bert", Encoder), ("world-t5", EncoderDecoder)])
@pytest.mark.parametrize("side", ["left", "right"])
def test_shipped_weights(name, ours, side):
    """Trained logits reach 20, where float32 itself rounds by more than 1e-5: so 1e-5 of the largest."""
    model = load(name).model
    own = ours.from_hf(model)
    ids, mask = padded(5, 17, side)
    more = {"decoder_input_ids": text(5, 11)} if ours is EncoderDecoder else {}
    expected = theirs_on(model, ids, mask, **more)
    gap = distance(ours_on(own, ids, mask, **more), expected, None if ours is EncoderDecoder else mask)
    assert gap <= TOLERANCE * float(expected.abs().max())


def test_the_comparison_can_fail():
    """One matrix swapped, one scale forgotten, one norm moved: each is caught."""
    model, own = pair(Decoder, gpt2, {})
    ids = text(5, 13)
    expected = theirs_on(model, ids)
    layer = own.stack.blocks[1].attention.layer
    layer.query, layer.key = layer.key, layer.query
    assert distance(ours_on(own, ids), expected) > 100 * TOLERANCE
    unscaled = Decoder.from_hf(model, attention=lambda q, k, v, mask=None: attention(q, k, v, mask, scale=1.0))
    assert distance(ours_on(unscaled, ids), expected) > 100 * TOLERANCE
    own = Decoder.from_hf(model)
    own.stack.blocks[0].attention.norm_first = False
    assert distance(ours_on(own, ids), expected) > 100 * TOLERANCE


# The cache

CACHED = [f for f in FAMILIES if f[0] is not Encoder]


@pytest.mark.parametrize("ours, theirs, other", CACHED)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("steps", [[19], [1] * 19, [7, 1, 1, 3, 7]], ids=str)
def test_cache_changes_nothing(ours, theirs, other, side, steps):
    """Fed in pieces, with a cache, the logits are those of `transformers` on the whole text."""
    model, own = pair(ours, theirs, other)
    ids, mask = padded(5, 19, side)
    cache, at, pieces = Cache(), 0, []
    if ours is EncoderDecoder:
        out = text(5, 19, seed=2)
        expected = theirs_on(model, ids, mask, decoder_input_ids=out)
    else:
        expected = theirs_on(model, ids, mask)
    with torch.no_grad():
        for n in steps:
            if ours is EncoderDecoder:
                pieces.append(own(ids, out[:, at : at + n], mask, cache=cache))
            else:
                pieces.append(own(ids[:, at : at + n], mask[:, : at + n], cache=cache))
            at += n
    assert cache.length == 19
    gap = distance(torch.cat(pieces, dim=1), expected, None if ours is EncoderDecoder else mask)
    assert gap <= TOLERANCE


def test_cache_holds_few_keys_with_grouped_queries():
    own = Decoder(Config(vocab_size=V, hidden_size=24, heads=6, kv_heads=2, layers=3))
    cache = Cache()
    own(text(5, 7), cache=cache)
    assert {k.shape for k, _ in cache.pairs.values()} == {(5, 2, 7, 4)}
    assert cache.bytes() == 3 * 2 * 5 * 2 * 7 * 4 * 4  # layers, k and v, B, KV, T, D, bytes of a float32


# Laws: order, padding, sight


@pytest.mark.parametrize("ours, theirs, other", [f for f in FAMILIES if f[0] is not Encoder])
@settings(max_examples=7, deadline=None)
@given(st.data())
def test_a_future_token_changes_nothing(ours, theirs, other, data):
    _, own = pair(ours, theirs, other)
    at, token = data.draw(st.integers(1, 16)), data.draw(st.integers(0, V - 1))
    ids = text(3, 17)
    changed = ids.clone()
    changed[:, at] = token
    if ours is EncoderDecoder:
        a, b = ours_on(own, text(3, 7), decoder_input_ids=ids), ours_on(own, text(3, 7), decoder_input_ids=changed)
    else:
        a, b = ours_on(own, ids), ours_on(own, changed)
    assert torch.equal(a[:, :at], b[:, :at])


@every
@pytest.mark.parametrize("side", ["left", "right"])
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_a_padded_token_changes_nothing(ours, theirs, other, side, seed):
    _, own = pair(ours, theirs, other)
    ids, mask = padded(5, 13, side)
    changed, more = torch.where(mask == 1, ids, text(5, 13, seed)), inputs_of(ours, 5)
    a, b = ours_on(own, ids, mask, **more), ours_on(own, changed, mask, **more)
    counted = slice(None) if ours is EncoderDecoder else mask.bool()
    assert torch.equal(a[counted], b[counted])


@every
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_is_as_good_as_a_text_alone(ours, theirs, other, side):
    """A row with padding gives what the same row gives without it. (BERT counts places, so on its right side only.)"""
    if ours is Encoder and side == "left":
        pytest.skip("learned positions of an encoder count the padding too, as in transformers")
    _, own = pair(ours, theirs, other)
    ids, mask = padded(5, 13, side)
    more = inputs_of(ours, 5)
    whole = ours_on(own, ids, mask, **more)
    for row in range(5):
        real = mask[row].bool()
        mine = {k: v[row : row + 1] if k == "decoder_input_ids" else v[row : row + 1, real] for k, v in more.items()}
        alone = ours_on(own, ids[row : row + 1, real], **mine)[0]
        assert distance(whole[row] if ours is EncoderDecoder else whole[row, real], alone) <= TOLERANCE


def test_an_encoder_looks_ahead():
    """What must not happen in a decoder must happen in an encoder: so the test above is able to fail."""
    _, own = pair(Encoder, bert, {})
    ids = text(3, 17)
    changed = ids.clone()
    changed[:, 11] = (ids[:, 11] + 1) % V
    assert distance(ours_on(own, ids)[:, :11], ours_on(own, changed)[:, :11]) > 1e-3


def leaky(q, k, v, mask=None):
    return attention(q, k, v)


def off_by_one(q, k, v, mask=None):
    return attention(q, k, v, mask=mask | mask.roll(1, -1))


@pytest.mark.parametrize("broken", [leaky, off_by_one])
def test_a_leak_is_caught(broken):
    model, _ = pair(Decoder, gpt2, {})
    own = Decoder.from_hf(model, attention=broken)
    ids = text(3, 17)
    changed = ids.clone()
    changed[:, 11] = (ids[:, 11] + 1) % V
    assert not torch.equal(ours_on(own, ids)[:, :11], ours_on(own, changed)[:, :11])


def test_attended_padding_is_caught():
    model, _ = pair(Encoder, bert, {})
    own = Encoder.from_hf(model, attention=leaky)
    ids, mask = padded(5, 13, "right")
    changed = torch.where(mask == 1, ids, text(5, 13, 7))
    assert distance(ours_on(own, ids, mask), ours_on(own, changed, mask), mask) > 1e-3


# A learner's attention


def by_loop(q, k, v, mask=None):
    """As slow as can be, with -inf where nothing may be seen: another way to the same numbers."""
    out = torch.zeros(*q.shape[:3], v.shape[-1])
    mask = torch.ones(1, 1, 1, 1, dtype=torch.bool) if mask is None else mask
    mask = mask.expand(*q.shape[:3], k.shape[2])
    for b, h, t in torch.cartesian_prod(*map(torch.arange, q.shape[:3])).tolist():
        score = (k[b, h] @ q[b, h, t]) / q.shape[-1] ** 0.5
        out[b, h, t] = score.masked_fill(~mask[b, h, t], -torch.inf).softmax(0) @ v[b, h]
    return out


@pytest.mark.parametrize("ours, theirs, other", [f for f in FAMILIES if f[0] is not EncoderDecoder])
@pytest.mark.parametrize("side", ["left", "right"])
def test_own_attention_can_be_put_in(ours, theirs, other, side):
    model, own = pair(ours, theirs, other)
    mine = ours.from_hf(model, attention=by_loop)
    ids, mask = padded(3, 13, side)
    gap = distance(ours_on(mine, ids, mask), ours_on(own, ids, mask), mask)
    assert 0 < gap <= TOLERANCE  # not the same function by accident


def test_own_attention_in_a_fresh_model():
    asked = []

    def mine(q, k, v, mask=None):
        asked.append((q.shape, k.shape, v.shape, None if mask is None else mask.shape))
        return attention(q, k, v, mask)

    own = Decoder(Config(vocab_size=V, hidden_size=24, heads=6, kv_heads=2, layers=1), attention=mine)
    own(text(5, 7))
    assert asked == [((5, 6, 7, 4),) * 3 + ((1, 1, 7, 7),)]


def test_torch_agrees_with_attention():
    q, k, v = (torch.randn(2, 3, t, 7) for t in (5, 11, 11))
    mask, bias = torch.rand(2, 1, 5, 11) > 0.3, torch.randn(1, 3, 5, 11)
    mask[..., 0] = True
    theirs = torch.nn.functional.scaled_dot_product_attention
    assert distance(attention(q, k, v), theirs(q, k, v)) <= 1e-6
    assert distance(attention(q, k, v, mask), theirs(q, k, v, attn_mask=mask)) <= 1e-6
    added = bias.masked_fill(~mask, -torch.inf)
    assert distance(attention(q, k, v, mask, bias, 0.7), theirs(q, k, v, attn_mask=added, scale=0.7)) <= 1e-6


# Looking inside


@every
def test_trace_agrees_with_transformers(ours, theirs, other):
    torch.manual_seed(0)
    model, own = pair(ours, theirs, other)
    model.set_attn_implementation("eager")
    ids, trace, more = text(3, 13), Trace(), inputs_of(ours, 3)
    with torch.no_grad():
        out = model(input_ids=ids, output_attentions=True, output_hidden_states=True, **more)
    logits = ours_on(own, ids, trace=trace, **more)
    assert torch.equal(logits, ours_on(own, ids, **more))  # looking changes nothing
    if ours is EncoderDecoder:
        expected = [
            (trace.attention, out.decoder_attentions),
            (trace.cross, out.cross_attentions),
            (trace.encoder.attention, out.encoder_attentions),
            (trace.hidden[:-1], out.decoder_hidden_states[:-1]),
            (trace.encoder.hidden[:-1], out.encoder_hidden_states[:-1]),
        ]
    else:
        expected = [(trace.attention, out.attentions), (trace.hidden[:-1], out.hidden_states[:-1])]
    for got, wanted in expected:
        assert len(got) == len(wanted)
        assert max(distance(a, b) for a, b in zip(got, wanted, strict=True)) <= 1e-4  # vectors before any norm
    assert all(torch.allclose(w.sum(-1), torch.ones(())) for w in trace.attention)
    with torch.no_grad():  # their last hidden state has its norm, ours not yet
        assert torch.equal(own.read_out(trace.hidden[-1]), logits)


# Writing


def same_text(own, model, ids, mask, n, eos, start=None):
    limits = {"max_new_tokens": n, "do_sample": False, "eos_token_id": eos, "pad_token_id": 0}
    expected = model.generate(input_ids=ids, attention_mask=mask, **limits)
    expected = expected[:, 1 if start is not None else ids.shape[1] :]
    for cached in (True, False):
        got = generate(own, ids, mask, max_new_tokens=n, eos=eos, start=start, cached=cached)
        assert torch.equal(got, expected)
    return expected


@pytest.mark.parametrize("ours, theirs, other", CACHED)
@pytest.mark.parametrize("eos", [None, 7])
def test_generate_writes_the_same(ours, theirs, other, eos):
    model, own = pair(ours, theirs, other, seed=3)
    ids, mask = padded(5, 13, "right" if ours is EncoderDecoder else "left")
    same_text(own, model, ids, mask, 17, eos, start=1 if ours is EncoderDecoder else None)


@pytest.mark.parametrize("theirs", [gpt2, llama])
def test_generate_with_padding_on_either_side(theirs):
    """Padded right, left or not at all: the same continuation."""
    _, own = pair(Decoder, theirs, {}, seed=3)
    left, right = padded(5, 13, "left"), padded(5, 13, "right")
    for row in range(5):
        right[0][row, : right[1][row].sum()] = left[0][row, left[1][row].bool()]
    a, b = generate(own, *left, max_new_tokens=17), generate(own, *right, max_new_tokens=17)
    assert torch.equal(a, b)
    alone = [generate(own, left[0][r : r + 1, left[1][r].bool()], max_new_tokens=17) for r in range(5)]
    assert torch.equal(a, torch.cat(alone))


@pytest.mark.parametrize("name, ours", [("world-gpt", Decoder), ("world-t5", EncoderDecoder)])
def test_generate_with_shipped_weights(name, ours):
    model, tokenizer, _ = load(name)
    texts = ["The capital of Norway is", "Q: In which", "translate"]
    tokenizer.padding_side = "left" if ours is Decoder else "right"
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    start = model.config.decoder_start_token_id if ours is EncoderDecoder else None
    own, eos = ours.from_hf(model), tokenizer.eos_token_id
    made = same_text(own, model, batch.input_ids, batch.attention_mask, 23, eos, start)
    assert len({tuple(row) for row in made.tolist()}) > 1


# Training, and what is refused


@pytest.mark.parametrize("config", [
    {}, {"positions": "none"}, {"positions": "learned", "norm": "layer", "norm_first": False, "gated": False},
    {"feed_forward": 0}, {"residual": False}, {"norm": "none", "bias": True}, {"kv_heads": 1}, {"tied": False},
])  # fmt: skip
def test_a_fresh_model_learns(config):
    """Every part gets a gradient, and some steps lower the loss on one batch."""
    torch.manual_seed(0)
    own = Decoder(Config(vocab_size=V, hidden_size=28, heads=7, **config))
    ids = text(5, 11)
    step = torch.optim.Adam(own.parameters(), lr=0.01)
    losses = []
    for _ in range(7):
        loss = torch.nn.functional.cross_entropy(own(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        step.zero_grad()
        loss.backward()
        assert all(p.grad is not None for p in own.parameters())
        step.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.05


def test_without_positions_a_decoder_sees_a_bag_of_earlier_tokens():
    """One layer without positions cannot tell the order of what came before; with positions it can."""
    ids = text(1, 7)
    shuffled = ids.clone()
    shuffled[:, :6] = ids[:, [3, 5, 0, 4, 1, 2]]
    gaps = {}
    for kind in ("none", "rotary", "learned"):
        torch.manual_seed(0)
        own = Decoder(Config(vocab_size=V, hidden_size=28, heads=7, layers=1, positions=kind))
        with torch.no_grad():
            [p.mul_(10) for p in own.stack.blocks.parameters()]
            gaps[kind] = distance(own(ids)[:, -1], own(shuffled)[:, -1])
    assert gaps["none"] <= 1e-5 < 1e-3 < min(gaps["rotary"], gaps["learned"])


def refused(words, call):
    with pytest.raises(ValueError, match=words) as e:
        call()
    assert str(e.value).count(". ") <= 1


def test_refusals():
    c = Config(vocab_size=V, positions="learned", max_positions=11)
    own, both = Decoder(c), EncoderDecoder(Config(vocab_size=V, positions="relative"))
    refused("12 tokens, but the model knows 11", lambda: own(text(1, 12)))
    refused("at least one token", lambda: own(torch.zeros(1, 0, dtype=torch.long)))
    refused("at least one token", lambda: own(torch.arange(5)))
    refused("must cover 3 tokens", lambda: own(text(2, 3), torch.ones(2, 4)))
    refused("do not fit", lambda: generate(own, text(1, 5), max_new_tokens=7))
    refused("needs `start`", lambda: generate(both, text(1, 5)))
    refused("heads", lambda: Config(vocab_size=V, hidden_size=13, heads=5))
    refused("positions is 'rotory'", lambda: Config(vocab_size=V, positions="rotory"))
    refused("even head size", lambda: Decoder(Config(vocab_size=V, hidden_size=21, heads=7)))
    refused("divisor of 6", lambda: Decoder(Config(vocab_size=V, hidden_size=24, heads=6, kv_heads=4)))
    refused("families gpt2, llama, not 'bert'", lambda: Decoder.from_hf(bert()))
    refused("families bert, not None", lambda: Encoder.from_hf(None))
    refused("no language model's head", lambda: Decoder.from_hf(gpt2().transformer))
    refused("bias=None", lambda: EncoderDecoder.from_hf(t5(), attention=by_loop))
    refused("activation 'gelu_10'", lambda: Encoder.from_hf(bert(hidden_act="gelu_10")))


def test_relative_buckets_agree():
    from transformers.models.t5.modeling_t5 import T5Attention

    distances = torch.arange(-199, 200)[None, None]
    for both in (True, False):
        ours = parts.RelativeBias(heads=3, buckets=22, max_distance=61, both=both).bucket(distances)
        assert torch.equal(ours, T5Attention._relative_position_bucket(distances, both, 22, 61))
