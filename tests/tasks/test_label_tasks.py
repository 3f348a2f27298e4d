"""The four tasks: words kept apart, labels balanced, no leak through single words, and truths from the world."""

import re

import pytest

from fmcourse.studies.transfer import counted, letters
from fmcourse.tasks.label_tasks import Task, tasks
from fmcourse.world import World

NAMES = ("sorts", "pairs", "pets", "french")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 1])
def test_test_words_are_in_no_labelled_text(name, seed):
    task = tasks()[name]
    labelled, tested = task.labelled(512, seed), task.test(400, seed)
    said = {w for e in labelled for w in re.findall(r"\w+", e.text)}
    assert not said & {w for e in tested for w in e.words}
    assert not {w for e in task.validation(80, seed) for w in e.words} & {w for e in labelled + tested for w in e.words}
    assert len({e.text for e in labelled}) == 512 and len({e.text for e in tested}) == 400


@pytest.mark.parametrize("name", NAMES)
def test_familiar_texts_speak_of_labelled_words_and_are_never_labelled(name):
    task = tasks()[name]
    labelled, familiar = task.labelled(512, 3), task.familiar(150, 3)
    assert {w for e in familiar for w in e.words} <= set(task.words(3)[0])
    assert not {e.text for e in familiar} & {e.text for e in labelled}


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_balanced_and_more_labels_go_on_where_fewer_end(name):
    task = tasks()[name]
    some, more = task.labelled(40, 1), task.labelled(120, 1)
    assert more[:40] == some != task.labelled(40, 2)
    counts = {c: sum(e.label == c for e in more) for c in task.classes}
    assert counts == dict.fromkeys(task.classes, 120 // len(task.classes))


def test_labels_are_true():
    world = World.default()
    of = {i: s for s, items in world.categories.items() for i in items}
    assert all(e.label == of[e.words[0]] for e in tasks()["sorts"].test(100, 0))
    assert all((e.label == "same") == (of[e.words[0]] == of[e.words[1]]) for e in tasks()["pairs"].test(100, 0))
    furry = {"cat", "dog", "rabbit", "horse", "goat"}
    pet = world.relations["pet"].values
    assert all((e.label == "mammal") == (pet[e.words[0]] in furry) for e in tasks()["pets"].test(100, 0))
    french = {e.text: e.label for e in tasks()["french"].labelled(512, 0)}
    for text, label in french.items():
        if " cow " in text:
            assert (" Une " in text) == (label == "right")


@pytest.mark.parametrize("name", NAMES)
def test_counting_words_or_letters_stays_near_chance_on_new_words(name):
    task = tasks()[name]
    for see in (str, letters):
        share = sum(counted(task.labelled(512, s), task.test(400, s), see) for s in range(4)) / 4
        assert share < task.chance + 0.12, f"{name} leaks: {share:.2f}"


def test_a_leak_would_be_seen():
    """Texts that give their label away are found by the count, so that the test above can fail."""
    task = tasks()["pets"]

    def telling(rng, words):
        example = task.write(rng, words)
        return type(example)(f"{example.text} ({example.label})", example.label, example.words)

    leaky = Task(task.name, task.question, task.classes, task.goal, task.groups, telling)
    assert counted(leaky.labelled(200, 0), leaky.test(200, 0)) > 0.95


def test_asking_for_too_many_or_none_gets_a_sentence():
    with pytest.raises(ValueError, match="fewer than 9999 different test texts; ask for"):
        tasks()["pets"].test(9999, 0)
    with pytest.raises(ValueError, match="at least one"):
        tasks()["pets"].labelled(0, 0)
