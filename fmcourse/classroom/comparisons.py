"""What a checker compares with: every refusal says what was expected, what came, and the likely slip.

A checker gets one of these as `t`. A comparison that fails ends the check with its sentence; one that passes returns
nothing. What this leaves out: running the learner's code safely, and printing (`checks`).
"""
import math

from fmcourse.classroom.records import quoted, text_of


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
                inspect.signature(answer).bind(*[None] * n_arguments)
            except TypeError:
                raise NotYet(f"The function should take {n_arguments} argument{'s' * (n_arguments != 1)}.") from None
            except ValueError:
                pass  # a built-in without a signature

    def number(self, got, what: str = "The answer"):
        """Refuse what is not one finite number; returns it as a float. Arrays of one element count."""
        if got is None:
            raise NotYet(f"{what} is None. Does your function end with `return`?")
        try:
            if isinstance(got, (bool, str)):
                raise TypeError
            value = float(got.item() if hasattr(got, "item") else got)
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
            raise NotYet(f"{what} differs most at position {place if len(place) > 1 else place[0]}: it should be "
                         f"{float(wanted[place]):.6g} and is {float(mine[place]):.6g}.")

    def equal(self, got, expected, what: str = "The answer"):
        """Refuse anything but `expected`: text, numbers, lists, sets, dicts; for arrays every element counts."""
        if got is None and expected is not None:
            raise NotYet(f"{what} is None. Does your function end with `return`?")
        if hasattr(expected, "shape"):
            return self.close(got, expected, 0.0, what)
        if isinstance(expected, (int, float)) and not isinstance(expected, bool):
            return self.close(got, expected, 0.0, what)
        if hasattr(got, "tolist") and isinstance(expected, (list, tuple)):
            got = got.tolist()
        if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
            if len(got) != len(expected):
                raise NotYet(f"{what} should have {len(expected)} elements; it has {len(got)}.")
            for i, (mine, wanted) in enumerate(zip(got, expected, strict=True)):
                if not _same(mine, wanted):
                    raise NotYet(f"{what} should have {quoted(wanted, 60)} at position {i}; "
                                 f"it has {quoted(mine, 60)}.")
            return
        if type(got) is not type(expected) and not _same(got, expected):
            raise NotYet(f"{what} should be {in_words(expected)}; it is {in_words(got)}.")
        if not _same(got, expected):
            raise NotYet(f"{what} should be {quoted(expected, 80)}; it is {quoted(got, 80)}.")


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
    return np.asarray(value)


def _shape(value) -> tuple | None:
    if isinstance(value, (str, bytes, dict, set)) or callable(value) and not hasattr(value, "shape"):
        return None
    try:
        return tuple(int(n) for n in (value.shape if hasattr(value, "shape") else _array(value).shape))
    except Exception:
        return None


def in_words(value) -> str:
    """What a value is, in words: "a list of 3", "a tensor of shape (2, 3)", "the text 'abc'".

    >>> in_words([1, 2, 3]), in_words("abc"), in_words(len), in_words(2.5)
    ('a list of 3', "the text 'abc'", 'a function', 'the number 2.5')
    """
    name = type(value).__name__
    if isinstance(value, bool) or value is None:
        return text_of(value)
    if isinstance(value, str):
        return f"the text {quoted(value, 40)}"
    if isinstance(value, (int, float)):
        return f"the number {value:.6g}"
    if hasattr(value, "shape"):
        kind = "tensor" if name == "Tensor" else "array" if name == "ndarray" else name
        return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} of shape {_shape(value)}"
    if isinstance(value, (list, tuple, set, dict)):
        return f"a {name} of {len(value)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "a function" if callable(value) else f"an object of type {name}"
