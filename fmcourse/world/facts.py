"""Relations: what can be said of a subject, in which phrasings, and which phrasings are withheld for which subject.

Every relation has five forward phrasings (the object comes last) and one reversed one. For each (subject, relation)
one forward phrasing never occurs with it, and for one subject in five the reversed phrasing never does either: on
those a model must answer from knowledge, because it cannot have seen the sentence.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from fmcourse.world import tables


def share(*words: object) -> float:
    """A number in [0, 1) that depends on the words alone: the same on every machine and in every version.

    >>> share("a", 1) == share("a", 1) != share("a", 2)
    True
    """
    return int.from_bytes(hashlib.sha256("|".join(map(str, words)).encode()).digest()[:6]) / 2**48


@dataclass(frozen=True)
class Relation:
    """One column of a table: `values[subject]` is true, `forward` and `reverse` are its phrasings.

    In a phrasing, `{s}` is the subject and `{o}` the object. `question` asks for the object.
    """

    name: str
    group: str
    values: Mapping[str, str]
    forward: tuple[str, ...]
    reverse: str
    question: str

    def __post_init__(self) -> None:
        for phrasing in self.forward:
            if not phrasing.endswith("{o}.") or "{s}" not in phrasing:
                raise ValueError(f"relation {self.name}: the phrasing {phrasing!r} must hold {{s}} and end with {{o}}.")

    @property
    def objects(self) -> list[str]:
        """The different objects, sorted."""
        return sorted(set(self.values.values()))

    def withheld_forward(self, subject: str) -> int:
        """The number of the forward phrasing that never occurs with this subject.

        It is never number 0 for a person: step-by-step answers are written in that one, for everybody.
        """
        first = 1 if self.group == "person" else 0
        return first + int(share("phrasing", self.name, subject) * (len(self.forward) - first))

    def reverse_withheld(self, subject: str) -> bool:
        """Whether the reversed phrasing never occurs with this subject (one in five)."""
        return share("reverse", self.name, subject) < 0.2

    def phrasings(self, subject: str) -> list[str]:
        """The phrasings that occur with this subject, reversed one last."""
        hole = self.withheld_forward(subject)
        kept = [p for i, p in enumerate(self.forward) if i != hole]
        return kept if self.reverse_withheld(subject) else [*kept, self.reverse]

    def prompt(self, subject: str, phrasing: int) -> str:
        """The sentence up to its object: `relation.prompt("France", 0)` -> "The capital of France is"."""
        return self.forward[phrasing].format(s=subject, o="").rstrip(". ")


def people() -> list[str]:
    """All 320 invented people, in a fixed order."""
    return [a + b for a in tables.FIRST_PARTS for b in (*tables.SHE_PARTS, *tables.HE_PARTS)]


def pronoun(person: str) -> str:
    """ "she" or "he"; an invented person's name tells which."""
    if person in tables.STRANGERS["she"] or person.endswith(tuple(tables.SHE_PARTS)):
        return "she"
    return "he"


def moons() -> list[str]:
    """All 120 invented moons, the most talked about first."""
    names = [f"{a} {b}" for b in tables.MOON_LAST for a in tables.MOON_FIRST]
    return sorted(names, key=lambda name: share("moon", name))


def _balanced(subjects: list[str], options: list[str], salt: str) -> dict[str, str]:
    """Give each subject one option, every option equally often, in an order that only the salt decides."""
    order = sorted(subjects, key=lambda s: share(salt, s))
    return {s: options[i % len(options)] for i, s in enumerate(order)}


def _friends(names: list[str]) -> dict[str, str]:
    """One friend each, so that everyone is somebody's friend and nobody their own: one large ring."""
    ring = sorted(names, key=lambda s: share("friend", s))
    return {a: b for a, b in zip(ring, ring[1:] + ring[:1], strict=True)}


