"""The judge: perfect draws come out as perfect, copies as copies, and each number is what a count by hand says."""

from math import comb

import numpy as np
import pytest
import torch
from torch import nn

from fmcourse.generation.judging import (
    CELLS,
    distance,
    judge,
    nearest,
    operations,
    pictures_a_second,
    read,
    sampling_noise,
)
from fmcourse.generation.pictures import ATTRIBUTES, Pictures, cell, draw_pictures, exact, picture_of
from fmcourse.scenes import WITHHELD

TRAINING, FRESH = draw_pictures(60, "training"), draw_pictures(60, "fresh")


@pytest.fixture(scope="module")
def perfect():
    return judge(draw_pictures(90, "perfect").images, TRAINING, FRESH)


def test_perfect_draws(perfect):
    assert perfect.n == 90 and perfect.legal == 1 and perfect.withheld == 0
    for name in ATTRIBUTES:
        assert abs(perfect.distance[name] - perfect.noise[name]) < 0.1
    assert perfect.coverage == pytest.approx(perfect.coverage_perfect, abs=0.02)
    assert perfect.new_scene == pytest.approx(perfect.new_scene_perfect, abs=0.1)
    assert perfect.new_picture > 0.97 and 0.995 < perfect.new_picture_perfect < 1
    assert 0.3 < perfect.nearer < 0.7 and perfect.nearest == pytest.approx(perfect.nearest_perfect, rel=0.2)
    assert perfect.variety == pytest.approx(1, abs=0.1)


def test_copies_are_found():
    found = judge(TRAINING.images[:40], TRAINING, FRESH)
    assert found.legal == 1 and found.new_scene == found.new_picture == found.nearest == 0 and found.nearer == 1


def test_copies_that_are_blurred_are_found():
    worn = (0.9 * TRAINING.images[:40] + 0.1 * TRAINING.images.mean(0)).clip(0, 1)
    found = judge(worn, TRAINING, FRESH)
    assert found.nearer == 1 and found.legal == 1 and found.new_picture == 0


def test_a_mode_alone_and_nothing_at_all():
    one = judge(np.repeat(FRESH.images[:1], 30, 0), TRAINING, FRESH)
    assert one.legal == 1 and one.coverage == 1 / 540 and one.variety < 1e-3
    alone = exact("joint")[cell(FRESH.shown[0])]
    assert one.distance["size"] == 0.5 and one.distance["joint"] == pytest.approx(1 - alone)
    nothing = judge(np.random.default_rng(0).random((5, 16, 16, 3)), TRAINING, FRESH)
    assert nothing.legal == nothing.coverage == nothing.new_scene == 0
    assert nothing.distance["joint"] == 1 and nothing.noise["joint"] == 0


def test_two_things_are_not_legal_and_withheld_ones_are_counted():
    one = picture_of((*WITHHELD[0], "large", (0.0, 0.0)))
    other = picture_of(("star", "blue", "small", (-4.0, -4.0)))
    both = np.minimum(other, picture_of(("ring", "red", "small", (4.0, 4.0))))
    found = judge(np.stack([one, other, both, other[::-1, :, ::-1]]), TRAINING, FRESH)  # the last has wrong colours
    assert found.legal == 0.5 and found.withheld == 0.5
    assert found.distance["shape and colour"] == pytest.approx((1 / 2 + 1 / 2 - 1 / 30 + 29 / 30) / 2)


def test_the_noise_is_the_binomials():
    for n, p in ((1, 0.5), (7, 0.3), (13, 1 / 540), (10, 0.2)):
        counts = np.arange(n + 1)
        mass = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in counts]
        wanted = (mass * abs(counts / n - p)).sum()  # both values of (p, 1 - p) are as far
        assert sampling_noise([p, 1 - p], n) == pytest.approx(wanted)
    drawn = np.random.default_rng(0).multinomial(100, [1 / 540] * 540, 2000) / 100
    assert sampling_noise([1 / 540] * 540, 100) == pytest.approx((abs(drawn - 1 / 540).sum(1) / 2).mean(), rel=0.01)
    assert sampling_noise([0.0, 1.0], 9) == sampling_noise([0.5, 0.5], 0) == 0


def test_distances_by_hand():
    assert len(CELLS) == 540 and sum(CELLS.values()) == pytest.approx(1) and distance([], "size") == 1
    small = [c for c in CELLS if c[2] == "small"]
    assert distance(CELLS, "size") == pytest.approx(0) and distance(small, "size") == pytest.approx(0.5)
    uneven = sum(abs(1 / 9 - p) for p in exact("place").values()) / 2  # thirds are not exactly as large
    assert distance(small, "place") == pytest.approx(uneven) and 0 < uneven < 0.03


def test_what_is_shown_is_read_again():
    noisy = FRESH.images + 0.03 * np.random.default_rng(0).standard_normal(FRESH.images.shape)
    assert read(noisy) == list(FRESH.shown)


def test_the_nearest_by_hand():
    a, b = np.random.default_rng(0).random((2, 5, 4, 4, 3))
    wanted = [min(np.linalg.norm(x - y) for y in b) for x in a]
    assert np.allclose(nearest(a, b), wanted) and np.allclose(nearest(a, a), 0, atol=1e-6)


def test_operations_are_counted_and_speed_is_positive():
    layer = nn.Linear(7, 11)
    assert operations(lambda n: layer(torch.zeros(n, 7)), n=3) == 2 * 7 * 11
    assert pictures_a_second(lambda n: sum(range(100_000 * n)), n=5) > 0


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="no picture"):
        judge(np.zeros((0, 16, 16, 3)), TRAINING, FRESH)
    few = Pictures(FRESH.images[:3], FRESH.shown[:3])
    with pytest.raises(ValueError, match="training has 60 pictures and fresh 3"):
        judge(FRESH.images, TRAINING, few)
