"""`.ci/full` finds what it is there to find: shown on small samples, because the real thing takes hours."""

import io
import json
import re
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.full import environments, findings, first_output, fuzz, small_machine
from tests.harness.plugin import ROOT

WARNING = "/here/site-packages/m/a.py:10: FutureWarning: `past_key_values` is called `cache` now.\n  warn(\n"


def cell(id, *outputs):
    return new_code_cell("1", id=id, outputs=[new_output("stream", name=name, text=text) for name, text in outputs])


@pytest.fixture
def run(tmp_path):
    """A run of two notebooks without a fault, and what was stored of them: (folder of the run, stored notebooks)."""
    out, stored = tmp_path / "out", tmp_path / "stored"
    rows = []
    for name in ("00_a", "01_b"):
        nb = new_notebook(cells=[cell("one", ("stdout", "1")), cell("two", ("stderr", "a bar\n"))])
        for folder in (out / "notebooks", stored):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.ipynb").write_text(json.dumps(nb), encoding="utf-8")
        rows.append({"notebook": name, "error": "", "differ": [], "unsettled": []})
    (out / "run.json").write_text(json.dumps({"notebooks": rows}), encoding="utf-8")
    return out, stored


def change_rows(out, **changes):
    report = json.loads((out / "run.json").read_text(encoding="utf-8"))
    report["notebooks"][1].update(changes)
    (out / "run.json").write_text(json.dumps(report), encoding="utf-8")


def test_a_run_like_the_stored_one_has_no_findings(run, capsys):
    assert findings.main(*map(str, run)) == 0 and capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"error": "cell 3 of 9 raised ImportError: x"}, "01_b: cell 3 of 9 raised ImportError: x."),
        ({"differ": [["T1", "holds", "does not hold"]]}, "01_b: claim T1 came out as 'holds'"),
        ({"unsettled": ["T2"]}, "01_b: claim T2 is in the syllabus"),
    ],
)
def test_a_failed_cell_and_a_claim_are_found_with_the_notebook(run, capsys, changes, said):
    change_rows(run[0], **changes)
    assert findings.main(*map(str, run)) == 1
    assert capsys.readouterr().out.startswith(said)


def test_a_new_warning_is_found_and_a_stored_one_is_not(run):
    loud = cell("one", ("stdout", "1"), ("stderr", WARNING))
    nb = new_notebook(cells=[loud, cell("two", ("stderr", "other words\n"))])
    (run[0] / "notebooks" / "01_b.ipynb").write_text(json.dumps(nb), encoding="utf-8")
    assert findings.findings(*run) == [
        "01_b: cell 1 wrote to stderr: a.py:10: FutureWarning: `past_key_values` is called `cache` now."
    ]


def test_a_run_that_never_ended_is_a_finding(tmp_path):
    assert findings.findings(tmp_path, tmp_path) == ["the run ended before its report was written"]


def test_the_lowest_environment_pins_every_direct_dependency():
    low = environments.pins("lowest")
    assert len(low) == len(environments.pins("newest")) and all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in low)
    assert {"torch==2.11", "transformers==5.15"} <= set(low)


