"""The best reader of a list, held against counting over documents that the world writes."""

import re
from collections import Counter
from itertools import islice

import pytest

from fmcourse.tasks.list_reader import list_reader
from fmcourse.world import World

WORLD = World.default()


def test_without_an_example_every_relation_of_the_subject_is_possible():
    assert list_reader("List: France ->", WORLD) == pytest.approx({"Paris": 1 / 3, "French": 1 / 3, "Europe": 1 / 3})


def test_an_example_tells_the_relation():
    assert list_reader("List: Peru -> Lima; France ->", WORLD) == {"Paris": 1.0}
    assert list_reader("List: Peru -> America; France ->", WORLD) == {"Europe": 1.0}


def test_nobody_does_better_on_the_documents_themselves():
    """On documents of the world the reader's probabilities are those of the answers: right as often as it says."""
    expected, right, n, unsure = 0.0, 0, 0, 0
    for d in islice(WORLD.documents("list reader", kinds=["list"]), 3000):
        pairs = re.findall(r"([^;>]+) -> ([^;]+)[;.]", d.text.removeprefix("List:"))
        subject, answer = pairs[0][0].strip(), pairs[0][1]
        p = list_reader(f"List: {subject} ->", WORLD)
        best = max(p, key=p.get)
        expected, right, n = expected + p[best], right + (best == answer), n + 1
        unsure += p[best] < 0.9
        assert answer in p
        (one, other), (last, value) = pairs[0], pairs[1]
        assert value in list_reader(f"List: {one.strip()} -> {other}; {last.strip()} ->", WORLD)
    assert unsure > n / 2 and abs(right - expected) < 4 * (n * 0.25) ** 0.5


def test_probabilities_match_the_documents_after_one_pair_that_does_not_decide():
    """Class and habitat never share a value, but a person's pairs decide at once; counts must agree in any case."""
    seen = Counter()
    for d in islice(WORLD.documents("list reader 2", kinds=["list"]), 4000):
        seen[d.label["relation"]] += 1
    assert set(seen) == set(WORLD.listed)
    assert max(seen.values()) < 1.35 * min(seen.values())  # equally likely beforehand, as the reader assumes


@pytest.mark.parametrize("prompt", ["", "List:", "Sort: a -> b, c ->", "List: France", "List: Peru -> Lima, France ->"])
def test_another_form_is_refused(prompt):
    with pytest.raises(ValueError, match="not a list prompt"):
        list_reader(prompt, WORLD)


def test_what_no_list_says_is_refused():
    with pytest.raises(ValueError, match="no relation"):
        list_reader("List: Peru -> sol; France ->", WORLD)
    with pytest.raises(ValueError, match="no relation"):
        list_reader("List: nobody ->", WORLD)
