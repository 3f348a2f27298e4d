"""What a function's result hangs on: everything in this package that it reaches, each as the digest of its syntax tree.

    reached("fmcourse.studies.transfer:row_new") -> {"fmcourse.training.fit:fit": "3f2a...", ...}

A digest leaves out comments, docstrings, annotations, layout and where things stand, so that only an edit that can
change what is computed changes it. Names are followed through imports (those inside functions too), module attributes
and the packages' lazy names. In doubt more is counted as reached: a name that is only shadowed, every bare statement of
a module of which anything is reached and every function there that a decorator of this package may have registered, all
of a module that is handed on as a value.

But: nothing outside the package counts (a library's version stands in the record), nor what is only found at run time
by a name that was put together from pieces, nor the modules of `SPEAK_ONLY`.
"""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

# What only fetches models from elsewhere or puts errors into words; shipped models are bound by their SHA-256 instead.
SPEAK_ONLY = ("fmcourse.models.hub", "fmcourse.models.imports", "fmcourse.proxies")

Place = tuple[str, str]  # (module, name at its top); the name "*" is the whole module


@dataclass
class Module:
    """A file, read: which statements make each name at its top, and what its imports call what."""

    name: str
    is_package: bool
    made: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Place] = field(default_factory=dict)  # (module, "") is a module itself
    always: list[ast.stmt] = field(default_factory=list)  # what runs when it is imported, whatever is wanted of it
    lazy: dict[str, str] = field(default_factory=dict)  # of a package: name -> submodule


class Code:
    """The package `package` in the folder `root`, which holds the package's own folder."""

    def __init__(self, root: Path, package: str = "fmcourse"):
        self.root, self.package = Path(root), package
        self.module = cache(self._read)

    def reached(self, entry: str) -> dict[str, str]:
        """ "module:name" -> digest, for all that `entry` ("module:name") reaches, itself included.

        Raises `LookupError` when there is no such module or name.
        """
        start = tuple(entry.split(":"))
        if not (self._is_module(start[0]) and self._find(*start)):
            raise LookupError(f"there is no {entry} in {self.package}.")
        found, todo = {}, [start]
        while todo:
            module, name = self._find(*todo.pop()) or ("", "")
            key = f"{module}:{name}"
            if not module or key in found or module in SPEAK_ONLY:
                continue
            there = self.module(module)
            if name == "*":
                found[key] = "all"
                todo += [(module, n) for n in there.made]
                statements = there.always
            else:
                statements = there.made[name]
                found[key] = digest(statements)
                if there.always:
                    todo.append((module, ALWAYS))
            for statement in statements:
                todo += self._mentions(there, statement)
        return {key: value for key, value in sorted(found.items()) if value != "all"}

    def _find(self, module: str, name: str) -> Place | None:
        """Where a name is really made: through imports and lazy packages; None outside the package."""
        for _ in range(20):
            if not self._is_module(module):
                return None
            there = self.module(module)
            if name in there.made or name == "*":
                return module, name
            if name in there.imports:
                module, name = there.imports[name]
                name = name or "*"
            elif name in there.lazy:
                module = f"{module}.{there.lazy[name]}"
            elif self._is_module(f"{module}.{name}"):
                module, name = f"{module}.{name}", "*"
            else:
                return None
        return None

    def _mentions(self, there: Module, statement: ast.stmt) -> Iterator[Place]:
        """Every name of the package that a statement speaks of."""
        imports = dict(there.imports)
        for node in _walk(statement):  # imports inside functions count, too
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports |= self._imports(there, node)
        through = set()  # what is only the beginning of module.name
        for node in _walk(statement):  # the outer ones come first
            if (
                isinstance(node, ast.Attribute)
                and id(node) not in through
                and (place := self._attribute(there, imports, node))
            ):
                through |= {id(part) for part in ast.walk(node) if part is not node}
                yield place
        for node in _walk(statement):
            if isinstance(node, ast.Name) and id(node) not in through:
                if node.id in there.made:
                    yield there.name, node.id
                elif node.id in imports:
                    module, name = imports[node.id]
                    yield module, name or "*"

    def _attribute(self, there: Module, imports: dict[str, Place], node: ast.Attribute) -> Place | None:
        """tables.LABELS, fmcourse.world.tables.LABELS: the place that is meant, or None for another attribute."""
        chain, root = [node.attr], node.value
        while isinstance(root, ast.Attribute):
            chain.insert(0, root.attr)
            root = root.value
        if not isinstance(root, ast.Name) or root.id not in imports or root.id in there.made:
            return None
        module, name = imports[root.id]
        if name:  # from package import module
            if not self._is_module(f"{module}.{name}") or name in self.module(module).made:
                return None
            module = f"{module}.{name}"
        if not self._is_module(module):
            return None
        while len(chain) > 1 and self._is_module(f"{module}.{chain[0]}"):
            module = f"{module}.{chain.pop(0)}"
        return module, chain[0]

    def _imports(self, there: Module, node: ast.Import | ast.ImportFrom) -> dict[str, Place]:
        if isinstance(node, ast.Import):
            return {
                alias.asname or alias.name.split(".")[0]: (alias.name if alias.asname else alias.name.split(".")[0], "")
                for alias in node.names
            }
        base = node.module or ""
        if node.level:
            above = there.name.split(".")[: None if there.is_package else -1]
            above = above[: len(above) - node.level + 1]
            base = ".".join([*above, *([node.module] if node.module else [])])
        return {alias.asname or alias.name: (base, alias.name) for alias in node.names}

    def _is_module(self, name: str) -> bool:
        return name.split(".")[0] == self.package and self._file(name) is not None

    def _file(self, name: str) -> Path | None:
        stem = self.root.joinpath(*name.split("."))
        for file in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")):
            if file.is_file():
                return file
        return None

    def _read(self, name: str) -> Module:
        file = self._file(name)
        there = Module(name, file.name == "__init__.py")
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                there.imports |= self._imports(there, statement)
                continue
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # the docstring
            names = list(_names_made(statement))
            for made in names:
                there.made.setdefault(made, []).append(statement)
            if not names:
                there.always.append(statement)
        registering = there.made.keys() | {n for n, (module, _) in there.imports.items() if self._is_module(module)}
        for statement in {id(s): s for parts in there.made.values() for s in parts}.values():
            if any(_root(d) in registering for d in getattr(statement, "decorator_list", [])):
                there.always.append(statement)
        if there.is_package:
            there.lazy = self._lazy_names(name, [s for parts in there.made.values() for s in parts])
        if there.always:
            there.made[ALWAYS] = there.always
        return there

    def _lazy_names(self, package: str, statements: list[ast.stmt]) -> dict[str, str]:
        """The dicts {"name": "submodule"} by which a package says where its lazy names stand."""
        found = {}
        for statement in statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Dict):
                    for key, value in zip(node.keys, node.values, strict=True):
                        if (
                            isinstance(key, ast.Constant)
                            and isinstance(value, ast.Constant)
                            and self._is_module(f"{package}.{value.value}")
                        ):
                            found[key.value] = value.value
        return found


