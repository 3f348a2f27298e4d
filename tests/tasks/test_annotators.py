"""The judge reads what was written, counts as the stated rule says, and slips as often as Bradley and Terry say."""

import math
import random

import pytest

from fmcourse.tasks import annotators
from fmcourse.tasks.annotators import CLOSING, Annotator, constitution, count, judge
from fmcourse.world import World

WORLD = World.default()


@pytest.mark.parametrize(("text", "true", "false", "idle", "closing"), [
    ("", 0, 0, 0, False),
    ("It lives in the ocean. It eats krill. It is a mammal.", 3, 0, 0, False),
    ("This is the whale. Its home is the ocean. I hope this helps.", 1, 0, 0, True),
    ("It eats krill. Its food is krill.", 1, 0, 1, False),
    ("It eats grass. It eats grass.", 0, 2, 0, False),
    ("We call it an insect. It is a mammal.", 1, 1, 0, False),
    ("It eats krill. It is a mammal", 1, 0, 1, False),  # cut off: an unfinished sentence states nothing
    ("This is the horse. It eats krill.", 1, 0, 1, False),
    ("The whale is an animal. This is the whale. I hope this helps. I hope this helps.", 0, 0, 2, True),
    ("It lives in a big blue ocean. Blub.", 0, 0, 2, False),
])  # fmt: skip
def test_the_count_of_a_text(text, true, false, idle, closing):
    seen = count(WORLD, "whale", text)
    assert (seen.true, seen.false, seen.idle, seen.closing) == (true, false, idle, closing)
    assert seen.worth == true - false - idle / 2


def test_every_demonstration_can_be_read_and_every_true_sentence_counts():
    rng = random.Random(0)
    for animal in WORLD.relations["class"].values:
        for relation, both in annotators.PHRASINGS.items():
            for k in range(len(both)):
                said = annotators.sentence(relation, WORLD.relations[relation].values[animal], k)
                assert count(WORLD, animal, said).worth == 1, said
        seen = count(WORLD, animal, text := annotators.demonstration(WORLD, animal, rng))
        parts = [s for s in annotators.statements(text) if s.relation is None]
        assert len(parts) <= 2 and seen.true + seen.false + seen.idle == len(annotators.statements(text)) - len(parts)


def test_demonstrations_are_wrong_as_often_as_stated():
    rng, said, false = random.Random(1), 0, 0
    for animal in annotators.animals(WORLD, False) * 60:
        text = annotators.demonstration(WORLD, animal, rng)
        said += sum(s.relation is not None for s in annotators.statements(text))
        false += count(WORLD, animal, text).false
    assert abs(false / said - annotators.WRONG) < 4 * math.sqrt(annotators.WRONG * (1 - annotators.WRONG) / said)


def test_animals_are_withheld_or_not():
    known, withheld = (set(annotators.animals(WORLD, w)) for w in (False, True))
    assert not known & withheld and known | withheld == set(WORLD.relations["class"].values) and len(withheld) >= 8


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_slips_follow_bradley_and_terry(temperature):
    who, rng, n = Annotator(temperature=temperature), random.Random(2), 4000
    better, worse = "It eats krill. It is a mammal.", "It eats krill."
    share = sum(who.prefers_first("whale", better, worse, rng) for _ in range(n)) / n
    wanted = 1 / (1 + math.exp(-1 / temperature))
    assert abs(share - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / n)


def test_a_careful_annotator_never_slips_and_tosses_a_coin_for_equals():
    who, rng = Annotator(temperature=0), random.Random(3)
    assert all(who.prefers_first("whale", "It eats krill.", "It eats mice.", rng) for _ in range(50))
    assert 60 < sum(who.prefers_first("whale", "It eats krill.", "It is a mammal.", rng) for _ in range(200)) < 140


def test_a_bias_is_a_bias():
    plain, polite = Annotator(temperature=0), Annotator(temperature=0, likes_closing=1.5)
    short, nice = "It eats krill. It is a mammal.", f"It eats krill. {CLOSING}"
    rng = random.Random(4)
    assert plain.prefers_first("whale", short, nice, rng) and not polite.prefers_first("whale", short, nice, rng)


def test_the_constitution_asks_the_model_and_not_the_tables():
    def mistaken(animal, relation):
        return {"food": "grass", "habitat": "ocean", "class": "mammal"}[relation]

    rules = constitution(mistaken)
    assert judge(rules, "whale", "It eats grass.", "It eats krill.") == 1, "it believes the model"
    assert judge(rules, "whale", "It eats grass.", "It is a mammal.") == -1
    assert judge(rules, "whale", "It eats grass. It eats grass.", "It eats grass.") == 0
    assert [r.broken("whale", "It eats krill. It eats krill.") for r in rules] == [2, 2, 1]
