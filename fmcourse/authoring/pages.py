"""What all pages have in common: links to their neighbours, their place on the routes, a folded first cell, lines that
fit, minutes that are true.

`python -m fmcourse.authoring.pages` writes links, routes and first cell into every notebook and the template, the table
of routes into README.md and notebook 00, and prints the minutes of each.

But: the words are the author's. Nothing here touches an output.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from fmcourse.authoring import address, saved
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
_PATHS = "**Which way suits you?**"  # what stands before the table of ways, in README.md and in notebook 00
_LINKS = (
    "Routes: ",
    "Before this: [",
    "Next: [",
    "Beside it: [",
    "Back to [",
    "**Next:** [",
    "Elsewhere: [",
)  # how such lines begin


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


def path_finder(notebooks: Sequence[tuple[Path, dict]]) -> str:
    """Which way through the course suits whom, as a table; hours add up what the notebooks say of themselves."""
    heads = [_text(nb["cells"][0]) for _, nb in notebooks]
    reading, exercises = (
        sum(int(m[1]) for head in heads if (m := re.search(rf"{what}: (\d+) minutes", head))) / 60
        for what in ("Reading", "Exercises")
    )
    short = ", ".join(number if what.startswith("all") else f"{number} {what}" for number, what in SHORT.items())
    return f"""\
| you want | do | it takes |
| --- | --- | --- |
| a look | {short} | 2 hours |
| the ideas (core) | each notebook up to *Deeper*, in order; 01 only if you need it | {reading:.0f} hours |
| all of it | *Deeper*, exercises and quizzes, too | {exercises:.0f} hours of exercises more, and *Deeper* |
| to teach it | `docs/teaching.md` (calendars, plans, marks), then 00 as learners meet it | an evening |"""


def with_paths(text: str, table: str) -> str:
    """A text with that table in place of the one after the sign of `_PATHS`; as it is where it has no such sign."""
    before, sign, after = text.partition(_PATHS)
    rest = re.sub(r"\A(\n*\|.*)*", "", after)
    return f"{before}{sign}\n\n{table}{rest}" if sign else text


def neighbours(
    notebooks: Sequence[tuple[Path, dict]], place: tuple[str, str] | None = None
) -> dict[str, tuple[str, str]]:
    """For each notebook of the course, in order, and its solutions: the lines that end its first cell, and the one that
    ends its last ("": none). `place` is where the course is public, if it is (`address.public`)."""
    out = {}
    for i, (path, nb) in enumerate(notebooks):
        link = lambda j: f"[{title(notebooks[j][1])}]({notebooks[j][0].name})"  # noqa: E731
        before = [f"Before this: {link(i - 1)}."] if i else []
        after = [f"Next: {link(i + 1)}."] if i + 1 < len(notebooks) else []
        beside = f"Beside it: [solutions](solutions/{path.name}), [glossary](glossary.md)."
        deeper = any("## Deeper" in _text(cell) for cell in nb["cells"])
        around = " ".join([*before, *after, beside])
        elsewhere = address.links(f"notebooks/{path.name}", place)
        lines = "\n\n".join(filter(None, [around, routes(path.name[:2], deeper), elsewhere]))
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
    """The notebook with its first cell folded and its links renewed.

    A stamp that counted the first cell, and was true, becomes one that leaves it out (`saved.code_digest`).
    """
    cells = nb["cells"]
    if saved.STAMP in nb.get("metadata", {}) and saved.executed_from(nb) == saved.code_digest(nb, shared=True):
        saved.stamp(nb)
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
    around, table = neighbours(notebooks, address.public()), path_finder(notebooks)
    readme = folder.parent / "README.md"
    readme.write_text(with_paths(readme.read_text(encoding="utf-8"), table), encoding="utf-8", newline="\n")
    for path in [*sorted(folder.glob("**/[0-9]*.ipynb")), *folder.parent.glob("docs/notebook-template.ipynb")]:
        name, nb = path.relative_to(folder.parent).as_posix(), json.loads(path.read_text(encoding="utf-8"))
        nb = renew(nb, around.get(name.removeprefix("notebooks/")))
        for cell in nb["cells"]:
            if cell["cell_type"] == "markdown" and _PATHS in _text(cell):
                cell["source"] = with_paths(_text(cell), table).splitlines(True)
        path.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
        if path.parent == folder:
            print(f"{name}: {core_minutes(nb):.1f} minutes before Deeper and exercises")


def _text(cell: dict) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


if __name__ == "__main__":
    main()
