"""`fmcourse verbatim FILE`: which test items a shipped model has already read, word for word, in training.

The documents of the recipe are drawn again and read once; nothing is stored. What "word for word" means is said in
`fmcourse.world.verbatim`. A test of items that stand in the training text measures memory as well as ability.

    from fmcourse.making.verbatim import share
    found = share([("Compute 12 + 5 =", "17"), "The cat sleeps."], model="world-gpt")
    found[0].exact        # documents of each kind that hold the prompt and its answer

But: only the shipped recipes. What a notebook trains is not looked at.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from fmcourse.world import World
from fmcourse.world.verbatim import READ_BEFORE, WITHHELD, Found, Item, Tally, fresh_items, summary

CHUNK = 100  # steps that a process reads before it reports
MODELS, EACH = ("world-gpt", "world-bert"), 300  # world-t5 reads other forms of its texts


def share(
    items: Sequence[Item],
    model: str = "world-gpt",
    *,
    steps: Iterable[int] | None = None,
    processes: int = 1,
    progress: bool = True,
) -> list[Found]:
    """Where each of the `items` (a text, or a prompt and its answer) stands in what `model` was trained on.

    `steps` are those of the recipe to read (None: all). World-gpt takes one process 114 s, two `processes` 71 s;
    more than one needs a program that can be imported (`if __name__ == "__main__":`), or a notebook. Returns one
    `Found` an item, in their order; `fmcourse.world.verbatim.summary` makes shares of them. Raises `ValueError` for an
    unknown model or step, for no items, and for an item without words.

    >>> found = share(["Question: What", "Question: Whence"], steps=range(3000, 3020), progress=False)
    >>> [f.exact.total() > 0 for f in found]
    [True, False]
    """
    from tqdm.auto import tqdm

    from fmcourse.making.stream import steps_of

    tally, wanted = Tally(items), list(range(steps_of(model)) if steps is None else steps)
    summary(tally.found)  # says what is wrong with no items, before the minutes of reading
    chunks = [wanted[i : i + CHUNK] for i in range(0, len(wanted), CHUNK)]
    bar = tqdm(total=len(wanted), unit=" steps", disable=not progress, desc=f"what {model} read")
    with bar:
        if processes == 1:
            for chunk in chunks:
                _read_into(tally, model, chunk)
                bar.update(len(chunk))
        else:
            start = {"mp_context": get_context("spawn"), "initializer": _begin, "initargs": (tally.items, model)}
            with ProcessPoolExecutor(processes, **start) as pool:
                for chunk, counted in zip(chunks, pool.map(_read, chunks), strict=True):
                    tally.add(counted)
                    bar.update(len(chunk))
    return tally.found


def _read_into(tally: Tally, model: str, steps: list[int]) -> None:
    from fmcourse.making.stream import documents_read

    for document in documents_read(model, steps):
        tally.read(document)


def _begin(items: list[Item], model: str) -> None:
    """In a process of its own: the tree of all items is made once."""
    global _given
    _given = Tally(items), model


def _read(steps: list[int]) -> dict[int, Found]:
    """In a process of its own: what stands in these steps alone."""
    tally, model = _given
    _read_into(tally, model, steps)
    return tally.take()


def by_kind(model: str, n: int = EACH, **reading) -> dict[str, str]:
    """For each kind of document a string of `n` signs: "1" where `model` read that fresh item to the letter, else "0".

    The items are those of `fmcourse.world.verbatim.fresh_items`, the kinds all of the world's and "fact, withheld";
    `reading` as in `share`.

    >>> by_kind("world-gpt", 5, steps=range(20), progress=False)["contract"]
    '00000'
    """
    from fmcourse.world.world import KINDS

    world = World.default()
    items = {kind: fresh_items(world, kind, n) for kind in (*KINDS, WITHHELD)}
    found = iter(share([item for listed in items.values() for item in listed], model, **reading))
    return {kind: "".join(str(int(next(found).exact.total() > 0)) for _ in listed) for kind, listed in items.items()}


def record_kinds(processes: int = 2) -> int:
    """The command with --kinds: `by_kind` of two text models, written for `fmcourse.world.verbatim`."""
    flags = {model: by_kind(model, processes=processes) for model in MODELS}
    READ_BEFORE.write_text(json.dumps({"exact": flags}, indent=1) + "\n", encoding="utf-8")
    print(f"Written: {READ_BEFORE.name}")
    return 0


def items_in(file: Path) -> list[Item]:
    r"""The items of a text file, one a line: a text, or prompt and answer with a tab between; `\n` is a line break.

    Empty lines are passed over. Raises `ValueError` for a file that is not there, not text, or without items.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise ValueError(f"{file} cannot be read as text; name a file with one item a line.") from e
    out = [tuple(line.replace("\\n", "\n").split("\t", 1)) for line in lines if line.strip()]
    if not out:
        raise ValueError(f"{file} holds no items; write one a line.")
    return [parts if len(parts) == 2 else parts[0] for parts in out]


def table(found: Sequence[Found]) -> str:
    """One line an item and one for all of them, as text for the screen."""
    rows = [("exact", "alike", "whole", "kinds", "item")]
    for f in found:
        kinds = ", ".join(f"{kind} {n:,}" for kind, n in f.alike.most_common()) or "-"
        rows.append((*(f"{c.total():,}" for c in (f.exact, f.alike, f.whole)), kinds, repr(f.text)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)] + [min(40, max(len(row[3]) for row in rows))]
    lines = [
        "  ".join([*(c.rjust(w) for c, w in zip(r, widths[:3], strict=False)), r[3].ljust(widths[3]), r[4]])
        for r in rows
    ]
    all_of_them = summary(found)
    said = ", ".join(
        f"{100 * all_of_them[name]:.0f} % {text}"
        for name, text in (
            ("exact", "to the letter"),
            ("alike", "in the same words"),
            ("whole", "as a document of their own"),
            ("prompt", "at least their prompt"),
        )
    )
    return "\n".join([*lines, f"Of {len(found):,} items the model has read {said}."])


def main(file: Path, model: str = "world-gpt", processes: int = 2, all_items: bool = True) -> int:
    """The command: prints the table, or with `all_items` false the last line only; 2 for a wrong file or model."""
    try:
        said = table(share(items_in(file), model, processes=processes)).splitlines()
    except ValueError as e:
        print(e, file=sys.stderr)
        return 2
    print("\n".join(said if all_items else said[-1:]))
    return 0
