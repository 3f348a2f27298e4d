"""The pages beside the notebooks: home with its routes, glossary, cheat sheets, ledger, and what the package offers.

Each is made from what the course holds already: the table in README.md, the first cells, claims.toml and stored
outputs, glossary.toml, docstrings. Nothing is written here a second time.
"""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from fmcourse.authoring.pages import SHORT, core_minutes, title
from fmcourse.classroom import glossary
from fmcourse.classroom.settled import Settled, counts, settled
from fmcourse.classroom.settled_page import as_markdown
from fmcourse.paths import course_root
from fmcourse.site.instructors import DOCS
from fmcourse.site.lesson_pages import text_of

Notebooks = Sequence[tuple[Path, dict]]
# What others may build on: module -> public name -> those methods of a class that belong to it.
CONTRACT = {
    "fmcourse": {"load": ""},
    "fmcourse.world": {"World": "default, documents", "floor": ""},
    "fmcourse.models.transformer": dict.fromkeys(("Decoder", "Encoder", "EncoderDecoder"), "from_hf, forward"),
    "fmcourse.prompting": {"generate": ""},
    "fmcourse.training.masking": {"mask_tokens": ""},
    "fmcourse.training.lora": dict.fromkeys(("add_lora", "merge_lora"), ""),
    "fmcourse.training.preferences": dict.fromkeys(("bradley_terry_loss", "dpo_loss"), ""),
    "fmcourse.views": dict.fromkeys(("show", "attention"), ""),
    "fmcourse.classroom": dict.fromkeys(("claim", "predict", "check"), ""),
}


