"""What a checker compares with: every refusal says what was expected, what came, and the likely slip.

A checker gets one of these as `t`. A comparison that fails ends the check with its sentence; one that passes returns
nothing. What this leaves out: running the learner's code safely, and printing (`checks`).
"""

import math

from fmcourse.records import ODD, kind_of, quoted, text_of

_MOST_NUMBERS = 1_000_000  # in one answer


class NotYet(Exception):
    """The answer is not right; the message is the feedback."""


class Comparisons:
    """What a checker calls `t`, and a random generator of its own (`rng`, numpy), seeded by the exercise's name."""

    def __init__(self, seed: int = 0):
        import numpy as np

        self.rng = np.random.default_rng(seed)

    def fail(self, message: str):
        """Refuse the answer with `message`."""
        raise NotYet(message)

    def true(self, condition, message: str):
        """Refuse with `message` unless `condition`."""
        if not condition:
            raise NotYet(message)

    def function(self, answer, n_arguments: int | None = None):
        """Refuse what cannot be called, and a function called already (`f(x)` where `f` was meant)."""
        if not callable(answer):
            raise NotYet(f"Hand over the function itself, without calling it; this is {in_words(answer)}.")
        if n_arguments is not None:
            import inspect

            try:
                takes = inspect.signature(answer)
            except Exception:
                return  # a built-in without a signature, or an object that is odd in another way
            try:
                takes.bind(*[None] * n_arguments)
            except TypeError:
                raise NotYet(f"The function should take {n_arguments} argument{'s' * (n_arguments != 1)}.") from None

    def number(self, got, what: str = "The answer"):
        """Refuse what is not one finite number; returns it as a float. Arrays of one element count."""
        if got is None:
            raise NotYet(f"{what} is None. Does your function end with `return`?")
        try:
            if _is(got, (bool, str)):
                raise TypeError
            value = float(got.item() if _has(got, "item") else got)
        except OverflowError:
            raise NotYet(f"{what} is far too large: {in_words(got)}.") from None
        except Exception:
            raise NotYet(f"{what} should be one number; it is {in_words(got)}.") from None
        if not math.isfinite(value):
            raise NotYet(f"{what} is {value}: look for a division by zero, or the logarithm of zero.")
        return value

    def shape(self, got, shape: tuple, what: str = "The answer"):
        """Refuse an array or tensor of another shape."""
        if got is None:
            raise NotYet(f"{what} is None. Does your function end with `return`?")
        mine = _shape(got)
        if mine is None:
            raise NotYet(f"{what} should have shape {tuple(shape)}; it is {in_words(got)}.")
        if mine != tuple(shape):
            turned = " Rows and columns are swapped." if mine == tuple(shape)[::-1] and len(mine) > 1 else ""
            raise NotYet(f"{what} should have shape {tuple(shape)}; it has {mine}.{turned}")

    def close(self, got, expected, tol: float = 1e-6, what: str = "The answer"):
        """Refuse numbers, arrays or tensors that differ by more than `tol` (absolute, or relative to large values)."""
        import numpy as np

        wanted = _array(expected)
        if wanted.ndim == 0:
            value = self.number(got, what)
            if abs(value - float(wanted)) > tol * max(1.0, abs(float(wanted))):
                raise NotYet(f"{what} should be {float(wanted):.6g}; it is {value:.6g}.")
            return
        self.shape(got, wanted.shape, what)
        try:
            mine = _array(got).astype(float)
        except Exception:
            raise NotYet(f"{what} should hold numbers; it is {in_words(got)}.") from None
        if np.isnan(mine).any() and not np.isnan(wanted.astype(float)).any():
            raise NotYet(f"{what} holds NaN (not a number): look for 0 / 0, or the logarithm of zero.")
        with np.errstate(invalid="ignore"):
            gap = np.abs(mine - wanted) / np.maximum(1.0, np.abs(wanted))
        gap = np.where(mine == wanted, 0.0, gap)  # infinities of the same sign
        if not (gap <= tol).all():
            place = tuple(int(i) for i in np.unravel_index(int(np.nanargmax(gap)), gap.shape))
            raise NotYet(
                f"{what} differs most at position {place if len(place) > 1 else place[0]}: it should be "
                f"{float(wanted[place]):.6g} and is {float(mine[place]):.6g}."
            )

    def equal(self, got, expected, what: str = "The answer"):
        """Refuse anything but `expected`: text, numbers, lists, sets, dicts; for arrays every element counts."""
        if got is None and expected is not None:
            raise NotYet(f"{what} is None. Does your function end with `return`?")
        if _has(expected, "shape"):
            return self.close(got, expected, 0.0, what)
        if isinstance(expected, (int, float)) and not isinstance(expected, bool):
            return self.close(got, expected, 0.0, what)
        if isinstance(expected, (list, tuple)) and _has(got, "tolist"):
            try:
                got = got.tolist()
            except Exception:
                raise NotYet(f"{what} should be {in_words(expected)}; it is {in_words(got)}.") from None
        if isinstance(expected, (list, tuple)) and _is(got, (list, tuple)):
            if len(got) != len(expected):
                raise NotYet(f"{what} should have {len(expected)} elements; it has {len(got)}.")
            for i, (mine, wanted) in enumerate(zip(got, expected, strict=True)):
                if not _same(mine, wanted):
                    raise NotYet(f"{what} should have {quoted(wanted, 60)} at position {i}; it has {quoted(mine, 60)}.")
            return
        if type(got) is not type(expected) and not _same(got, expected):
            raise NotYet(f"{what} should be {in_words(expected)}; it is {in_words(got)}.")
        if not _same(got, expected):
            raise NotYet(f"{what} should be {quoted(expected, 80)}; it is {quoted(got, 80)}.")

    def items(self, got, what: str = "The answer", at_most: int = 10_000) -> list:
        """Refuse what cannot be gone through, and what has no end; returns its items as a list."""
        import itertools

        if got is None:
            raise NotYet(f"{what} is None. Does your function end with `return`?")
        try:
            endless = _has(got, "__len__") and len(got) > at_most  # iter() of a tensor makes all its parts at once
            found = () if endless else iter(got)
        except Exception:
            raise NotYet(f"{what} should be a list; it is {in_words(got)}.") from None
        found = list(itertools.islice(found, at_most + 1))  # a generator that raises is explained like a function
        if endless or len(found) > at_most:
            raise NotYet(f"{what} has more than {at_most} elements: does it ever end?")
        return found


