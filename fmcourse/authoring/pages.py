"""What all pages have in common: links to their neighbours, their place on the routes, a folded first cell, lines that
fit, minutes that are true.

`python -m fmcourse.authoring.pages` writes links, routes and first cell into every notebook and the template, and
prints the minutes of each.

But: the words are the author's. Nothing here touches an output.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from fmcourse.authoring.first_cell import FOLDED, SOURCE
from fmcourse.paths import notebooks_dir

WORDS_A_MINUTE, LINES_A_MINUTE, CORE_MINUTES, WIDTH = 150, 7, 50, 100
# The route of two hours: what of a notebook lies on it.
SHORT = {
    "00": "all before its exercises",
    "02": "all before *Deeper*",
    "06": "to the end of section 2",
    "15": "to the end of section 1",
}
_LINKS = ("Routes: ", "Before this: [", "Next: [", "Beside it: [", "Back to [", "**Next:** [")  # how such lines begin


def title(nb: dict) -> str:
    """The first line of a notebook, such as "15 Text to image"."""
    return _text(nb["cells"][0]).splitlines()[0].lstrip("# ")


def routes(number: str, deeper: bool = True) -> str:
    """Where the notebook of that number stands on the short, the core and the full route, as a line; `deeper` says
    whether it has parts of that name.

    >>> routes("06")
    'Routes: short (2 hours): to the end of section 2; core: up to *Deeper*; full: all of it.'
    """
    others = ", ".join(n if what.startswith("all") else f"{n} in part" for n, what in SHORT.items())
    short = SHORT.get(number, f"not this one, but {others}")
    end = "*Deeper*" if deeper else "its exercises"
    return f"Routes: short (2 hours): {short}; core: up to {end}; full: all of it."


def neighbours(notebooks: Sequence[tuple[Path, dict]]) -> dict[str, tuple[str, str]]:
    """For each notebook of the course, in order, and its solutions: the lines that end its first cell, and the one that
    ends its last ("": none)."""
    out = {}
    for i, (path, nb) in enumerate(notebooks):
        link = lambda j: f"[{title(notebooks[j][1])}]({notebooks[j][0].name})"  # noqa: E731
        before = [f"Before this: {link(i - 1)}."] if i else []
        after = [f"Next: {link(i + 1)}."] if i + 1 < len(notebooks) else []
        beside = f"Beside it: [solutions](solutions/{path.name}), [glossary](glossary.md)."
        deeper = any("## Deeper" in _text(cell) for cell in nb["cells"])
        lines = f"{' '.join([*before, *after, beside])}\n\n{routes(path.name[:2], deeper)}"
        out[path.name] = lines, f"**Next:** {link(i + 1)}" if after else ""
        out[f"solutions/{path.name}"] = f"Back to [{title(nb)}](../{path.name}).", ""
    return out


def core_minutes(nb: dict) -> float:
    """Minutes for what stands before the exercises and under no "Deeper", by words and lines of code."""
    words = lines = 0
    deeper = False
    for i, cell in enumerate(nb["cells"]):
        text = _text(cell)
        if re.search(r"^## (Exercises|Quiz)", text, re.M):
            break
        if cell["cell_type"] == "markdown" and (heads := re.findall(r"^## .*", text, re.M)):
            deeper = heads[-1].startswith("## Deeper")
        if deeper:
            continue
        if cell["cell_type"] == "markdown":
            words += sum(len(part.split()) for part in text.split("\n\n") if not part.startswith(_LINKS))
        elif i != 1:  # the shared first cell is folded
            lines += sum(bool(line.strip()) for line in text.splitlines())
    return words / WORDS_A_MINUTE + lines / LINES_A_MINUTE


def faults(nb: dict, lines: tuple[str, str] | None = None) -> list[str]:
    """What a page lacks, a sentence each. `lines` are its neighbours', where it has some."""
    said, code = [], [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    if code and code[0]["metadata"].get("jupyter") != FOLDED["jupyter"]:
        said.append("its first code cell is not folded: python -m fmcourse.authoring.pages")
    for i, cell in enumerate(code, 1):
        wide = [line for line in _text(cell).splitlines() if len(line) > WIDTH]
        said += [
            f"code cell {i} has a line of {len(line)} characters; {WIDTH} fit: {line.strip()[:40]}" for line in wide
        ]
        if re.search(r"^predict\((?!.*\bNone\b)", _text(cell), re.M):
            said.append(f"code cell {i} stores a guess; write None, and say in a comment what kind is wanted")
    if lines is not None:
        prose = [_text(cell) for cell in nb["cells"] if cell["cell_type"] == "markdown"]
        if not prose[0].endswith(lines[0]) or not prose[-1].endswith(lines[1]):
            said.append("its links to its neighbours are old: python -m fmcourse.authoring.pages")
    return said


def renew(nb: dict, lines: tuple[str, str] | None) -> dict:
    """The notebook with its first cell folded and its links renewed."""
    cells = nb["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    first["source"], first["metadata"] = SOURCE.strip().splitlines(True), {**first["metadata"], **FOLDED}
    if lines is not None:
        prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
        for cell, line in ((prose[0], lines[0]), (prose[-1], lines[1])):
            kept = [part for part in _text(cell).rstrip().split("\n\n") if not part.startswith(_LINKS)]
            cell["source"] = "\n\n".join([*kept, line] if line else kept).splitlines(True)
    return nb


def main(folder: Path | None = None) -> None:
    """Renew every page of the folder, and say how long each takes."""
    folder = Path(folder or notebooks_dir())
    notebooks = [(path, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("[0-9]*.ipynb"))]
    around = neighbours(notebooks)
    for path in [*sorted(folder.glob("**/[0-9]*.ipynb")), *folder.parent.glob("docs/notebook-template.ipynb")]:
        name, nb = path.relative_to(folder.parent).as_posix(), json.loads(path.read_text(encoding="utf-8"))
        renewed = json.dumps(renew(nb, around.get(name.removeprefix("notebooks/"))), indent=1, ensure_ascii=False)
        path.write_text(renewed + "\n", encoding="utf-8", newline="\n")
        if path.parent == folder:
            print(f"{name}: {core_minutes(nb):.1f} minutes before Deeper and exercises")


def _text(cell: dict) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


if __name__ == "__main__":
    main()
