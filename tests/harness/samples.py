"""Small notebooks made on the spot, to prove that the checks let a good one pass and turn red for each kind of damage.

What this leaves out: the course's own notebooks are tested as they are, in `test_notebooks.py`.
"""

import copy
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FIRST = "import sys\nassert sys.version_info >= (3, 11)"
ALT = "Four bars of the same height: the model is right equally often on every task."
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FIGURE = f'<figure><img alt="{ALT}" src="data:image/png;base64,{PIXEL}"></figure>'
CLAIM = "Z1 holds: one and one are two"


def stream(text: str):
    return new_output("stream", name="stdout", text=text)


def code(source: str, outputs=(), tags=()):
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, outputs=list(outputs), execution_count=1, metadata=metadata)


def good():
    """A notebook, as stored, with nothing wrong: a picture, a claim, an excused cell and an expected error."""
    failure = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=["ZeroDivisionError"])
    nb = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [
        new_markdown_cell("# A sample"),
        code(FIRST),
        new_markdown_cell("One picture:"),
        code(
            f"from IPython.display import HTML, display\ndisplay(HTML({FIGURE!r}))",
            [new_output("display_data", {"text/html": FIGURE, "text/plain": "<IPython.core.display.HTML object>"})],
        ),
        new_markdown_cell("One claim:"),
        code(
            f"import time\nprint({CLAIM!r})\nprint('  measured:', time.time(), ', n = 1, live')",
            [stream(f"{CLAIM}\n  measured: 1.5, n = 1, live\n")],
        ),
        new_markdown_cell("One number that differs each time:"),
        code("print(time.time())", [stream("12345.678\n")], tags=["nbval-ignore-output"]),
        new_markdown_cell("One error on purpose:"),
        code("1 / 0", [failure], tags=["raises-exception"]),
        new_markdown_cell("And a sum:"),
        code("1 + 1", [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]),
    ]
    for n, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), 1):
        cell.execution_count = n
    return nb


def damaged(damage):
    """A good notebook after `damage(cells)`, where cells are its code cells."""
    nb = copy.deepcopy(good())
    damage([c for c in nb.cells if c.cell_type == "code"])
    return nb


def put(nb, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)
    return path
