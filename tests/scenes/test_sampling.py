"""Sampling: probabilities sum to one and match frequencies, withheld combinations never occur, seeds repeat."""

from collections import Counter
from math import exp, inf, log

import numpy as np
import pytest
from scipy.stats import chisquare

from fmcourse.scenes import (
    COLOURS,
    PLACES,
    SHAPES,
    SIZES,
    WITHHELD,
    Scene,
    Thing,
    all_scenes,
    audit,
    caption,
    dataset,
    log_prob,
    parse,
    sample,
)


@pytest.mark.parametrize("combos", ["seen", "withheld", "all"])
def test_probabilities_of_one_object_scenes_sum_to_one(combos):
    assert sum(exp(log_prob(scene, 1, combos)) for scene in all_scenes(1)) == pytest.approx(1, abs=1e-9)


def test_probabilities_of_one_and_two_objects_sum_to_one():
    one = sum(exp(log_prob(scene, (1, 2))) for scene in all_scenes(1))
    two = sum(exp(log_prob(scene, (1, 2))) for scene in all_scenes(2))
    assert one == pytest.approx(0.5, abs=1e-9) and one + two == pytest.approx(1, abs=1e-9)


def test_probabilities_of_three_objects_sum_to_one_over_the_withheld_grammar():
    assert sum(exp(log_prob(scene, 3, "withheld")) for scene in all_scenes(3, "withheld")) == pytest.approx(1, abs=1e-9)


def test_all_scenes_counts_each_once():
    assert len(set(all_scenes(1))) == 648
    assert len(set(all_scenes(2, "withheld"))) == 36 * 12**2


def test_frequencies_follow_the_probabilities():
    rng = np.random.default_rng(3)
    counts = Counter(sample(rng)[0] for _ in range(20_000))
    seen = list(all_scenes(1, "seen"))
    assert set(counts) <= set(seen) and len(seen) == 540
    assert chisquare([counts[scene] for scene in seen]).pvalue > 1e-3


def test_the_log_probability_that_comes_with_a_draw_is_that_of_the_scene():
    rng = np.random.default_rng(4)
    for combos in ("seen", "withheld", "all"):
        for _ in range(50):
            scene, logp = sample(rng, (1, 3), combos)
            assert logp == log_prob(scene, (1, 3), combos) < 0
    assert log_prob(parse("a large red circle at the top")) == pytest.approx(-log(9 * 2 * 30))


def test_what_cannot_be_drawn_has_probability_zero():
    assert log_prob(parse("a large green circle at the top")) == -inf
    assert log_prob(parse("a large red circle at the top"), 2) == -inf
    assert log_prob(parse("a large red circle at the top, on a dotted ground")) == -inf


def test_withheld_combinations_never_occur_unless_asked_for():
    data = dataset(11, 4000, objects=(1, 2, 3), size=32)
    assert set(audit(data.scenes).values()) == {0}
    assert not any(f"{colour} {shape}" in text for text in data.captions for shape, colour in WITHHELD)
    rng = np.random.default_rng(11)
    asked = [sample(rng, 2, "withheld")[0] for _ in range(300)]
    assert min(audit(asked).values()) > 0 and sum(audit(asked).values()) == 600
    everything = audit(sample(rng, 1, "all")[0] for _ in range(2000))
    assert min(everything.values()) > 0  # the audit can fail


def test_each_shape_and_each_colour_is_withheld_once():
    assert sorted(shape for shape, _ in WITHHELD) == sorted(SHAPES)
    assert sorted(colour for _, colour in WITHHELD) == sorted(COLOURS)


def test_a_data_set_repeats_with_its_seed_and_its_parts_agree():
    a, b, c = (dataset(seed, 40, (1, 2, 3), noise=0.05) for seed in (7, 7, 8))
    assert np.array_equal(a.images, b.images) and a.captions == b.captions and not np.array_equal(a.images, c.images)
    assert a.images.shape == (40, 32, 32, 3) and a.images.dtype == np.float32
    for i, scene in enumerate(a.scenes):
        assert a.captions[i] == caption(scene) and a.nats[i] == -log_prob(scene, (1, 2, 3)) > 0
        n = len(scene.things)
        rebuilt = tuple(
            Thing(
                SHAPES[a.labels["shape"][i, k]],
                list(COLOURS)[a.labels["colour"][i, k]],
                list(SIZES)[a.labels["size"][i, k]],
                list(PLACES)[a.labels["place"][i, k]],
            )
            for k in range(n)
        )
        assert Scene(rebuilt) == scene
        assert all((a.labels[name][i, n:] == -1).all() for name in a.labels)


def test_uint8_is_the_same_picture_rounded():
    a, b = dataset(1, 5), dataset(1, 5, dtype="uint8")
    assert b.images.dtype == np.uint8 and abs(a.images * 255 - b.images).max() <= 0.501


def test_unknown_options_are_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="did you mean 'withheld'"):
        sample(rng, 1, "witheld")
    with pytest.raises(ValueError, match="number from 1 to 4"):
        sample(rng, 5)
    with pytest.raises(ValueError, match="'float32' or 'uint8'"):
        dataset(0, 1, dtype="float16")
