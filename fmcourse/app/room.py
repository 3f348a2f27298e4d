"""What a JupyterHub starts for one student: the student's copy of the course, then the server that the hub speaks to.

    c.Spawner.cmd = [python, "-m", "fmcourse.app.room"]

It runs as the student, so nothing that a student left in the own folder can lead it elsewhere; and at every start it
brings the copy up to date by the rules of `copying`. But: who may log in, limits and culling are the hub's own matter
(docs/server/jupyterhub_config.py).
"""

import os
import sys
from pathlib import Path

from fmcourse.app.lab import first_page, lab_environment, lay_out, quiet


def main(arguments: list[str], folder: Path) -> int:
    """Make or renew the copy in `folder`, then become the student's server; `arguments` are the hub's, passed on.

    Returns 1 after one sentence when there is no copy and none can be made; else it does not return.
    """
    try:
        for sentence in lay_out(folder).sentences():
            print(sentence, flush=True)
    except OSError as error:
        print(
            f"The copy in {folder} could not be renewed ({error.strerror}): see whether the disk is full.",
            file=sys.stderr,
            flush=True,
        )
        if not (folder / "notebooks").is_dir():
            return 1
    os.chdir(folder)
    os.execve(sys.executable, server_command(arguments, folder), lab_environment(folder))


def server_command(arguments: list[str], folder: Path) -> list[str]:
    """The hub's single-user server, opened on the first notebook of `folder`; what the hub says comes last and wins."""
    places = [f"--ServerApp.root_dir={folder}", f"--ServerApp.default_url={first_page(folder)}"]
    return [sys.executable, "-m", "jupyterhub.singleuser", *places, *quiet("INFO"), *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.home() / "my-course"))
