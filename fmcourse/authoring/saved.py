"""Make an executed notebook fit to be stored: the same run gives the same bytes, and a diff shows only what changed.

What this leaves out: outputs themselves are not altered, apart from widgets, which are stored as their plain text
(their state is a random id that no reader can open without a kernel), and paths of this machine in tracebacks.
"""

import copy
import hashlib
import json
import re
from itertools import zip_longest
from pathlib import Path

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
STAMP = "fmcourse"  # in a notebook's metadata: what its outputs came from
_WIDGET = "application/vnd.jupyter.widget-view+json"
_CELL_METADATA = ("tags", "jupyter", "cellView")
# In a traceback: where this machine keeps the standard library, packages and the course. The rest of the path says all.
_WHERE = re.compile(r"~?/(?:[^\s'\"\x1b]*/)?(?:site-packages/|python3\.\d+/|(?=fmcourse/\w+))")


def normalise(nb):
    """A copy of `nb` with only what a reader needs.

    Kernel python3, no timestamps, no widget state, empty metadata dropped, executions counted 1, 2, 3, and cell ids
    made from the cell's text, so that they do not change unless the cell does. Where a slide begins is noted for those
    who show the notebook as slides.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> one = normalise(new_notebook(cells=[new_code_cell("1 + 1", execution_count=7)]))
    >>> one.cells[0].execution_count, one.metadata.kernelspec.name
    (1, 'python3')
    >>> one.cells[0].id == normalise(new_notebook(cells=[new_code_cell("1 + 1")])).cells[0].id
    True
    """
    import nbformat

    nb = copy.deepcopy(nb)
    stamp = {STAMP: nb.metadata[STAMP]} if STAMP in nb.metadata else {}
    nb.metadata = nbformat.from_dict({**stamp, "kernelspec": KERNEL, "language_info": {"name": "python"}})
    nb.nbformat, nb.nbformat_minor = 4, 5
    used, count = set(), 0
    for cell, following in zip_longest(nb.cells, nb.cells[1:]):
        cell.id = _identity(cell, used)
        cell.metadata = nbformat.from_dict({k: cell.metadata[k] for k in _CELL_METADATA if cell.metadata.get(k)})
        if slide := _slide(cell, following):
            cell.metadata["slideshow"] = nbformat.from_dict({"slide_type": slide})
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = [_output(output, cell.execution_count) for output in cell.outputs]
    return nb


def write(nb, path: Path) -> None:
    """Write `normalise(nb)` to `path`, as JupyterLab does (one space of indent, a newline at the end)."""
    import nbformat

    nb = normalise(nb)
    nbformat.validate(nb)
    Path(path).write_text(nbformat.writes(nb) + "\n", encoding="utf-8", newline="\n")


def stamp(nb) -> None:
    """Note in `nb` which code its outputs came from; to be called when it was executed, and at no other time."""
    nb["metadata"][STAMP] = {"executed": code_digest(nb)}


def executed_from(nb) -> str | None:
    """What `stamp` noted, or None."""
    noted = nb["metadata"].get(STAMP)
    return noted.get("executed") if isinstance(noted, dict) else None


def code_digest(nb, shared: bool = False) -> str:
    """A digest of all code of a notebook, in order; prose and outputs do not count.

    Nor does the shared first cell, which only imports, and says where Colab finds the course: no output hangs on it.
    `shared` counts it, as stamps did that were made before it was left out.

    >>> one, other = ({"cells": [{"cell_type": "code", "source": s}]} for s in ("1 + 1", ["1 ", "+ 1"]))
    >>> code_digest(one) == code_digest(other) != code_digest({"cells": []})
    True
    """
    code = ["".join(cell["source"]) for cell in nb["cells"] if cell["cell_type"] == "code"]
    if code and "classroom.begin()" in code[0] and not shared:
        code = code[1:]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()[:16]


def _slide(cell, following) -> str:
    """A slide at each heading of the first two levels, one below it at deeper ones and at prose that leads to code."""
    if cell.cell_type != "markdown":
        return ""
    heading = re.match(r"\s*(#{1,6}) ", cell.source)
    if heading and len(heading[1]) <= 2:
        return "slide"
    return "subslide" if heading or following is not None and following.cell_type == "code" else ""


def _identity(cell, used: set[str]) -> str:
    stem = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
    name, n = stem, 1
    while name in used:
        n += 1
        name = f"{stem}-{n}"
    used.add(name)
    return name


def _output(output, count):
    if "data" in output and "text/plain" in output.data:
        output.data.pop(_WIDGET, None)
    if "metadata" in output:
        output.metadata = {k: v for k, v in output.metadata.items() if v}
    if "execution_count" in output:
        output.execution_count = count
    output.pop("transient", None)
    if "traceback" in output:
        output.traceback = [_WHERE.sub("", line) for line in output.traceback]
    return output
