"""Rivals of pretext tasks: waves that do not mind direction or light, and labels alone."""

import math

import numpy as np
import torch

from fmcourse.inside.linear_probes import few
from fmcourse.studies import few_labels, pretext
from fmcourse.studies.few_labels import labels_alone, waves
from fmcourse.training import image_sets


def stripes(length: float, angle: float, size: int = 32) -> torch.Tensor:
    down, across = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    along = across * math.cos(angle) + down * math.sin(angle)
    return (0.5 + 0.4 * torch.sin(2 * math.pi * along / length)).expand(1, 3, size, size)


def test_the_length_of_a_wave_is_found():
    for periods in (4, 8):
        rings = waves(stripes(32 / periods, 0.3))[0, : len(few_labels.LENGTHS)]
        assert abs(int(rings.argmax()) + 1 - periods) <= 1


def test_light_contrast_and_a_turn_change_little():
    one = waves(stripes(6, 0.0))
    assert torch.allclose(one, waves(0.5 * stripes(6, 0.0) + 0.3), atol=1e-3)
    assert torch.allclose(one, waves(stripes(6, 0.0).transpose(2, 3)), atol=0.5)
    assert one.shape == (1, len(few_labels.LENGTHS) + few_labels.DIRECTIONS)


def test_labels_alone_learn_and_repeat():
    data = image_sets.textures(0, pool=1, train=120, test=150)
    chosen = few(data.labels, 5, 0)
    first, again = (labels_alone(data, chosen, seed=1, steps=12, rows=32) for _ in range(2))
    assert first == again and 0 <= first <= 1


def test_fine_tuning_starts_elsewhere_and_leaves_its_start_alone():
    data = image_sets.textures(0, pool=1, train=120, test=150)
    start, chosen = pretext.untrained(3), few(data.labels, 5, 0)
    before = [p.clone() for p in start.parameters()]
    labels_alone(data, chosen, seed=1, steps=3, rows=16, start=start)
    assert all(torch.equal(a, b) for a, b in zip(before, start.parameters(), strict=True))


def test_rivals_have_a_row_for_each_number_of_labels():
    data = image_sets.textures(0, pool=1, train=240, test=60)
    rows = pretext.rivals(data, seed=0, steps=2)
    asked = [(r["task"], r["per_class"]) for r in rows]
    assert asked == [(t, k) for k in pretext.PER_CLASS for t in ("labels alone", "waves")] + [("labels alone", 40)]
    assert all(np.isfinite(r["accuracy"]) for r in rows)
