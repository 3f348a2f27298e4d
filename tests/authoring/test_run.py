"""`fmcourse run` on sample notebooks: what it prints, what it writes, and each way in which it must not end with 0."""

import json
import sys

import nbformat
import pytest

from fmcourse.authoring import run, run_table, saved
from fmcourse.machine import machine
from tests.harness import samples

CLAIMING = """import json, os
line = {"id": "Z1", "verdict": "holds", "sentence": "s", "notebook": "00"}
open(os.environ["FMCOURSE_CLAIMS"], "a").write(json.dumps(line) + "\\n")
print(os.environ["HF_HUB_OFFLINE"], os.path.basename(os.getcwd()))
block = bytearray(150_000_000); import time; time.sleep(0.6)
open("written-by-a-cell.txt", "w").write("x")"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two sample notebooks and a solution, claim Z1 expected of the first."""
    there = tmp_path / "notebooks"
    samples.put(samples.damaged(lambda cells: setattr(cells[5], "source", CLAIMING)), there / "00_first.ipynb")
    samples.put(samples.good(), there / "01_second.ipynb")
    samples.put(samples.good(), there / "solutions" / "01_second.ipynb")
    monkeypatch.setattr(run, "expected", lambda number: {"Z1": "holds"} if number == "00" else {})
    return there


def test_runs_all_writes_results_and_leaves_the_folder_alone(folder, tmp_path, capsys):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert run.main([], out=tmp_path / "out", folder=folder) == 0
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    rows = json.loads((tmp_path / "out" / "run.json").read_text())["notebooks"]
    assert [r["notebook"] for r in rows] == ["00_first", "01_second", "solutions/01_second"]
    assert rows[0]["claims"] == {"Z1": "holds"} and rows[1]["claims"] == {}
    assert all(0 < r["seconds"] < 120 for r in rows)
    assert 150 < rows[0]["peak_mb"] - rows[1]["peak_mb"] + 20 < 250  # the first one holds 150 MB more
    page = (tmp_path / "out" / "html" / "00_first.html").read_text()
    assert samples.ALT in page and "cdnjs" not in page and "unpkg" not in page
    done = nbformat.read(tmp_path / "out" / "notebooks" / "00_first.ipynb", as_version=4)
    assert done.cells[-1].outputs[0].text == "1 notebooks\n"
    printed = capsys.readouterr().out
    assert "[2/3] 01_second" in printed and "peak MB" in printed


def test_save_writes_outputs_back_and_a_second_time_changes_nothing_but_measurements(folder, tmp_path):
    path = folder / "01_second.ipynb"
    assert run.main(["01"], out=tmp_path / "out", save=True, folder=folder) == 0
    first = nbformat.read(path, as_version=4)
    assert run.main(["1"], out=tmp_path / "out", save=True, folder=folder) == 0
    second = nbformat.read(path, as_version=4)
    for nb in (first, second):
        assert [c.execution_count for c in nb.cells if c.cell_type == "code"] == [1, 2, 3, 4, 5, 6]
        assert nb.metadata == {
            "fmcourse": {"executed": saved.code_digest(nb)},
            "kernelspec": saved.KERNEL,
            "language_info": {"name": "python"},
        }
        nb.cells[5].outputs, nb.cells[7].outputs = [], []  # the measured line, and the excused clock
    assert first == second


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "raised ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "the kernel died in cell 6 of 6"),
        ("while True: pass", "used more than 2 seconds of the processor"),
        ("import time; time.sleep(600)", "did nothing for 2 seconds"),
    ],
    ids=["error", "death", "work", "sleep"],
)
def test_a_cell_that_fails_is_told_and_ends_with_1(folder, tmp_path, capsys, source, words):
    path = folder / "01_second.ipynb"
    samples.put(samples.damaged(lambda cells: setattr(cells[5], "source", source)), path)
    stored = path.read_bytes()
    (folder / "solutions" / "01_second.ipynb").unlink()
    assert run.main(["01"], out=tmp_path / "out", save=True, folder=folder, seconds_per_cell=2) == 1
    assert words in capsys.readouterr().out
    assert path.read_bytes() == stored  # a failed run is never saved


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_ctrl_c_ends_the_run_and_not_only_its_notebook(folder, tmp_path, capsys):
    path = folder / "00_first.ipynb"
    source = "import os, signal, time\nos.kill(os.getppid(), signal.SIGINT); time.sleep(60)"
    samples.put(samples.damaged(lambda cells: setattr(cells[5], "source", source)), path)
    assert run.main([], out=tmp_path / "out", folder=folder) == 130
    assert "Stopped after 0 of 3 notebooks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"Z1": "does not hold"}, "claim Z1 came out as 'holds', the syllabus expects 'does not hold'"),
        ({"Z1": "holds", "Z2": "holds"}, "claim Z2 is in the syllabus and was not settled"),
    ],
    ids=["differs", "missing"],
)
def test_claims_that_disagree_with_the_syllabus_end_with_1(folder, tmp_path, capsys, monkeypatch, expected, words):
    monkeypatch.setattr(run, "expected", lambda number: expected)
    assert run.main(["00"], out=tmp_path / "out", folder=folder) == 1
    assert words in capsys.readouterr().out


