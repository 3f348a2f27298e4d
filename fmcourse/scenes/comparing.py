"""Hold a scene that was found against the scene that was asked for: which attributes are right, and is it bound right?

But: motions and words are not compared; a picture cannot show them.
"""

from collections import Counter

from fmcourse.scenes.scene import Scene

ATTRIBUTES = ("shape", "colour", "size", "place")


def compare(found: Scene | None, asked: Scene) -> dict[str, bool]:
    """What is right in `found` (None: nothing is).

    "whole" is true when every thing is right. "shape", "colour", "size" and "place" are each true when the scene has
    these attributes, as often as asked for, whichever thing bears them. "misbound" is true when all four are there and
    the whole is wrong: right parts, wrongly put together.

    >>> from fmcourse.scenes import parse
    >>> asked = parse("a small red star at the top and a small blue ring at the left")
    >>> found = parse("a small blue star at the top and a small red ring at the left")
    >>> [name for name, true in compare(found, asked).items() if true]
    ['shape', 'colour', 'size', 'place', 'misbound']
    """
    if found is None:
        return dict.fromkeys(("whole", *ATTRIBUTES, "misbound"), False)
    parts = {
        name: Counter(getattr(thing, name) for thing in found.things)
        == Counter(getattr(thing, name) for thing in asked.things)
        for name in ATTRIBUTES
    }
    whole = found.things == asked.things
    return {"whole": whole, **parts, "misbound": all(parts.values()) and not whole}
