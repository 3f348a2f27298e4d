"""What guidance does to a share, and that data have the shares that the dial asks for."""

import numpy as np
import pytest

from fmcourse.generation.forms import one_thing
from fmcourse.scenes import read_images
from fmcourse.scenes.scene import SHAPES
from fmcourse.studies.skewed import EVEN, SKEW, sharpened


def test_guidance_in_theory():
    assert sharpened(0.8, 0.5, 1) == pytest.approx(0.8)
    assert sharpened(0.8, 0.5, 2) == pytest.approx(0.64 / 0.68)
    assert sharpened(0.5, 0.5, 5) == pytest.approx(0.5)
    assert sharpened(0.8, 0.8, 5) == pytest.approx(0.8)  # what is as frequent everywhere is not typical
    assert sharpened(0.6, 0.8, 3) < 0.6


def test_the_skews_cancel():
    assert (
        np.mean(list(SKEW.values())) == pytest.approx(0.5) and set(EVEN.values()) == {0.5} and set(SKEW) == set(SHAPES)
    )


@pytest.mark.parametrize("dial", [SKEW, EVEN])
def test_pictures_have_the_skew(dial):
    rng = np.random.default_rng(0)
    things = [r.scene.things[0] for r in read_images(np.stack([one_thing(rng, dial)[1] for _ in range(600)]))]
    for shape, share in dial.items():
        large = [thing.size == "large" for thing in things if thing.shape == shape]
        assert abs(np.mean(large) - share) < 4 * (share * (1 - share) / len(large)) ** 0.5 + 1e-9
