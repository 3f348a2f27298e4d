"""Where the course's files are, whether it runs from a clone or from an installed wheel.

What this leaves out: it creates nothing but the learner's own folder, and that only when asked.
"""

import os
import tempfile
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def course_root() -> Path:
    """The folder that holds `notebooks/` and `data/`: the clone, or the copy inside an installed wheel."""
    clone = _PACKAGE.parent
    if (clone / "notebooks").is_dir() and (clone / "pyproject.toml").is_file():
        return clone
    return _PACKAGE / "_course"


def data_dir() -> Path:
    """The folder of shipped data and models."""
    return course_root() / "data"


def notebooks_dir() -> Path:
    """The folder of the course's own notebooks (not the learner's copy)."""
    return course_root() / "notebooks"


def lessons_dir() -> Path:
    """The folder of what belongs to one notebook each: nb03/exercises.py, nb03/quiz.toml, nb03/claims.toml."""
    return _PACKAGE / "lessons"


def copy_dir() -> Path:
    """The learner's copy of the course: the one that is open (`FMCOURSE_HOME` leads into it), the nearest one above the
    current folder, or else `my-course` here, which need not exist.
    """
    here, opened = Path.cwd(), os.environ.get("FMCOURSE_HOME")
    places = [*([Path(opened).parent] if opened else []), here, *here.parents]
    return next((p for p in places if (p / ".fmcourse" / "copied.json").is_file()), Path("my-course"))


def home_dir() -> Path:
    """The learner's own folder for progress, predictions and claims; created when missing.

    In order: the environment variable `FMCOURSE_HOME`; `.fmcourse` inside the nearest folder above the current one
    that is called `my-course`; inside a `my-course` in the current folder, from where `fmcourse progress` is called;
    `~/.fmcourse`. When that place cannot be written, a temporary folder is used instead, so that a read-only home costs
    the learner their saved progress and nothing else.
    """
    wanted = os.environ.get("FMCOURSE_HOME")
    here = Path.cwd()
    mine = next((p for p in (here, *here.parents) if p.name == "my-course"), None)
    if mine is None and (here / "my-course" / ".fmcourse").is_dir():
        mine = here / "my-course"
    try:
        home = Path(wanted).expanduser() if wanted else (mine or Path.home()) / ".fmcourse"
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
        return home
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder at all
        spare = Path(tempfile.gettempdir()) / f"fmcourse-{os.getuid() if hasattr(os, 'getuid') else os.getlogin()}"
        spare.mkdir(parents=True, exist_ok=True)
        return spare