def ideas() -> dict[str, str]:
    """What each notebook is about, from the table in README.md: number -> a sentence."""
    readme = (course_root() / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| \[(\d\d)\]\(notebooks/\S+\) \| (.+?) \| \w+ \|$", readme, re.M))


def abilities(nb: dict) -> list[str]:
    """The list under "You will be able to" in a notebook's first cell."""
    listed = re.search(r"\*\*You will be able to\*\*\n((?:- .*\n?)+)", text_of(nb["cells"][0]))
    return re.findall(r"^- (.*)", listed.group(1), re.M) if listed else []


def users(notebooks: Notebooks) -> dict[str, list[Path]]:
    """Which notebooks link to a term of the glossary: anchor -> their files, in order."""
    out: dict[str, list[Path]] = {}
    for path, nb in notebooks:
        text = "\n".join(text_of(cell) for cell in nb["cells"] if cell["cell_type"] == "markdown")
        for anchor in sorted(set(re.findall(r"glossary\.md#([\w-]+)", text))):
            out.setdefault(anchor, []).append(path)
    return out


def home(notebooks: Notebooks) -> str:
    """The first page: what this is, three routes, all notebooks."""
    about, rows = ideas(), []
    paths = {path.name[:2]: path for path, _ in notebooks}
    short = "".join(
        f'<li><a href="{_to(paths[n])}">{escape(_title(notebooks, n))}</a>: {_plain(what)}</li>'
        for n, what in SHORT.items()
    )
    minutes = [core_minutes(nb) for _, nb in notebooks]
    for path, nb in notebooks:
        number, name = path.name[:2], title(nb)[3:]
        idea = _idea(about.get(number, ""), name)
        rows.append(
            f'<li><a href="{_to(path)}"><span class="fm-number">{number}</span>'
            f"<span>{escape(name)}</span></a>{f'<p>{escape(idea)}</p>' if idea else ''}</li>"
        )
    return "\n".join(
        [
            "---\nhtml_theme.sidebar_secondary.remove: true\n---",
            "# Foundation models you can check",
            "",
            '<p class="fm-lead">A course in 22 notebooks. Every statement it makes is measured in front of you, in a '
            "small world whose truth we know.</p>".replace("22", str(len(notebooks))),
            "",
            "You read here what the notebooks did when they were last run. Before an answer stands a question: guess, "
            "then open it. To run and change everything yourself, `python3 start.py` opens the same notebooks in "
            "JupyterLab, without a network.",
            "",
            "## Three routes",
            "",
            '<div class="fm-routes">',
            f'<section><h3>Short</h3><p class="fm-time">two hours</p><ul>{short}</ul></section>',
            f'<section><h3>Core</h3><p class="fm-time">about {sum(minutes) / 60:.0f} hours</p><p>In each notebook '
            "what stands before <em>Deeper</em> and the exercises: "
            f"{min(minutes):.0f} to {max(minutes):.0f} minutes each.</p>"
            f'<p><a href="{_to(notebooks[0][0])}">Begin with 00</a></p></section>',
            '<section><h3>Full</h3><p class="fm-time">all of it</p><p>With <em>Deeper</em>, exercises and quizzes. '
            "Exercises are checked where the notebooks run; "
            f'the <a href="{_to(notebooks[-1][0])}">capstone</a> is a project of your own.</p></section>',
            "</div>",
            "",
            "You teach it? [Calendars, marks](docs/teaching.md) and a plan for each notebook are there, too.",
            "",
            "## The notebooks",
            "",
            f'<ol class="fm-contents">{"".join(rows)}</ol>',
            "",
            "```{toctree}\n:hidden:\n:caption: Notebooks\n",
            *[f"notebooks/{path.stem}" for path, _ in notebooks],
            "```",
            "",
            "```{toctree}\n:hidden:\n:caption: To look things up\n",
            *("cheat-sheets/index", "notebooks/glossary", "ledger", "stuck", "api"),
            "```",
            "",
            "```{toctree}\n:hidden:\n:caption: For instructors\n",
            *(name.removesuffix(".md") for name in DOCS),
            "```",
            "",
        ]
    )


def glossary_page(notebooks: Notebooks) -> str:
    """Every term with its meaning and the notebooks that use it."""
    linked, names = users(notebooks), {path.name[:2]: path for path, _ in notebooks}
    parts = [
        "# Glossary",
        "",
        "The words of this course in plain English. Bold is the notebook that explains a word.",
        "",
    ]
    for name, row in glossary.terms().items():
        first = row["notebook"]
        there = sorted({path.name[:2] for path in linked.get(glossary.slug(name), ())} | {first})
        links = " · ".join(f"[{'**' + n + '**' if n == first else n}]({names[n].name})" for n in there if n in names)
        parts += [f"## {name}", "", row["definition"], "", f"Notebooks: {links}", ""]
    return "\n".join(parts)


def cheat_sheet(path: Path, nb: dict) -> str:
    """One page: what a notebook teaches, its claims with their verdicts, its words."""
    number = path.name[:2]
    words = [(name, row["definition"]) for name, row in glossary.terms().items() if row["notebook"] == number]
    able, claims = abilities(nb), settled(number)
    parts = [f"# Cheat sheet: {title(nb)}", "", f"From the notebook [{title(nb)}](../notebooks/{path.name}).", ""]
    if able:
        here = [re.sub(r"\]\((?=[\w.]+\.(?:md|ipynb))", "](../notebooks/", line) for line in able]
        parts += ["## You are able to", "", *[f"- {line}" for line in here], ""]
    if claims:
        parts += ["## What was measured", "", f"{_said(claims)}.", "", *map(_row, claims), ""]
    if words:
        parts += ["## Words", ""]
        parts += [f"- **[{name}](../notebooks/glossary.md#{glossary.slug(name)})**: {what}" for name, what in words]
    return "\n".join([*parts, ""])


def cheat_sheets(notebooks: Notebooks) -> str:
    """The list of all cheat sheets."""
    lines = [
        "# Cheat sheets",
        "",
        "One page for each notebook: what you should be able to do, what was measured, which words are new. Made for "
        "printing.",
        "",
        *[f"- [{title(nb)}]({path.stem}.md)" for path, nb in notebooks],
        "",
        "```{toctree}\n:hidden:\n",
        *[f"{title(nb)} <{path.stem}>" for path, nb in notebooks],
        "```",
        "",
    ]
    return "\n".join(lines)


def ledger_page() -> str:
    """All claims; an id leads to the cell that settles it."""
    return re.sub(r"\]\(notebooks/\d\d_\w+\.ipynb#cell-id=(\w+)\)", r"](#cell-\1)", as_markdown(settled()))


def api_page() -> str:
    """What other programs may build on, from its docstrings."""
    lines = [
        "# What the package offers",
        "",
        "These names stay where they are; other code may build on them. The rest of `fmcourse` is there to be read.",
        "",
    ]
    for module, names in CONTRACT.items():
        lines += [f"## {module}", ""]
        for name, methods in names.items():
            directive = f".. autoclass:: {module}.{name}" if name[0].isupper() else f".. autofunction:: {module}.{name}"
            members = f"\n   :members: {methods}" if methods else ""
            lines += [f"```{{eval-rst}}\n{directive}{members}\n```", ""]
    return "\n".join(lines)


def _said(claims: Sequence[Settled]) -> str:
    return f"{len(claims)} claims: " + "; ".join(f"{n} {verdict}" for verdict, n in counts(claims).items())


def _row(row: Settled) -> str:
    to = row.link.partition("#cell-id=")[2]
    name = f"[{row.id}](#cell-{to})" if to else row.id
    figure = f" *{row.measured}, n = {row.n}.*" if row.measured else ""
    return f"- **{name} {row.verdict}**: {row.sentence}.{figure}"


def _title(notebooks: Notebooks, number: str) -> str:
    return next(title(nb) for path, nb in notebooks if path.name.startswith(number))


def _idea(sentence: str, name: str) -> str:
    """What the table says beyond a notebook's name; "" where that is all.

    >>> _idea("Tokens and embeddings: how text becomes numbers", "Tokens and embeddings")
    'How text becomes numbers.'
    >>> _idea("Learning without labels: words", "Self-supervised learning: words")
    ''
    """
    rest = sentence.removeprefix(name).partition(": ")[2] or sentence.removeprefix(name)
    rest = rest.strip(" :,")
    return "" if not rest or name.endswith(rest) else f"{rest[0].upper()}{rest[1:]}."


def _plain(text: str) -> str:
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", escape(text))


def _to(path: Path) -> str:
    return f"notebooks/{path.stem}.html"
