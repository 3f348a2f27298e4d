"""The four projects of notebook 21: three parts without a common unit, right answers by the world, one exam."""

import random
import re

import pytest

from fmcourse.tasks.capstone import PROJECTS, Exam, Item, project, right_share
from fmcourse.world import World
from fmcourse.world.kinds.language import NOUNS


def parts(made):
    return made.solved, made.practice, made.exam.items


@pytest.mark.parametrize("name", PROJECTS)
def test_no_unit_is_in_two_parts_and_the_same_draw_gives_the_same(name):
    made, again, other = (project(name, random.Random(seed)) for seed in (3, 3, 4))
    units = [{item.unit for item in part} for part in parts(made)]
    assert all(units) and not (units[0] & units[1] or units[0] & units[2] or units[1] & units[2])
    assert made == again and made.exam.items != other.exam.items
    prompts = [item.prompt for part in parts(made) for item in part]
    assert len(made.exam.items) >= 40 and name == "odd" or len(prompts) == len(set(prompts))


def test_answers_are_the_worlds():
    world = World.default()
    for item in project("moons", random.Random(0)).exam.items:
        assert world.relations["planet"].values[item.unit] == item.answer and item.unit in item.prompt
    friends = project("friends", random.Random(0))
    for item in friends.exam.items:
        (first,) = [s for s in friends.store if s.startswith(f"The friend of {item.unit} is ")]
        friend = first.rstrip(".").split()[-1]
        assert f"{friend} lives in {item.answer}." in friends.store
    sort = {thing: name for name, things in world.categories.items() for thing in things}
    for item in project("odd", random.Random(0)).exam.items:
        four = re.search(r": (.*)\. Answer", item.prompt)[1].split(", ")
        assert len(set(four)) == 4
        assert [thing for thing in four if [sort[t] for t in four].count(sort[thing]) == 1] == [item.answer]


def test_the_way_back_shares_no_noun_between_parts():
    def nouns(items):
        words = " ".join(item.answer for item in items).lower().split()
        return {noun for noun, (_, _, many, _) in NOUNS.items() if noun in words or many in words}

    solved, practice, exam = (nouns(part) for part in parts(project("back", random.Random(0))))
    assert len(solved) == len(exam) == 10 and not (solved & exam or solved & practice or practice & exam)


def test_an_exam_counts_its_openings_and_opens_all_ways_at_once(capsys):
    exam = Exam([Item("a", "x", "1"), Item("b", "y", "2")])
    assert exam.open(one=lambda p: ["x", "x"], two=lambda p: [q.upper() for q in p]) == {
        "one": [True, False],
        "two": [False, False],
    }
    assert exam.openings == 1 and capsys.readouterr().out == ""
    exam.open(one=lambda p: p)
    assert "opened 2 times" in capsys.readouterr().out
    assert "Item" not in repr(exam)  # whoever prints it does not see the questions
    with pytest.raises(ValueError, match="late gave 1 answers"):
        exam.open(late=lambda p: ["x"])


def test_an_unknown_project_is_named():
    with pytest.raises(LookupError, match="'suns'.*moons, back"):
        project("suns", random.Random(0))


def test_the_interval_counts_units():
    from fmcourse.prompting import interval

    right, units = [True] * 9 + [False], ["a"] * 9 + ["b"]
    share, low, high = right_share(right, units)
    assert share == 0.5 and (low, high) == interval(1, 2)
    assert right_share([True, False], ["a", "b"])[1:] == interval(1, 2)
    with pytest.raises(ValueError):
        right_share([True], ["a", "b"])
