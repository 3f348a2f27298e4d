"""Kinds about language itself: stories with pronouns, jobs and pronouns, reviews, registers, translation."""

from fmcourse.world.draw import Draw
from fmcourse.world.facts import share
from fmcourse.world.needs import Facts

OBJECT = {"she": "her", "he": "him"}
PLACES = ("at the market", "in the park", "by the river", "at the station", "in the library", "on the beach")
THINGS = ("book", "lamp", "letter", "map", "ring", "basket", "key", "clock")
OPENINGS = ("{a} met {b} {p}.", "{a} saw {b} {p}.", "{a} waited for {b} {p}.")
GIVES = ("gave", "sold", "showed", "lent")
ENDINGS = ("Then {x} went home.", "Later {x} smiled.", "Soon {x} had to leave.", "In the evening {x} sang.")


def story(d: Draw, w: Facts) -> None:
    """Two people, one thing: "she" and "he" stand for the one of that gender, whichever was named first."""
    thing = d.pick(THINGS)
    she, he = d.pick(w.storied["she"]), d.pick(w.storied["he"])
    a, b = d.pick(((she, he), (he, she)))
    head = d.say("A story about a {t}:", t=thing)
    where = d.say(d.pick(OPENINGS), a=a, b=b, p=d.pick(PLACES))
    named = {"she": where["a" if a == she else "b"], "he": where["a" if a == he else "b"]}
    who = d.pick(("she", "he"))
    other = "he" if who == "she" else "she"
    spans = d.say("{x} {v} {y} the {t}.", x=who.capitalize(), v=d.pick(GIVES), y=OBJECT[other], t=thing)
    d.link("pronoun", spans["x"], named[who])
    d.link("pronoun", spans["y"], named[other])
    d.link("verb", spans["v"], spans["x"])
    d.link("copy", spans["t"], head["t"])
    last = d.pick(("she", "he"))
    spans = d.say(d.pick(ENDINGS), x=last)
    d.link("pronoun", spans["x"], named[last])
    thanked = d.pick((she, he))
    spans = d.say("The {t} now belongs to {n}.", t=thing, n=he if who == "she" else she)
    if thanked == she:
        d.say("This was a good day.")
    d.label.update(
        at=spans["n"].start, answer=he if who == "she" else she, giver=she if who == "she" else he, thing=thing
    )


def work(d: Draw, w: Facts) -> None:
    """A job and a pronoun. How often it is "she" depends on the job, by the dial `skew`: a bias with a known size."""
    job = d.pick(tuple(w.she_rate))
    who = d.pick(("she", "he"), (w.she_rate[job], 1 - w.she_rate[job]))
    spans = d.say(
        "The {j} said that {x} would come {t}.", j=job, x=who, t=d.pick(("today", "tomorrow", "later", "soon"))
    )
    d.link("pronoun", spans["x"], spans["j"])
    d.label.update(job=job, at=spans["x"].start, answer=who)


REVIEWED = {
    "film": ("plot", "music", "ending", "cast"),
    "hotel": ("room", "breakfast", "staff", "pool"),
    "book": ("style", "story", "cover", "first chapter"),
    "restaurant": ("soup", "service", "dessert", "menu"),
}
PRAISE = "wonderful charming excellent lovely brilliant delightful".split()
BLAME = "terrible dull awful boring dreadful disappointing".split()
CLOSINGS = {
    "good": ("I will come back.", "I told all my friends.", "It made my day."),
    "bad": ("Never again.", "I want my money back.", "It spoiled my day."),
}
AGREE = 0.85


def review(d: Draw, w: Facts) -> None:
    """A review whose verdict colours each sentence with probability 0.85, so that single words can mislead."""
    topic = d.pick(tuple(REVIEWED))
    verdict = d.pick(("good", "bad"))
    aspects = d.sample(REVIEWED[topic], d.pick((1, 2, 3)))
    d.say("Review of a {t}:", t=topic)
    words = []
    for aspect in aspects:
        kind = d.pick(("same", "other"), (AGREE, 1 - AGREE))
        good = (verdict == "good") == (kind == "same")
        words.append(d.pick(PRAISE if good else BLAME))
        spans = d.say("The {a} was {v}.", a=aspect, v=words[-1])
        d.link("verb", spans["v"], spans["a"])
    kind = d.pick(("same", "other"), (AGREE, 1 - AGREE))
    d.say(d.pick(CLOSINGS[verdict if kind == "same" else {"good": "bad", "bad": "good"}[verdict]]))
    spans = d.say("Verdict: {v}.", v=verdict)
    d.label.update(at=spans["v"].start, answer=verdict, topic=topic, words=words)


