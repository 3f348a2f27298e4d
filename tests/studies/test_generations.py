"""Generations: the truth, drawing anew without a network, and that a reader learns what it reads."""

import torch

from fmcourse.studies import generations as g


def test_the_true_world_is_wholly_true_and_has_a_long_tail():
    texts = g.true_texts(2000, torch.Generator().manual_seed(1))
    seen = g.looked_at(texts)
    assert seen["true"] == 1 and seen["names"] <= g.NAMES and float(g.frequencies()[0] / g.frequencies()[1]) == 2


def test_a_false_text_is_not_true_and_no_name_is_no_name():
    texts = g.true_texts(5, torch.Generator().manual_seed(2))
    texts[0, 3] = texts[0, 1]
    texts[1, 0] = 0
    seen = g.looked_at(texts)
    assert seen["true"] == 0.6 and seen["names"] == len(set(texts[[0, 2, 3, 4], 0].tolist()))


def test_drawing_anew_adds_no_text_and_cooling_loses_more():
    generator = torch.Generator().manual_seed(3)
    texts = g.true_texts(2000, generator)
    warm, cool = (g.counted_again(texts, t, generator) for t in (1.0, 0.3))
    before = {tuple(t) for t in texts.tolist()}
    assert {tuple(t) for t in warm.tolist()} <= before
    assert g.looked_at(cool)["names"] < g.looked_at(warm)["names"] < g.looked_at(texts)["names"]


def test_a_reader_writes_what_it_read():
    texts = g.truth()[torch.tensor([0, 0, 0, 1])].repeat(64, 1)
    wrote = g.written(g.reader(texts, 0, epochs=60), 200, 1.0, torch.Generator().manual_seed(4))
    share = (wrote[:, 0] == texts[0, 0]).double().mean()
    assert g.looked_at(wrote)["true"] > 0.9 and 0.6 < share < 0.9


def test_a_line_without_a_network_only_loses():
    names = [r["names"] for r in g.rows("counts", 9, generations=3, n=500)]
    assert names == sorted(names, reverse=True) and names[0] > names[-1]
