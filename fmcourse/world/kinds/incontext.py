"""Kinds whose answer stands in the document itself: labels assigned afresh, repeats, look-up, reading, ratings."""

import math

from fmcourse.world.draw import Draw
from fmcourse.world.facts import pronoun
from fmcourse.world.needs import Facts


def labelling(d: Draw, w: Facts) -> None:
    """Items of two categories, each category given a label for this document alone; the reader must work out which.

    When all items come from one category, the other category and its label never show, and are summed over.
    """
    categories = sorted(w.categories)
    pair = d.hidden(w.category_pairs)
    labels = dict(zip(pair, d.hidden(w.label_pairs), strict=True))
    k = d.pick(w.lengths["labelling"])
    nats, sides, left = d.nats, [], {c: list(w.categories[c]) for c in pair}
    d.say("Sort:")
    for i in range(k):
        side = d.hidden(pair)
        item = d.hidden(left[side])
        nats += math.log(2 * len(left[side]))
        left[side].remove(item)
        sides.append(side)
        spans = d.say("{s} -> {o}" + ("." if i == k - 1 else ","), s=item, o=labels[side])
    if len(set(sides)) == 2:
        nats += math.log(len(w.category_pairs) * len(w.label_pairs))
    else:
        ways = (len(categories) - 1) * w.label_partners[labels[sides[0]]]
        nats += math.log(len(w.category_pairs) * len(w.label_pairs) / ways)
    d.settle(nats)
    d.label.update(
        at=spans["o"].start,
        answer=labels[sides[-1]],
        examples=k - 1,
        seen=sides[-1] in sides[:-1],
        categories=pair,
        labels=tuple(labels.values()),
    )


def repeat(d: Draw, w: Facts) -> None:
    """A random sequence of words, then the same again: the second half can be copied."""
    n = d.pick(w.lengths["repeat"])
    words = [d.pick(w.things) for _ in range(n)]
    first = [d.say("Echo: {s}" if i == 0 else "{s}", s=word)["s"] for i, word in enumerate(words)]
    at = len(d.text) + 3
    for i, word in enumerate(words):
        spans = d.say("| {s}" if i == 0 else ("{s}." if i == n - 1 else "{s}"), s=word)
        d.link("copy", spans["s"], first[i])
    d.label.update(at=at, answer=" ".join(words), length=n)


def recall(d: Draw, w: Facts) -> None:
    """A table of keys and digits, then one key asked for: looking something up in the context."""
    n = d.pick(w.lengths["recall"])
    keys = d.sample(w.keys, n)
    values = [d.pick(range(10)) for _ in keys]
    spans = [
        d.say(("Codes: " if i == 0 else "") + "{k} {v}" + ("." if i == n - 1 else ","), k=k, v=v)
        for i, (k, v) in enumerate(zip(keys, values, strict=True))
    ]
    i = d.pick(range(n))
    asked = d.say("Look up: {k} {v}.", k=keys[i], v=values[i])
    d.link("copy", asked["v"], spans[i]["v"])
    d.link("copy", asked["k"], spans[i]["k"])
    d.label.update(at=asked["v"].start, answer=str(values[i]), position=i, length=n)


ASPECTS = {
    "city": ("{s} lives in {o}.", "Where does {s} live?"),
    "job": ("{s} works as a {o}.", "What is the job of {s}?"),
    "pet": ("{s} has a {o}.", "What pet does {s} have?"),
}


def reading(d: Draw, w: Facts) -> None:
    """Sentences about strangers, then a question that the text answers, or does not: then the answer is "not
    stated".
    """
    n = d.pick(w.lengths["reading"])
    names = d.sample(w.strangers, n)
    said = {}
    for i, name in enumerate(names):
        aspect = d.pick(tuple(ASPECTS))
        value = d.pick(w.relations[aspect].objects)
        said[name] = aspect, value, d.say(("Text: " if i == 0 else "") + ASPECTS[aspect][0], s=name, o=value)
    name = d.pick(names)
    aspect, value, where = said[name]
    others = [a for a in ASPECTS if a != aspect]
    asked = d.pick((aspect, *others), (8, 1, 1))
    there = asked == aspect
    spans = d.say("Question: " + ASPECTS[asked][1], s=name)
    d.link("copy", spans["s"], where["s"])
    answer = value if there else "not stated"
    ends = d.say("Answer: {o}.", o=answer)
    if there:
        d.link("copy", ends["o"], where["o"])
    d.label.update(at=ends["o"].start, answer=answer, stated=there, aspect=asked, subject=name)


