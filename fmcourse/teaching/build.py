"""`fmcourse class build`: students/ to hand out, instructor/ to keep; nothing of the second is in the first.

instructor/ is an nbgrader course: source/ (solutions, hidden tests), key.json, term-seed.txt, gradebook.db. nbgrader
itself makes students/ from source/.
"""

import json
import os
from pathlib import Path

import nbformat

from fmcourse.paths import notebooks_dir
from fmcourse.teaching.assignment import notebook, tasks
from fmcourse.teaching.problem import Problem
from fmcourse.teaching.term import Term, fresh_seed

CONFIG = """# Made by `fmcourse class build`; nbgrader reads it in this folder.
import os

from fmcourse.teaching.nbgrader_parts import configure

configure(get_config(), os.path.dirname(os.path.abspath(__file__)))
"""


def numbers() -> list[str]:
    """The numbers of all lessons that have exercises."""
    return [n for path in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb")) if tasks(n := path.name[:2])]


def build(seed: str | None, out: Path, only: list[str] | None = None) -> dict[str, list[str]]:
    """Make both folders in `out`; returns the names of each assignment's term questions, by assignment.

    `only` has numbers of lessons, None means all; without `seed` one is drawn. Raises Problem for a folder that holds a
    term already, a seed that can be guessed, a number without a lesson, and when nbgrader fails.
    """
    instructor, students = out / "instructor", out / "students"
    if (instructor / "gradebook.db").exists() or students.exists():
        raise Problem(f"{out} holds a term already: name another folder with --out, or move that one away.")
    seed = seed or fresh_seed()
    term = Term(seed)
    made = {number: notebook(number, term) for number in only or numbers()}  # all before the first is written
    keys = {}
    for number, (book, key) in made.items():
        folder = instructor / "source" / f"nb{number}"
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(book, folder / f"nb{number}.ipynb")
        keys[f"nb{number}"] = key
    for name, text in {
        "nbgrader_config.py": CONFIG,
        "term-seed.txt": f"{seed}\n",
        "key.json": json.dumps(keys, indent=1, ensure_ascii=False),
    }.items():
        (instructor / name).write_text(text, encoding="utf-8")
    if os.name == "posix":
        instructor.chmod(0o700)
    from fmcourse.teaching.nbgrader_parts import generate

    for name in keys:
        generate(instructor, name)
    return {name: sorted(key) for name, key in keys.items()}
