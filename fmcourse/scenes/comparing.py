"""Hold a scene that was found against the scene that was asked for: which attributes are right, and is it bound right?

But: a caption that leaves something open has many scenes that fit; `requests.fits` says whether one does.
"""

from collections import Counter

from fmcourse.scenes.scene import Scene

ATTRIBUTES = ("shape", "colour", "size", "place")


def compare(found: Scene | None, asked: Scene) -> dict[str, bool]:
    """What is right in `found` (None: nothing is).

    "whole" is true when every thing and the ground are right. "shape", "colour", "size" and "place" are each true when
    the scene has these attributes, as often as asked for, whichever thing bears them, and "ground" when the ground is
    right. "misbound" is true when the first four are right and the things are not: right parts, wrongly put together.

    >>> from fmcourse.scenes import parse
    >>> asked = parse("a small red star at the top and a small blue ring at the left")
    >>> found = parse("a small blue star at the top and a small red ring at the left")
    >>> [name for name, true in compare(found, asked).items() if true]
    ['shape', 'colour', 'size', 'place', 'ground', 'misbound']
    """
    if found is None:
        return dict.fromkeys(("whole", *ATTRIBUTES, "ground", "misbound"), False)
    parts = {
        name: Counter(getattr(thing, name) for thing in found.things)
        == Counter(getattr(thing, name) for thing in asked.things)
        for name in ATTRIBUTES
    }
    bound = found.things == asked.things
    ground = found.ground == asked.ground
    return {"whole": bound and ground, **parts, "ground": ground, "misbound": all(parts.values()) and not bound}
