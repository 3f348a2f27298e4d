"""The cells of a notebook that some of its cells need, so that a browser waits for those and not for all."""

import symtable

import nbformat


def names(cell) -> tuple[set[str], set[str]]:
    """(made, used): the names that a code cell binds at its top, and those that it takes from elsewhere."""
    top = symtable.symtable(cell.source, "cell", "exec")
    made = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    used, inside = {s.get_name() for s in top.get_symbols() if s.is_referenced()}, list(top.get_children())
    while inside:
        scope = inside.pop()
        used |= {s.get_name() for s in scope.get_symbols() if s.is_global()}
        inside += scope.get_children()
    return made, used - made


def needed(nb, *words: str):
    """A copy of `nb` with the first code cell, those that hold one of `words`, what they need, and all text.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cells = [new_code_cell(s) for s in ("import math", "a = 1", "b = 2", "print(a)", "a = 3")]
    >>> [c.source for c in needed(new_notebook(cells=cells), "print").cells]
    ['import math', 'a = 1', 'print(a)']
    """
    nb, kept, wanted = nbformat.from_dict(nb), [], set()
    code = [i for i, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    for i in reversed(code):
        made, used = names(nb.cells[i])
        if i == code[0] or made & wanted or any(word in nb.cells[i].source for word in words):
            wanted = (wanted - made) | used
            kept.append(i)
    nb.cells = [cell for i, cell in enumerate(nb.cells) if cell.cell_type != "code" or i in kept]
    return nb
