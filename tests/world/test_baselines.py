"""The baselines against examples worked by hand, and the best readers against the laws that only they satisfy."""

import math
from itertools import islice

import pytest

from fmcourse.world import World
from fmcourse.world.baselines import (
    END,
    BagOfWords,
    NearestNeighbour,
    NGram,
    join,
    labelling_reader,
    rating_reader,
    words,
)

WORLD = World.default()


def test_words_come_back_as_text():
    for document in islice(WORLD.documents(0, kinds=["fact", "review", "contract", "summary", "translation"]), 200):
        assert join(words(document.text)) == document.text


def test_ngram_by_hand():
    # words: the 2, cat 2, sleeps 1, eats 1, END 2; five kinds, and one place for an unknown word
    model = NGram(2).fit(["the cat sleeps", "the cat eats"])
    base = 1 / 6
    cat = (2 + 5 * base) / (8 + 5)
    assert model.probability("cat") == pytest.approx(cat)
    assert model.probability("cat", ["the"]) == pytest.approx((2 + 1 * cat) / (2 + 1))
    sleeps = (1 + 5 * base) / 13
    assert model.probability("sleeps", ["a", "cat"]) == pytest.approx((1 + 2 * sleeps) / (2 + 2))
    assert model.probability("sleeps", ["nothing"]) == pytest.approx(sleeps)  # a new history: back off


def test_ngram_sums_to_one_and_completes():
    model = NGram(3).fit(d.text for d in islice(WORLD.documents(0, kinds=["fact"]), 300))
    for history in ([], ["The"], ["The", "capital"], ["nothing", "known"], ["known", "of"]):
        total = sum(model.probability(w, history) for w in model.vocabulary) + model.probability("?!", history)
        assert total == pytest.approx(1.0)
    model = NGram(3).fit(["a b c.", "a b c.", "a b d."])
    assert model.complete("a b") == "c"
    assert model.parameters > 5 and END in model.vocabulary


def test_bag_of_words_by_hand():
    model = BagOfWords().fit(["good good", "bad", "bad day"], ["yes", "no", "no"])
    # vocabulary: good bad day. yes: 2 words, no: 3 words
    assert model.scores("good new")["yes"] == pytest.approx(math.log(1 / 3) + math.log(3 / 5))
    assert model.scores("good new")["no"] == pytest.approx(math.log(2 / 3) + math.log(1 / 6))
    assert model.answer("good") == "yes" and model.answer("day bad") == "no"
    assert sum(model.probabilities("good day").values()) == pytest.approx(1.0)
    assert BagOfWords().fit(["x", "x"], ["b", "a"]).answer("x") == "a"


def test_nearest_neighbour_by_hand():
    model = NearestNeighbour().fit(["a b c", "a b", "x"], ["1", "2", "3"])
    assert model.answer("a b") == "2" and model.answer("c b a") == "1" and model.answer("x y z") == "3"


@pytest.mark.parametrize(
    "make", [lambda: BagOfWords().fit([], []), lambda: NearestNeighbour().fit([], []), lambda: NGram(0)]
)
def test_nothing_to_learn_from_is_refused(make):
    with pytest.raises(ValueError):
        make()


def test_labelling_by_hand():
    assert labelling_reader("Sort: apple -> zub, saw -> mip, pear ->", WORLD) == {"zub": 1.0}
    unseen = labelling_reader("Sort: apple -> zub, saw ->", WORLD)
    assert "zub" not in unseen and len(unseen) == WORLD.label_partners["zub"]
    assert set(labelling_reader("Sort: saw ->", WORLD)) == set(WORLD.label_partners)
    with pytest.raises(ValueError, match="labelling prompt"):
        labelling_reader("Sort these: apple", WORLD)


def test_rating_by_hand():
    # nothing shown: one taste of four loves the film
    first = rating_reader(f"Ratings by Corin: {WORLD.films[0]}", WORLD)
    assert first[5] == pytest.approx((0.7 + 3 * 0.03) / 4) and first[1] == pytest.approx((0.02 + 3 * 0.4) / 4)
    # five stars for a film that taste 0 loves (films 0, 4, 8, ... are its own)
    after = rating_reader(f"Ratings by Corin: {WORLD.films[0]} 5, {WORLD.films[4]}", WORLD)
    likely = 0.7 / (0.7 + 3 * 0.03)
    assert after[5] == pytest.approx(likely * 0.7 + (1 - likely) * 0.03)
    with pytest.raises(ValueError, match="rating prompt"):
        rating_reader("Ratings by Corin: Nothing", WORLD)


@pytest.mark.parametrize("kind, reader", [("labelling", labelling_reader), ("rating", rating_reader)])
def test_the_best_reader_is_calibrated(kind, reader):
    """Where p is the true distribution, the mean probability of the truth is the mean of the sum of squares."""
    gaps = []
    for document in islice(WORLD.documents(5, kinds=[kind]), 4000):
        p = {str(k): v for k, v in reader(document.prompt, WORLD).items()}
        assert sum(p.values()) == pytest.approx(1.0)
        gaps.append(p.get(document.answer, 0.0) - sum(v * v for v in p.values()))
    mean = sum(gaps) / len(gaps)
    error = (sum((g - mean) ** 2 for g in gaps) / len(gaps) / len(gaps)) ** 0.5
    assert abs(mean) < 3.5 * error + 1e-9
