"""Run what a model wrote without trusting it: sums, and functions of one line, read from their syntax tree.

    calculate("37 + 48") -> 85
    run_function("def f(x):\\n    return x + 3", 4) -> 7

Text from a model is never given to `eval` or `exec`. Python's own parser turns it into a tree, and a few dozen lines
walk that tree: they know numbers, arithmetic, comparisons, `x`, and a handful of functions on lists. Whatever else
stands there is refused in a sentence, and so is what is too long or grows too large.

But: one function of one parameter and one `return`; no loops, no names, no text, no modules.
"""

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

LONGEST, LARGEST, DEEPEST, ITEMS = 300, 10**12, 20, 1000  # characters, numbers, nested brackets, length of a list


class Refused(ValueError):
    """The text is not of the few kinds that are run here; the message says what was met."""


_TWO: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
_COMPARE: dict[type, Callable[..., Any]] = {
    ast.Gt: operator.gt, ast.Lt: operator.lt, ast.GtE: operator.ge, ast.LtE: operator.le, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_LISTS: dict[str, Callable[..., Any]] = {"max": max, "min": min, "sum": sum, "len": len, "sorted": sorted}


def calculate(text: str) -> int | float:
    """The value of an arithmetic expression: numbers, + - * / // %, brackets. Raises `Refused` for anything else.

    >>> calculate("37 + 48"), calculate("2 * (3 + 4)")
    (85, 14)
    >>> calculate("__import__('os')")
    Traceback (most recent call last):
    fmcourse.prompting.safe_python.Refused: a calculator has no 'Call'; it knows numbers, + - * / // % and brackets.
    """
    tree = _parse(text, "eval").body
    try:
        return _value(tree, None, "a calculator has no {what!r}; it knows numbers, + - * / // % and brackets.")
    except ZeroDivisionError:
        raise Refused("division by zero has no result.") from None


def run_function(source: str, x: int | list[int]) -> object:
    """What the function in `source` returns for `x`. Raises `Refused` when it is not "def f(x): return ...", or fails.

    >>> run_function("def f(x):\\n    return x[::-1]", [1, 2, 3])
    [3, 2, 1]
    """
    tree = _parse(source, "exec").body
    if len(tree) != 1 or not isinstance(tree[0], ast.FunctionDef):
        raise Refused("there must be one function, `def f(x):`, and nothing else.")
    f = tree[0]
    plain = [a.arg for a in f.args.args] == ["x"] and not (f.args.defaults or f.args.vararg or f.args.kwarg)
    line = f.body[0] if len(f.body) == 1 and not f.decorator_list else None
    if not plain or not isinstance(line, ast.Return) or not line.value:
        raise Refused("the function must have one parameter, `x`, and one line, `return` with a value.")
    try:
        return _value(line.value, x, "a function may not use {what!r} here.")
    except (TypeError, IndexError, ZeroDivisionError) as problem:  # 3[0], [][0], max(3), x % 0
        raise Refused(f"the function fails: {problem}.") from None


def passes(source: str, tests: Sequence[tuple[int | list[int], object]]) -> bool:
    """Whether the function gives the expected value, of the expected type, for every (x, expected) of `tests`.

    Raises `ValueError` when there are no tests: everything would pass.

    >>> passes("def f(x):\\n    return x * 2", [(0, 0)]), passes("def f(x):\\n    return x * 2", [(0, 0), (1, 3)])
    (True, False)
    """
    if not tests:
        raise ValueError("there are no tests, so everything would pass; give at least one.")
    try:
        results = [(run_function(source, x), expected) for x, expected in tests]
    except Refused:
        return False
    return all(got == expected and type(got) is type(expected) for got, expected in results)


def _parse(text: str, mode: str) -> Any:
    if len(text) > LONGEST:
        raise Refused(f"the text has {len(text)} characters; {LONGEST} is the most.")
    try:
        return ast.parse(text.strip(), mode=mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise Refused(f"this is not Python: {text[:60]!r}.") from None


def _value(node: ast.AST, x: Any, refusal: str, depth: int = 0) -> Any:
    """The value of one node of the tree; every result is checked for its size before it is used further."""

    def inner(part: ast.AST) -> Any:
        return _value(part, x, refusal, depth + 1)

    if depth > DEEPEST:
        raise Refused(f"more than {DEEPEST} operations inside one another.")
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _checked(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(inner(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _TWO:
        return _checked(_TWO[type(node.op)](_number(inner(node.left)), _number(inner(node.right))))
    if x is not None:
        if isinstance(node, ast.Name) and node.id == "x":
            return _checked(x)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
            return _COMPARE[type(node.ops[0])](inner(node.left), inner(node.comparators[0]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LISTS:
            if len(node.args) == 1 and not node.keywords:
                return _checked(_LISTS[node.func.id](inner(node.args[0])))
        if isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Slice):
                ends = [None if part is None else inner(part) for part in (
                    node.slice.lower, node.slice.upper, node.slice.step)]  # fmt: skip
                return inner(node.value)[slice(*ends)]
            return inner(node.value)[inner(node.slice)]
    raise Refused(refusal.format(what=type(node).__name__))


def _number(value: Any) -> Any:
    """So that nothing but numbers is added or multiplied: `[0] * 10**9` would fill the memory."""
    if type(value) not in (int, float):
        raise Refused(f"arithmetic needs numbers, not {type(value).__name__}.")
    return value


def _checked(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) > ITEMS:
        raise Refused(f"a list of {len(value)} items; {ITEMS} is the most.")
    if type(value) in (int, float) and not abs(value) <= LARGEST:  # so that nan is refused, too
        raise Refused(f"a number beyond {LARGEST:.0e}.")
    return value
