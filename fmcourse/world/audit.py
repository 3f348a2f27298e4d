"""The split audit: proves from the texts alone that what is withheld never occurs, in any kind and in any form.

It reads finished documents and knows nothing of how they were made, so that a slip in a kind cannot hide from it. Run
it:

    python -m fmcourse.world.audit --documents 200000
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from fmcourse.world import tables
from fmcourse.world.draw import Document
from fmcourse.world.kinds.knowledge import HOPS
from fmcourse.world.kinds.language import ADJECTIVES, NOUNS, withheld_pair
from fmcourse.world.kinds.skills import OPERATIONS
from fmcourse.world.world import World


class Audit:
    """Looks for withheld things in documents; `violations(document)` names each as (what is withheld, what was
    found).
    """

    def __init__(self, world: World):
        self.world = world
        self.by_first_word: dict[str, list[tuple[str, str]]] = {}
        for relation in world.relations.values():
            for subject, value in relation.values.items():
                hole = relation.forward[relation.withheld_forward(subject)]
                self._forbid("phrasing", hole.format(s=subject, o=value))
                if relation.reverse_withheld(subject):
                    self._forbid("reversed phrasing", relation.reverse.format(s=subject, o=value))
                if relation.group != "moon" and subject not in world.asked_subjects(relation.name):
                    self._forbid("question", relation.question.format(s=subject))
        for noun, (french, _, plural, french_plural) in NOUNS.items():
            for adjective, forms in ADJECTIVES.items():
                if withheld_pair(noun, adjective):
                    for word in (noun, plural):
                        self._forbid("noun and adjective", f"{adjective} {word}")
                    for word in (french, french_plural):
                        for form in forms[:4]:
                            self._forbid("noun and adjective", f"{form} {word}" if forms[4] else f"{word} {form}")
        for operation, k in world.withheld_functions:
            words, python = (part.format(k=k) for part in OPERATIONS[operation])
            self._forbid("function", words)
            self._forbid("function", python)
        self.held = set(world.two_hop_withheld)
        self.friend = world.relations["friend"].values
        self.sums = {f"{a} {op} {b}" for a, op, b in world.withheld_sums}
        self.label_pairs = {frozenset(p) for p in world.withheld_label_pairs}
        self.labels = set(tables.LABELS)
        listed = [world.relations[name].values for name in world.listed]
        self.listed = {f"{s} -> {o}" for values in listed for s, o in values.items()}
        self.asks_hop = [re.compile(re.escape(q).replace(r"\{s\}", r"(\w+)")) for q in HOPS.values()]

    def _forbid(self, what: str, text: str) -> None:
        self.by_first_word.setdefault(re.match(r"\W*\w+", text)[0], []).append((what, text))

    def violations(self, document: Document) -> Iterator[tuple[str, str]]:
        """Everything withheld that this document's text contains."""
        text = document.text
        for match in re.finditer(r"\w+", text):
            for what, forbidden in self.by_first_word.get(match[0], ()):
                end = match.start() + len(forbidden)
                if text.startswith(forbidden, match.start()) and not text[end : end + 1].isalnum():
                    yield what, forbidden
        words = set(re.findall(r"\w+", text))
        for name in words & self.held:
            if any(name in pattern.findall(text) for pattern in self.asks_hop):
                yield "two-hop question", name
            if self.friend[name] in words and len(words & set(self.friend)) != len(words & {name, self.friend[name]}):
                yield "two people around a withheld friendship", name
            if self.friend[name] in words and any(
                self.world.relations[r].values[self.friend[name]] in words for r in HOPS
            ):
                yield "a withheld friend and what belongs to them", name
            if "->" in text:
                yield "person in a list", name
        for a, op, b in re.findall(r"(?<![\d.])(\d+) ([+-]) (\d+) =", text):
            if f"{a} {op} {b}" in self.sums:
                yield "sum", f"{a} {op} {b}"
        labels = words & self.labels
        if labels and not text.startswith("Sort:"):
            yield "label outside its format", ", ".join(labels)
        if len(labels) > 2 or frozenset(labels) in self.label_pairs:
            yield "label pair", ", ".join(sorted(labels))
        if text.startswith("List:"):
            for pair in text.removeprefix("List: ").removesuffix(".").split("; "):
                if pair not in self.listed:
                    yield "list relation", pair


def audit(world: World, documents: Iterable[Document]) -> list[str]:
    """One sentence for each withheld thing found; an empty list proves the split on these documents."""
    checker = Audit(world)
    return [
        f"{what} withheld, but found {found!r} in a document of kind {document.kind!r}: {document.text!r}"
        for document in documents
        for what, found in checker.violations(document)
    ]


def main() -> int:
    """Audit fresh documents from the command line; 1 when anything withheld was found."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    world = World.default()
    found = audit(world, islice(world.documents(options.seed), options.documents))
    print("\n".join(found[:20]) or f"nothing withheld occurs in {options.documents:,} documents.")
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