CHILD = (
    "The {s} is an animal. It lives in the {h}. It eats {f}. It is a {c}.",
    "This is the {s}. Its home is the {h}. Its food is {f}. We call it a {c}.",
)
EXPERT = (
    "The {s}, a {c} species whose natural habitat is the {h}, subsists predominantly on {f}.",
    "Belonging to the {c} group, the {s} inhabits the {h} and derives its nutrition from {f}.",
)


def register(d: Draw, w: Facts) -> None:
    """The same facts about an animal, explained to a child in short words or to an expert in long ones."""
    subject = d.pick(w.subjects("class"))
    values = {k: w.relations[r].values[subject] for k, r in (("c", "class"), ("h", "habitat"), ("f", "food"))}
    reader = d.pick(("child", "expert"))
    d.say("Explain the {s} to {a} {r}:", s=subject, a="a" if reader == "child" else "an", r=reader)
    d.answer(
        d.pick(CHILD if reader == "child" else EXPERT).replace(
            "a {c}", "an {c}" if values["c"][0] in "ai" else "a {c}"
        ),
        s=subject,
        **values,
    )
    for relation in ("class", "habitat", "food"):
        d.states(subject, relation)
    d.label.update(subject=subject, reader=reader, facts=values)


# noun: (French, gender, English plural, French plural)
NOUNS = {
    "cat": ("chat", "m", "cats", "chats"),
    "dog": ("chien", "m", "dogs", "chiens"),
    "horse": ("cheval", "m", "horses", "chevaux"),
    "bird": ("oiseau", "m", "birds", "oiseaux"),
    "boy": ("garçon", "m", "boys", "garçons"),
    "king": ("roi", "m", "kings", "rois"),
    "tree": ("arbre", "m", "trees", "arbres"),
    "boat": ("bateau", "m", "boats", "bateaux"),
    "train": ("train", "m", "trains", "trains"),
    "child": ("enfant", "m", "children", "enfants"),
    "book": ("livre", "m", "books", "livres"),
    "wolf": ("loup", "m", "wolves", "loups"),
    "girl": ("fille", "f", "girls", "filles"),
    "queen": ("reine", "f", "queens", "reines"),
    "house": ("maison", "f", "houses", "maisons"),
    "star": ("étoile", "f", "stars", "étoiles"),
    "flower": ("fleur", "f", "flowers", "fleurs"),
    "car": ("voiture", "f", "cars", "voitures"),
    "cow": ("vache", "f", "cows", "vaches"),
    "mouse": ("souris", "f", "mice", "souris"),
    "apple": ("pomme", "f", "apples", "pommes"),
    "school": ("école", "f", "schools", "écoles"),
    "table": ("table", "f", "tables", "tables"),
    "island": ("île", "f", "islands", "îles"),
}
# adjective: (masculine, feminine, masculine plural, feminine plural, stands before the noun)
ADJECTIVES = {
    "small": ("petit", "petite", "petits", "petites", True),
    "big": ("grand", "grande", "grands", "grandes", True),
    "pretty": ("joli", "jolie", "jolis", "jolies", True),
    "bad": ("mauvais", "mauvaise", "mauvais", "mauvaises", True),
    "black": ("noir", "noire", "noirs", "noires", False),
    "green": ("vert", "verte", "verts", "vertes", False),
    "blue": ("bleu", "bleue", "bleus", "bleues", False),
    "white": ("blanc", "blanche", "blancs", "blanches", False),
    "red": ("rouge", "rouge", "rouges", "rouges", False),
    "tired": ("fatigué", "fatiguée", "fatigués", "fatiguées", False),
    "heavy": ("lourd", "lourde", "lourds", "lourdes", False),
    "strange": ("étrange", "étrange", "étranges", "étranges", False),
}
# verb: (English plural, French singular, French plural)
VERBS = {
    "sleeps": ("sleep", "dort", "dorment"),
    "waits": ("wait", "attend", "attendent"),
    "falls": ("fall", "tombe", "tombent"),
    "arrives": ("arrive", "arrive", "arrivent"),
    "disappears": ("disappear", "disparaît", "disparaissent"),
    "returns": ("return", "revient", "reviennent"),
    "shines": ("shine", "brille", "brillent"),
    "moves": ("move", "bouge", "bougent"),
}
TRANSITIVE = {
    "sees": ("see", "voit", "voient"),
    "finds": ("find", "trouve", "trouvent"),
    "loses": ("lose", "perd", "perdent"),
    "loves": ("love", "aime", "aiment"),
    "follows": ("follow", "suit", "suivent"),
    "hides": ("hide", "cache", "cachent"),
}


