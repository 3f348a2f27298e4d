"""Find many phrases in a text at once, without regard to how they are dressed.

Two texts are alike when their words are: capital letters, white space, quotation marks, "an" for "a" and the
punctuation at the end of the phrase do not count. Words are compared whole, so "cat" is not found in "cats". This is
what `fmcourse.world.audit` and `fmcourse verbatim` understand by "the same".

But: words are compared, not meanings. "6 + 12" is not found in "12 + 6", nor "is called" in "is".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_WORD = re.compile(r"""\w+|[^\w\s"'`´“”„‟‘’‚‛«»‹›]""")
_END = frozenset(".,;:!?…")


def words(text: str) -> list[str]:
    """The words and signs of a text, small letters, without quotation marks; "an" counts as "a".

    >>> words('He said: "The  capital of Japan\\nis Tokyo."')
    ['he', 'said', ':', 'the', 'capital', 'of', 'japan', 'is', 'tokyo', '.']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return ["a" if word == "an" else word for word in _WORD.findall(text.casefold())]


def phrase(text: str) -> list[str]:
    """The words of a text without the punctuation at its end.

    >>> phrase("An owl sleeps...") == phrase("a owl sleeps") == ["a", "owl", "sleeps"]
    True
    """
    out = words(text)
    while out and out[-1] in _END:
        out.pop()
    return out


class Phrases:
    """Phrases in a tree of words, so that one walk over a text finds all of them, however many there are.

    >>> wanted = Phrases(["The cat sleeps.", "cat", "sleeps here"])
    >>> list(wanted.found(words("I think the cat sleeps here.")))
    [(0, 2), (1, 3), (2, 4)]

    Raises `ValueError` for a phrase without words: it would stand everywhere.
    """

    def __init__(self, phrases: Iterable[str]):
        self._root: dict[Any, Any] = {}
        for number, text in enumerate(phrases):
            node = self._root
            for word in phrase(text):
                node = node.setdefault(word, {})
            if node is self._root:
                raise ValueError(f"phrase {number}, {text!r}, has no words to look for.")
            node.setdefault("", []).append(number)  # no word is empty, so this key is free

    def found(self, text: Sequence[str]) -> Iterator[tuple[int, int]]:
        """(number of the phrase, number of the word at which it begins) for each place in `words(text)`."""
        root = self._root
        for start, word in enumerate(text):
            node, at = root.get(word), start + 1
            while node is not None:
                for number in node.get("", ()):
                    yield number, start
                node = node.get(text[at]) if at < len(text) else None
                at += 1
