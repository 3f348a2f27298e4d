"""The pictures of the four families: the exact distribution is the one that is drawn from."""

from collections import Counter

import numpy as np
import pytest

from fmcourse.generation import pictures
from fmcourse.generation.pictures import (
    ATTRIBUTES,
    COMBINATIONS,
    EDGE,
    SIDE,
    cell,
    chosen,
    draw_pictures,
    entropy,
    exact,
    from_tensor,
    picture_of,
    positions,
    probability,
    to_tensor,
)
from fmcourse.scenes import SIZES, WITHHELD, Scene, Thing, image, images

ALL = [(*c, size, shift) for c in COMBINATIONS for size in SIZES for shift in positions(size)]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_probabilities_are_those_of_all_pictures(attribute):
    counted = Counter()
    for shown in ALL:
        counted[ATTRIBUTES[attribute](cell(shown))] += probability(shown)
    assert exact(attribute) == pytest.approx({value: counted[value] for value in exact(attribute)})
    assert sum(counted.values()) == pytest.approx(1)


def test_withheld_combinations_have_none():
    joint = exact("joint")
    assert len(joint) == 648 and Counter(p > 0 for p in joint.values()) == {True: 540, False: 108}
    assert all((p == 0) == (c[:2] in WITHHELD) for c, p in joint.items())
    assert probability((*WITHHELD[0], "small", (0.0, 0.0))) == 0


def test_pictures_are_windows_of_scenes(monkeypatch):
    drawn = draw_pictures(29, 3)
    for one, (shape, colour, size, shift) in zip(drawn.images, drawn.shown, strict=True):
        monkeypatch.setattr(images, "shifts", lambda scene, rng, shift=shift: [shift])
        scene = Scene((Thing(shape, colour, size, "centre"),))
        whole = image(scene, rng=np.random.default_rng(0), free=True)
        assert np.allclose(one, whole[EDGE : EDGE + SIDE, EDGE : EDGE + SIDE], atol=1e-6)
        outside = np.ones((32, 32), bool)
        outside[EDGE : EDGE + SIDE, EDGE : EDGE + SIDE] = False
        assert np.allclose(whole[outside], images.background()[outside])  # nothing of the thing is cut off


def test_so_many_pictures_with_this_entropy_and_no_two_alike():
    p = np.array([probability(shown) for shown in ALL])
    assert len(ALL) == 15_420 and p.sum() == pytest.approx(1) and entropy() == pytest.approx(-(p * np.log(p)).sum())
    some = [shown for shown in ALL if shown[:3] == ("star", "blue", "small")]
    assert len({picture_of(shown).astype(np.float32).tobytes() for shown in some}) == len(some) == 289


def test_places_are_thirds():
    assert cell(("star", "blue", "small", (-1.0, 1.5)))[3] == "bottom"
    assert cell(("star", "blue", "small", (1.5, -1.5)))[3] == "top right"
    assert cell(("star", "blue", "small", (1.0, 0.0)))[3] == "centre"


def test_draws_repeat_and_hold_nothing_that_is_withheld():
    one, again, other = draw_pictures(211, "a"), draw_pictures(211, "a"), draw_pictures(211, "b")
    assert np.array_equal(one.images, again.images) and one.shown == again.shown != other.shown
    assert one.images.dtype == np.float32 and len(one) == 211
    assert not {shown[:2] for shown in one.shown} & set(WITHHELD)


def test_there_and_back():
    x = draw_pictures(3).images
    assert to_tensor(x).shape == (3, 3, 16, 16) and np.allclose(from_tensor(to_tensor(x)), x, atol=1e-6)
    assert from_tensor(2 + to_tensor(x)).max() == 1


def test_a_step_reads_the_same_rows_again():
    assert chosen(17, 5, 0, 3).tolist() == chosen(17, 5, 0, 3).tolist() != chosen(17, 5, 1, 3).tolist()
    assert chosen(17, 500, 0, 3).max() == 16


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        draw_pictures(0)
    with pytest.raises(ValueError, match="'color' is no attribute; did you mean 'colour'"):
        pictures.exact("color")
