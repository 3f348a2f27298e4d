"""The first code cell, the same in every notebook: on Google Colab it installs the course, elsewhere it only imports.

Colab takes what the environment variable FMCOURSE_INSTALL names, or else a wheel that was uploaded, or else the public
address (`address`). But: nothing by name from a package index, where a stranger could own it.
"""

from fmcourse.authoring.address import public, to_install


def source(course: str) -> str:
    """The cell, where `course` is what pip installs on Colab when nothing else is named; empty: nothing."""
    return f"""\
#@title The same first cell in every notebook: imports, and on Google Colab first the installation
import glob, importlib.util, os, subprocess, sys

if importlib.util.find_spec("fmcourse") is None:
    uploaded = max(glob.glob("fmcourse-*.whl"), default="{course}")
    course = os.environ.get("FMCOURSE_INSTALL", uploaded)
    if not course or "google.colab" not in sys.modules:
        raise ModuleNotFoundError("Open the course with `python3 start.py`; "
                                  "on Colab upload its wheel and run this cell again.")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", course], check=True)

from fmcourse import classroom, views
from fmcourse.classroom import answer, check, claim, draws, hint, predict, quiz, reveal, warmup
from fmcourse.views import show
classroom.begin()
"""


SOURCE = source(to_install(public()))
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in JupyterLab, and on Colab


def same_first_cell(notebook) -> bool:
    """Whether the first code cell of `notebook` (nbformat or plain JSON) is the shared one."""
    first = next((c for c in notebook["cells"] if c["cell_type"] == "code"), None)
    if first is None:
        return False
    text = first["source"] if isinstance(first["source"], str) else "".join(first["source"])
    return text.strip() == SOURCE.strip()
