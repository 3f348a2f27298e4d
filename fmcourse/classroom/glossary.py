"""The glossary: every term in plain words, in one file, for `term`, for links in notebooks and for the page.

    python -m fmcourse.classroom.glossary        write notebooks/glossary.md anew

The page lies beside the notebooks, so that a link works in the repository, in an installed course and in a learner's
copy. What this leaves out: finding words that should be explained and are not.
"""

import re
import sys
import tomllib
from functools import cache
from pathlib import Path

from fmcourse.records import text_of

_TABLE = Path(__file__).with_name("glossary.toml")
_HEAD = """# Glossary

The words of this course in plain English. The number is the notebook that explains a word first.
"""


@cache
def terms() -> dict[str, dict]:
    """All terms in alphabetical order: term -> {"definition", "notebook"}."""
    rows = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["term"]
    return {
        row["term"]: {"definition": row["definition"], "notebook": row["notebook"]}
        for row in sorted(rows, key=lambda row: row["term"].lower())
    }


def term(name) -> None:
    """Print what a term means; near spellings are offered for an unknown one. Never raises.

    >>> term("token")
    token: A piece of text that the model reads as one unit: a word, part of a word, or a single byte.
    """
    known = _find(name)
    if known:
        print(f"{known}: {terms()[known]['definition']}")
        return
    import difflib

    near = difflib.get_close_matches(text_of(name, 40).lower(), list(terms()), cutoff=0.5)
    offer = f"; did you mean {', '.join(near)}?" if near else "."
    print(f"{text_of(name, 40)} is not in the glossary{offer}")


def link(name: str, text: str | None = None, folder: str = "") -> str:
    """A Markdown link to a term, for the text of a notebook; `folder="../"` in solutions. Raises KeyError if unknown.

    >>> link("byte-pair encoding", "merges")
    '[merges](glossary.md#byte-pair-encoding)'
    """
    known = _find(name)
    if known is None:
        raise KeyError(f"{name!r} is not in the glossary; add it to {_TABLE.name} or choose another word.")
    return f"[{text or name}]({folder}glossary.md#{slug(known)})"


def slug(name: str) -> str:
    """The anchor of a heading, as GitHub, JupyterLab and MyST make it for words like ours."""
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


def page() -> str:
    """The whole page as Markdown."""
    parts = [f"### {name}\n\n{row['definition']} (notebook {row['notebook']})\n" for name, row in terms().items()]
    return "\n".join([_HEAD, *parts])


def page_path() -> Path:
    """Where the page lies."""
    from fmcourse.paths import notebooks_dir

    return notebooks_dir() / "glossary.md"


def _find(name) -> str | None:
    """The term as the table writes it; capitals and a plural s do not matter."""
    wanted = text_of(name).lower()
    names = {known.lower(): known for known in terms()}
    return names.get(wanted) or names.get(wanted.removesuffix("s"))


if __name__ == "__main__":
    page_path().write_text(page(), encoding="utf-8", newline="\n")
    print(f"{len(terms())} terms written to {page_path().name}.", file=sys.stderr)
