"""The commands about the learner's copy: `lab` opens it, `reset` starts one notebook over.

What this leaves out: how the copy is made and kept (`copying`) and taken elsewhere (`packing`), and installing the
course (`start.py`).
"""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from importlib.metadata import requires
from pathlib import Path

from fmcourse import proxies
from fmcourse.app.copying import HIDDEN, Report, digest, fresh, lay, make_copy, read_json, write
from fmcourse.app.packing import SPARE
from fmcourse.authoring.homes import redirected
from fmcourse.paths import notebooks_dir

__all__ = ["main", "make_copy", "reset"]

# JupyterLab asks on its first start whether it may fetch news, and looks for a newer self: both leave this machine.
_LAB_DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
}


def main(folder: Path, browser: bool = True, port: int = 8888) -> int:
    """Make or renew the copy in `folder`, then run JupyterLab on its first notebook until it is stopped.

    `port` is where it starts to look for a free one. Returns JupyterLab's exit code, or 1 after one sentence on what is
    wrong. Everything stays on this machine: JupyterLab listens on the loopback address and fetches nothing.
    """
    folder = Path(folder).resolve()
    try:
        report = lay_out(folder)
    except OSError as error:
        return _sorry(f"The folder {folder} cannot be written ({error.strerror}): name another one with --folder.")
    if not _has_jupyterlab():
        return 1
    unusable = " and ".join(proxies.unusable(os.environ))
    if unusable:
        print(f"JupyterLab is started without the proxy in {unusable}: it can use only http:// and https://.")
    print("\n".join([*report.sentences(), f"Your course is in {folder}. To stop: Ctrl-C here, twice."]), flush=True)
    child = subprocess.Popen(lab_command(folder, browser, port), env=lab_environment(folder), cwd=folder)
    if threading.current_thread() is threading.main_thread():  # who ends us by our number means JupyterLab, too
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # JupyterLab got it, too, and asks its own question
            continue


def lay_out(folder: Path) -> Report:
    """Make or renew the copy in `folder`, and JupyterLab's settings in it. Raises OSError when it cannot write."""
    os.environ.update(redirected(folder / SPARE))  # what we lay down is noted as trusted in one of those folders
    settings = folder / HIDDEN / "jupyter"
    report = make_copy(folder)
    write(settings / "labconfig" / "default_setting_overrides.json", json.dumps(_LAB_DEFAULTS, indent=1).encode())
    write(settings / "jupyter_server_config.json", json.dumps({"ServerApp": _terminals()}, indent=1).encode())
    return report


def first_page(folder: Path) -> str:
    """The address of the first notebook of `folder` in JupyterLab."""
    first = next(iter(sorted((folder / "notebooks").glob("[0-9][0-9]_*.ipynb"))), None)
    return f"/lab/tree/notebooks/{first.name}" if first else "/lab"


def quiet(level: str) -> list[str]:
    """What keeps JupyterLab from fetching anything, and its log at `level`."""
    return [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        f"--Application.log_level={level}",
    ]


def lab_command(folder: Path, browser: bool, port: int) -> list[str]:
    """The command line that opens JupyterLab on the first notebook of `folder`."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url={first_page(folder)}",
        f"--port={port}",
        *quiet("ERROR"),
    ]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container everyone is root
        command.append("--allow-root")
    return command


def lab_environment(folder: Path) -> dict[str, str]:
    """The environment for JupyterLab, its kernels and its terminals.

    Progress goes into `folder`, our kernel comes before others of that name, the command `fmcourse` is found, folders
    that cannot be written are replaced by some in `folder`, and proxies that would stop JupyterLab are left out.
    """
    settings = [str(folder / HIDDEN / "jupyter"), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    commands = [place for place in _folders_of_commands() if place not in path]
    return {
        **proxies.usable(os.environ),
        **redirected(folder / SPARE),
        "FMCOURSE_HOME": str(folder / HIDDEN),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_PATH": os.pathsep.join(settings),
        "PATH": os.pathsep.join([*commands, *path]),
    }


def _folders_of_commands() -> list[str]:
    """Where pip may have put the command fmcourse of this Python: for everybody, or for this user alone."""
    places = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))]
    return [place for place in places if any(Path(place).glob("fmcourse*"))]


def _terminals() -> dict:
    """JupyterLab's setting for terminals: no login shell, which on many systems would set PATH anew."""
    return {} if os.name == "nt" else {"terminado_settings": {"shell_command": [os.environ.get("SHELL") or "sh"]}}


def _has_jupyterlab() -> bool:
    """Whether JupyterLab is there, after installing it when the course was installed without its extra `lab`."""
    if all(importlib.util.find_spec(name) for name in ("jupyterlab", "ipywidgets")):
        return True
    lines = [line.replace('"', "'") for line in requires("fmcourse") or []]
    wanted = [line.split(";")[0].strip() for line in lines if "extra == 'lab'" in line]
    print(f"JupyterLab is not installed yet; installing it now, about 60 MB: {', '.join(wanted)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted])
    if done.returncode:
        _sorry(
            "JupyterLab could not be installed: connect to the network and try again, or install the course with "
            "its extra `lab`, as README.md shows."
        )
    importlib.invalidate_caches()
    return not done.returncode


def reset(notebook: str, folder: Path) -> int:
    """Put a fresh copy of notebook `notebook` ("03" or "3") into `folder`. Your own is kept as NN_name.mine.ipynb.

    Returns 0, or 1 after one sentence when there is no such notebook.
    """
    found = [
        p
        for p in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))
        if p.stem == Path(notebook).stem or p.name[:2] == notebook.strip().zfill(2)
    ]
    if len(found) != 1:
        there = ", ".join(p.name[:2] for p in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))) or "none yet"
        return _sorry(f"There is no notebook {notebook}. There are: {there}.")
    source, target = found[0], Path(folder) / "notebooks" / found[0].name
    kept = None
    try:
        if target.exists() and target.read_bytes() != fresh(source):
            kept = _free(target.with_name(f"{target.stem}.mine.ipynb"))
            target.rename(kept)
        lay(target, source)
        memory = Path(folder) / HIDDEN / "copied.json"
        known = {**(read_json(memory) or {}), found[0].name: {"copied": digest(source)}}
        write(memory, json.dumps(known, indent=1, sort_keys=True).encode())
    except OSError as error:
        if kept and kept.exists():
            os.replace(kept, target)
        return _sorry(f"{target} cannot be made fresh ({error.strerror}); it is as it was.")
    print(f"{target} is fresh. {f'Yours is kept as {kept.name}.' if kept else ''}".strip())
    return 0


def _free(path: Path) -> Path:
    """`path`, or the same with the first number that is not taken: 03_tokens.mine.ipynb, 03_tokens.mine2.ipynb, ..."""
    names = (path.with_name(f"{path.stem}{number}{path.suffix}") for number in ["", *range(2, 10_000)])
    return next(place for place in names if not place.exists())


def _sorry(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
