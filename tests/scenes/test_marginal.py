"""How likely a scene is: probabilities of one and two things sum to what they should, and draws follow them."""

from collections import Counter
from math import exp, inf

import numpy as np
import pytest

from fmcourse.scenes import Scene, all_scenes, ask, parse, understand
from fmcourse.scenes.asking import FAMILIES, Conditional
from fmcourse.scenes.marginal import _KINDS, log_marginal
from fmcourse.scenes.scene import PLACES, Thing

TOLD = 55 / 63  # of the groups that are drawn; the others would tell a withheld number
LISTS = FAMILIES["full"] + FAMILIES["open"]
NUMBER = {  # how likely each number of things is
    1: LISTS / 3,
    2: LISTS / 3 + FAMILIES["pair"] + FAMILIES["group"] / 3 / TOLD,
    3: LISTS / 3 + FAMILIES["group"] / 3 * (1 - 4 / 7 * 2 / 6) / TOLD,
    4: FAMILIES["group"] / 3 * (1 - 4 / 7 * 2 / 6) / TOLD,
}


def test_probabilities_sum_to_one():
    assert sum(NUMBER.values()) == pytest.approx(1)
    assert 4 * sum(exp(log_marginal(scene)) for scene in all_scenes(1)) == pytest.approx(NUMBER[1])
    some = sum(exp(log_marginal(scene)) for i, scene in enumerate(all_scenes(2, "seen")) if i % 5 == 0)
    assert 4 * 5 * some == pytest.approx(NUMBER[2], rel=0.02)


def test_three_things_sum_to_theirs():
    """Places do not matter for three things: one choice of them, and every choice of kinds."""
    places, ways = ("left", "top", "bottom right"), 84 * 4
    rng, total, n = np.random.default_rng(0), 0.0, 4000
    for _ in range(n):
        kinds = [_KINDS[i] for i in rng.integers(len(_KINDS), size=3)]
        things = tuple(Thing(s, c, z, place) for (z, c, s), place in zip(kinds, places, strict=True))
        total += exp(log_marginal(Scene(things)))
    assert total / n * len(_KINDS) ** 3 * ways == pytest.approx(NUMBER[3], rel=0.25)


def test_two_cases_by_hand():
    """Two things that share nothing, of which one order may tell its relation and the other may not; three alike."""
    two = parse("a small blue star at the left and a large pink ring at the right")
    wanted = (LISTS / 3 + FAMILIES["pair"] * 0.5 / (5 / 6)) / 60**2 / 36 / 4
    assert exp(log_marginal(two)) == pytest.approx(wanted, rel=1e-9)
    three = Scene(tuple(Thing("ring", "red", "small", place) for place in ("left", "top", "right")))
    shared = sum(1 / 60 / alike**2 for alike in (30, 10, 10, 5, 5, 2, 1)) / 7
    wanted = (LISTS / 3 / 60**3 + FAMILIES["group"] * shared / 3 / TOLD) / 84 / 4
    assert exp(log_marginal(three)) == pytest.approx(wanted, rel=1e-9)
    crosses = Scene(tuple(Thing("cross", "red", "small", place) for place in ("left", "top", "right")))
    shared = sum(1 / 60 / alike**2 for alike in (30, 10, 5)) / 7  # nobody says that these are three crosses
    wanted = (LISTS / 3 / 60**3 + FAMILIES["group"] * shared / 3 / TOLD) / 84 / 4
    assert exp(log_marginal(crosses)) == pytest.approx(wanted, rel=1e-9)


def test_draws_follow_it():
    """How often all things are alike, and how often a star stands first in a pair that is told, beside the sums."""
    rng, n = np.random.default_rng(2), 15_000
    scenes = [ask(rng).scene for _ in range(n)]
    found = Counter(len(scene.things) for scene in scenes)
    alike = sum(len({(t.size, t.colour, t.shape) for t in s.things}) == 1 for s in scenes if len(s.things) == 4)
    four = [Scene(tuple(Thing(s, c, z, p) for p in ("left", "top", "right", "bottom"))) for z, c, s in _KINDS]
    expected = {k: n * p for k, p in NUMBER.items()}
    expected["alike"] = n * 126 * 4 * sum(exp(log_marginal(scene)) for scene in four)
    for key, seen in [*found.items(), ("alike", alike)]:
        assert abs(seen - expected[key]) < 4.5 * expected[key] ** 0.5, key


def test_what_a_caption_tells_is_one_on_average():
    """Over scenes as they are drawn, p(scene | request) / p(scene) has the mean 1, whatever the request."""
    rng, n = np.random.default_rng(3), 12_000
    scenes = [scene for scene in (ask(rng).scene for _ in range(n)) if len(scene.things) < 4]
    for text in ("a thing", "a thing and a thing", "two rings", "a circle left of a star", "three red things"):
        exact = Conditional(understand(text))
        size = len(exact.request.specs)
        ratios = [exp(exact.log_prob(s) - log_marginal(s)) for s in scenes if len(s.things) == size]
        mean, spread = sum(ratios) / n, (sum(r * r for r in ratios) / n) ** 0.5
        assert abs(mean - 1) < 4.5 * spread / n**0.5, text


def test_what_training_never_shows_has_no_probability():
    assert log_marginal(parse("a small green circle at the left")) == -inf
    four = Scene(tuple(Thing("star", "blue", "small", p) for p in ("left", "top", "right", "bottom")))
    assert log_marginal(four) > -inf  # four small blue things, of which nobody says that they are stars
    shapes = [
        Thing("star", colour, "small", place)
        for colour, place in zip(("blue", "pink", "black", "green"), PLACES, strict=False)
    ]
    assert log_marginal(Scene(tuple(shapes))) > -inf  # nobody says that these are four stars, only that they are small
