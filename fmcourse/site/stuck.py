"""Every error sentence of the course, read from the code that raises it, for the page "Stuck?".

But: nothing is explained anew. A sentence here says what is wrong, where, and what to do, as it does when it is raised.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fmcourse.authoring.first_cell import SOURCE
from fmcourse.paths import course_root

_PACKAGE = Path(__file__).resolve().parents[1]
# Headings, and the files or folders of the package whose sentences stand below them, in the order of a first day.
PLACES = (
    ("Setting up: start.py", ("start.py",)),
    ("The first cell of a notebook", ("first cell",)),
    ("fmcourse doctor and the other commands", ("app", "cli.py", "lazy.py", "evidence.py")),
    ("Loading a model", ("models",)),
    ("Exercises, claims and figures", ("classroom", "lessons", "views")),
    ("Asking and prompting", ("prompting", "tasks", "inside", "trust")),
    ("Training and generating", ("training", "generation", "vision", "applications", "studies")),
    ("The small world and its scenes", ("world", "scenes")),
)
_START_TUPLES = ("TROUBLES",)
_LEAST = 4  # words; what is shorter is a name and no sentence


@dataclass(frozen=True)
class Message:
    """One sentence: what stands fixed, with `…` for what differs, and the file that says it."""

    words: str
    file: str


@cache
def messages() -> dict[str, list[Message]]:
    """Heading -> its sentences, each once, in alphabetical order."""
    out: dict[str, list[Message]] = {}
    for heading, places in PLACES:
        found = {m.words: m for place in places for m in _of(place) if len(m.words.split()) >= _LEAST}
        if found:
            out[heading] = [found[words] for words in sorted(found, key=lambda w: w.lstrip("… ").lower())]
    return out


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# Stuck?",
        "",
        "Every error of the course says what is wrong, where, and what to do. Type a few of its words; `…` stands for "
        "what differs from case to case. If none fits, `python3 start.py doctor` looks at the whole machine.",
        "",
        '<p class="fm-filter"><label>Words of the message <input type="search" data-filter="fm-messages"></label> '
        '<span role="status" aria-live="polite"></span></p>',
        "",
    ]
    for heading, found in messages().items():
        lines += [f"## {heading}", "", '<ul class="fm-messages">']
        several = len({m.file for m in found}) > 1
        lines += [f"<li><p>{_safe(m.words)}</p>{f'<small>{m.file}</small>' if several else ''}</li>" for m in found]
        lines += ["</ul>", ""]
    return "\n".join(lines)


def _safe(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _of(place: str) -> Iterator[Message]:
    if place == "first cell":
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", SOURCE, flags=re.M))
        yield from _raised(tree, "the first cell")
    elif place == "start.py":
        path = course_root() / "start.py"
        if path.is_file():  # a wheel has none
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from _raised(tree, place)
            yield from _listed(tree, place)
    else:
        where = _PACKAGE / place
        for path in [where] if where.is_file() else sorted(where.rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from _raised(tree, path.relative_to(_PACKAGE.parent).as_posix())


def _raised(tree: ast.AST, file: str) -> Iterator[Message]:
    """The sentences in `raise Error("...")`, and the doctor's `Line(False, what, do)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            if words := _words(node.exc.args[0]):
                yield Message(words, file)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Line" and len(node.args) == 3:
            what, do = (_words(arg) for arg in node.args[1:])
            if what and do and isinstance(node.args[0], ast.Constant) and node.args[0].value is False:
                yield Message(f"{what}. {do}", file)


def _listed(tree: ast.AST, file: str) -> Iterator[Message]:
    """The sentences of start.py's table of troubles."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _START_TUPLES:
            for row in node.value.elts:
                yield Message(re.sub(r"\{\w+\}", "…", row.elts[1].value), file)


def _words(node: ast.expr) -> str:
    """A string of the source, with `…` for what is put in; "" when it is none."""
    if isinstance(node, ast.Constant):
        return " ".join(node.value.split()) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "…" for p in node.values]
        return " ".join("".join(parts).split())
    return ""
