"""Values that raise, never end, hold themselves or cannot be written: what a learner can hand over by accident."""

import itertools
from functools import cache
from unittest.mock import MagicMock, Mock

import numpy as np
import torch


def _raises(*_, **__):
    raise RuntimeError("I do not want to be asked")


def _class(name: str, base=object, **raising):
    return type(name, (base,), dict.fromkeys(raising, _raises) | {k: v for k, v in raising.items() if v is not None})


class LiesAboutItsClass:
    __class__ = property(_raises)


class SaysItIsANumber:
    __class__ = int


class RaisesForEveryName:
    def __getattr__(self, name):
        raise RuntimeError(name)


class HasNoEnd:
    def __iter__(self):
        return itertools.count()

    def __len__(self):
        return 10**9

    def __getitem__(self, i):
        return i


class CallsItself:
    def __repr__(self):
        return repr(self)


class Leaves(Exception):
    def __str__(self):
        raise SystemExit("bye")


def _everything_raises(base=object):
    names = [
        "__repr__",
        "__str__",
        "__eq__",
        "__bool__",
        "__format__",
        "__len__",
        "__iter__",
        "__float__",
        "__int__",
        "__index__",
        "__hash__",
        "__contains__",
        "__lt__",
        "__gt__",
        "__abs__",
        "__sub__",
        "__add__",
        "item",
        "tolist",
        "strip",
        "split",
        "lower",
        "items",
        "shape",
        "encode",
    ]
    return type("Raises", (base,), dict.fromkeys(names, _raises))


def _holds_itself():
    one: list = [1]
    one.append(one)
    two: dict = {}
    two["two"] = [two]
    three = np.empty(2, dtype=object)
    three[:] = [three, one]
    return [one, two, three, (one, two)]


def _deep(n):
    value: list = []
    for _ in range(n):
        value = [value]
    return value


def _shared():
    value: list = [1]
    for _ in range(60):
        value = [value, value]  # few objects, and 2**60 places
    return value


@cache
def values() -> list:
    """All of them; the same objects each time, because some take long to make."""
    return [
        None,
        ...,
        10**400,
        -(10**400),
        10**5000,
        1e308,
        float("nan"),
        float("inf"),
        complex(1, float("nan")),
        True,
        "\ud800",
        "a\udfffb",
        "a\x00b",
        "a\u2028b\x85c\x1dd",
        "\x1b[31m",
        "x" * 2_000_000,
        "",
        " \n ",
        b"\xff\x00",
        [float("nan")] * 3,
        {"a": float("nan")},
        {float("nan")},
        np.array([np.nan, np.inf]),
        {"\ud800": "\udc00"},
        *_holds_itself(),
        _deep(3000),
        _deep(30),
        {"a": _deep(500)},
        _shared(),
        list(range(100_000)),
        dict.fromkeys(range(200_000)),
        {("a", 1): [object()]},
        {1, "a"},
        iter([]),
        itertools.count(),
        (n for n in "ab"),
        itertools.repeat("x"),
        HasNoEnd(),
        LiesAboutItsClass(),
        SaysItIsANumber(),
        RaisesForEveryName(),
        CallsItself(),
        Leaves(),
        _everything_raises()(),
        _everything_raises(int)(3),
        _everything_raises(float)(3.5),
        _everything_raises(str)("abc"),
        _everything_raises(list)([1]),
        _everything_raises(dict)(a=1),
        _everything_raises(),
        Mock(),
        MagicMock(),
        Mock(spec=int),
        Mock(spec=str),
        Mock(spec=list),
        np.array([None, object()], dtype=object),
        np.array(3),
        np.zeros((0, 3)),
        np.str_("\ud800"),
        np.float64("nan"),
        np.array("2020-01-01", dtype="datetime64[D]"),
        np.ma.masked,
        np.zeros(3, dtype=[("a", int)]),
        torch.zeros(0),
        torch.zeros(2_000_000),
        torch.ones(2, 2).to_sparse(),
        torch.empty(2, device="meta"),
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
        torch.nn.Linear(2, 2),
        torch.tensor([1 + 2j]),
        torch.ones(3, requires_grad=True),
        torch.Size([2]),
        torch.float32,
        object,
        type,
        type("\u00e9", (), {}),
        len,
        lambda: None,
        lambda *a, **k: _everything_raises()(),
        _raises,
        NotImplemented,
        Exception("\ud800"),
        Ellipsis,
        slice(None),
        range(10**12),
        memoryview(b"a"),
        print,
        open,
    ]


def functions() -> list:
    """Functions that return, or raise, something of the kind; none of them touches the machine."""

    def leaves(*_, **__):
        raise SystemExit(3)

    def raises_odd(*_, **__):
        raise Leaves

    def raises_half(*_, **__):
        raise ValueError("\ud800")

    def forgets_itself(*_, **__):
        raise GeneratorExit

    def never_ends(*_, **__):
        n = 0
        while True:
            yield n
            n += 1

    async def later(*_, **__):
        return 1

    return [
        leaves,
        raises_odd,
        raises_half,
        forgets_itself,
        never_ends,
        later,
        _raises,
        Mock(),
        MagicMock(),
        *[(lambda *_, value=value, **__: value) for value in values()],
    ]
