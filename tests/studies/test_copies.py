"""The copier that moves things: the same things, legal, at other places."""

import numpy as np

from fmcourse.generation.judging import read
from fmcourse.generation.pictures import draw_pictures
from fmcourse.studies import copies


def test_what_is_moved_is_legal_and_mostly_elsewhere():
    training = draw_pictures(60, "few")
    drawn = copies.moved(training, 40, np.random.default_rng(0))
    shown = read(drawn)
    assert drawn.shape == (40, 16, 16, 3) and all(shown)
    assert {one[:3] for one in shown} <= {one[:3] for one in training.shown}
    assert len({one[3] for one in shown}) > 20 and len(set(shown) - set(training.shown)) > 30


def test_the_plan_names_what_is_made():
    plan = copies.planned()
    assert len(plan) == 3 + copies.PAIRS + 6 and {p["what"] for p in plan} == {"moved", "few", "writer"}
