"""The checks of notebooks are shown able to fail: one good notebook passes, and each kind of damage turns it red."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from nbformat.v4 import new_output

from fmcourse.authoring import guard
from tests.harness import samples

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = {"Z1": "holds"}


def faults(nb, **changes):
    return guard.inspect(nb, "00_sample", **{"claims": CLAIMS, "first_cell": samples.FIRST, **changes})


def clear(cells):
    for cell in cells:
        cell.outputs, cell.execution_count = [], None


def set_(i, **changes):
    return lambda cells: [setattr(cells[i], name, value) for name, value in changes.items()]


def excuse_many(cells):
    for cell in cells[1:4]:
        cell.metadata = {"tags": ["nbval-ignore-output"]}


def html(text):
    return [new_output("display_data", {"text/html": text, "text/plain": "x"})]


DAMAGES = {
    "cleared": (clear, "was not executed"),
    "one unrun cell": (set_(5, execution_count=None, outputs=[]), "was not executed"),
    "output deleted": (set_(2, outputs=[]), "no output is stored"),
    "verdict changed": (set_(2, outputs=[samples.stream("Z1 does not hold: one\n  measured: 1\n")]), "'does not hold'"),
    "measurement cut off": (set_(2, outputs=[samples.stream("Z1 holds: one\n  measured: 0.3, of wh…\n")]), "cut off"),
    "claim missing": (set_(2, outputs=[samples.stream("nothing\n")]), "does not print claim Z1"),
    "claim that nobody expects": (set_(5, outputs=[samples.stream("A9 holds: so\n")]), "does not list for it"),
    "claim in an excused cell": (set_(2, metadata={"tags": ["nbval-ignore-output"]}), "does not print claim Z1"),
    "picture without alt text": (set_(1, outputs=html("<img src='data:image/png;base64,AA'>")), "without alt text"),
    "alt text too short": (set_(1, outputs=html("<img alt='a plot' src='data:image/png;base64,AA'>")), "'a plot'"),
    "picture from the network": (set_(1, outputs=html(f"<img alt='{samples.ALT}' src='//a.org/a'>")), "network"),
    "frame without a title": (set_(1, outputs=html("<iframe srcdoc='hello'></iframe>")), "<iframe> without title"),
    "bare image": (set_(1, outputs=[new_output("display_data", {"image/png": samples.PIXEL})]), "bare image/png"),
    "no early picture": (set_(1, outputs=html("<b>words</b>")), "shows no picture"),
    "excused majority": (excuse_many, "a third is the most"),
    "excuse without need": (set_(0, metadata={"tags": ["nbval-ignore-output"]}), "no output that needs an excuse"),
    "skipped cell": (set_(5, metadata={"tags": ["nbval-skip"]}), "keep it from running"),
    "comment for nbval": (set_(5, source="# NBVAL_IGNORE_OUTPUT\n1 + 1"), "comment for nbval"),
    "stored error": (set_(4, metadata={}), "stores an error"),
    "machine path": (set_(5, outputs=[samples.stream("/home/ada/course/file.py:3: warning\n")]), "path of one machine"),
    "too large": (set_(5, outputs=[samples.stream("x" * 3_100_000)]), "3 MB is the most"),
    "other first cell": (set_(0, source="import os"), "does not begin with the code cell"),
    "cell too long": (set_(5, source="\n".join(["1 + 1"] * 61)), "60 is the most"),
}


def test_a_good_notebook_has_no_fault():
    assert faults(samples.good()) == []
    assert guard.advice(samples.good(), "00_sample") == []


@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_is_named(name):
    damage, words = DAMAGES[name]
    said = faults(samples.damaged(damage))
    assert any(words in sentence for sentence in said), said


def test_another_kernel_is_named():
    nb = samples.good()
    nb.metadata.kernelspec.name = "my-env"
    assert any("'my-env'" in s for s in faults(nb))


def test_base64_that_looks_like_a_path_is_no_path():
    picture = f"<img alt='{samples.ALT}' src='data:image/png;base64,AAAA/home/ada/AAA='>"
    assert faults(samples.damaged(set_(1, outputs=html(picture)))) == []


def test_a_folder_without_notebooks_or_with_a_stray_one_is_named(tmp_path):
    assert any("no notebook" in s for s in guard.inspect_folder(tmp_path))
    samples.put(samples.good(), tmp_path / "sample.ipynb")
    assert any("sample.ipynb is not called" in s for s in guard.inspect_folder(tmp_path))


RED = {
    "changed verdict": (set_(2, outputs=[samples.stream("Z1 does not hold: one\n  measured: 1\n")]), "outputs differ"),
    "deleted output": (set_(5, outputs=[]), "Unexpected output fields"),
    "changed alt text": (set_(1, outputs=html(samples.FIGURE.replace("Four", "Five"))), "Cell outputs differ"),
    "failing cell": (set_(5, source="1 / 0"), "ZeroDivisionError"),
    "dead kernel": (set_(5, source="import os; os._exit(1)"), "the kernel died"),
    "leaves the machine": (set_(5, source="import urllib.request as u\nu.urlopen('http://192.0.2.1/')"), "192.0.2.1"),
    "swallows the refusal": (
        set_(5, source="import socket\ntry:\n  socket.create_connection(('192.0.2.2', 1))\nexcept OSError:\n  pass\n2"),
        "tried to reach 192.0.2.2",
    ),
    "takes too long": (set_(5, source="time.sleep(600)"), "Timeout of 8 seconds"),
}


@pytest.fixture(scope="module")
def nbval(tmp_path_factory):
    """Real nbval, with the options of pyproject.toml, over the good notebook and all damaged ones: name -> failures."""
    folder = tmp_path_factory.mktemp("nbval")
    notebooks = {"good": samples.good(), **{name: samples.damaged(damage) for name, (damage, _) in RED.items()}}
    for i, nb in enumerate(notebooks.values()):
        samples.put(nb, folder / f"{i:02}_sample.ipynb")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "no:cacheprovider",
        "-n0",
        "-p",
        "tests.harness.plugin",
        "--color=no",
        "--nbval-cell-timeout=8",
        f"--junitxml={folder / 'report.xml'}",
        str(folder),
    ]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1, done.stdout + done.stderr
    found = {name: [] for name in notebooks}
    cells = list(ElementTree.parse(folder / "report.xml").iter("testcase"))
    assert len(cells) == 6 * len(notebooks)
    for cell in cells:
        place = int(cell.get("classname").split("_sample")[0][-2:])
        found[list(notebooks)[place]] += [problem.text for problem in cell if problem.tag in ("failure", "error")]
    return found


def test_nbval_passes_the_good_one(nbval):
    assert nbval["good"] == []


@pytest.mark.parametrize("name", RED)
def test_nbval_turns_red(nbval, name):
    assert any(RED[name][1] in text for text in nbval[name]), nbval[name]
