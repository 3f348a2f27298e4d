"""Predictions, the glossary, the shared first cell and the doctor."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from fmcourse import classroom
from fmcourse.app import doctor
from fmcourse.authoring import first_cell
from fmcourse.authoring.execute import execute, quiet_environment
from fmcourse.classroom import glossary, predict, predictions, reveal, term
from fmcourse.models import files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(predictions, "_LAST", {})


# ---- predictions


def test_a_prediction_is_shown_beside_the_measurement_even_after_a_restart(capsys, monkeypatch):
    predict("02.x", 0.5)
    monkeypatch.setattr(predictions, "_LAST", {})  # as in a new kernel
    reveal("02.x", np.float32(0.75), "of all")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "You predicted: 0.5 of all",
        "  measured: 0.75 of all (0.25 more than you predicted)",
    ]


@pytest.mark.parametrize("value", [None, "Paris", 3, True, [1, 2], np.ones(2), float("nan"), object()])
@pytest.mark.parametrize("measured", [None, 3, "Paris", np.float64(0.1), [1], object()])
def test_predictions_never_raise(value, measured, capsys):
    predict("02.x", value)
    reveal("02.x", measured)
    reveal(None, measured)
    assert len(re.findall(r"(?m)^  measured:", capsys.readouterr().out)) == 2


def test_without_a_prediction_the_measurement_is_shown(capsys):
    reveal("02.never", 1)
    assert capsys.readouterr().out == "You predicted: nothing yet\n  measured: 1\n"


# ---- glossary


def test_the_page_is_in_step():
    assert glossary.page_path().read_text(encoding="utf-8") == glossary.page(), (
        "run `python -m fmcourse.classroom.glossary`"
    )


def test_terms_are_plain():
    assert len(glossary.terms()) >= 70
    slugs = [glossary.slug(name) for name in glossary.terms()]
    assert len(slugs) == len(set(slugs))
    for name, row in glossary.terms().items():
        assert re.fullmatch(r"\d\d", row["notebook"])
        assert row["definition"].endswith(".") and len(row["definition"].split()) <= 45, name


def test_terms_are_found_and_offered(capsys):
    for name in ("Tokens", "tokn", None, 3):
        term(name)
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("token: ") and "did you mean token" in out[1] and len(out) == 4
    with pytest.raises(KeyError, match="not in the glossary"):
        glossary.link("nonsense")


def test_links_of_all_notebooks_lead_to_a_term():
    slugs = {glossary.slug(name) for name in glossary.terms()}
    for path in ROOT.glob("notebooks/**/*.ipynb"):
        for found in re.findall(r"glossary\.md#([\w-]+)", path.read_text(encoding="utf-8")):
            assert found in slugs, f"{path.name} links to the unknown term {found}"


# ---- the first cell


def test_the_first_cell_runs_here_and_says_nothing(tmp_path):
    code = first_cell.SOURCE + "\nprint(show.__name__, check.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("show check\n", "")


def test_the_first_cell_installs_only_on_colab_and_only_what_was_named_or_uploaded(tmp_path, monkeypatch):
    start, public = (
        first_cell.source(course).split("from fmcourse import")[0] for course in ("", "git+https://x.org/y")
    )
    calls = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command[-1]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FMCOURSE_INSTALL", raising=False)
    for elsewhere in (start, public):  # in somebody's own Jupyter nothing is installed unasked
        with pytest.raises(ModuleNotFoundError, match="start.py"):
            exec(elsewhere, {})
    monkeypatch.setitem(sys.modules, "google.colab", object())
    with pytest.raises(ModuleNotFoundError, match="on Colab upload its wheel and run this cell again"):
        exec(start, {})
    exec(public, {})
    (tmp_path / "fmcourse-0.1.0-py3-none-any.whl").touch()
    exec(start, {})
    exec(public, {})
    monkeypatch.setenv("FMCOURSE_INSTALL", "git+https://example.org/course")
    exec(public, {})
    wheel = "fmcourse-0.1.0-py3-none-any.whl"
    assert calls == ["git+https://x.org/y", wheel, wheel, "git+https://example.org/course"]


def test_the_template_and_all_notebooks_begin_with_it():
    for path in [ROOT / "docs" / "notebook-template.ipynb", *ROOT.glob("notebooks/**/[0-9][0-9]_*.ipynb")]:
        assert first_cell.same_first_cell(nbformat.read(path, as_version=4)), path.name
    assert not first_cell.same_first_cell({"cells": [{"cell_type": "code", "source": ["import os"]}]})
    assert not first_cell.same_first_cell({"cells": []})


def test_everything_named_can_be_loaded_and_is_no_module():
    for name in classroom.__all__:
        value = getattr(classroom, name)
        assert callable(value) or name in ("progress", "glossary", "ledger", "doctor"), name
    with pytest.raises(AttributeError, match="it has"):
        _ = classroom.nothing


def test_importing_the_classroom_is_light():
    code = (
        "import sys, fmcourse.classroom as c; c.claim, c.check, c.quiz, c.progress, c.term\n"
        "print([m for m in ('torch', 'matplotlib', 'transformers', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


# ---- doctor


def test_the_doctor_finds_nothing_wrong_here(capsys):
    wrong = [line for line in doctor.examine() if line.ok is False and "MB free" not in line.what]
    assert wrong == []


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder of models with a file each in the place of the shipped ones."""
    monkeypatch.setattr("fmcourse.paths.data_dir", lambda: tmp_path)
    monkeypatch.setattr(files, "data_dir", lambda: tmp_path)
    for name in files.SHIPPED:
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.safetensors").write_bytes(name.encode())
        files.write_digests(tmp_path / "models" / name)
    return tmp_path / "models"


