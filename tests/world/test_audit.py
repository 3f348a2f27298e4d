"""What is withheld never occurs, and a leak of any sort turns the audit red."""

from dataclasses import replace
from itertools import islice

import pytest

from fmcourse.world import Document, World, two_hop_prompt
from fmcourse.world.audit import audit


@pytest.fixture(scope="module")
def world() -> World:
    return World.default()


def test_nothing_withheld_occurs_in_100_000_documents(world):
    assert audit(world, islice(world.documents(seed=2), 100_000)) == []


def leaks(world: World) -> dict[str, Document]:
    person = world.two_hop_withheld[0]
    friend = world.relations["friend"].values[person]
    job = world.relations["job"].values
    capital = world.relations["capital"]
    country = next(c for c in capital.values if capital.reverse_withheld(c))
    hole = capital.forward[capital.withheld_forward("France")].format(s="France", o="Paris")
    unasked = next(c for c in capital.values if c not in world.asked_subjects("capital"))
    a, op, b = world.withheld_sums[0]
    operation, k = next(f for f in world.withheld_functions if f[0] == "add")
    noun, adjective = next(
        (n, a)
        for n in world.nouns
        for a in ("black", "small", "red", "white", "big")
        if a not in world.adjectives_of[n]
    )
    one, two = world.withheld_label_pairs[0]
    texts = {
        "phrasing": "By the way. " + hole,
        "reversed": capital.reverse.format(s=country, o=capital.values[country]),
        "question": "Question: " + capital.question.format(s=unasked),
        "two-hop": two_hop_prompt(person, "pet", steps=True),
        "friend": f"{person} met {friend}. {friend} is a {job[friend]}.",
        "list person": f"List: {person} -> {job[person]}.",
        "list relation": "List: France -> euro.",
        "sum": f"Compute {a} {op} {b} = 0.",
        "function": f"def f(x):\n    return x + {k}",
        "specification": f"a function that adds {k}",
        "noun": f"English: The {adjective} {noun} sleeps.",
        "label pair": f"Sort: oak -> {one}, saw -> {two}.",
        "label elsewhere": f"The {one} is large.",
    }
    return {name: Document(text, "planted", 1.0) for name, text in texts.items()}


@pytest.mark.parametrize(
    "name",
    [
        "phrasing",
        "reversed",
        "question",
        "two-hop",
        "friend",
        "list person",
        "list relation",
        "sum",
        "function",
        "specification",
        "noun",
        "label pair",
        "label elsewhere",
    ],
)
def test_a_planted_leak_is_found(world, name):
    found = audit(world, [leaks(world)[name]])
    assert found and "withheld" in found[0]


def test_a_leaking_kind_is_found(world, monkeypatch):
    """Not a planted text but a slip in the world itself: two-hop questions about everybody."""
    leaky = World()
    monkeypatch.setattr(leaky, "two_hop_people", leaky.people)
    assert audit(leaky, islice(leaky.documents(seed=0, kinds=["two_hop"]), 2000))


def test_the_audit_reads_the_text_and_not_the_label(world):
    honest = next(world.documents(0, kinds=["two_hop"]))
    person = world.two_hop_withheld[0]
    forged = replace(honest, text=honest.text.replace(honest.label["subject"], person))
    assert audit(world, [forged])


def test_spans_and_answers_stand_where_they_say(world):
    for document in islice(world.documents(seed=4), 20_000):
        for link in document.links:
            for span in (link.source, link.target):
                word = document.text[span.start : span.end]
                assert word and word == word.strip()
                assert not document.text[span.end : span.end + 1].isalnum()
            if link.kind == "copy":
                a, b = (document.text[s.start : s.end] for s in (link.source, link.target))
                assert a.lower() == b.lower(), (document.text, a, b)
        if document.answer:
            assert document.text[document.label["at"] :].startswith(document.answer), document.text
            assert document.text.startswith(document.prompt) and not document.prompt.endswith(" ")
