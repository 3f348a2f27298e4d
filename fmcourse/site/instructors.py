"""The pages for whoever teaches: docs/teaching.md, a plan for each notebook, docs/cluster.md.

They stand on the site where they stand in the repository, so that a link between them leads there in both places. A
plan gets what only a site can add: links to its notebook, and from each part that it names to that part.

But: what else stands in `docs/` is for whoever changes the course, and is not shown.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from fmcourse.authoring.pages import title
from fmcourse.paths import course_root, lessons_dir, notebooks_dir
from fmcourse.site.lesson_pages import text_of

Notebooks = Sequence[tuple[Path, dict]]
DOCS = ("docs/teaching.md", "docs/cluster.md")
_TABLE_ROW = re.compile(r"^\|.*\|$", re.M)
_PART = re.compile(r"(?<!\*)\*([^*|]+)\*(?!\*)")


def pages(notebooks: Notebooks) -> dict[str, str]:
    """All of them: the place on the site -> its Markdown. The first leads to the others."""
    out = {name: (course_root() / name).read_text(encoding="utf-8") for name in DOCS}
    plans = {_place(path): plan(path, nb) for path, nb in notebooks}
    tree = [f"{title(nb)} </{_place(path).removesuffix('.md')}>" for path, nb in notebooks]
    out[DOCS[0]] += "\n".join(["\n```{toctree}", ":hidden:", "", *tree, "```", ""])
    return {**out, **plans}


def plan(path: Path, nb: dict) -> str:
    """The plan of a notebook with links to it and to its parts."""
    head, _, rest = _file(path).read_text(encoding="utf-8").partition("\n")
    home = f"../../../notebooks/{path.name}"
    links = [f"[The notebook]({home})", f"[Cheat sheet](../../../cheat-sheets/{path.stem}.md)"]
    if (notebooks_dir() / "solutions" / path.name).is_file():
        links.append(f"[Solutions](../../../notebooks/solutions/{path.name})")
    links.append("[All plans](../../../docs/teaching.md)")
    anchors = _anchors(nb)

    def linked(part: re.Match) -> str:
        slug = anchors.get(_plain(part[1]))
        return f"[*{part[1]}*]({home}#{slug})" if slug else part[0]

    rest = _TABLE_ROW.sub(lambda row: _PART.sub(linked, row[0]), rest)
    rest = rest.replace("`docs/teaching.md`", "[docs/teaching.md](../../../docs/teaching.md)")
    return f"{head}\n\n::::{{container}} fm-links\n{' · '.join(links)}\n::::\n{rest}"


def _anchors(nb: dict) -> dict[str, str]:
    """The headings of a notebook that a link can lead to: words -> the anchor that MyST gives them."""
    from mdit_py_plugins.anchors.index import slugify

    out: dict[str, str] = {}
    for cell in nb["cells"]:
        if cell["cell_type"] == "markdown":
            for words in re.findall(r"^#{2,3} (.+)$", text_of(cell), re.M):
                out.setdefault(_plain(words), slugify(_plain(words)))
    return out


def _plain(words: str) -> str:
    return re.sub(r"[*`$\\]", "", words).strip()


def _file(path: Path) -> Path:
    return lessons_dir() / f"nb{path.name[:2]}" / "teaching.md"


def _place(path: Path) -> str:
    return f"fmcourse/lessons/nb{path.name[:2]}/teaching.md"
