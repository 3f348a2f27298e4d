"""What can be skipped must not be missed: do the other cells of a notebook run alike without its parts called *Deeper*?

Read from the code alone, nothing is executed: every name that a cell takes from outside must be made by an earlier cell
that is not skipped, and must not have been made anew by one that is. A part called Deeper may use the cells before it
and its own, and no other such part.

But: a name that is made only under a condition counts as made.
"""

import ast
import builtins
import re
import symtable
from collections.abc import Iterator

KNOWN = frozenset(dir(builtins)) | {"get_ipython", "display"}


def missing(nb: dict) -> list[str]:
    """One sentence for each cell that would stop or give another result: which, and by which names."""
    found, made = [], set(KNOWN)
    own: set[str] = set()
    changed: dict[str, str] = {}  # by a part that may be skipped -> which part
    for number, part, first, source in _code(nb):
        own = set() if first else own
        gives, takes = names(source)
        if lacks := sorted(takes - made - own):
            found.append(f"cell {number} needs {', '.join(lacks)}, which no cell makes that may not be skipped.")
        if other := sorted(n for n in takes - own if changed.get(n, part) != part):
            found.append(f"cell {number} takes {', '.join(other)}, which a part that may be skipped has changed.")
        if part:
            own |= gives
            changed |= dict.fromkeys(gives & made, part)
        else:
            made |= gives
            changed = {n: where for n, where in changed.items() if n not in gives}
    return found


def names(source: str) -> tuple[set[str], set[str]]:
    """What a cell makes for later cells, and what it takes from earlier ones.

    >>> gives, takes = names("import re\\ndef f(x):\\n    return re.sub(a, b, x)")
    >>> sorted(gives), sorted(takes)
    (['f', 're'], ['a', 'b'])
    """
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    table = symtable.symtable(plain, "cell", "exec")
    gives = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    before = _taken_before_made(plain, gives)
    takes = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    for inner in _inside(table):
        takes |= {s.get_name() for s in inner.get_symbols() if s.is_global() and s.is_referenced()}
    return gives, (takes - gives) | before


def _inside(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inside(child)


def _taken_before_made(source: str, gives: set[str]) -> set[str]:
    """Names that a statement of the cell itself uses before the cell makes them, such as x in `x = x + 1`."""
    done: set[str] = set()
    early: set[str] = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            done.add(statement.name)
            continue
        inner = symtable.symtable(ast.unparse(statement), "statement", "exec")
        new = {s.get_name() for s in inner.get_symbols() if s.is_assigned() or s.is_imported()}
        simple = isinstance(statement, ast.Assign | ast.Expr | ast.AugAssign)
        if simple:
            read = {s.get_name() for s in inner.get_symbols() if s.is_referenced()}
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                read.add(statement.target.id)
            walrus = {n.target.id for n in ast.walk(statement) if isinstance(n, ast.NamedExpr)}
            early |= (read & gives) - done - walrus
        done |= new
    return early


def _code(nb: dict) -> Iterator[tuple[int, str, bool, str]]:
    """(number among the code cells, the Deeper part it stands in or "", whether it is that part's first, source)."""
    part, first, number = "", False, 0
    for cell in nb["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            for heading in re.findall(r"(?m)^## (.*)$", source):
                part, first = (heading if heading.startswith("Deeper") else ""), True
            continue
        number += 1
        yield number, part, first, source
        first = False
