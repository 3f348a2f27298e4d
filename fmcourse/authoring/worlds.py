"""Judge made-up worlds by the cell that settles a claim, without models, training or figures.

A claim that cannot fail says nothing. So its entry in claims.toml gives two worlds as a few lines of Python: the
numbers of one in which the claim comes out as expected, and what is different in one in which its sentence is false; or
several of these, one for each condition. The notebook's cell judges them all. What this leaves out: whether a wrong
world is a plausible one; people must read it.
"""

import ast
import contextlib
import io
import re
from dataclasses import dataclass

from fmcourse.classroom import claims


@dataclass(frozen=True)
class Call:
    """One call of `claim` in a notebook. What is not written out in it, as text, is None."""

    id: str | None
    sentence: str | None
    place: int  # which of the notebook's cells, from 0
    source: str  # the whole cell


def calls(nb) -> list[Call]:
    """Every call of `claim` in the code cells of `nb`, in order; cells that are no Python are left out."""
    return [
        Call(_text(node, 0, "id"), _text(node, 1, "sentence"), place, source)
        for place, source, tree in _cells(nb)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and "claim" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
    ]


def wrong_worlds(entry: dict) -> list[str]:
    """The wrong worlds of an entry of claims.toml: one, or one for each condition of the claim, or none."""
    given = entry.get("wrong_world", [])
    return [given] if isinstance(given, str) else given


def judged(nb, entry: dict, world: str, which: int = 0) -> claims.Claim:
    """The claim as the notebook's cell settles it in the "right" or the "wrong" world of `entry`, where there are
    several wrong ones in number `which`, from 0.

    The right world's lines run first; for the wrong one its lines follow, so that they say only what is different.
    Then come the names in `cells_before` (functions, constants and imports), taken from the cells before the claim's,
    and then that cell. Figures, predictions and prints are swallowed. Raises LookupError when there is no such cell or
    name, and whatever the lines raise.
    """
    call = next((c for c in calls(nb) if c.id == entry["id"]), None)
    if call is None:
        raise LookupError(f"no cell settles claim {entry['id']}")
    settled = {}

    def settle(id, *arguments, **named):
        settled[id] = claims.settle(id, *arguments, **named)

    names = {"claim": settle, **{name: _Silent() for name in ("show", "views", "reveal", "predict", "classroom")}}
    lines = [entry["right_world"], *([wrong_worlds(entry)[which]] if world == "wrong" else [])]
    with contextlib.redirect_stdout(io.StringIO()):
        for code in (*lines, *_definitions(nb, call.place, entry.get("cells_before", [])), call.source):
            exec(compile(code, f"<claim {entry['id']}, {world} world>", "exec"), names)
    if entry["id"] not in settled:
        raise LookupError(f"the cell of claim {entry['id']} ran and settled nothing")
    return settled[entry["id"]]


class _Silent:
    """Stands for a figure, or for whatever draws it: any use of it gives the same again."""

    def _again(self, *_, **__):
        return self

    __call__ = __getattr__ = __getitem__ = _again


def _cells(nb):
    """Place, source and syntax tree of every code cell that is Python."""
    for place, cell in enumerate(nb["cells"]):
        if cell["cell_type"] == "code":
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            with contextlib.suppress(SyntaxError):
                yield place, source, ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M))


def _text(call: ast.Call, place: int, name: str) -> str | None:
    """An argument that is written out as text, else None."""
    given = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == name)]
    return given[0].value if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str) else None


def _definitions(nb, until: int, names: list[str]) -> list[str]:
    """For each name, the last line before cell `until` that defines or imports it, alone; in the notebook's order."""
    found, number = {}, 0
    for place, _, tree in _cells(nb):
        for line in tree.body if place < until else ():
            number += 1
            for name in names:
                if (alone := _binding(line, name)) is not None:
                    found[name] = number, ast.unparse(alone)
    missing = [name for name in names if name not in found]
    if missing:
        raise LookupError(f"no cell before defines {', '.join(missing)}")
    return list(dict.fromkeys(code for _, code in sorted(found.values())))


def _binding(line: ast.stmt, name: str) -> ast.stmt | None:
    """`line` if it binds `name`; of an import only the part that does."""
    if isinstance(line, (ast.Import, ast.ImportFrom)):
        wanted = [alias for alias in line.names if (alias.asname or alias.name.split(".")[0]) == name]
        return type(line)(**{**dict(ast.iter_fields(line)), "names": wanted}) if wanted else None
    if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
        return line if line.name == name else None
    if isinstance(line, ast.Assign):
        bound = {node.id for target in line.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
        return line if name in bound else None
    return None
