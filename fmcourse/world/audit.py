"""The split audit: proves from the texts alone that what is withheld never occurs, in any kind and in any form.

It reads finished documents and knows nothing of how they were made, so that a slip in a kind cannot hide from it. It
compares words, without regard to capital letters, quotation marks, white space, "an" for "a" and final punctuation, and
wherever in a sentence they stand (`fmcourse.world.matching`). Run it:

    python -m fmcourse.world.audit --documents 200000

One leak is known, see `KNOWN`: it is counted and reported, and every other one fails.

But: a withheld sum is withheld in its own order and with its result. "12 + 6 = 18" may occur where "6 + 12 =" may not,
and a calculator may be called with "6 + 12", since no result follows; `data/world/README.md` counts both.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from fmcourse.world import tables
from fmcourse.world.draw import Document
from fmcourse.world.kinds.knowledge import HOPS
from fmcourse.world.kinds.language import ADJECTIVES, NOUNS, withheld_pair
from fmcourse.world.kinds.skills import OPERATIONS
from fmcourse.world.matching import Phrases, phrase, words
from fmcourse.world.world import World


@dataclass(frozen=True, eq=False)
class Known:
    """A leak that the shipped models have read, so that the world cannot be changed before they are trained again.

    Excused are only documents of `kind`, and there only the withheld `phrasings` (relation: phrasing) of the subjects
    that questions ask about, and only right after the words `after`. `facts` counts them for each relation.
    """

    kind: str
    after: str
    phrasings: Mapping[str, str]
    facts: Mapping[str, int]
    example: str
    since: str
    until: str


KNOWN = (
    Known(
        kind="dialogue",
        after="User: I think",
        phrasings={"capital": "The capital of {s} is {o}.", "language": "The language of {s} is {o}."},
        facts={"capital": 10, "language": 12},
        example="User: I think the capital of Japan is Tokyo.",
        since="the world's first version, 2026-11-23",
        until="the models are trained again, on a dialogue in other words",
    ),
)


class Violation(NamedTuple):
    """What is withheld, what was found, and the entry of `KNOWN` that it belongs to, if any."""

    what: str
    found: str
    known: Known | None = None


class Audit:
    """Looks for withheld things in documents; `violations(document)` names each, the known ones too."""

    def __init__(self, world: World):
        self.world = world
        self._forbidden: list[tuple[str, str, Known | None]] = []
        for relation in world.relations.values():
            for subject, value in relation.values.items():
                hole = relation.forward[relation.withheld_forward(subject)]
                asked = relation.group == "moon" or subject in world.asked_subjects(relation.name)
                known = next((k for k in KNOWN if asked and k.phrasings.get(relation.name) == hole), None)
                self._forbid("phrasing", hole.format(s=subject, o=value), known)
                if relation.reverse_withheld(subject):
                    self._forbid("reversed phrasing", relation.reverse.format(s=subject, o=value))
                if not asked:
                    self._forbid("question", relation.question.format(s=subject))
        for name in world.two_hop_withheld:
            for question in HOPS.values():
                self._forbid("two-hop question", question.format(s=name))
        for noun, (french, _, plural, french_plural) in NOUNS.items():
            for adjective, forms in ADJECTIVES.items():
                if withheld_pair(noun, adjective):
                    for word in (noun, plural):
                        self._forbid("noun and adjective", f"{adjective} {word}")
                    for word in (french, french_plural):
                        for form in forms[:4]:
                            self._forbid("noun and adjective", f"{form} {word}" if forms[4] else f"{word} {form}")
        for operation, k in world.withheld_functions:
            for part in OPERATIONS[operation]:
                self._forbid("function", part.format(k=k))
        self._phrases = Phrases(text for _, text, _ in self._forbidden)
        self._after = {known: words(known.after) for known in KNOWN}
        self.held = {name.casefold() for name in world.two_hop_withheld}
        self.friend = {a.casefold(): b.casefold() for a, b in world.relations["friend"].values.items()}
        self.belongs = [{s.casefold(): o.casefold() for s, o in world.relations[r].values.items()} for r in HOPS]
        self.sums = {f"{a} {op} {b}" for a, op, b in world.withheld_sums}
        self.label_pairs = {frozenset(p) for p in world.withheld_label_pairs}
        self.labels = set(tables.LABELS)
        listed = [world.relations[name].values for name in world.listed]
        self.listed = {" ".join(words(f"{s} -> {o}")) for values in listed for s, o in values.items()}

    def _forbid(self, what: str, text: str, known: Known | None = None) -> None:
        self._forbidden.append((what, text, known))

    def _excused(self, known: Known | None, kind: str, text: list[str], start: int) -> Known | None:
        if known and kind == known.kind and text[max(0, start - len(self._after[known])) : start] == self._after[known]:
            return known
        return None

    def violations(self, document: Document) -> Iterator[Violation]:
        """Everything withheld that this document's text contains."""
        text = words(document.text)
        for number, start in self._phrases.found(text):
            what, forbidden, known = self._forbidden[number]
            yield Violation(what, forbidden, self._excused(known, document.kind, text, start))
        there, line = set(text), " ".join(text)
        for name in there & self.held:
            friend = self.friend[name]
            if friend in there and len(there & set(self.friend)) != len(there & {name, friend}):
                yield Violation("two people around a withheld friendship", name)
            if friend in there and any(values[friend] in there for values in self.belongs):
                yield Violation("a withheld friend and what belongs to them", name)
            if "- >" in line:
                yield Violation("person in a list", name)
        for a, op, b in re.findall(r"(?<!\d)(?<!\d \. )(\d+) ([+-]) (\d+) =", line):
            if f"{a} {op} {b}" in self.sums:
                yield Violation("sum", f"{a} {op} {b}")
        labels = there & self.labels
        if labels and text[:2] != ["sort", ":"]:
            yield Violation("label outside its format", ", ".join(sorted(labels)))
        if len(labels) > 2 or frozenset(labels) in self.label_pairs:
            yield Violation("label pair", ", ".join(sorted(labels)))
        if text[:2] == ["list", ":"]:
            for pair in " ".join(phrase(document.text)[2:]).split(" ; "):
                if pair not in self.listed:
                    yield Violation("list relation", pair)