def test_the_doctor_looks_at_every_shipped_model(models):
    assert [line.ok for line in doctor._models()] == [True]
    (models / "world-gpt" / "model.safetensors").write_bytes(b"world-gpu")
    (models / "world-bert" / "SHA256SUMS").unlink()
    shutil.rmtree(models / "world-t5")
    found = doctor._models()
    assert [line.what.split(",")[0].split(":")[0] for line in found] == [
        "world-gpt/model.safetensors is damaged",
        "world-bert has no SHA256SUMS",
        "data/models/world-t5 is missing",
    ]
    assert all(line.ok is False and "fmcourse pretrain" in line.do for line in found)


def test_the_doctor_is_not_content_with_nothing_to_look_at(models):
    shutil.rmtree(models)
    assert [line.ok for line in doctor._models()] == [False] * len(files.SHIPPED)


@pytest.mark.parametrize("fault, do", [("import nothing_such", "Install it again"), ("1 / 0", "Install it again")])
def test_the_doctor_names_a_package_that_is_installed_and_cannot_be_used(tmp_path, monkeypatch, fault, do):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "half_there.py").write_text(fault)
    monkeypatch.setattr(doctor, "_USED", ("half_there", "torch:nothing_of_this_name"))
    first, second = doctor._imports()
    assert first.ok is False and ("nothing_such" in first.what or "half_there" in first.what) and do in first.do
    assert second.ok is False and "nothing_of_this_name" in second.what


def test_the_doctor_says_what_to_do_and_goes_on_after_a_look_that_fails(monkeypatch, capsys):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("U", (), {"free": 3 * 10**6})())
    monkeypatch.setattr(doctor, "_memory", lambda: 1 / 0)
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert "TO DO 3 MB free" in out and "Free 497 MB" in out and "ZeroDivisionError" in out


def test_the_doctor_notices_an_old_package(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "1.0")
    found = {line.what.split()[0]: line for line in doctor._packages()}
    assert found["transformers"].ok is False and "start.py" in found["transformers"].do
    assert found["peft"].ok is True  # 1.0 is newer than its lower bound
    assert "torch" not in found and doctor._torch()[0].ok is False


def test_the_doctor_takes_a_torch_that_is_newer_than_those_tried(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "2.99.0+cpu")
    monkeypatch.setattr(doctor, "requires", lambda name: ["torch>=2.11", "jupyterlab>=9; extra == 'lab'"])
    assert doctor._torch()[0].ok is True and [line.ok for line in doctor._packages()] == [None]


def test_the_doctor_says_so_where_the_course_is_not_installed(monkeypatch):
    def missing(name):
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "requires", missing)
    assert doctor._torch()[0].ok is True and "not installed" in doctor._packages()[0].what


def test_the_template_is_a_notebook_of_this_course():
    nb = json.loads((ROOT / "docs" / "notebook-template.ipynb").read_text(encoding="utf-8"))
    text = "".join("".join(c["source"]) for c in nb["cells"])
    for part in ("predict(", "reveal(", "claim(", "show(", "check(", "quiz(", "answer(", "## Deeper", "## Sources"):
        assert part in text, part


def test_the_template_runs_as_it_stands(tmp_path):
    nb = nbformat.read(ROOT / "docs" / "notebook-template.ipynb", as_version=4)
    claims = tmp_path / "claims.jsonl"
    done = execute(nb, tmp_path, quiet_environment(tmp_path / "home", claims))
    assert done.error == "" and '"Z1"' in claims.read_text(encoding="utf-8")
    assert all(cell.outputs for cell in nb.cells[2:] if cell.cell_type == "code")
