"""A notebook's first cell as on Google Colab: `python -m tests.full.first_cell NOTEBOOK FOLDER AT_MOST`.

In FOLDER, where a learner would upload it, lies the course's wheel. A kernel is started there that takes itself for
Colab's (a module google.colab), and has open what Colab's has. Printed: the seconds until the course can be used.
1 when they are more than AT_MOST, or when a package that was open is not the one on disk any more.

What this leaves out: Colab's network, which is quicker than most.
"""

import json
import sys
import time
from pathlib import Path

COLAB = """
import importlib, sys, types
for name in ("google", "google.colab"):
    sys.modules[name] = types.ModuleType(name)
for name in {opened!r}:
    importlib.import_module(name)
"""
AFTER = """
from importlib.metadata import version
import fmcourse
print([n for n in {opened!r} if sys.modules[n].__version__.split("+")[0] != version(n).split("+")[0]])
"""
OPENED = ("torch", "transformers", "numpy", "matplotlib")


def main(notebook: str, folder: str, at_most: str) -> int:
    from jupyter_client.manager import start_new_kernel

    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    first = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
    manager, client = start_new_kernel(kernel_name="python3", cwd=folder, startup_timeout=300)
    try:
        _run(client, COLAB.format(opened=OPENED))
        began = time.perf_counter()
        _run(client, first)
        seconds = time.perf_counter() - began
        other = _run(client, AFTER.format(opened=OPENED)).strip()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    print(f"on Colab the first cell takes {seconds:.0f} s (at most {at_most}); replaced while open: {other}")
    return 0 if seconds <= float(at_most) and other == "[]" else 1


def _run(client, source: str) -> str:
    """Execute a cell; what it printed. RuntimeError, in words, when it fails."""
    said = []

    def keep(message):
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])

    reply = client.execute_interactive(source, timeout=600, output_hook=keep)["content"]
    if reply["status"] != "ok":
        raise RuntimeError(f"{reply['ename']}: {reply['evalue']}\n{''.join(said)[-2000:]}")
    return "".join(said)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
