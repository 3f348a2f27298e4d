"""Folders for Jupyter, IPython, matplotlib and the Hub's client where the home folder cannot be written, or is missing.

Each of them keeps files at home; JupyterLab does not even start without. What this leaves out: moving what is there.
"""

import os
import tempfile
from pathlib import Path


def redirected(spare: Path) -> dict[str, str]:
    """Environment variables that lead each of those folders that cannot be written to one in `spare`; often none.

    Nothing is created. A variable that is set already counts as the folder's place.
    """
    places = {
        "IPYTHONDIR": Path("~/.ipython"),
        "MPLCONFIGDIR": Path("~/.config/matplotlib"),
        "HF_HOME": Path("~/.cache/huggingface"),
        "JUPYTER_CONFIG_DIR": Path("~/.jupyter"),
        "JUPYTER_DATA_DIR": _jupyter("data"),
        "JUPYTER_RUNTIME_DIR": _jupyter("runtime"),
    }
    changed = {
        name: str(spare / name.lower().removesuffix("_dir"))
        for name, place in places.items()
        if not _can_be_written(Path(os.environ.get(name) or place))
    }
    if not os.path.isabs(os.path.expanduser("~")):  # a user without an entry and without HOME, as in some containers
        changed["HOME"] = str(spare)
    return changed


def _jupyter(kind: str) -> Path:
    try:
        from jupyter_core import paths

        return Path(getattr(paths, f"jupyter_{kind}_dir")())
    except (ImportError, RuntimeError, OSError):  # not installed yet; no home
        return Path("~/.local/share/jupyter")


def _can_be_written(folder: Path) -> bool:
    """Whether a file can be made in `folder`, or where it would be made."""
    try:
        folder = folder.expanduser()
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"0")  # a full disk says so now
        return folder.is_absolute()
    except (OSError, RuntimeError):
        return False