def test_an_unknown_number_is_one_sentence_and_2(folder, tmp_path, capsys):
    assert run.main(["00", "77"], out=tmp_path / "out", folder=folder) == 2
    said = capsys.readouterr().err
    assert "no notebook 77" in said and "00, 01" in said and said.count("\n") == 1


def test_widgets_are_stored_as_text():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "ab12"}, "text/plain": "IntSlider(value=0)"}
    nb = samples.good()
    nb.cells[-1].outputs = [nbformat.v4.new_output("display_data", view)]
    assert saved.normalise(nb).cells[-1].outputs[0].data == {"text/plain": "IntSlider(value=0)"}


def test_tracebacks_name_no_folder_of_this_machine():
    nb = samples.good()
    error = nb.cells[9].outputs[0]
    error.traceback = [
        "File \x1b[32m/home/ada/lib/python3.11/site-packages/torch/nn/linear.py:1\x1b[39m, in forward",
        "File ~/course/fmcourse/models/load.py:12",
        "File /usr/lib/python3.11/json/decoder.py:3",
    ]
    assert saved.normalise(nb).cells[9].outputs[0].traceback == [
        "File \x1b[32mtorch/nn/linear.py:1\x1b[39m, in forward",
        "File fmcourse/models/load.py:12",
        "File json/decoder.py:3",
    ]


def rows():
    return [run.row_of("00_first", run.executing.Executed(None, 12.3, 410.0), {"Z1": "holds"}, {"Z1": "holds"})]


def test_readme_table_is_filled_and_then_stays(tmp_path):
    readme, results = tmp_path / "README.md", tmp_path / "run.json"
    readme.write_text(f"before\n{run_table.BEGIN}\nold\n{run_table.END}\nafter\n")
    results.write_text(json.dumps({"machine": machine(), "notebooks": rows()}))
    assert run_table.update_readme_table(results, readme)
    assert "| 00_first | 12 | 410 | Z1 |" in readme.read_text() and "old" not in readme.read_text()
    assert readme.read_text().startswith("before\n") and readme.read_text().endswith("\nafter\n")
    assert not run_table.update_readme_table(results, readme)


def test_readme_table_refuses_a_failed_run_and_a_readme_without_marks(tmp_path):
    readme, results = tmp_path / "README.md", tmp_path / "run.json"
    readme.write_text("nothing here\n")
    results.write_text(json.dumps({"machine": machine(), "notebooks": rows()}))
    with pytest.raises(ValueError, match="needs one line"):
        run_table.update_readme_table(results, readme)
    failed = [{**rows()[0], "error": "cell 1 of 2 raised X: y"}]
    results.write_text(json.dumps({"machine": machine(), "notebooks": failed}))
    with pytest.raises(ValueError, match="failed"):
        run_table.update_readme_table(results, readme)


def test_a_kernel_ends_with_its_notebook(folder, tmp_path):
    """Otherwise fourteen notebooks need the memory of fourteen kernels."""
    import psutil

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    assert run.main(["00", "01"], out=tmp_path / "out", folder=folder) == 0
    left = [c for c in psutil.Process().children(recursive=True) if c.pid not in before and c.status() != "zombie"]
    assert [c.cmdline() for c in left if "ipykernel_launcher" in " ".join(c.cmdline())] == []


def test_a_home_that_cannot_be_written_adds_nothing_to_the_outputs(tmp_path, monkeypatch):
    from fmcourse.authoring.execute import quiet_environment

    monkeypatch.setenv("HOME", "/dev/null/x")
    monkeypatch.setenv("USERPROFILE", "/dev/null/x")
    for name in ("MPLCONFIGDIR", "IPYTHONDIR"):
        monkeypatch.delenv(name, raising=False)
    env = quiet_environment(tmp_path, tmp_path / "claims.jsonl")
    assert all(env[name].startswith(str(tmp_path)) for name in ("MPLCONFIGDIR", "IPYTHONDIR", "HF_HOME"))
    assert env["HF_HOME"] == str(tmp_path / "hub")
