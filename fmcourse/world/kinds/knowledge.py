"""Kinds of documents that state what is true: facts, questions about them, two-hop questions, lists.

Each function writes one document with `d` (see `fmcourse.world.draw`) about `w`, the world.
"""

from collections.abc import Sequence

from fmcourse.world.draw import Draw
from fmcourse.world.needs import Facts


def _state(d: Draw, w: Facts, names: tuple[str, ...], weights: Sequence[float] | None = None) -> None:
    """One sentence: a relation, a subject, a phrasing that may occur with that subject, and the true object."""
    relation = w.relations[d.pick(names)]
    subject = d.pick(w.subjects(relation.name), weights)
    template = d.pick(relation.phrasings(subject))
    value = w.value(d, relation, subject)
    spans = d.say(template, s=subject, o=value)
    d.states(subject, relation.name)
    d.link("fact", spans["o"], spans["s"])
    d.label.update(relation=relation.name, subject=subject, object=value)
    if template != relation.reverse:
        d.label.update(at=spans["o"].start, answer=value)


def fact(d: Draw, w: Facts) -> None:
    """A sentence about a country, an animal or a material."""
    _state(d, w, w.names("country", "animal", "material"))


def person(d: Draw, w: Facts) -> None:
    """A sentence about one of the invented people."""
    _state(d, w, w.names("person"))


def moon(d: Draw, w: Facts) -> None:
    """A sentence about an invented moon; the k-th moon is met 1/k as often as the first (a long tail)."""
    _state(d, w, w.names("moon"), weights=w.zipf)


def borders(d: Draw, w: Facts) -> None:
    """A neighbour of a country; several are true, and the choice among them is charged."""
    country = d.pick(sorted(w.neighbours))
    spans = d.say("{s} shares a border with {o}.", s=country, o=d.pick(w.neighbours[country]))
    d.link("fact", spans["o"], spans["s"])
    d.states(country, "neighbour")
    d.label.update(
        relation="neighbour",
        subject=country,
        options=w.neighbours[country],
        at=spans["o"].start,
        answer=d.text[spans["o"].start : spans["o"].end],
    )


def question(d: Draw, w: Facts) -> None:
    """A question with its answer; one subject in five is withheld from the questions of each relation."""
    relation = w.relations[d.pick(w.names("country", "animal", "material", "person"))]
    subject = d.pick(w.asked_subjects(relation.name))
    d.say("Question: " + relation.question, s=subject)
    value = w.value(d, relation, subject)
    d.answer("Answer: {o}.", o=value)
    d.label.update(relation=relation.name, subject=subject, object=value, at=len(d.text) - len(value) - 1, answer=value)
    d.states(subject, relation.name)


HOPS = {
    "pet": "What pet does the friend of {s} have?",
    "job": "What is the job of the friend of {s}?",
    "city": "Where does the friend of {s} live?",
}


def two_hop(d: Draw, w: Facts) -> None:
    """A question about a person's friend, answered directly or step by step; 64 people never occur in one."""
    name = d.pick(tuple(HOPS))
    subject = d.pick(w.two_hop_people)
    friend = w.relations["friend"].values[subject]
    value = w.relations[name].values[friend]
    d.say("Question: " + HOPS[name], s=subject)
    steps = d.pick((False, True))
    if steps:
        first = d.say("Think: " + w.relations["friend"].forward[0], s=subject, o=friend)
        second = d.say(w.relations[name].forward[0], s=friend, o=value)
        d.link("copy", second["s"], first["o"])
        d.states(subject, "friend")
        d.states(friend, name)
    d.answer("Answer: {o}.", o=value)
    d.label.update(
        relation=name, subject=subject, friend=friend, steps=steps, at=len(d.text) - len(value) - 1, answer=value
    )


def two_hop_prompt(subject: str, relation: str, steps: bool) -> str:
    """The text that asks `subject`'s two-hop question: ends with "Answer:" or, step by step, with "Think:"."""
    return "Question: " + HOPS[relation].format(s=subject) + (" Think:" if steps else " Answer:")


def listing(d: Draw, w: Facts) -> None:
    """A list of two to six pairs of one relation, which the pairs must tell; seven relations never stand in one."""
    relation = w.relations[d.pick(w.listed)]
    k = d.pick(w.lengths["list"])
    d.say("List:")
    for i, subject in enumerate(d.sample(w.listed_subjects(relation.name), k)):
        value = relation.values[subject]
        spans = d.say("{s} -> {o}" + ("." if i == k - 1 else ";"), s=subject, o=value)
        d.states(subject, relation.name)
        d.link("fact", spans["o"], spans["s"])
    d.label.update(relation=relation.name, at=spans["o"].start, answer=value, examples=k - 1)
