"""`fmcourse doctor`: can this machine run the course, and what to do about each thing that is wrong.

What this leaves out: mending anything, and sending anything anywhere.
"""

import importlib
import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

OLDEST, NEWEST = (3, 11), (3, 13)
_USED = (
    "torch",
    "sklearn",
    "matplotlib.pyplot",
    "transformers:PreTrainedModel",
    "transformers:AutoTokenizer",
    "accelerate",
    "peft",
    "diffusers",
    "bertviz",
)  # package, or package:what the course uses of it
DISK_MB, MEMORY_MB = 500, 2000  # for learners' copies and checkpoints; for the largest notebook


@dataclass(frozen=True)
class Line:
    """One finding: `ok` True, False (something to do) or None (good to know), `what`, and what to `do`."""

    ok: bool | None
    what: str
    do: str = ""


def main() -> int:
    """Print one line for each thing looked at; 0 when the course can run, 1 when something must be done."""
    lines = examine()
    for line in lines:
        print(f"{ {True: 'ok   ', False: 'TO DO', None: 'note '}[line.ok] } {line.what}")
        if line.do:
            print(f"      {line.do}")
    wrong = sum(line.ok is False for line in lines)
    print("All is well." if not wrong else f"{wrong} thing{'s' * (wrong > 1)} to do.")
    return 1 if wrong else 0


def examine() -> list[Line]:
    """All findings. A look that fails itself is a finding too, and stops none of the others."""
    found = []
    for look in (_python, _disk, _memory, _torch, _packages, _imports, _widgets, _home, _models, _hub):
        try:
            found += look()
        except Exception as error:
            what = f"{look.__name__.strip('_')} could not be looked at ({type(error).__name__}: {error})"
            found.append(Line(None, what))
    return found


def _python() -> list[Line]:
    here = sys.version_info[:2]
    good = OLDEST <= here <= NEWEST
    said = [
        Line(
            good,
            f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
            "" if good else "Install Python 3.12 and run start.py with it.",
        )
    ]
    if (platform.system(), platform.machine()) == ("Darwin", "x86_64"):
        said.append(
            Line(
                False,
                "a Python for Intel Macs, for which PyTorch is no longer made",
                "On an Apple chip install a Python for Apple silicon; otherwise use Google Colab.",
            )
        )
    return said


def _disk() -> list[Line]:
    from fmcourse.paths import home_dir

    free = shutil.disk_usage(home_dir()).free // 10**6
    return [
        Line(
            free >= DISK_MB,
            f"{free:,} MB free on the disk of your course folder",
            "" if free >= DISK_MB else f"Free {DISK_MB - free} MB: checkpoints need room.",
        )
    ]


def _memory() -> list[Line]:
    import psutil

    there = psutil.virtual_memory()
    free, total = there.available // 10**6, there.total // 10**6
    return [
        Line(
            True if free >= MEMORY_MB else None,
            f"{free:,} MB of {total:,} MB memory free",
            "" if free >= MEMORY_MB else "Close other programs before the larger notebooks (09, 10, 15).",
        )
    ]


def _torch() -> list[Line]:
    if importlib.util.find_spec("torch") is None:
        return [Line(False, "PyTorch is missing", "Run `python3 start.py doctor`, which installs what is needed.")]
    import torch

    needed, here = _needed().get("torch"), version("torch")
    good = needed is None or needed.specifier.contains(here, prereleases=True)
    threads = torch.get_num_threads()
    said = [
        Line(
            good,
            f"PyTorch {torch.__version__}, {threads} thread{'s' * (threads != 1)} on {os.cpu_count()} cores",
            "" if good else f"The course needs {needed}: run `python3 start.py`.",
        )
    ]
    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_name(0)
        said.append(Line(None, f"a GPU is there: {gpu}; lessons stay on the CPU, and FMCOURSE_DEVICE=auto uses it"))
    elif getattr(torch.backends, "mps", None) and torch.backends.mps.is_available():
        said.append(Line(None, "an Apple GPU is there; lessons stay on the CPU, and FMCOURSE_DEVICE=auto uses it"))
    else:
        said.append(Line(None, "no GPU, and none is needed"))
    return said


def _packages() -> list[Line]:
    said = []
    for name, needed in _needed().items():
        if name == "torch":  # has a look of its own
            continue
        try:
            here = version(name)
        except PackageNotFoundError:
            said.append(Line(False, f"{name} is missing", "Run `python3 start.py`, which installs what is needed."))
            continue
        good = needed.specifier.contains(here, prereleases=True)
        said.append(Line(good, f"{name} {here}", "" if good else f"The course needs {needed}: run `python3 start.py`."))
    return said or [Line(None, "the course is not installed here, so nothing says which packages it needs")]


def _needed() -> dict:
    """The packages that the installed course names, with their bounds, so that pyproject.toml has the only list.

    Left out: what only an extra needs. Empty where the course runs without being installed.
    """
    from packaging.requirements import Requirement  # comes with transformers and matplotlib

    try:
        lines = requires("fmcourse") or ()
    except PackageNotFoundError:
        return {}
    return {one.name: one for one in map(Requirement, lines) if one.marker is None}


def _imports() -> list[Line]:
    """Whether the packages can be used: a version says nothing of files that are gone or do not fit each other."""
    from fmcourse.models import imports

    said = []
    for name in _USED:
        try:
            module, _, attribute = name.partition(":")
            getattr(importlib.import_module(module), attribute or "__name__")
        except Exception as error:
            what, do = imports.explained(error) or (f"{name} cannot be imported ({error})", "Run `python3 start.py`.")
            said += [line for line in [Line(False, what, do)] if line not in said]
    return said or [Line(True, "the packages can be imported")]


def _widgets() -> list[Line]:
    from fmcourse.views.widgets import modern_widgets

    if modern_widgets():
        return [Line(True, "ipywidgets 8: controls work")]
    return [Line(None, "no ipywidgets 8: controls are replaced by plain cells, nothing else changes")]


def _home() -> list[Line]:
    from fmcourse.paths import home_dir

    wanted, home = os.environ.get("FMCOURSE_HOME"), home_dir()
    spare = "fmcourse-" in home.name
    if spare:
        return [
            Line(
                None,
                f"your own folder cannot be written; progress goes to {home} and is lost at a restart",
                "Set FMCOURSE_HOME to a folder that you may write.",
            )
        ]
    return [Line(True, f"progress is kept in {home}{' (FMCOURSE_HOME)' if wanted else ''}")]


def _models() -> list[Line]:
    """Every file of every shipped model against the list of checksums beside it."""
    from fmcourse.models import files
    from fmcourse.paths import data_dir

    said = []
    for name in files.SHIPPED:
        folder = data_dir() / "models" / name
        try:
            if not folder.is_dir():
                raise files.ModelProblem(f"data/models/{name} is missing. {files.restore(folder, name)}")
            files.check_digests(folder)
        except files.ModelProblem as problem:
            what, _, do = str(problem).partition(". ")
            said.append(Line(False, what, do))
    return said or [Line(True, f"shipped models are whole (checksums agree): {', '.join(files.SHIPPED)}")]


def _hub() -> list[Line]:
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        return [Line(None, "HF_HUB_OFFLINE is set: cells with models from the Hub are skipped, everything else runs")]
    return [Line(None, "the network is optional; `fmcourse hub-check` says whether models can be fetched")]
