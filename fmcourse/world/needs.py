"""What the kinds of documents ask of their world: the shape of `World` that they can name without importing it."""

from typing import Protocol

from fmcourse.world.draw import Draw
from fmcourse.world.facts import Relation


class Facts(Protocol):
    """A `World`, as far as a kind reads it; world.py says what each part is."""

    relations: dict[str, Relation]
    neighbours: dict[str, list[str]]
    zipf: list[float]
    two_hop_people: list[str]
    listed: tuple[str, ...]
    storied: dict[str, list[str]]
    strangers: list[str]
    categories: dict[str, list[str]]
    category_pairs: list[tuple[str, str]]
    label_pairs: list[tuple[str, str]]
    label_partners: dict[str, int]
    things: list[str]
    keys: list[str]
    films: list[str]
    tastes: tuple[str, str, str, str]
    lengths: dict[str, range]
    she_rate: dict[str, float]
    nouns: list[str]
    adjectives_of: dict[str, list[str]]
    small_sums: list[tuple[int, str, int]]
    functions: list[tuple[str, int]]

    def names(self, *groups: str) -> tuple[str, ...]:
        """The names of the relations of these groups."""

    def subjects(self, relation: str) -> list[str]:
        """Everything that has this relation."""

    def asked_subjects(self, relation: str) -> list[str]:
        """The subjects that occur in questions about this relation."""

    def listed_subjects(self, relation: str) -> list[str]:
        """The subjects that occur in lists of this relation."""

    def value(self, d: Draw, relation: Relation, subject: str) -> str:
        """The object that a sentence states, true or not; charged."""

    def star_weights(self, taste: int, film: str) -> tuple[float, ...]:
        """How likely this taste gives a film 1, 2, 3, 4, 5 stars."""
