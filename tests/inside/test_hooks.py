"""Hooks change what they should and nothing else, and are gone afterwards; scores of heads count what they say."""

import dataclasses

import pytest
import torch

from fmcourse.inside import hooks, links, probes
from fmcourse.inside.looking import look
from fmcourse.world import World
from tests.harness import tiny


def bert():
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(7)
    return BertForMaskedLM(
        BertConfig(
            vocab_size=300,
            hidden_size=35,
            num_hidden_layers=3,
            num_attention_heads=5,
            intermediate_size=37,
            max_position_embeddings=67,
            initializer_range=0.3,
            attn_implementation="eager",
        )
    ).eval()


MODELS = {"llama": lambda: tiny.decoder("llama"), "gpt2": lambda: tiny.decoder("gpt2"), "bert": bert}


@pytest.fixture(params=list(MODELS), scope="module")
def model(request):
    return MODELS[request.param]()


def prompt(seed, length=11, rows=1):
    return {"input_ids": torch.randint(6, 300, (rows, length), generator=torch.Generator().manual_seed(seed))}


@torch.no_grad()
def logits(model, inputs):
    return model(**inputs).logits


def places(model):
    layers = range(len(hooks.parts(model).blocks))
    return [("embed", 0), *((name, i) for name in ("stream", "heads", "neurons", "mlp") for i in layers)]