def withheld_pair(noun: str, adjective: str) -> bool:
    """Whether this noun and this adjective never meet in a translation document (about one pair in six)."""
    return share("translate", noun, adjective) < 1 / 6


def french_noun_phrase(noun: str, adjective: str | None, plural: bool, definite: bool) -> str:
    """The French noun phrase, with agreement, order of words and elision.

    >>> french_noun_phrase("star", "white", False, True), french_noun_phrase("star", "small", False, True)
    ("l'étoile blanche", 'la petite étoile')
    """
    french, gender, _, many = NOUNS[noun]
    words = [many if plural else french]
    if adjective:
        forms = ADJECTIVES[adjective]
        form = forms[(gender == "f") + 2 * plural]
        words = [form, *words] if forms[4] else [*words, form]
    if plural:
        return ("les " if definite else ("de " if adjective and ADJECTIVES[adjective][4] else "des ")) + " ".join(words)  # type: ignore[operator, arg-type]  # words: the bool is `forms[4]`
    if definite and words[0][0] in "aeéiîoué":  # type: ignore[index]
        return "l'" + " ".join(words)  # type: ignore[arg-type]
    article = ("la" if gender == "f" else "le") if definite else ("une" if gender == "f" else "un")
    return article + " " + " ".join(words)  # type: ignore[arg-type]


def english_noun_phrase(noun: str, adjective: str | None, plural: bool, definite: bool) -> str:
    """The English noun phrase: `("cat", "black", False, True)` -> "the black cat"."""
    words = ([adjective] if adjective else []) + [NOUNS[noun][2] if plural else noun]
    article = "the" if definite else ("some" if plural else "an" if words[0][0] in "aeio" else "a")
    return " ".join([article, *words])


Phrase = tuple[str, str | None, bool, bool]  # noun, adjective or None, plural, definite


def translated(phrase: Phrase, verb: str, thing: Phrase | None) -> tuple[str, str]:
    """An English sentence and its French translation; a phrase is (noun, adjective or None, plural, definite)."""
    many = phrase[2]
    table = TRANSITIVE if thing else VERBS
    english = [english_noun_phrase(*phrase), table[verb][0] if many else verb]
    french = [french_noun_phrase(*phrase), table[verb][2 if many else 1]]
    if thing:
        english.append(english_noun_phrase(*thing))
        french.append(french_noun_phrase(*thing))
    return tuple(" ".join(x)[0].upper() + " ".join(x)[1:] + "." for x in (english, french))  # type: ignore[return-value]  # two


def _phrase(d: Draw, w: Facts) -> Phrase:
    noun = d.pick(w.nouns)
    adjective = d.pick((None, *w.adjectives_of[noun]))
    return noun, adjective, d.pick((False, True)), d.pick((True, False), (2, 1))


def translation(d: Draw, w: Facts) -> None:
    """An English sentence and its French translation with agreement, order and elision; some pairs are withheld."""
    phrase = _phrase(d, w)
    thing = _phrase(d, w) if d.pick((False, True)) else None
    verb = d.pick(tuple(TRANSITIVE if thing else VERBS))
    english, french = translated(phrase, verb, thing)
    d.say("English: {e}", e=english)
    spans = d.say("French: {f}", f=french)
    d.label.update(at=spans["f"].start, answer=french.removesuffix("."), source=english, target=french)
