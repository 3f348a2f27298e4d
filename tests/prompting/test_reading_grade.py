"""The reading grade against values worked out by hand, and syllables against a dictionary's."""

import pytest

from fmcourse.prompting.reading_grade import reading_grade, syllables
from fmcourse.world.kinds.language import CHILD, EXPERT

COUNTED = {"the": 1, "animal": 3, "lives": 1, "ocean": 2, "eats": 1, "mammal": 2, "home": 1, "food": 1, "species": 2,
           "natural": 3, "habitat": 3, "subsists": 2, "predominantly": 5, "belonging": 3, "inhabits": 3, "group": 1,
           "whose": 1, "this": 1, "apple": 2, "house": 1, "and": 1, "an": 1, "krill": 1, "we": 1, "it": 1}  # fmt: skip


@pytest.mark.parametrize("word", COUNTED)
def test_syllables_as_in_a_dictionary(word):
    assert syllables(word) == COUNTED[word]


def test_a_grade_by_hand():
    text = "The cat eats. An animal eats the apple."  # 8 words, 2 sentences, 1+1+1 + 1+3+1+1+2 = 11 syllables
    assert reading_grade(text) == pytest.approx(0.39 * 8 / 2 + 11.8 * 11 / 8 - 15.59)
    assert reading_grade("animal") == pytest.approx(0.39 + 11.8 * 3 - 15.59)
    for empty in ("", "...", "12 34"):
        with pytest.raises(ValueError, match="no words"):
            reading_grade(empty)


def test_the_world_s_experts_are_harder_than_its_children():
    values = {"s": "whale", "h": "ocean", "f": "krill", "c": "mammal"}
    child, expert = ([reading_grade(t.format(**values)) for t in texts] for texts in (CHILD, EXPERT))
    assert max(child) < min(expert)