@dataclass
class Report:
    """What an audit found: a sentence for each leak, and how many documents each known one stands in.

    `documents` counts those read of each kind, `known` those with a known leak, `facts` the different things leaked.
    """

    leaks: list[str] = field(default_factory=list)
    documents: Counter[str] = field(default_factory=Counter)
    known: Counter[Known] = field(default_factory=Counter)
    facts: dict[Known, set[str]] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        """The known leaks in words, with their counts."""
        return [
            f"Known: {known.example!r} says what is withheld. {self.known[known]:,} of {self.documents[known.kind]:,} "
            f"documents of kind {known.kind!r} say so of {len(self.facts[known])} of {sum(known.facts.values())} "
            f"facts. Since {known.since}; until {known.until}."
            for known in self.known
        ]


def report(world: World, documents: Iterable[Document]) -> Report:
    """Read the documents and report every leak, the known ones apart."""
    checker, out = Audit(world), Report()
    for document in documents:
        out.documents[document.kind] += 1
        known = set()
        for what, found, excused in checker.violations(document):
            if excused:
                known.add(excused)
                out.facts.setdefault(excused, set()).add(found)
            else:
                out.leaks.append(
                    f"{what} withheld, but found {found!r} in a document of kind {document.kind!r}: {document.text!r}"
                )
        out.known.update(known)
    return out


def audit(world: World, documents: Iterable[Document]) -> list[str]:
    """One sentence for each withheld thing found that is not in `KNOWN`; an empty list proves the split so far."""
    return report(world, documents).leaks


def main() -> int:
    """Audit documents from the command line; 1 when anything withheld was found that is not known."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    world = World.default()
    found = report(world, islice(world.documents(options.seed), options.documents))
    but = "nothing else" if found.known else "nothing"
    print("\n".join(found.leaks[:20]) or f"{but} withheld occurs in {options.documents:,} documents.")
    print("\n".join(found.sentences()))
    return bool(found.leaks)


if __name__ == "__main__":
    raise SystemExit(main())
