"""Curves of votes and scores, against counting every choice and against scipy's bootstrap; long contexts."""

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.stats import bootstrap

from fmcourse.prompting.voting import majority
from fmcourse.studies.test_time import by_score, by_vote, difference_interval
from fmcourse.tasks.long_context import answers, by_part, found, lookups, reports
from fmcourse.world import World
from tests.harness import tiny

TABLE = [["a", "b", "b", "c", "a", "b", None], ["c", "c", "a", None, None, "a", "a"], ["b"] * 7]
TRUTHS = ["b", "a", "c"]


@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_votes_equal_the_mean_over_all_choices(k):
    ours = by_vote(TABLE, TRUTHS, k, draws=4000)
    for row, truth, mean in zip(TABLE, TRUTHS, ours.tolist(), strict=True):
        exact = np.mean([majority([row[j] for j in at]) == truth for at in combinations(range(7), k)])
        # ties go to whoever comes first in a random order, so a choice with a tie may go either way
        assert mean == pytest.approx(exact, abs=0.03 if k in (1, 7) else 0.2)


def test_one_answer_is_the_share_of_right_ones():
    assert by_vote(TABLE, TRUTHS, 1, draws=5000).tolist() == pytest.approx([3 / 7, 3 / 7, 0], abs=0.03)


def test_the_score_decides():
    scores = torch.tensor([[0, 9, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 9], [9, 0, 0, 0, 0, 0, 0]])
    assert by_score(TABLE, scores, TRUTHS, 7).tolist() == [1, 1, 0]
    assert by_score(TABLE, -scores, TRUTHS, 7).tolist()[1] == 0  # the worst score: not the "a" at the end
    with pytest.raises(ValueError, match="shape"):
        by_score(TABLE, scores[:, :3], TRUTHS, 2)


@pytest.mark.parametrize("k", [0, 8])
def test_more_than_was_drawn_is_refused(k):
    with pytest.raises(ValueError, match="between 1 and 7"):
        by_vote(TABLE, TRUTHS, k)
    with pytest.raises(ValueError, match="one for each"):
        by_vote(TABLE, TRUTHS[:2], 1)
    with pytest.raises(ValueError, match="one for each"):
        by_vote([], [], 1)


def test_the_interval_is_that_of_scipy():
    g = torch.Generator().manual_seed(0)
    a, b = torch.rand(53, generator=g), torch.rand(53, generator=g) * 0.8
    low, high = difference_interval(a, b, draws=20_000)
    theirs = bootstrap(((a - b).numpy(),), np.mean, n_resamples=20_000, method="percentile", random_state=0)
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.01)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.01)
    assert low < (a - b).mean() < high and difference_interval(b, a)[1] == pytest.approx(-low, abs=0.02)
    with pytest.raises(ValueError, match="same"):
        difference_interval(a, b[:5])


def test_every_place_is_asked_equally_often_and_answered_by_the_text():
    asked = lookups(13, repeats=3)
    assert sorted(a.place for a in asked) == sorted(list(range(13)) * 3)
    for a in asked:
        table = dict(pair.split() for pair in a.prompt.split("Codes: ")[1].split(". Look")[0].split(", "))
        key = a.prompt.rsplit(" ", 1)[1]
        assert list(table).index(key) == a.place and table[key] == a.answer
    for a in reports(7, repeats=2):
        sentence = a.prompt.removeprefix("Text: ").split(". ")[a.place]
        assert a.answer in sentence and a.prompt.endswith("Answer:")
    assert lookups(13, 3) == asked != lookups(13, 3, seed=1)


def test_texts_are_those_of_the_world():
    recall = next(d for d in World.default().documents("long", kinds=["recall"]) if d.label["length"] == 5)
    assert lookups(5, 1)[0].prompt.split()[0] == recall.text.split()[0] == "Codes:"
    assert ". Look up: " in lookups(5, 1)[0].prompt and ". Look up: " in recall.text


@pytest.mark.parametrize("make, n", [(lookups, 1), (lookups, 41), (reports, 0), (reports, 41)])
def test_impossible_lengths_are_refused(make, n):
    with pytest.raises(ValueError, match="there are"):
        make(n, 1)


def test_parts_and_answers():
    asked = lookups(10, 2)
    right = [a.place >= 8 for a in asked]
    assert by_part(asked, right) == [(0, 4), (0, 4), (0, 4), (0, 4), (4, 4)]
    model, tokenizer = tiny.decoder(), tiny.tokenizer()
    some = lookups(2, 1)
    said = answers(model, tokenizer, some)
    assert found(model, tokenizer, some) == [s == a.answer for s, a in zip(said, some, strict=True)]
