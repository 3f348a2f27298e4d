"""The house: every import runs down, no two folders import each other, no files stand in a circle.

Imports inside functions count.
"""

import ast
from collections import defaultdict
from pathlib import Path

import fmcourse

PACKAGE = Path(fmcourse.__file__).parent
# From the ground up; who stands further up may import those below and those of the same line.
FLOORS = (
    ("__init__", "types", "lazy", "spin", "paths", "proxies", "machine", "records", "reach", "evidence"),
    ("world", "scenes"),
    ("models",),
    ("inside", "prompting"),
    ("tasks",),
    ("training",),
    ("generation",),
    ("vision",),
    ("applications",),
    ("studies",),
    ("trust",),
    ("views",),
    ("classroom",),
    ("lessons", "experiments"),
    ("making", "authoring"),
    ("site", "teaching"),
    ("app",),
    ("cli", "__main__"),
)
FLOOR = {name: level for level, names in enumerate(FLOORS) for name in names}


def imports(package: Path) -> dict[str, set[str]]:
    """Which module imports which, from the files alone."""
    names = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    found = {name: set() for name in names}
    for name, path in names.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                one_by_one = {f"{node.module}.{alias.name}" for alias in node.names} & names.keys()
                found[name] |= one_by_one if len(one_by_one) == len(node.names) else one_by_one | {node.module}
    return {name: (others & names.keys()) - {name, package.name} for name, others in found.items()}


def floor_of(module: str) -> int:
    return FLOOR[(module.split(".") + ["__init__"])[1]]


def upward(found: dict[str, set[str]]) -> list[str]:
    return [
        f"{one} imports {other}, which stands above it"
        for one, others in found.items()
        for other in others
        if floor_of(other) > floor_of(one)
    ]


def circle(found: dict[str, set[str]]) -> list[str]:
    """The modules of the first circle; empty when there is none."""
    done, way = set(), []

    def walk(module):
        if module in way:
            return way[way.index(module) :]
        if module in done:
            return []
        way.append(module)
        for other in sorted(found[module]):
            if there := walk(other):
                return there
        done.add(way.pop())
        return []

    return next((there for module in sorted(found) if (there := walk(module))), [])


def mutual(found: dict[str, set[str]]) -> set[tuple[str, str]]:
    folders = defaultdict(set)
    for one, others in found.items():
        folders[one.split(".")[1:2][0] if "." in one else ""] |= {o.split(".")[1] for o in others}
    return {(a, b) for a in folders for b in folders[a] if a < b and a in folders.get(b, ())}


def test_every_import_runs_down():
    assert upward(imports(PACKAGE)) == []


def test_no_files_stand_in_a_circle():
    assert circle(imports(PACKAGE)) == []


def test_no_two_folders_import_each_other():
    assert mutual(imports(PACKAGE)) == set()


def test_what_is_forbidden_is_found(tmp_path):
    house = tmp_path / "fmcourse"
    for file, text in {
        "__init__.py": "",
        "models/__init__.py": "",
        "training/__init__.py": "",
        "models/a.py": "def f():\n    from fmcourse.training import b",
        "training/b.py": "import os",
        "training/c.py": "from fmcourse.models.a import f\nimport fmcourse.training.d",
        "training/d.py": "def g():\n    from fmcourse.training.c import f",
    }.items():
        (house / file).parent.mkdir(parents=True, exist_ok=True)
        (house / file).write_text(text)
    found = imports(house)
    assert upward(found) == ["fmcourse.models.a imports fmcourse.training.b, which stands above it"]
    assert set(circle(found)) == {"fmcourse.training.c", "fmcourse.training.d"}
    assert mutual(found) == {("models", "training")}
