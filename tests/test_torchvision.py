"""torchvision is never needed: on many machines it is missing, and one made for another torch fails when imported."""

import subprocess
import sys

from tests.harness.plugin import ROOT

CODE = """
import importlib, pkgutil, sys
sys.modules["torchvision"] = None  # from here on, importing it raises, and looking for it finds nothing

import fmcourse
for module in pkgutil.walk_packages(fmcourse.__path__, "fmcourse."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for name in ("world-gpt", "world-bert", "world-t5"):
    fmcourse.load(name)
print([name for name, module in sys.modules.items() if name.partition(".")[0] == "torchvision" and module])
"""


def test_every_module_and_every_model_loads_where_torchvision_cannot_be_imported():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
