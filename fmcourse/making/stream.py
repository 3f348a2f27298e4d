"""What a shipped model read: every document of its training, drawn again step by step, and never held.

A step draws a few documents more than fit into its rows, and leaves the last ones out (`batches.pack`). Only those that
the model read come out here. The order is that of the steps; `tests/training/test_stream.py` compares them with the
batches themselves.

But: without the model. What it was asked in a document (masked words, labels that are not asked for) is not told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from fmcourse.making.pretrain import LENGTH, SPECS
from fmcourse.training.batches import document_stream, longest_prefix
from fmcourse.training.pairs import pairs
from fmcourse.world import Document, World


def steps_of(model: str) -> int:
    """How many steps the recipe of a shipped model has. Raises `ValueError` for an unknown name.

    >>> steps_of("world-gpt")
    15000
    """
    if model not in SPECS:
        raise ValueError(f"no recipe is called {model!r}; there are {', '.join(SPECS)}.")
    return sum(stage.steps for stage in SPECS[model].stages)


def documents_read(model: str, steps: Iterable[int] | None = None) -> Iterator[Document]:
    """The documents that a shipped model was trained on, in these `steps` of its recipe (None: all, from 0).

    For world-t5, which reads pairs, the text of a document is its source, a space and its target. Raises `ValueError`
    for an unknown name, for a step that the recipe does not have, and where the model's tokenizer is missing.

    >>> next(documents_read("world-t5", steps=[1])).text
    'translate: The red horse loses a heavy flower. Le cheval rouge perd une fleur lourde.'
    """
    count = steps_of(model)
    stages = [stage for stage in SPECS[model].stages for _ in range(stage.steps)]
    for step in range(count) if steps is None else steps:
        if not 0 <= step < count:
            raise ValueError(f"{model} has the steps 0 to {count - 1}; there is no step {step}.")
        yield from _read_in(stages[step], model, step)


def _read_in(stage, model: str, step: int) -> Iterator[Document]:
    seed = SPECS[model].seed
    world, kinds, rows = stage.reads(World.default(), seed, step)
    stream = document_stream(world, seed, step, kinds)
    if model == "world-t5":
        for pair in islice(pairs(stream), rows):
            yield replace(pair.document, text=f"{pair.source} {pair.target}")
        return
    drawn, lengths, count = [], [], _counter(model)
    while sum(lengths) < rows * LENGTH * 1.15:  # as `batches.packed` draws them
        more = list(islice(stream, 32))
        drawn += more
        lengths += [count(document.text) + 2 for document in more]
    yield from drawn[: longest_prefix(lengths, rows, LENGTH)]


@lru_cache(maxsize=3)
def _counter(model: str):
    """A function that counts the tokens of a text; words between single spaces are counted once and remembered.

    The tokenizer puts a space before a text and never joins a token across one, so their numbers add up.
    """
    from tokenizers import Tokenizer

    from fmcourse.paths import data_dir

    file = data_dir() / "models" / model / "tokenizer.json"
    if not file.is_file():
        raise ValueError(f"{file} is missing, and nothing can be drawn again without it; install the course again.")
    tokenizer = Tokenizer.from_file(str(file))
    known: dict[str, int] = {}

    def encoded(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    def count(text: str) -> int:
        if "\n" in text or "  " in text:
            return encoded(text)
        total = 0
        for word in text.split(" "):
            n = known.get(word)
            if n is None:
                n = known[word] = encoded(word)
            total += n
        return total

    return count
