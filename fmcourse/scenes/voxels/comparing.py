"""Hold a space that was found against the one that was asked for: which attributes are right, and is it bound right?

But: a solid that is nearly right counts as wrong.
"""

from collections import Counter

from fmcourse.scenes.voxels.truth import Space

ATTRIBUTES = ("shape", "colour", "size", "place")


def compare(found: Space | None, asked: Space) -> dict[str, bool]:
    """What is right in `found` (None: nothing is).

    "whole" is true when every solid is right. "shape", "colour", "size" and "place" are each true when the space has
    these attributes, as often as asked for, whichever solid bears them. "misbound" is true when all four are right and
    the solids are not: right parts, wrongly put together.

    >>> from fmcourse.scenes.voxels import parse
    >>> asked = parse("a small red cube at the top back left and a small blue ring at the top back right")
    >>> found = parse("a small blue cube at the top back left and a small red ring at the top back right")
    >>> [name for name, true in compare(found, asked).items() if true]
    ['shape', 'colour', 'size', 'place', 'misbound']
    """
    if found is None:
        return dict.fromkeys(("whole", *ATTRIBUTES, "misbound"), False)
    parts = {
        name: Counter(getattr(one, name) for one in found.things) == Counter(getattr(one, name) for one in asked.things)
        for name in ATTRIBUTES
    }
    whole = found == asked
    return {"whole": whole, **parts, "misbound": all(parts.values()) and not whole}
