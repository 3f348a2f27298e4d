"""Hand a learner's function copies of what it is given, and note when it changes them.

A checker computes the right value from the same objects that it gives away. Without copies a function that works in
place (`q /= 2`) would spoil the value it is compared with, and be told of a slip that it never made. What this leaves
out: models, generators, files and other objects that cannot be copied cheaply or must not be; they go as they are.
"""

import inspect
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable

_DICTS = (dict, Counter, OrderedDict, defaultdict)


class Watched:
    """`function` calls the learner's `answer` with copies; `changed` names what it changed, empty while it did not.

    >>> watched = Watched(lambda numbers: numbers.sort() or numbers)
    >>> mine = [3, 1, 2]
    >>> watched.function(mine), mine, watched.changed
    ([1, 2, 3], [3, 1, 2], '`numbers`')
    """

    def __init__(self, answer: Callable):
        self.changed = ""

        def function(*args, **kwargs):
            known: dict = {}
            mine, named = copied(args, known), copied(kwargs, known)
            result = answer(*mine, **named)
            if not self.changed:
                self.changed = _first_change(answer, args, mine, kwargs, named)
            return result

        function.__wrapped__ = answer  # so that a signature is read from the learner's own function
        self.function = function


def can_watch(answer) -> bool:
    """Whether `answer` is only there to be called: no class, and no module of torch, whose parts a checker may use."""
    return callable(answer) and not issubclass(type(answer), type) and not hasattr(type(answer), "forward")


def copied(value, known: dict | None = None):
    """A copy of lists, tuples, dicts, sets, arrays and tensors, whatever they hold; anything else is the same object.

    What is given twice stays one object in the copy, and what holds itself does so there, too.

    >>> inner = [1]
    >>> copy = copied((inner, inner, len))
    >>> copy[0] is copy[1], copy[0] is inner, copy[2] is len
    (True, False, True)
    """
    known = {} if known is None else known
    if id(value) in known:
        return known[id(value)][0]

    def note(made):
        known[id(value)] = made, value  # the value, too: while it is held, no other object gets its id
        return made

    kind = type(value)
    if kind in (list, deque):
        made = note(value.copy())  # noted before it is filled, because it may hold itself
        for i, part in enumerate(value):
            made[i] = copied(part, known)
        return made
    if kind in _DICTS:
        made = note(value.copy())  # keeps the default of a defaultdict
        for key, part in value.items():
            made[key] = copied(part, known)
        return made
    if kind is tuple or issubclass(kind, tuple) and hasattr(kind, "_make"):
        parts = [copied(part, known) for part in value]
        return note(tuple(parts) if kind is tuple else kind._make(parts))
    if kind in (set, bytearray) or _is(value, "numpy", "ndarray"):
        return note(value.copy())
    if _is(value, "torch", "Tensor") and not (value.requires_grad or value.is_sparse or value.is_nested):
        return note(value.clone())
    return value


def differ(one, other) -> bool:
    """Whether a copy differs from what it was made from; NaN counts as equal to NaN.

    >>> differ([1, {"a": [2]}], [1, {"a": [2]}]), differ([1, {"a": [2]}], [1, {"a": []}])
    (False, True)
    """
    return _differ(one, other, set())


def _differ(one, other, seen: set) -> bool:
    if one is other or (id(one), id(other)) in seen:
        return False
    seen.add((id(one), id(other)))
    kind = type(one)
    if kind is not type(other):
        return True
    if issubclass(kind, (list, tuple, deque)):
        return len(one) != len(other) or any(_differ(a, b, seen) for a, b in zip(one, other, strict=True))
    if issubclass(kind, dict):
        return list(one) != list(other) or any(_differ(one[k], other[k], seen) for k in one)
    try:
        if hasattr(kind, "shape"):
            return one.shape != other.shape or not bool(((one == other) | (one != one) & (other != other)).all())
        return not one == other
    except Exception:  # what cannot be compared is not what it was
        return True


def _is(value, module: str, name: str) -> bool:
    """Whether a value is of this class, without loading the library that the class comes from."""
    return (type(value).__module__, type(value).__name__) == (module, name)


def _first_change(answer, args, mine, kwargs, named) -> str:
    """The first argument that is not what it was, in words; empty when there is none."""
    names = [f"`{name}`" for name in kwargs if differ(kwargs[name], named[name])]
    changed = next((i for i, pair in enumerate(zip(args, mine, strict=True)) if differ(*pair)), None)
    if changed is None:
        return names[0] if names else ""
    try:
        takes = list(inspect.signature(answer).parameters.values())[changed]
        return f"`{takes.name}`" if takes.kind is not takes.VAR_POSITIONAL else "what it was given"
    except (ValueError, TypeError, IndexError):  # a built-in without a signature
        return "what it was given"
