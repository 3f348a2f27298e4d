"""Answers as plain values: how one is written down in the student's kernel, and compared with the key outside it.

The key never enters the kernel in which a student's code runs.
"""

import math

MIME = "application/vnd.fmcourse.answer+json"
RELATIVE, ABSOLUTE = 1e-3, 1e-6  # three digits, and room for 32-bit arithmetic beside 0
_LONGEST, _DEEPEST = 10_000, 20  # values in one answer, lists in lists


def plain(value):
    """Lists, numbers, texts and None, whatever array or tuple they came in. Raises TypeError for anything else.

    >>> plain((1, [2.5, "a"], None))
    [1, [2.5, 'a'], None]
    """
    left = [_LONGEST]

    def walk(part, depth=0):
        left[0] -= 1
        if left[0] < 0 or depth > _DEEPEST:
            raise TypeError("an answer has at most 10,000 values, and no more than 20 lists in lists")
        if hasattr(part, "tolist"):  # arrays, tensors, and numbers of theirs
            part = part.tolist()
        if isinstance(part, (list, tuple)):
            return [walk(p, depth + 1) for p in part]
        if part is None or isinstance(part, (bool, int, str)):
            return part
        if isinstance(part, float):
            return part if math.isfinite(part) else str(part)
        raise TypeError(f"an answer is made of numbers, texts and lists; here is a {type(part).__name__}")

    return walk(value)


def same(got, key) -> bool:
    """Is a plain answer the right one? Numbers may differ by one in a thousand; True is not 1.

    >>> same([1, "Oslo"], [1.0004, "Oslo"]), same(True, 1), same([1], [1, 2])
    (True, False, False)
    """
    if isinstance(key, list):
        return isinstance(got, list) and len(got) == len(key) and all(map(same, got, key))
    if isinstance(key, bool) or isinstance(got, bool) or key is None or isinstance(key, str):
        return type(got) is type(key) and (got.strip() == key.strip() if isinstance(key, str) else got == key)
    if isinstance(key, int) and isinstance(got, int):
        return got == key or math.isclose(got, key, rel_tol=1e-9)
    return isinstance(got, (int, float)) and math.isclose(got, key, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
