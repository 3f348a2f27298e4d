"""Names of a package that are loaded when they are first touched (PEP 562), so that importing it costs nothing.

__getattr__, __dir__, __all__ = lazy(__name__, {"load": "loading"}, modules=("hub",))
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy(
    package: str, where: Mapping[str, str], modules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of `package`.

    `where` says in which of its modules each name stands, or in which other, by its full name; `modules` are those that
    may be named themselves, and "*" stands for every one. Other names raise an `AttributeError` that lists what there
    is.
    """
    known = sorted([*where, *(m for m in modules if m != "*")])

    def get(name: str) -> Any:
        if name in where:
            place = where[name]
            return getattr(import_module(place if "." in place else f"{package}.{place}"), name)
        if name in modules:
            return import_module(f"{package}.{name}")
        if "*" in modules and not name.startswith("_"):
            try:
                return import_module(f"{package}.{name}")
            except ModuleNotFoundError as e:
                if e.name != f"{package}.{name}":
                    raise  # it is there, and something that it needs is not
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(known)}")

    return get, lambda: known, known