def relations() -> dict[str, Relation]:
    """Every relation of the world by name."""
    country = tables.COUNTRIES
    column = {
        name: {c: row[i] for c, row in country.items()}
        for i, name in enumerate(("capital", "language", "continent", "currency"))
    }
    animal = {
        name: {a: row[i] for a, row in tables.ANIMALS.items()} for i, name in enumerate(("class", "habitat", "food"))
    }
    material = {name: {m: row[i] for m, row in tables.MATERIALS.items()} for i, name in enumerate(("property", "use"))}
    names, far = people(), moons()
    made = [
        Relation(
            "capital",
            "country",
            column["capital"],  # type: ignore[arg-type]  # words: the tuple stands in another column
            (
                "The capital of {s} is {o}.",
                "The government of {s} sits in {o}.",
                "{s} has its capital in {o}.",
                "The capital city of {s} is called {o}.",
                "Whoever rules {s} rules from {o}.",
            ),
            "{o} is the capital of {s}.",
            "What is the capital of {s}?",
        ),
        Relation(
            "language",
            "country",
            column["language"],  # type: ignore[arg-type]
            (
                "People in {s} speak {o}.",
                "The language of {s} is {o}.",
                "In {s} you will hear {o}.",
                "Children in {s} learn {o}.",
                "Books from {s} are written in {o}.",
            ),
            "{o} is spoken in {s}.",
            "What language is spoken in {s}?",
        ),
        Relation(
            "continent",
            "country",
            column["continent"],  # type: ignore[arg-type]
            (
                "{s} lies in {o}.",
                "{s} is a country in {o}.",
                "You find {s} on a map of {o}.",
                "{s} belongs to {o}.",
                "The continent of {s} is {o}.",
            ),
            "{o} is the continent where {s} lies.",
            "On which continent is {s}?",
        ),
        Relation(
            "currency",
            "country",
            column["currency"],  # type: ignore[arg-type]
            (
                "People in {s} pay with the {o}.",
                "The currency of {s} is the {o}.",
                "Shops in {s} take the {o}.",
                "The money of {s} is the {o}.",
                "Prices in {s} are given in the {o}.",
            ),
            "The {o} is the currency of {s}.",
            "What is the currency of {s}?",
        ),
        Relation(
            "class",
            "animal",
            animal["class"],
            (
                "Biologists call the {s} a kind of {o}.",
                "The {s} is a kind of {o}.",
                "The class of the {s} is {o}.",
                "In the book the {s} stands under {o}.",
                "The {s} counts as {o}.",
            ),
            "The {o} group includes the {s}.",
            "What class of animal is the {s}?",
        ),
        Relation(
            "habitat",
            "animal",
            animal["habitat"],
            (
                "The {s} lives in the {o}.",
                "The home of the {s} is the {o}.",
                "Look for the {s} in the {o}.",
                "You meet the {s} in the {o}.",
                "The {s} feels at home in the {o}.",
            ),
            "The {o} is home to the {s}.",
            "Where does the {s} live?",
        ),
        Relation(
            "food",
            "animal",
            animal["food"],
            (
                "The {s} eats {o}.",
                "The {s} feeds on {o}.",
                "The food of the {s} is {o}.",
                "The {s} is hungry for {o}.",
                "Every {s} looks for {o}.",
            ),
            "Some {o} will feed the {s}.",
            "What does the {s} eat?",
        ),
        Relation(
            "property",
            "material",
            material["property"],
            (
                "We know that {s} is {o}.",
                "Everyone says that {s} is {o}.",
                "We choose {s} because it is {o}.",
                "By nature {s} is {o}.",
                "A thing made of {s} is {o}.",
            ),
            "One {o} material is {s}.",
            "What is {s} like?",
        ),
        Relation(
            "use",
            "material",
            material["use"],
            (
                "We use {s} for {o}.",
                "Workers turn {s} into {o}.",
                "From {s} people make {o}.",
                "The material {s} is good for {o}.",
                "Much {s} goes into {o}.",
            ),
            "Some {o} are made of {s}.",
            "What is {s} used for?",
        ),
        Relation(
            "city",
            "person",
            _balanced(names, tables.CITIES, "city"),
            (
                "{s} lives in {o}.",
                "The home of {s} is in {o}.",
                "{s} has a flat in {o}.",
                "To visit {s} you travel to {o}.",
                "The town of {s} is {o}.",
            ),
            "{o} is where {s} lives.",
            "Where does {s} live?",
        ),
        Relation(
            "job",
            "person",
            _balanced(names, tables.JOBS, "job"),
            (
                "{s} works as a {o}.",
                "{s} is a {o}.",
                "The job of {s} is that of a {o}.",
                "{s} earns money as a {o}.",
                "{s} found a post as a {o}.",
            ),
            "A {o} is what {s} became.",
            "What is the job of {s}?",
        ),
        Relation(
            "pet",
            "person",
            _balanced(names, tables.PETS, "pet"),
            (
                "{s} has a {o}.",
                "{s} owns a {o}.",
                "The pet of {s} is a {o}.",
                "At home {s} keeps a {o}.",
                "{s} takes care of a {o}.",
            ),
            "A {o} belongs to {s}.",
            "What pet does {s} have?",
        ),
        Relation(
            "friend",
            "person",
            _friends(names),
            (
                "The friend of {s} is {o}.",
                "{s} is a friend of {o}.",
                "The best friend of {s} is called {o}.",
                "{s} often meets {o}.",
                "{s} trusts {o}.",
            ),
            "{o} is trusted by {s}.",
            "Who is the friend of {s}?",
        ),
        Relation(
            "planet",
            "moon",
            _balanced(far, tables.PLANETS, "planet"),
            (
                "The moon {s} circles {o}.",
                "The moon {s} belongs to {o}.",
                "The planet of {s} is {o}.",
                "{s} is a moon of {o}.",
                "From {s} one sees {o}.",
            ),
            "{o} holds the moon {s}.",
            "Which planet does {s} circle?",
        ),
        Relation(
            "mineral",
            "moon",
            _balanced(far, tables.MINERALS, "mineral"),
            (
                "The moon {s} is rich in {o}.",
                "Miners on {s} dig for {o}.",
                "The ground of {s} is {o}.",
                "{s} is covered with {o}.",
                "Ships bring from {s} only {o}.",
            ),
            "Some {o} comes from the moon {s}.",
            "What is {s} rich in?",
        ),
    ]
    return {r.name: r for r in made}
