"""Which test items stand in documents that a model has read, in which kinds, and how often.

An item counts as *alike* when its words stand in one document in its order (`fmcourse.world.matching` says what counts
as the same word), and as *exact* when it stands there character for character. It is *whole* when the document says
nothing else. Each document is read alone: what lies across the border of two never counts.

But: this finds copies. An item that is not found may still be a small change of one that is there.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from fmcourse.paths import data_dir
from fmcourse.world.draw import Document
from fmcourse.world.matching import Phrases, phrase, words
from fmcourse.world.world import World

READ_BEFORE = data_dir() / "read_before.json"
WITHHELD = "fact, withheld"  # facts in the phrasing that never stands with their subject

Item = str | tuple[str, str]  # a text, or a prompt and the right answer


@dataclass
class Found:
    """Where one item stands: for each kind, the number of documents that hold it.

    `exact`: character for character. `alike`: the same words. `whole`: the same words and nothing else. `prompt`: for
    an item of prompt and answer, the same words as the prompt, whatever follows; for a text the same as `alike`.
    """

    text: str
    exact: Counter[str] = field(default_factory=Counter)
    alike: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    prompt: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: "Found") -> "Found":
        """Add what another part of the documents holds; both are about the same item."""
        for name in ("exact", "alike", "whole", "prompt"):
            getattr(self, name).update(getattr(other, name))
        return self


class Tally:
    """Counts the documents in which items stand, in one walk over each text.

    >>> tally = Tally(["the cat sleeps", ("The dog", "barks")])
    >>> tally.read(Document("The cat sleeps. The dog sings.", "story", 1.0))
    >>> [(dict(f.exact), dict(f.alike), dict(f.prompt)) for f in tally.found]
    [({}, {'story': 1}, {'story': 1}), ({}, {}, {'story': 1})]

    Raises `ValueError` for an item without words.
    """

    def __init__(self, items: Iterable[Item]):
        self.items = list(items)
        self.found = [Found(item if isinstance(item, str) else " ".join(item)) for item in self.items]
        prompts = [item[0] for item in self.items if not isinstance(item, str)]
        self._whose = [i for i, item in enumerate(self.items) if not isinstance(item, str)]
        self._lengths = [len(phrase(found.text)) for found in self.found]
        self._plain = [self._exactly(item) for item in self.items]
        self._phrases = Phrases([*(found.text for found in self.found), *prompts])

    @staticmethod
    def _exactly(item: Item) -> re.Pattern[str]:
        """How an item may stand character for character: after a prompt comes the answer, a space or a break apart."""
        parts = (item,) if isinstance(item, str) else (item[0].rstrip(), item[1].strip())
        plain = "[ \n]".join(map(re.escape, parts))
        before = r"(?<!\w)" if parts[0][:1].isalnum() else ""
        return re.compile(before + plain + (r"(?!\w)" if parts[-1][-1:].isalnum() else ""))

    def read(self, document: Document) -> None:
        """Count what stands in this document; an item that stands in it twice counts once."""
        text = words(document.text)
        numbers = {number for number, _ in self._phrases.found(text)}
        if not numbers:
            return
        length = len(phrase(document.text))
        for number in numbers:
            if number >= len(self.items):
                self.found[self._whose[number - len(self.items)]].prompt[document.kind] += 1
                continue
            found = self.found[number]
            found.alike[document.kind] += 1
            if self._lengths[number] == length:
                found.whole[document.kind] += 1
            if self._plain[number].search(document.text):
                found.exact[document.kind] += 1
            if isinstance(self.items[number], str):
                found.prompt[document.kind] += 1

    def take(self) -> dict[int, Found]:
        """Hand over what was counted so far, by the number of the item, and begin again at nothing."""
        out = {number: found for number, found in enumerate(self.found) if found.alike or found.prompt}
        for number, found in out.items():
            self.found[number] = Found(found.text)
        return out

    def add(self, counted: Mapping[int, Found]) -> None:
        """Add what another tally of the same items has counted, in another process: what its `take` handed over."""
        for number, found in counted.items():
            self.found[number] += found


def summary(found: Sequence[Found]) -> dict[str, float]:
    """The share of the items that stand in at least one document: {"items", "exact", "alike", "whole", "prompt"}.

    Shares lie between 0 and 1; "items" is their number. Raises `ValueError` without items.
    """
    if not found:
        raise ValueError("there are no items; pass at least one.")
    shares = {
        name: sum(getattr(f, name).total() > 0 for f in found) / len(found)
        for name in ("exact", "alike", "whole", "prompt")
    }
    return {"items": len(found), **shares}


def fresh_items(world: World, kind: str, n: int) -> list[Item]:
    """`n` items of one kind of document, of a seed that no training uses: prompt and answer, or else the whole text."""
    if kind == WITHHELD:
        items: list[Item] = []
        for d in islice(world.documents("read before", kinds=["fact"]), n):
            relation, subject = world.relations[d.label["relation"]], d.label["subject"]
            items.append((relation.prompt(subject, relation.withheld_forward(subject)), d.label["object"]))
        return items
    documents = islice(world.documents("read before", kinds=[kind]), n)
    return [(d.prompt, d.answer) if d.prompt and d.answer else d.text for d in documents]


def read_before(model: str = "world-gpt") -> dict[str, float]:
    """For each kind of document, the share of 300 fresh items that `model` read to the letter while it was trained.

    Recorded by `fmcourse verbatim --kinds`, which reads the whole training again. Raises `ValueError` for a model that
    is not in the record.

    >>> read_before("world-gpt")["fact, withheld"], read_before("world-gpt")["contract"]
    (0.0, 1.0)
    """
    return {kind: flags.count("1") / len(flags) for kind, flags in _flags(model).items()}


def never_read(world: World, kind: str, model: str = "world-gpt") -> list[Item]:
    """Those of 300 fresh items of a kind that `model` never read to the letter: what it gets right there is no memory
    of the very item. Raises `ValueError` as `read_before`, and for an unknown kind.

    >>> len(never_read(World.default(), "contract"))
    0
    """
    flags = _flags(model).get(kind)
    if flags is None:
        raise ValueError(f"no kind of document is called {kind!r}; there are {', '.join(_flags(model))}.")
    return [item for item, flag in zip(fresh_items(world, kind, len(flags)), flags, strict=True) if flag == "0"]


def _flags(model: str) -> dict[str, str]:
    recorded = json.loads(READ_BEFORE.read_text(encoding="utf-8"))["exact"]
    if model not in recorded:
        raise ValueError(f"nothing is recorded of {model!r}; there are {', '.join(recorded)}.")
    return recorded[model]
