"""Newcomers: new names, two facts of three, and nothing about them in the world."""

import random

import pytest

from fmcourse.tasks.newcomers import ENDS, PARTS, newcomers, question, sentence
from fmcourse.world import World


def test_two_facts_of_three_are_written_down():
    made = newcomers(World.default(), random.Random(3), 17)
    names = {name for name, _ in made.facts}
    assert len(names) == 17 and len(made.facts) == 34 and len(made.missing) == 17
    assert not names & set(made.absent) and not set(made.missing) & set(made.facts)
    assert {name for name, _ in made.missing} == names


def test_no_name_stands_in_the_world():
    world = World.default()
    names = {a + b for a in PARTS for b in ENDS}
    assert len(names) == 60
    taken = {*world.people, *world.strangers, *world.films, *world.moons}
    assert not names & {word for name in taken for word in name.split()}


def test_the_same_draw_gives_the_same_people():
    world = World.default()
    assert newcomers(world, random.Random(5)) == newcomers(world, random.Random(5))
    assert newcomers(world, random.Random(5)) != newcomers(world, random.Random(6))


def test_the_forms_are_those_that_the_model_reads():
    assert sentence("Balerto", "pet", "goat") == "Balerto has a goat."
    assert question("Balerto", "job") == "What is the job of Balerto?"


@pytest.mark.parametrize("n", [0, 61])
def test_too_few_or_too_many(n):
    with pytest.raises(ValueError, match="1 to 60"):
        newcomers(World.default(), random.Random(0), n)
