"""Search: hand-worked scores, the laws of a search, and what a caller may get wrong."""

import math
import time

import numpy as np
import pytest

from fmcourse.applications.retrieval import Index, recall_at_k

TEXTS = ["Anwi lives in Oslo.", "Anwi has a goat.", "Timo works as a pilot in a goat barn.", ""]


def letters(texts):
    """A vector of 26 counts for each text."""
    return [[float(t.lower().count(chr(97 + i))) for i in range(26)] for t in texts]


def test_bm25_equals_the_formula_worked_by_hand():
    index = Index(["a b", "a c c", "d"])
    hits = {h.number: h.score for h in index.search("c a a", 5)}
    mean, k1, b = 2.0, 1.2, 0.75

    def part(n, length, df):
        idf = math.log(1 + (3 - df + 0.5) / (df + 0.5))
        return idf * n * (k1 + 1) / (n + k1 * (1 - b + b * length / mean))

    assert hits == pytest.approx({0: part(1, 2, 2), 1: part(1, 3, 2) + part(2, 3, 1)})


def test_a_word_that_few_texts_have_counts_more():
    index = Index([*["the red cat"] * 5, "the red dog", "the blue cat"])
    assert index.search("red dog", 1)[0].number == 5
    assert index.search("blue cat", 1)[0].number == 6


def test_only_texts_that_share_a_word_are_found():
    assert [h.number for h in Index(TEXTS).search("ANWI?", 99)] == [0, 1] or [
        h.number for h in Index(TEXTS).search("ANWI?", 99)
    ] == [1, 0]
    assert Index(TEXTS).search("Gero") == [] and Index(TEXTS).search("") == [] and Index(TEXTS).search("?!") == []


def test_ties_go_to_the_earlier_text_and_order_is_by_score():
    assert [h.number for h in Index(["x y", "x z", "x w"]).search("x", 2)] == [0, 1]
    scores = [h.score for h in Index(TEXTS, letters).search("a goat in Oslo", 4)]
    assert scores == sorted(scores, reverse=True)


def test_dense_is_the_cosine_and_both_is_reciprocal_rank_fusion():
    index = Index(TEXTS[:3], letters)
    made = np.array(letters([*TEXTS[:3], "goat"]))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    dense = index.search("goat", 3, "dense")
    assert {h.number: h.score for h in dense} == pytest.approx(dict(enumerate(made[:3] @ made[3])))
    sparse = index.search("goat", 3, "sparse")
    expected = {}
    for hits in (sparse, dense):
        for rank, hit in enumerate(hits, start=1):
            expected[hit.number] = expected.get(hit.number, 0) + 1 / (60 + rank)
    both = index.search("goat", 3)
    assert {h.number: h.score for h in both} == pytest.approx(expected)
    assert len(index.search("Gero", 3, "dense")) == 3  # it always finds somebody


@pytest.mark.parametrize("how", [None, "sparse", "dense", "both"])
def test_an_empty_collection_finds_nothing(how):
    index = Index([], letters)
    assert len(index) == 0 and index.search("anything", 3, how) == []


def test_a_huge_question_takes_no_time_and_a_huge_k_is_all_there_is():
    seen = []

    def encode(texts):
        seen.extend(map(len, texts))
        return letters(texts)

    index, start = Index(TEXTS, encode), time.monotonic()
    assert len(index.search("goat " * 200_000, 10**9)) == len(TEXTS)
    assert time.monotonic() - start < 5 and max(seen) <= 2000


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Index("one text"), TypeError, "list"),
        (lambda: Index(["a", 3]), TypeError, "text 1"),
        (lambda: Index(TEXTS).search("a", 0), ValueError, "at least 1"),
        (lambda: Index(TEXTS).search("a", True), ValueError, "at least 1"),
        (lambda: Index(TEXTS).search("a", 1.5), ValueError, "whole"),
        (lambda: Index([]).search("a", -1), ValueError, "at least 1"),
        (lambda: Index(TEXTS).search(None), TypeError, "text"),
        (lambda: Index(TEXTS).search("a", 1, "dense"), ValueError, "encode"),
        (lambda: Index(TEXTS, letters).search("a", 1, "best"), ValueError, "sparse"),
        (lambda: Index(TEXTS, lambda texts: [1.0]), ValueError, "one vector each"),
        (lambda: Index(TEXTS, lambda texts: [[math.nan]] * len(texts)), ValueError, "finite"),
        (lambda: recall_at_k([], []), ValueError, "at least one"),
        (lambda: recall_at_k([[1]], [1, 2]), ValueError, "one each"),
    ],
)
def test_mistakes_get_one_sentence(call, error, says):
    with pytest.raises(error, match=says) as caught:
        call()
    assert len(str(caught.value)) < 200 and "\n" not in str(caught.value)


def test_recall_counts_questions():
    assert recall_at_k([[4, 2], [1, 0], [3], []], [2, 5, 3, 1]) == 0.5
