"""Open captions: `understand` undoes `say`, draws follow the exact distribution, and nothing withheld is told."""

from collections import Counter
from itertools import islice
from math import exp

import numpy as np
import pytest

from fmcourse.scenes import (
    CaptionError,
    Conditional,
    all_scenes,
    ask,
    audit_requests,
    fits,
    parse,
    say,
    understand,
)
from fmcourse.scenes.asking import FAMILIES, SPLITS, WITHHELD_COUNTS, WITHHELD_RELATIONS, true_relations
from fmcourse.scenes.captions import LONGEST, WORDS, _Words
from fmcourse.scenes.scene import PLACES


def drawn(n, seed=0, **options):
    rng = np.random.default_rng(seed)
    return [ask(rng, **options) for _ in range(n)]


@pytest.mark.parametrize("split", SPLITS)
def test_what_is_said_is_understood_and_fits(split):
    for request, scene in drawn(1500, split=split):
        text = say(request)
        assert understand(text) == request and fits(scene, request)
        words = _Words(text).words
        assert set(words) <= set(WORDS) and len(words) <= LONGEST


def test_training_never_says_or_shows_what_is_withheld():
    assert audit_requests(drawn(20_000)) == {"combination": 0, "relation": 0, "count": 0}
    for split, what in zip(SPLITS[1:], ("combination", "relation", "count"), strict=True):
        assert audit_requests(drawn(300, split=split))[what] == 300
    assert len(WITHHELD_RELATIONS) == len(WITHHELD_COUNTS) == 4


def test_families_are_as_likely_as_they_say():
    asked = drawn(8000, seed=3)
    share = Counter("pair" if r.relation else "group" if r.group else "list" for r, _ in asked)
    assert share["pair"] / 8000 == pytest.approx(FAMILIES["pair"], abs=0.02)
    assert share["group"] / 8000 == pytest.approx(FAMILIES["group"], abs=0.02)


@pytest.mark.parametrize(
    "text",
    ["a red thing", "a small ring at the left", "a large thing, on a dotted ground", "a green star in the centre"],
)
def test_one_thing_probabilities_sum_to_one(text):
    exact = Conditional(understand(text))
    scenes = (
        type(scene)(scene.things, ground)
        for scene in all_scenes(1)
        for ground in ("plain", "striped", "dotted", "chequered")
    )
    assert sum(exp(exact.log_prob(scene)) for scene in scenes) == pytest.approx(1)


def test_two_things_probabilities_sum_to_one():
    for text in ("a red ring left of a small blue star", "two small red rings", "a red ring and a red ring at the top"):
        exact = Conditional(understand(f"{text}, on a plain ground"))
        total = sum(exp(exact.log_prob(scene)) for scene in all_scenes(2, "seen"))
        assert total == pytest.approx(1)


LARGE = {"circle": 0.9, "ring": 0.2}


@pytest.mark.parametrize("large", [None, LARGE])
def test_scenes_follow_the_exact_distribution(large):
    """What training draws, given the caption, beside `Conditional`: two ways to the same numbers."""
    seen, rng = {}, np.random.default_rng(5)
    for _ in range(60_000):
        request, scene = ask(rng, "open", objects=1, large=large)
        seen.setdefault(say(request), []).append(scene)
    for text, scenes in sorted(seen.items(), key=lambda item: -len(item[1]))[:12]:
        exact = Conditional(understand(text), large=large)
        for attribute in ("size", "shape", "colour", "place"):
            told = exact.marginal(attribute)
            found = Counter(getattr(s.things[0], attribute) for s in scenes)
            for value, p in told.items():
                assert abs(found[value] / len(scenes) - p) < 4.5 * (p * (1 - p) / len(scenes)) ** 0.5 + 1e-9, (
                    text,
                    value,
                )


def test_relations_and_groups_follow_it_too():
    rng = np.random.default_rng(6)
    exact = Conditional(understand("a ring above a star"))
    found = Counter()
    for _ in range(40_000):
        request, scene = ask(rng, "pair")
        if request.relation == "above":
            things = scene.things
            order = things if "above" in true_relations(things[0].place, things[1].place) else things[::-1]
            found[order[0].place] += 1
    total = sum(found.values())
    for place, p in exact.marginal("place").items():
        assert abs(found[place] / total - p) < 4.5 * (p * (1 - p) / total) ** 0.5
    group = [ask(rng, "group", objects=2, large=LARGE) for _ in range(20_000)]
    large = [s for r, s in group if say(r).split(",")[0] == "two large things"]
    told = Conditional(understand("two large things"), large=LARGE).marginal("shape")
    shares = Counter(t.shape for s in large for t in s.things)
    n = sum(shares.values())
    assert all(abs(shares[s] / n - p) < 5 * (p * (1 - p) / n) ** 0.5 for s, p in told.items())


def test_a_perfect_model_is_as_surprised_as_the_entropy():
    rng, exact = np.random.default_rng(1), Conditional(understand("a red thing at the left"))
    assert np.mean([-exact.log_prob(exact.sample(rng)) for _ in range(500)]) == pytest.approx(np.log(5 * 2 * 4))
    assert exact.marginal("place") == {"left": 1.0} and "star" not in exact.marginal("shape")


def test_every_pair_of_places_has_one_or_two_relations():
    for first in PLACES:
        for second in PLACES:
            if first != second:
                one, other = true_relations(first, second), true_relations(second, first)
                assert 1 <= len(one) == len(other) <= 2 and not set(one) & set(other)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("two red circle", "did you mean 'circles'?"),
        ("a red circle left a ring", "where a word should be"),
        ("a ring at the top left of a star", "comes after the caption has ended"),
        ("a ring left of a star at the top", "remove 'at the top'"),
        ("five rings", "where a word 'a' or a number should be"),
        ("a ring on a striped ground", "word 3, 'on'"),
        ("a ring, on a stripy ground", "did you mean 'striped'?"),
        ("a ring and a star at the top and a cross at the top", "'X, Y and Z'"),
        ("a ring at the top and a cross at the top", "two things are at the same place"),
        ("", "ends after 0 words"),
    ],
)
def test_errors_name_the_word(text, said):
    with pytest.raises(CaptionError) as error:
        understand(text)
    assert said in str(error.value)


def test_what_leaves_something_open_is_no_scene_and_what_fits_nothing_is_refused():
    with pytest.raises(CaptionError, match="leaves the size and the place of thing 1 open"):
        parse("a red ring")
    with pytest.raises(ValueError, match="no scene of this split"):
        Conditional(understand("a green circle"))
    rng = np.random.default_rng(0)
    for options in (
        {"family": "ful"},
        {"split": "sen"},
        {"family": "pair", "objects": 3},
        {"family": "full", "split": "withheld count"},
    ):
        with pytest.raises(ValueError):
            ask(rng, **options)


def test_fits_asks_for_the_number_the_things_and_the_relation():
    one = parse("a small red ring at the left and a large blue star at the right")
    for text, fit in (
        ("a red ring left of a star", True),
        ("a star right of a thing", True),
        ("a star left of a ring", False),
        ("a ring", False),
        ("two things", True),
        ("two red things", False),
        ("a large thing and a small thing, on a dotted ground", False),
    ):
        assert fits(one, understand(text)) is fit
    assert not fits(None, understand("a ring"))
    assert list(islice(PLACES, 1)) == ["top left"]