def test_torch_without_cuda_is_asked_for_only_where_start_py_would(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT))
    import start

    monkeypatch.setattr(start, "VENV", start.VENV)  # put back afterwards
    monkeypatch.setattr(start.platform, "system", lambda: "Linux")
    monkeypatch.setattr(start, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(start, "answers", lambda url, seconds: True)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))  # pip has a source of its own, which decides
    assert environments.torch_without_cuda("colab", str(tmp_path)) == []
    for name in ("PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    words = environments.torch_without_cuda("colab", str(tmp_path))
    assert words[-1] == f"torch=={environments.COLAB['torch']}" and start.CPU_INDEX in words


def test_a_replaced_package_fails_the_environment(tmp_path, capsys):
    for name, text in (("a", "torch==2.11.0\nrich==13.9.4\n"), ("b", "torch==2.11.0\nrich==15.0.0\ntyper==0.29.2\n")):
        (tmp_path / name).write_text(text)
    assert environments.main("replaced", str(tmp_path / "a"), str(tmp_path / "a")) == 0
    assert environments.main("replaced", str(tmp_path / "a"), str(tmp_path / "b")) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "rich 13.9.4 was replaced by 15.0.0"


def test_what_the_first_cell_brought_is_told_from_what_was_there(tmp_path, capsys, monkeypatch):
    (tmp_path / "made").write_text("torch==2.11.0\nScikit_learn==1.6.1\n")
    after = "torch==2.12.0\nscikit-learn==1.6.1\nfmcourse @ file:///x\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(after))
    assert environments.main("added", str(tmp_path / "made")) == 0 and capsys.readouterr().out == "fmcourse\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("torch==2.11.0\n"))
    assert environments.main("added", str(tmp_path / "made")) == 0 and capsys.readouterr().out == "", "an empty file"


def test_the_small_machine_kills_what_takes_more_than_it_has(tmp_path):
    try:
        limit = small_machine.Limit(200 * 1024**2)
    except OSError as error:
        pytest.skip(f"no memory cgroup of our own here: {error}")
    try:
        codes = [
            subprocess.run([sys.executable, "-c", f"x = bytes([1]) * {mb}_000_000"], preexec_fn=limit.enter).returncode
            for mb in (50, 400)
        ]
        assert codes == [0, -9] and limit.killed() == 1 and 50 <= limit.peak_mb() <= 210
        one = [sys.executable, "-c", "import os; raise SystemExit(len(os.sched_getaffinity(0)))"]
        assert subprocess.run(one, preexec_fn=limit.enter).returncode == 1, "one core"
    finally:
        limit.folder.rmdir()


def test_a_notebook_is_run_over_the_servers_websocket_until_it_speaks(tmp_path, capsys):
    nb = new_notebook(cells=[new_code_cell("x = 1"), new_code_cell("y = x"), new_code_cell("print(y)")])
    (tmp_path / "00_a.ipynb").write_text(json.dumps(nb), encoding="utf-8")
    assert first_output.main(str(tmp_path / "00_a.ipynb"), "200") == 0
    assert re.fullmatch(r"JupyterLab up .*the first output after [\d.]+ s\n", capsys.readouterr().out)
    nb.cells[2].source = "raise ValueError('no')"
    (tmp_path / "00_a.ipynb").write_text(json.dumps(nb), encoding="utf-8")
    with pytest.raises(RuntimeError, match="ValueError: no"):
        first_output.main(str(tmp_path / "00_a.ipynb"))


@pytest.mark.skipif(sys.platform == "win32", reason="a bash script")
def test_an_unknown_part_is_refused_and_the_parts_are_named():
    done = subprocess.run(["bash", str(ROOT / ".ci" / "full"), "colab", "nonsense"], capture_output=True, text=True)
    text = (ROOT / ".ci" / "full").read_text(encoding="utf-8")
    parts = re.findall(r"^part_(\w+)\(\)", text, re.M)
    assert done.returncode == 2 and f"there are: {' '.join(parts)}" in done.stderr
    assert re.findall(r"^#   (\w+) {2,}\S", text, re.M) == parts


def test_no_registry_is_named():
    for path in [ROOT / ".ci" / "full", *(ROOT / "tests" / "full").iterdir()]:
        if path.is_file() and path.name != "test_full.py":
            assert not re.search(r"https?://(?!127\.0\.0\.1)|\.org\b|\.com\b", path.read_text(encoding="utf-8")), path


def test_hostile_texts_get_sentences_and_no_traceback(capsys):
    """A small share of what `.ci/full fuzz` does; every target gets at least twenty."""
    assert fuzz.main(1500, seed=7) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("breaks", "may", "how"),
    [
        (lambda text: text.encode("ascii"), (), "broke"),
        (lambda text: int("x" + text), (ValueError,), "refused"),
        (lambda text: (_ for _ in ()).throw(ValueError), (ValueError,), "refused without a word"),
    ],
)
def test_fuzzing_sees_a_traceback(breaks, may, how):
    target = fuzz.Target("planted", breaks, ("the owl eats mice",), may)
    counted, faults = fuzz.attack(target, 200, fuzz.random.Random(1))
    assert counted[how] > 0
    assert bool(faults) == (how == "broke")