def rating(d: Draw, w: Facts) -> None:
    """What one customer thinks of several films; a hidden taste decides, and is summed over."""
    taste = d.hidden(range(len(w.tastes)))
    customer = d.pick(w.strangers)
    k = d.pick(w.lengths["rating"])
    films = d.sample(w.films, k)
    nats = d.nats
    stars = [d.hidden((1, 2, 3, 4, 5), w.star_weights(taste, film)) for film in films]
    likelihoods = [
        -sum(math.log(w.star_weights(t, f)[s - 1]) for f, s in zip(films, stars, strict=True))
        for t in range(len(w.tastes))
    ]
    best = min(likelihoods)
    nats += best - math.log(sum(math.exp(best - x) for x in likelihoods) / len(w.tastes))
    spans = [
        d.say(("Ratings by {c}: " if i == 0 else "") + "{f} {s}" + ("." if i == k - 1 else ","), c=customer, f=f, s=s)
        for i, (f, s) in enumerate(zip(films, stars, strict=True))
    ]
    d.settle(nats)
    d.label.update(
        at=spans[-1]["s"].start, answer=str(stars[-1]), customer=customer, taste=taste, films=films, stars=stars
    )


def summary(d: Draw, w: Facts) -> None:
    """A little report about a stranger with asides, and the summary that keeps exactly the facts."""
    name = d.pick(w.strangers)
    aspects = d.sample(("job", "city", "pet"), d.pick((2, 3)))
    told, where = {}, {}
    for i, aspect in enumerate(aspects):
        told[aspect] = d.pick(w.relations[aspect].objects)
        phrasing = d.pick(SUMMARY_PHRASINGS[aspect])
        where[aspect] = d.say(
            ("Report: " if i == 0 else "") + phrasing, s=name if i == 0 else pronoun(name).capitalize(), o=told[aspect]
        )
        if i:
            d.link("pronoun", where[aspect]["s"], where[aspects[0]]["s"])
        if d.pick((False, True)):
            d.say(d.pick(ASIDES))
    source = d.text.removeprefix("Report: ")
    d.say("Summary:")
    start = len(d.text) + 1
    spans = d.say("{s}", s=name)
    d.link("copy", spans["s"], where[aspects[0]]["s"])
    kept = [a for a in ("job", "city", "pet") if a in told]
    for i, aspect in enumerate(kept):
        spans = d.say(
            (", " if i else "") + "{p} {o}" + ("." if i == len(kept) - 1 else ""), p=SHORT[aspect], o=told[aspect]
        )
        d.link("copy", spans["o"], where[aspect]["o"])
    d.label.update(at=start, answer=d.text[start:].removesuffix("."), source=source, target=d.text[start:], facts=told)


SHORT = {"job": "is a", "city": "lives in", "pet": "has a"}
SUMMARY_PHRASINGS = {
    "job": ("{s} works as a {o}.", "{s} has been a {o} for years.", "{s} found work as a {o}."),
    "city": ("{s} lives in {o}.", "{s} moved to {o} last spring.", "{s} rents a room in {o}."),
    "pet": ("{s} has a {o}.", "{s} bought a {o} at the market.", "{s} walks home to a {o}."),
}
ASIDES = (
    "The week was long.",
    "It rained all day.",
    "Nobody was surprised.",
    "The news came late.",
    "That is all we know.",
    "The street was quiet.",
    "Dinner was cold.",
    "The clock had stopped.",
)