ALWAYS = "(at import)"


def _root(decorator: ast.expr) -> str:
    """The name that a decorator begins with: `cache`, `torch`, `exercise`."""
    while not isinstance(decorator, ast.Name):
        decorator = next(iter(ast.iter_child_nodes(decorator)))
    return decorator.id


def _names_made(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds at the top of a module."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
        return
    if isinstance(statement, ast.If) and ast.unparse(statement.test).replace('"', "'") == "__name__ == '__main__'":
        yield "(as a program)"
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name


def digest(statements: list[ast.stmt]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of what the statements compute, alike in every Python version.

    >>> one, two = (ast.parse(s).body for s in ("def f(x: int):\\n    'Doubles.'\\n    return 2*x",
    ...                                         "def f(x):  # twice\\n    return (2 * x)"))
    >>> digest(one) == digest(two)
    True
    """
    return hashlib.sha256(repr([_plain(s) for s in statements]).encode()).hexdigest()[:16]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.walk`, the outer nodes first, without annotations: nothing is reached through those."""
    todo = [node]
    while todo:
        node = todo.pop(0)
        yield node
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns"):
                todo += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, ast.AST)]


LEFT_OUT = ("annotation", "returns", "type_comment", "type_params", "kind", "ctx")


def _plain(node) -> object:
    """A tree as nested tuples, without what cannot change a result."""
    if isinstance(node, list):
        return tuple(_plain(n) for n in node if not isinstance(n, (ast.Import, ast.ImportFrom, ast.Pass)))
    if not isinstance(node, ast.AST):
        return node if not isinstance(node, float) else repr(node)
    parts = []
    for name, value in ast.iter_fields(node):
        if name in LEFT_OUT or value is None or value == []:
            continue
        if (
            name == "body"
            and isinstance(value, list)
            and value
            and isinstance(value[0], ast.Expr)
            and isinstance(value[0].value, ast.Constant)
            and isinstance(value[0].value.value, str)
        ):
            value = value[1:]
        parts.append((name, _plain(value)))
    return type(node).__name__, tuple(parts)


@cache
def _own() -> Code:
    return Code(Path(__file__).resolve().parents[1])


def reached(entry: str) -> dict[str, str]:
    """`Code.reached` of this package as it is installed."""
    return _own().reached(entry)
