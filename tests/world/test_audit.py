"""What is withheld never occurs, but for one leak that is known and counted; any other turns the audit red."""

from dataclasses import replace
from itertools import islice

import pytest

from fmcourse.world import Document, World, two_hop_prompt
from fmcourse.world.audit import KNOWN, Audit, audit, report
from fmcourse.world.matching import Phrases, words


@pytest.fixture(scope="module")
def world() -> World:
    return World.default()


def test_nothing_withheld_but_what_is_known_occurs_in_100_000_documents(world):
    found = report(world, islice(world.documents(seed=2), 100_000))
    assert found.leaks == [] and sum(found.documents.values()) == 100_000
    assert found.known[KNOWN[0]] == len(found.facts[KNOWN[0]]) == 3, "the stream of a seed is the same everywhere"
    (sentence,) = found.sentences()
    assert f"3 of {found.documents['dialogue']:,} documents of kind 'dialogue' say so of 3 of 22 facts" in sentence
    assert KNOWN[0].since in sentence and KNOWN[0].until in sentence


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


HOLE = "The capital of Japan is Tokyo."  # withheld: no document may say it in this phrasing


@pytest.mark.parametrize(
    "text",
    [
        "the capital of japan is tokyo",
        "I think the capital of Japan is Tokyo.",
        "We all know that THE CAPITAL of Japan is Tokyo, and so on.",
        'She said: "The capital of Japan is Tokyo!"',
        "The capital of \u201cJapan\u201d is 'Tokyo'.",
        "The capital  of Japan\nis Tokyo",
    ],
)
def test_a_leak_is_found_however_it_is_dressed(world, text):
    assert world.relations["capital"].withheld_forward("Japan") == 0
    assert [v.found for v in Audit(world).violations(Document(text, "planted", 1.0))] == [HOLE]
    assert audit(world, [Document(text, "planted", 1.0)])


def test_other_withheld_things_are_found_however_they_are_dressed(world):
    person, (a, op, b) = world.two_hop_withheld[0], world.withheld_sums[0]
    planted = {
        "two-hop question": f"say, what pet does the friend of {person.lower()} have",
        "sum": f"compute {a}  {op}  {b}  = 0",
        "list relation": "LIST: France -> euro",
        "label pair": f"sort: oak -> {world.withheld_label_pairs[0][0]}, saw -> {world.withheld_label_pairs[0][1]}",
        "person in a list": f"list: {person.upper()} -> cat.",
    }
    for what, text in planted.items():
        assert what in {v.what for v in Audit(world).violations(Document(text, "planted", 1.0))}, text


def test_an_and_a_are_the_same_word():
    assert list(Phrases(["a owl", "an owl"]).found(words("An owl"))) == [(0, 0), (1, 0)]


def test_a_word_is_found_whole_only():
    assert not list(Phrases(["cat"]).found(words("cats and a tomcat")))
    with pytest.raises(ValueError, match="phrase 1, '...', has no words"):
        Phrases(["cat", "..."])


def dialogue(text: str, kind: str = "dialogue") -> Document:
    return Document(f"User: Hello, my name is Timo. Assistant: Hello Timo. User: {text}", kind, 1.0)


def test_the_known_leak_is_found_and_counted(world):
    """What kinds/skills.py has written since its first version, word for word."""
    text = "I think the capital of Japan is Tokyo. Assistant: Yes, it is Tokyo."
    (violation,) = Audit(world).violations(dialogue(text))
    assert violation.found == HOLE and violation.known is KNOWN[0]
    found = report(world, [dialogue(text), dialogue("What is my name?"), dialogue(text)])
    assert found.leaks == [] and found.documents["dialogue"] == 3 and found.known[KNOWN[0]] == 2
    assert found.facts[KNOWN[0]] == {HOLE}


@pytest.mark.parametrize(
    "leak",
    [
        dialogue("I think the capital of Japan is Tokyo.", kind="story"),
        dialogue("I know the capital of Japan is Tokyo."),
        dialogue("The capital of Japan is Tokyo."),
        dialogue("I think the government of Turkey sits in Ankara."),
        dialogue("I think the currency of Germany is the euro."),
        dialogue("I think the capital of Japan is Tokyo. User: Yes, the capital of Japan is Tokyo."),
    ],
)
def test_a_second_leak_is_not_excused(world, leak):
    """Another kind, other words before it, another phrase, another relation, or once more in the same document."""
    assert len(audit(world, [leak])) == 1


def test_the_known_leak_is_of_so_many_facts_and_excuses_no_other(world):
    (known,) = KNOWN
    may = {}
    for name, phrasing in known.phrasings.items():
        relation = world.relations[name]
        holed = [s for s, o in relation.values.items() if relation.forward[relation.withheld_forward(s)] == phrasing]
        asked = [s for s in holed if s in world.asked_subjects(name)]
        may[name] = len(asked)
        for subject in holed:
            text = phrasing.format(s=subject, o=relation.values[subject])
            leaks = audit(world, [dialogue(f"I think {text[0].lower()}{text[1:]}")])
            assert bool(leaks) == (subject not in asked), "dialogues ask about the others alone"
    assert may == known.facts == {"capital": 10, "language": 12}


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