def _is(value, kinds) -> bool:
    """As `isinstance`, but an object is not asked what it is: it may say anything, or raise."""
    return issubclass(type(value), kinds)


def _has(value, name: str) -> bool:
    """As `hasattr`, for objects that raise whatever they like."""
    try:
        return hasattr(value, name)
    except ODD:
        return False


def _same(one, other) -> bool:
    try:
        return bool(one == other)
    except Exception:
        return False


def _array(value):
    import numpy as np

    if hasattr(value, "detach"):  # torch
        value = value.detach().cpu().float() if value.is_floating_point() else value.detach().cpu()
        return value.numpy()
    _count(value, [_MOST_NUMBERS])
    return np.asarray(value)


def _count(value, left: list[int]) -> None:
    """Refuse lists, ranges and the like that would make an array too large for memory, or take for ever to look at."""
    if _has(type(value), "__len__") and not _is(value, (str, bytes)) and not _has(type(value), "shape"):
        left[0] -= len(value)
        if left[0] < 0:
            raise ValueError("too many numbers")
        for part in value if _is(value, (list, tuple)) else ():
            _count(part, left)


def _shape(value) -> tuple | None:
    if _is(value, (str, bytes, dict, set)) or callable(value) and not _has(value, "shape"):
        return None
    try:
        return tuple(int(n) for n in (value.shape if _has(value, "shape") else _array(value).shape))
    except Exception:
        return None


def in_words(value) -> str:
    """What a value is, in words: "a list of 3", "a tensor of shape (2, 3)", "the text 'abc'". Never raises.

    >>> in_words([1, 2, 3]), in_words("abc"), in_words(len), in_words(2.5), in_words(10**400)
    ('a list of 3', "the text 'abc'", 'a function', 'the number 2.5', 'a whole number of about 401 digits')
    """
    try:
        return _in_words(value)
    except ODD:
        return f"an object of type {kind_of(value)}"


def _in_words(value) -> str:
    name = kind_of(value)
    if value is None or _is(value, bool):
        return text_of(value)
    if _is(value, str):
        return f"the text {quoted(value, 40)}"
    if _is(value, (int, float)):
        try:
            return f"the number {float(value):.6g}"
        except OverflowError:
            return f"a whole number of about {int(value.bit_length() * math.log10(2)) + 1} digits"
    if name in ("Tensor", "ndarray") or _has(value, "shape"):
        kind, shape = {"Tensor": "tensor", "ndarray": "array"}.get(name, name), _shape(value)
        said = "without a shape" if shape is None else f"of shape {shape}"
        return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind} {said}"
    if _is(value, (list, tuple, set, dict)):
        return f"a {name} of {len(value)}"
    if _is(value, type):
        return f"the class {text_of(value.__name__, 60)}"
    return "a function" if callable(value) else f"an object of type {name}"
