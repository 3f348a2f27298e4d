"""Decoders with experts: sizes as the lesson's table says, and a shared expert that every token asks."""

import torch

from fmcourse.studies import experts


def test_kinds_use_and_store_what_the_table_says():
    inner = 2 * 3 * experts.WIDTH  # two layers of three matrices, for each unit of inner width
    sizes = {kind: experts.stored_and_used(experts.decoder(kind)) for kind in experts.KINDS}
    small, large = sizes["dense"], sizes["dense, all stored"]
    assert small[0] == small[1] and large[0] - small[0] == inner * 3 * experts.INNER
    for kind, routed in (("2 of 8 experts", 8), ("3 of 15, 1 shared", 15)):
        routers = 2 * experts.WIDTH * routed
        assert sizes[kind] == (large[0] + routers, small[0] + routers)


def test_the_shared_expert_is_asked_by_every_token():
    layer, x = experts.SharedExperts(6, 5, experts=7, top_k=2), torch.randn(1, 11, 6)
    before = layer(x)
    for p in layer.shared.parameters():
        p.data.zero_()
    assert bool(((layer(x) - before).abs().amax(-1) > 0).all())
    torch.testing.assert_close(layer(x), layer.routed(x))


def test_rates_are_tuned_on_a_seed_of_their_own():
    rows = [{"what": "tune", "kind": k, "rate": r, "loss": r} for k in experts.KINDS for r in experts.RATES]
    plan = list(experts.planned(rows))
    counted = [p for p in plan if p["what"] == "count"]
    assert len(counted) == experts.SEEDS * len(experts.KINDS)
    assert {p["rate"] for p in counted} == {min(experts.RATES)}
    assert experts.TUNING_SEED not in {p["seed"] for p in counted}
