"""Several tries help where one fails, and variation is none for perfect draws and whole for impossible ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from fmcourse.generation import scoring
from fmcourse.generation.scoring import any_of, questions, variation
from fmcourse.scenes import Scene, Thing, understand
from fmcourse.scenes.asking import Conditional


def test_a_request_is_tried_until_it_comes_out_right(monkeypatch):
    asked, tried = questions("one thing", 4, "tries"), []

    def score(loaded, some, *, steps, guidance, seed):
        tried.append(len(some))
        fits = np.array([asked.index(one) <= seed - 10 for one in some])  # the first in the first try, and so on
        return SimpleNamespace(fits=fits, legal=np.ones(len(some), bool))

    monkeypatch.setattr(scoring, "score", score)
    assert any_of(None, asked, 3, seed=10).tolist() == [True, True, True, False] and tried == [4, 3, 2]
    tried.clear()
    assert any_of(None, asked, 9, seed=10).all() and tried == [4, 3, 2, 1]


def test_variation():
    exact, rng = Conditional(understand("a thing")), np.random.default_rng(0)
    assert variation(exact, [exact.sample(rng) for _ in range(3000)]) < 0.03
    one = variation(exact, [Scene((Thing("star", "blue", "small", "top"),))] * 5)
    shares = [exact.marginal(part)[value] for part, value in
              (("shape", "star"), ("colour", "blue"), ("size", "small"), ("place", "top"))]  # fmt: skip
    assert one == pytest.approx(1 - sum(shares) / 4)
    with pytest.raises(ValueError, match="no scene"):
        variation(exact, [])
