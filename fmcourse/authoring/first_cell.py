"""The first code cell, the same in every notebook: on Google Colab it installs the course, elsewhere it only imports.

What this leaves out: a public address. Colab takes what the environment variable FMCOURSE_INSTALL names (a git
address, a wheel) or a wheel that was uploaded, and nothing by name from a package index, where a stranger could own it.
"""

SOURCE = """\
#@title The same first cell in every notebook: imports, and on Google Colab first the installation
import glob, importlib.util, os, subprocess, sys

if importlib.util.find_spec("fmcourse") is None:
    if "google.colab" not in sys.modules:
        raise ModuleNotFoundError("fmcourse is not here: open the course with `python3 start.py`.")
    course = os.environ.get("FMCOURSE_INSTALL") or next(iter(glob.glob("fmcourse-*.whl")), None)
    if course is None:
        raise ModuleNotFoundError("Upload the course's wheel here, or set FMCOURSE_INSTALL.")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", course], check=True)

from fmcourse import classroom, views
from fmcourse.classroom import answer, check, claim, draws, hint, predict, quiz, reveal, warmup
from fmcourse.views import show

classroom.begin()
"""
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in JupyterLab, and on Colab


def same_first_cell(notebook) -> bool:
    """Whether the first code cell of `notebook` (nbformat or plain JSON) is the shared one."""
    first = next((c for c in notebook["cells"] if c["cell_type"] == "code"), None)
    if first is None:
        return False
    source = first["source"] if isinstance(first["source"], str) else "".join(first["source"])
    return source.strip() == SOURCE.strip()
