"""Which words may follow: the grammar of full captions, word by word, for whoever writes them from left to right.

    may_follow(["a", "small"])                          # the six colours
    may_follow("a small red ring at the".split())       # 'bottom', 'left', 'right', 'top'

A caption that only ever takes such words is one that `parse` understands: all of each thing, each at a place of its
own, joined as captions are, and perhaps the ground.

But: only captions that leave nothing open; and what is grammatical need not be true.
"""

from collections.abc import Generator, Sequence

from fmcourse.scenes.scene import COLOURS, GROUNDS, MOST, PLACES, SHAPES, SIZES

END = ""  # stands for the end of a caption


def may_follow(words: Sequence[str], most: int = MOST) -> frozenset[str]:
    """The words that may follow those of a full caption of up to `most` things; END where it may end.

    Nothing may follow words that no caption begins with.

    >>> sorted(may_follow("a small red ring in the centre".split(), most=2))
    ['', ',', 'and']
    """
    grammar = _grammar(most)
    allowed = next(grammar)
    for word in words:
        if word not in allowed or word == END:
            return frozenset()
        allowed = grammar.send(word)
    return frozenset(allowed)


def _grammar(most: int) -> Generator[set[str], str, None]:
    """The grammar as a walk: it gives the words that may come, and is told which one came."""
    free, number, last = set(PLACES), 1, False  # places without a thing; this thing's number; was "and" before it?
    yield {"a"}
    while True:
        yield set(SIZES)
        yield set(COLOURS)
        yield set(SHAPES)
        word = yield {"in" if place == "centre" else "at" for place in free}
        yield {"the"}
        place = yield {"centre"} if word == "in" else {p.split()[0] for p in free if p != "centre"}
        may_end = number == 1 or last
        after = {END, ","} if may_end else set()
        if not last:
            after |= {"and"} if number < most else set()
            after |= {","} if number + 1 < most else set()  # as an "and" must follow
        sides = {p.split()[1] for p in free if p.startswith(f"{place} ")}
        word = yield sides | (after if place in free else set())
        if word in sides:
            place = f"{place} {word}"
            word = yield after
        free.discard(place)
        number += 1
        if word == "and":
            last = True
            yield {"a"}
            continue
        more = {"a"} if not last and number < most else set()
        word = yield more | ({"on"} if may_end else set())
        if word == "on":
            yield {"a"}
            yield {ground for ground in GROUNDS if ground != "plain"}  # which is not said
            yield {"ground"}
            yield {END}
