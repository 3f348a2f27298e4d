"""Small professional documents, each with a conclusion that follows from its own content.

All of it is invented: no real company, drug, study or game. A rule decides each conclusion, so that it can be checked.
"""

from fmcourse.world.draw import Draw
from fmcourse.world.needs import Facts

GOODS = ("flat", "shop", "garage", "studio", "warehouse")
NOTICE = (1, 2, 3, 6)


def contract(d: Draw, w: Facts) -> None:
    """A rental clause and its analysis: a notice shorter than three months, or a penalty, is a risk to the tenant."""
    what, rent, notice = d.pick(GOODS), d.pick(range(2, 10)), d.pick(NOTICE)
    penalty = d.pick((False, True))
    rent_at = d.say("Contract: The tenant rents the {g} for {r} hundred crowns a month.", g=what, r=rent)
    notice_at = d.say("Either side may end this contract with {n} months notice.", n=notice)
    if penalty:
        d.say("Late payment costs a penalty.")
    spans = d.say(
        "Analysis: rent {r} hundred, notice {n} months, penalty {p},", r=rent, n=notice, p="yes" if penalty else "no"
    )
    d.link("copy", spans["r"], rent_at["r"])
    d.link("copy", spans["n"], notice_at["n"])
    risk = ("high" if penalty else "medium") if notice < 3 else ("medium" if penalty else "low")
    d.say("risk {r}.", r=risk)
    d.label.update(
        at=spans["r"].start - len("rent "),
        answer=d.text[spans["r"].start - len("rent ") :].removesuffix("."),
        rent=rent,
        notice=notice,
        penalty=penalty,
        risk=risk,
    )


DRUGS = ("Velorin", "Tasmidol", "Oxaprel", "Kanzumab", "Lirastat", "Morvex")
ILLNESSES = ("headache", "asthma", "fever", "insomnia", "anaemia", "eczema")


def medical(d: Draw, w: Facts) -> None:
    """An abstract of a trial: helped in both groups; the drug counts as effective when it helped at least 3 in 10
    more.
    """
    drug, illness = d.pick(DRUGS), d.pick(ILLNESSES)
    d.say("Abstract: We tested {d} against {i} in two groups of ten patients.", d=drug, i=illness)
    with_drug, without = d.pick(range(1, 10)), d.pick(range(1, 7))
    d.say("It helped {a} of 10 with the drug and {b} of 10 with placebo.", a=with_drug, b=without)
    verdict = "effective" if with_drug - without >= 3 else "harmful" if without - with_drug >= 3 else "unclear"
    spans = d.say("Triage: {d} for {i}, {v}.", d=drug, i=illness, v=verdict)
    d.label.update(at=spans["v"].start, answer=verdict, drug=drug, illness=illness, counts=(with_drug, without))


FIRMS = ("Alderwick", "Brightsea", "Corvane", "Dunmore", "Eastlake", "Fairholm")
LINES = ("sales", "costs", "profit", "orders")


def finance(d: Draw, w: Facts) -> None:
    """A table of two years and the report on it: each line rose, fell or stayed."""
    firm, lines = d.pick(FIRMS), d.sample(LINES, d.pick((1, 2, 3)))
    d.say("Table of {f}:", f=firm)
    numbers = {}
    for i, line in enumerate(lines):
        numbers[line] = d.pick(range(1, 10)), d.pick(range(1, 10))
        d.say(
            "{l} {a} then {b}" + ("." if i == len(lines) - 1 else ","), l=line, a=numbers[line][0], b=numbers[line][1]
        )
    start = len(d.text) + 1
    for i, (line, (a, b)) in enumerate(numbers.items()):
        change = "rose" if b > a else "fell" if b < a else "stayed"
        d.say(
            ("Report: " if i == 0 else "")
            + "{l} {c} "
            + ("at {b}" if change == "stayed" else "from {a} to {b}")
            + ("." if i == len(lines) - 1 else ","),
            l=line,
            c=change,
            a=a,
            b=b,
        )
    d.label.update(at=start, answer=d.text[start:].removesuffix("."), firm=firm, numbers=numbers)


FIELDS = {
    "biology": ("growth", "light"),
    "physics": ("speed", "mass"),
    "economics": ("demand", "price"),
    "linguistics": ("memory", "length"),
    "psychology": ("attention", "noise"),
}
METHODS = ("a survey", "an experiment", "a simulation", "a review")


def academic(d: Draw, w: Facts) -> None:
    """An abstract with question, method, result; then its title, which must name the finding and its direction."""
    field = d.pick(tuple(FIELDS))
    effect, cause = FIELDS[field]
    method, result = d.pick(METHODS), d.pick(("raises", "lowers", "does not change"))
    d.say("Paper in {f}: We ask how {c} affects {e}. We use {m}.", f=field, c=cause, e=effect, m=method)
    d.say("We find that {c} {r} {e}.", c=cause, r=result, e=effect)
    if d.pick((False, True)):
        d.say("The sample was small.")
        d.say("Title: {c} {r} {e}, a first look through {m}.", c=cause.capitalize(), r=result, e=effect, m=method)
    else:
        d.say("Title: {c} {r} {e}, evidence from {m}.", c=cause.capitalize(), r=result, e=effect, m=method)
    at = d.text.index("Title:")
    d.label.update(at=at, answer=d.text[at:].removesuffix("."), field=field, result=result)


QUEST = ("the silver crown", "the lost map", "the green stone", "the old sword")
GIVERS = ("innkeeper", "blacksmith", "witch", "guard", "merchant")


def game(d: Draw, w: Facts) -> None:
    """Dialogue of a game character, who must speak in keeping with what the player carries."""
    who, wanted, carried = d.pick(GIVERS), d.pick(QUEST), d.pick((*QUEST, "nothing"))
    d.say("Game: The {w} wants {q}. The player carries {c}.", w=who, q=wanted, c=carried)
    d.say("{w} says:", w=who.capitalize())
    if carried == wanted:
        d.answer(d.pick(("You found {q}. Here is your reward.", "At last, {q}. Take this gold.")), q=wanted)
    elif carried == "nothing":
        d.answer(d.pick(("Bring me {q}.", "Come back with {q}.")), q=wanted)
    else:
        d.answer(d.pick(("I do not need {c}. Bring me {q}.", "Keep {c}. I want {q}.")), c=carried, q=wanted)
    d.label.update(giver=who, wanted=wanted, carried=carried)
