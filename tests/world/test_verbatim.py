"""Items are found where they stand, counted by kind, and never across the border of two documents."""

import random
from itertools import islice

import pytest

from fmcourse.world import Document, World
from fmcourse.world.verbatim import Tally, summary

STREAM = [
    Document("English: The cat sleeps. French: Le chat dort.", "translation", 1.0),
    Document("The dog barks. The cat sleeps!", "story", 1.0),
    Document("The cat sleeps.", "story", 1.0),
    Document("# write a function that adds 3\ndef f(x):\n    return x + 3", "code", 1.0),
    Document("They say that the cat sleeps, the cat sleeps.", "game", 1.0),
]


def read(items) -> Tally:
    tally = Tally(items)
    for document in STREAM:
        tally.read(document)
    return tally


def counts(found) -> tuple[dict, ...]:
    return tuple(dict(c) for c in (found.exact, found.alike, found.whole, found.prompt))


KNOWN = {
    "The cat sleeps.": (
        {"translation": 1, "story": 1}, {"translation": 1, "story": 2, "game": 1}, {"story": 1},
        {"translation": 1, "story": 2, "game": 1}),
    "cat sleeps. French": ({"translation": 1}, {"translation": 1}, {}, {"translation": 1}),
    "dort. The dog": ({}, {}, {}, {}),  # the end of one document and the beginning of the next
    "The cat sleep": ({}, {}, {}, {}),
    ("English: The cat sleeps. French:", "Le chat dort"): (
        {"translation": 1}, {"translation": 1}, {"translation": 1}, {"translation": 1}),
    ("English: The cat sleeps. French:", "Le chat mange"): ({}, {}, {}, {"translation": 1}),
    ("# write a function that adds 3", "\ndef f(x):\n    return x + 3"): (
        {"code": 1}, {"code": 1}, {"code": 1}, {"code": 1}),
}  # fmt: skip


@pytest.mark.parametrize("item", KNOWN, ids=str)
def test_known_answers(item):
    assert counts(read([item]).found[0]) == KNOWN[item]


def test_items_do_not_disturb_each_other():
    assert [counts(f) for f in read(KNOWN).found] == list(KNOWN.values())
    assert summary(read(KNOWN).found) == {
        "items": 7, "exact": 4 / 7, "alike": 4 / 7, "whole": 3 / 7, "prompt": 5 / 7}  # fmt: skip


def test_two_tallies_add_up_to_one():
    first, second = Tally(KNOWN), Tally(KNOWN)
    for i, document in enumerate(STREAM):
        (second if i % 2 else first).read(document)
    first.add(second.take())
    assert [counts(f) for f in first.found] == list(KNOWN.values())
    first.add(second.take())
    assert [counts(f) for f in first.found] == list(KNOWN.values()), "what was handed over is not handed over again"


def test_it_agrees_with_python_on_documents_of_the_world():
    """The authority is `in`: parts of documents of one seed, looked for in those of another, and of their own."""
    world, rng = World.default(), random.Random("verbatim")
    items = [d.text for d in islice(world.documents("verbatim items"), 300)]
    for text in items[:200]:
        parts = text.split(" ")
        at = rng.randrange(len(parts))
        items.append(" ".join(parts[at : at + rng.randrange(1, 6)]))
    items = [item for item in items if any(c.isalnum() for c in item)]
    documents = [d for seed in ("verbatim items", "other") for d in islice(world.documents(seed), 1500)]
    tally = Tally(items)
    for document in documents:
        tally.read(document)

    def borders(text: str, item: str) -> bool:  # `in`, but whole words only
        at = text.find(item)
        while at >= 0:
            before, after = text[at - 1 : at], text[at + len(item) : at + len(item) + 1]
            if not (before.isalnum() and item[0].isalnum()) and not (after.isalnum() and item[-1].isalnum()):
                return True
            at = text.find(item, at + 1)
        return False

    for item, found in zip(items, tally.found, strict=True):
        assert found.exact.total() == sum(borders(d.text, item) for d in documents), item
        assert found.alike.total() >= found.exact.total() and found.alike.total() >= found.whole.total()
    assert sum(f.exact.total() > 1 for f in tally.found) > 100, "some stand there often"


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="there are no items"):
        summary([])
    with pytest.raises(ValueError, match="phrase 1, ' ', has no words to look for"):
        Tally(["cat", " "])