def hooks_in(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_patching_with_itself_changes_nothing(model):
    one = prompt(1)
    seen = hooks.read(model, one, places(model))
    assert set(seen) == set(places(model))
    with hooks.patching(model, seen):
        assert torch.equal(logits(model, one), logits(model, one))
    whole = logits(model, one)
    with hooks.patching(model, seen):
        patched = logits(model, one)
    assert torch.equal(whole, patched)


@pytest.mark.parametrize("name", ["embed", "stream"])
def test_patching_all_places_gives_the_other_prompt(model, name):
    one, two = prompt(1), prompt(2)
    assert not torch.allclose(logits(model, one), logits(model, two), atol=1e-2)
    seen = hooks.read(model, two, [p for p in places(model) if p[0] == name])
    with hooks.patching(model, seen):
        assert torch.equal(logits(model, one), logits(model, two))


def test_patching_one_position_leaves_earlier_ones_of_a_decoder():
    model, one, two = tiny.decoder("llama"), prompt(1), prompt(2)
    at = torch.zeros(1, 11, dtype=torch.bool)
    at[0, 5] = True
    with hooks.patching(model, hooks.read(model, two, [("stream", 0)]), at):
        patched = logits(model, one)
    whole = logits(model, one)
    assert torch.equal(patched[:, :5], whole[:, :5]) and not torch.allclose(patched[:, 5], whole[:, 5])


def test_ablating_no_head_changes_nothing_and_every_head_counts(model):
    one = prompt(3)
    whole = logits(model, one)
    with hooks.ablate(model, []):
        assert torch.equal(logits(model, one), whole)
    for head in hooks.all_heads(model):
        with hooks.ablate(model, [head]):
            assert not torch.allclose(logits(model, one), whole, atol=1e-4), head
    assert torch.equal(logits(model, one), whole)


def test_ablating_equals_zero_columns_of_the_weights():
    """The outside authority: the same head cut out of the output matrix itself."""
    import copy

    model, one = tiny.decoder("llama"), prompt(4)
    cut = copy.deepcopy(model)
    with torch.no_grad():
        cut.model.layers[1].self_attn.o_proj.weight[:, 2 * 8 : 3 * 8] = 0  # 32 wide, 4 heads of 8
    with hooks.ablate(model, [(1, 2)]):
        assert torch.allclose(logits(model, one), logits(cut, one), atol=1e-6)


def test_means_stand_in_for_heads(model):
    batches = [prompt(seed, rows=3) for seed in range(2)]
    means = hooks.head_means(model, batches)
    seen = torch.cat([hooks.read(model, b, [("heads", 1)])["heads", 1].flatten(0, 1) for b in batches])
    assert torch.allclose(means[1], seen.mean(0), atol=1e-5)
    with hooks.ablate(model, [(1, 1)], means), hooks.reading(model, [("heads", 1)]) as kept:
        logits(model, batches[0])
    # the reading hook comes after the ablation's, and so sees what replaced the head
    assert torch.allclose(kept["heads", 1][:, :, 1], means[1][1].expand_as(kept["heads", 1][:, :, 1]))
    assert not torch.allclose(kept["heads", 1][:, :, 0], means[1][0].expand_as(kept["heads", 1][:, :, 0]))


def test_hooks_are_gone_after_an_exception(model):
    before = hooks_in(model)
    with pytest.raises(KeyError):
        with hooks.ablate(model, [(0, 0), (1, 1)]):
            assert hooks_in(model) == before + 2
            raise KeyError("inside")
    assert hooks_in(model) == before
    with pytest.raises(ValueError, match="no place"):
        with hooks.hooked(model, {("stream", 0): lambda x: None, ("stream", 9): lambda x: None}):
            pass
    assert hooks_in(model) == before


@torch.no_grad()
def test_the_last_row_of_the_logit_lens_is_the_model(model):
    one = prompt(5, rows=3)
    seen = hooks.logit_lens(model, one)
    assert seen.shape == (1 + len(hooks.parts(model).blocks), 3, 11, 300)
    assert torch.allclose(seen[-1], logits(model, one), atol=1e-5)
    assert not torch.allclose(seen[-2], seen[-1], atol=1e-2)


def test_trace_finds_where_two_prompts_differ():
    model, one = tiny.decoder("llama"), prompt(6)
    two = {"input_ids": one["input_ids"].clone()}
    two["input_ids"][0, 4] = 7
    goal = logits(model, one)[0, -1]
    table = hooks.trace(model, one, two, lambda out: (out - goal).abs().max(-1).values)
    assert table.shape == (2, 11)
    far = (logits(model, two)[0, -1] - goal).abs().max()
    assert torch.allclose(table[:, :4], far.expand(2, 4), atol=1e-5)  # before the difference a patch changes nothing
    assert table[1, -1] < 1e-5  # the last place after the last block is all that the answer depends on
    assert table[0].argmin() in (4, 10)
    with pytest.raises(ValueError, match="same number"):
        hooks.trace(model, one, prompt(1, 12), lambda out: out[:, 0])


def test_wrong_heads_and_models_are_named(model):
    with pytest.raises(ValueError, match="no head"):
        hooks.ablate(model, [(0, 17)])
    with pytest.raises(ValueError, match="cannot be opened"):
        hooks.parts(tiny.encoder_decoder())


# links ----------------------------------------------------------------------------------------------------------------
def repeats(n, seed=0):
    from itertools import islice

    return list(islice(World.default().documents(seed=seed, kinds=["repeat"]), n))


def test_links_point_at_the_same_word():
    tokenizer = tiny.tokenizer()
    for document in repeats(20):
        read = links.read_links(tokenizer, document, ["copy"], "at")
        _, spans = links.spans_of(tokenizer, document.text)
        assert len(read.links) == document.label["length"]
        for link in read.links:
            word = document.text[spans[link.target[0]][0] : spans[link.target[-1]][1]]
            assert document.text[: spans[link.query][1]].endswith(word) and link.target[-1] < link.query
        before = links.read_links(tokenizer, document, ["copy"], "before")
        assert all(b.query < a.query for a, b in zip(read.links, before.links, strict=True))
    with pytest.raises(ValueError, match="before"):
        links.read_links(tokenizer, document, when="after")


class Fixed:
    """A stand-in whose two heads always look two back and at the first token."""

    device = "cpu"

    def __call__(self, input_ids, output_attentions):
        n = input_ids.shape[1]
        back, first = torch.zeros(n, n), torch.zeros(n, n)
        for i in range(n):
            back[i, max(0, i - 2)] = 1
            first[i, 0] = 0.6
            first[i, i] += 0.4
        return type("Out", (), {"attentions": (torch.stack([back, first])[None],)})()


def test_scores_count_hits_and_weight():
    documents = [
        links.Read([1] * 6, [links.TokenLink("x", 4, (2,)), links.TokenLink("x", 5, (0,))]),
        links.Read([1] * 5, []),
        links.Read([1] * 7, [links.TokenLink("x", 6, (4, 5))]),
    ]
    scores = links.head_scores(Fixed(), documents)
    assert scores.hits.shape == (2, 1, 2) and scores.links.tolist() == [2, 1]
    assert scores.rate().tolist() == [[pytest.approx(2 / 3), pytest.approx(1 / 3)]]
    assert scores.mean_weight().tolist() == [[pytest.approx(2 / 3), pytest.approx(0.2)]]
    with pytest.raises(ValueError, match="none of the documents"):
        links.head_scores(Fixed(), [documents[1]])


def test_gap_interval_holds_the_gap():
    links_, ours = torch.full((50,), 2.0), torch.tensor([2.0, 1.0] * 25)
    low, high = links.gap_interval(ours, torch.zeros(50), links_)
    assert low < 0.75 < high and high - low < 0.2
    assert links.gap_interval(ours, ours, links_) == (0.0, 0.0)


# looking --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", list(MODELS))
def test_queries_and_keys_make_the_weights(kind):
    loaded = type("L", (), {"model": MODELS[kind](), "tokenizer": tiny.tokenizer()})
    seen = look(loaded, "The cat sleeps.", vectors=True)
    scores = seen.queries @ seen.keys.mT / seen.queries.shape[-1] ** 0.5
    if seen.causal:
        scores = scores.masked_fill(~torch.ones(scores.shape[-2:], dtype=torch.bool).tril(), -torch.inf)
    assert torch.allclose(scores.softmax(-1), seen.weights, atol=1e-5)
    assert len(seen.tokens) == seen.weights.shape[-1] and seen.causal == (kind != "bert")


def test_sdpa_and_pairs_of_networks_are_refused_in_a_sentence():
    model = dataclasses.make_dataclass("M", ["model", "tokenizer"])
    gpt = tiny.decoder("gpt2")
    gpt.set_attn_implementation("sdpa")
    try:
        with pytest.raises(ValueError, match="eager"):
            look(model(gpt, tiny.tokenizer()), "The cat sleeps.")
    finally:
        gpt.set_attn_implementation("eager")
    with pytest.raises(ValueError, match="encoder and a decoder"):
        look(model(tiny.encoder_decoder(), tiny.tokenizer()), "The cat sleeps.")


# probes ---------------------------------------------------------------------------------------------------------------
def test_a_probe_reads_what_is_there_and_the_control_tells_identity_apart():
    generator = torch.Generator().manual_seed(0)
    words = [f"w{i}" for i in range(30) for _ in range(6)]
    labels = [int(w[1:]) % 2 for w in words]
    identity = torch.eye(30).repeat_interleave(6, 0) * 3
    meaning = torch.tensor(labels, dtype=torch.float)[:, None] * 3
    noise = 0.1 * torch.randn(180, 31, generator=generator)
    there = probes.probe(torch.cat([identity, meaning], 1) + noise, labels, words)
    absent = probes.probe(identity + noise[:, :30], labels, words)
    assert there.accuracy > 0.95 and absent.accuracy < 0.8
    assert absent.control > 0.9 and absent.familiar > 0.9 and abs(absent.selectivity) < 0.1
    with pytest.raises(ValueError, match="same"):
        probes.probe(identity, [1] * 180, words)
