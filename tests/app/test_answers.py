"""`fmcourse check 03 answers.py`: a file of one's own is judged as the notebook's cells are."""

import pytest
from typer.testing import CliRunner

from fmcourse import cli
from fmcourse.app import answers
from fmcourse.classroom import progress

RIGHT = """
def price(tokens, text):
    return len(tokens) / len(text) if text else 0.0


def merge(ids, pair, new):
    return ids


def nearest(table, i):
    return not_there


def rotary(q, k, m, n, theta):
    "Nothing yet."
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path / "home"))
    return tmp_path / "answers.py"


def called(*words):
    done = CliRunner().invoke(cli.app, ["check", *map(str, words)])
    return done.exit_code, done.output


def test_each_answer_gets_its_sentence_and_counts_as_progress(file):
    file.write_text(RIGHT)
    code, said = called("03", file)
    lines = said.splitlines()
    assert code == 1 and lines[0].startswith("03.price: right.") and "[1, 1, 1]" in lines[1]
    assert "line 11" in lines[2] and "return not_there" in lines[2], "the learner's own line is named"
    assert "not answered yet" in lines[3] and "not answered yet" in lines[4]
    assert lines[5].startswith("1 of 5 right. Stuck?")
    assert progress.solved() == {"03.price"}


def test_all_right_is_zero_and_hints_are_for_the_others(file):
    file.write_text("first = 42\nmean = lambda v: sum(v) / len(v)\n")
    code, said = called("0", file, "--hints", 2)
    assert code == 1 and "2 of 4 right." in said and said.count("  hint 1 of") == said.count("  hint 2 of") == 2
    file.write_text(
        "first = 42\nmean = lambda v: sum(v) / len(v)\nbold = lambda c: max(c.values()) * len(c)\n"
        'prompt = "The Eiffel Tower stands in"\n'
    )
    code, said = called("00_start_here.ipynb", file)
    assert "00.bold: right" in said and (code == 0) is ("4 of 4 right." in said)


@pytest.mark.parametrize(
    "source, words",
    [
        ("x = 1\nimport nothing_here", "line 2: running it failed with ModuleNotFoundError"),
        ("def f(:", "line 1: this is no Python"),
        ("raise SystemExit", "line 1: running it failed with SystemExit"),
        ("\xff", "cannot be read (it is no text)"),
    ],
)
def test_a_file_that_fails_is_one_sentence(file, source, words):
    file.write_bytes(source.encode("latin-1"))
    code, said = called("03", file)
    assert code == 2 and words in said and said.count("\n") == 1


def test_a_file_beside_can_be_imported(file):
    file.write_text("from helping import price")
    file.with_name("helping.py").write_text(RIGHT)
    assert "03.price: right" in called("03", file)[1]


def test_what_is_not_there_is_named(file):
    assert called("03", file)[0] == 2 and "cannot be read" in called("03", file)[1]
    code, said = called("77")
    assert code == 2 and "There are: 00, 01, 02" in said


def test_without_a_file_the_names_are_told(file):
    code, said = called("01")
    assert code == 0 and "  bug_hunt " in said and "fmcourse check 01 answers.py" in said


def test_every_name_can_be_written_in_python():
    from fmcourse.classroom.exercise import names

    called_so = [(name[:2], answers._called(name)) for name in names()]
    assert all(name.isidentifier() for _, name in called_so) and len(set(called_so)) == len(called_so)
