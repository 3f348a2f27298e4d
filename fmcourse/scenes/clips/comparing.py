"""Hold a story that was found against the one that was asked for: attributes, events, their order, and the binding.

But: an event that is nearly right counts as wrong.
"""

from collections import Counter

from fmcourse.scenes.clips.truth import Story

ATTRIBUTES = ("shape", "colour", "size", "place")


def compare(found: Story | None, asked: Story) -> dict[str, bool]:
    """What is right in `found` (None: nothing is).

    "whole" is true when all is right. "shape", "colour", "size" and "place" are each true when the story has these
    attributes, as often as asked for, whichever thing bears them. "events" is true when each half shows the two events
    asked for there, in either order, and "order" when they are in their order, too. "misordered" is true when the
    events are right and their order is not; "misbound" when attributes and events are each right somewhere, and the
    story is wrong for another reason than order: right parts, wrongly put together.

    >>> from fmcourse.scenes.clips import parse
    >>> asked = parse("a small red ring at the left moves up, then stays")
    >>> found = parse("a small red ring at the left stays, then moves up")
    >>> [name for name, true in compare(found, asked).items() if true]
    ['shape', 'colour', 'size', 'place', 'events', 'misordered']
    """
    names = ("whole", *ATTRIBUTES, "events", "order", "misordered", "misbound")
    if found is None:
        return dict.fromkeys(names, False)
    parts = {
        name: Counter(getattr(one, name) for one in found.things) == Counter(getattr(one, name) for one in asked.things)
        for name in ATTRIBUTES
    }
    done, wanted = ({one.place: one.events for one in story.things} for story in (found, asked))
    order = done == wanted
    events = {place: set(both) for place, both in done.items()} == {place: set(both) for place, both in wanted.items()}
    anywhere = Counter(frozenset(both) for both in done.values()) == Counter(frozenset(b) for b in wanted.values())
    whole = found == asked
    misordered = events and not order
    misbound = all(parts.values()) and anywhere and not whole and not misordered
    return dict(zip(names, (whole, *parts.values(), events, order, misordered, misbound), strict=True))
