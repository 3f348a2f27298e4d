"""The pictures of the four families: the exact distribution is the one that is drawn from."""

from collections import Counter

import numpy as np
import pytest

from fmcourse.generation import pictures
from fmcourse.generation.pictures import (
    ATTRIBUTES,
    cell,
    chosen,
    draw_pictures,
    entropy,
    exact,
    from_tensor,
    picture_at,
    positions,
    probability,
    to_tensor,
)
from fmcourse.scenes import PLACES, SIZES, WITHHELD, all_scenes, audit, image, images


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_probabilities_sum_to_one(attribute):
    assert sum(exact(attribute).values()) == pytest.approx(1)


def test_withheld_combinations_have_none_and_all_other_cells_have_the_same():
    joint = exact("joint")
    assert len(joint) == 648 and Counter(p > 0 for p in joint.values()) == {True: 540, False: 108}
    assert all((p == 0) == (c[:2] in WITHHELD) for c, p in joint.items())
    assert {p for p in joint.values() if p} == {1 / 540}


def test_pictures_are_those_of_scenes(monkeypatch):
    drawn = draw_pictures(29, 3)
    for one, scene, shift in zip(drawn.images, drawn.scenes, drawn.shifts, strict=True):
        monkeypatch.setattr(images, "shifts", lambda scene, rng, shift=shift: [shift])
        assert np.allclose(one, image(scene, rng=np.random.default_rng(0), free=True), atol=1e-6)


def test_positions_are_those_that_scenes_draw():
    rng = np.random.default_rng(0)
    for one in list(all_scenes(1, "seen"))[::31]:
        _, _, size, place = cell(one)
        drawn = {images.shifts(one, rng)[0] for _ in range(30)}
        assert {(x, y) for x, y in drawn if x % 1 == 0 == y % 1} <= set(positions(size, place))
    one = next(s for s in all_scenes(1, "seen") if cell(s)[2:] == ("large", "top left"))
    assert {images.shifts(one, rng)[0] for _ in range(6000)} >= set(positions("large", "top left"))


def test_so_many_pictures_with_this_entropy():
    each = {(size, place): len(positions(size, place)) for size in SIZES for place in PLACES}
    assert 30 * sum(each.values()) == 26_700
    p = [probability(c) for c, q in exact("joint").items() if q for _ in range(each[c[2:]])]
    assert sum(p) == pytest.approx(1) and entropy() == pytest.approx(-(np.array(p) * np.log(p)).sum())
    one = next(all_scenes(1, "seen"))
    shown = {picture_at(one, shift).astype(np.float32).tobytes() for shift in positions(*cell(one)[2:])}
    assert len(shown) == len(positions(*cell(one)[2:]))  # no two positions look alike


def test_draws_repeat_and_hold_nothing_that_is_withheld():
    one, again, other = draw_pictures(211, "a"), draw_pictures(211, "a"), draw_pictures(211, "b")
    assert np.array_equal(one.images, again.images) and one.keys == again.keys != other.keys
    assert one.images.dtype == np.float32 and len(one) == 211 and not any(audit(one.scenes).values())


def test_there_and_back():
    x = draw_pictures(3).images
    assert to_tensor(x).shape == (3, 3, 32, 32) and np.allclose(from_tensor(to_tensor(x)), x, atol=1e-6)
    assert from_tensor(2 + to_tensor(x)).max() == 1


def test_a_step_reads_the_same_rows_again():
    assert chosen(17, 5, 0, 3).tolist() == chosen(17, 5, 0, 3).tolist() != chosen(17, 5, 1, 3).tolist()
    assert chosen(17, 500, 0, 3).max() == 16


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        draw_pictures(0)
    with pytest.raises(ValueError, match="'color' is no attribute; did you mean 'colour'"):
        pictures.exact("color")
