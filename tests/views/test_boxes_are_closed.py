"""A cell that is run again closes the boxes it showed before: kernel and page keep only what can be seen."""

import builtins

import pytest
from ipywidgets.widgets import widget

from fmcourse.views import widgets
from tests.harness import tiny

EXPLORE = """from fmcourse import views
def square(size=3, kind="a"): print(size, kind)
views.explore(square, size=(1, 9), kind=["a", "b"])"""
BENCH = "views.open_bench(loaded, '{question}', 'verdicts', 0)"
RECORDER = "views.record_preferences([('Explain:', 'left', 'right')], path)"
TWO = "views.explore(square, size=(1, 9)); views.explore(square, size=(1, 9))"


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """IPython in this process, unknown to every other test; what it shows is not looked at."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from fmcourse import views
    from fmcourse.models.loading import Loaded

    known = set(vars(builtins))
    shell = InteractiveShell(
        config=Config(HistoryManager={"enabled": False}), ipython_dir=str(tmp_path_factory.mktemp("ipython"))
    )
    model = tiny.decoder("llama")
    model.config.max_position_embeddings = 400
    shell.push(
        {
            "views": views,
            "loaded": Loaded(model, tiny.tokenizer(), {}, "tiny"),
            "path": tmp_path_factory.mktemp("home") / "preferences.jsonl",
        }
    )
    shell.run_cell(EXPLORE.replace("views.explore(", "dict("))  # defines `square`
    yield shell
    for name in set(vars(builtins)) - known:
        delattr(builtins, name)


@pytest.fixture(autouse=True)
def fresh(shell, monkeypatch):
    monkeypatch.setattr(widgets, "_open", {})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)


def live() -> int:
    return len(widget._instances)


def run(shell, source):
    shell.run_cell(source, store_history=True).raise_error()


@pytest.mark.parametrize("source", [EXPLORE, BENCH, RECORDER, TWO], ids=["explore", "bench", "recorder", "two"])
def test_sixty_runs_leave_as_many_widgets_as_one(shell, source):
    before = live()
    run(shell, source)
    once = live() - before
    assert once > 3
    for _ in range(59 if source is EXPLORE else 4):
        run(shell, source)
    assert live() - before == once


def test_boxes_of_other_cells_and_of_the_same_run_stay(shell):
    before = live()
    run(shell, TWO)
    two = live() - before
    run(shell, EXPLORE)
    assert live() - before > two > 7
    closed = [w for _, boxes in widgets._open.values() for w in boxes if w.comm is None]
    assert closed == [] and sum(len(boxes) for _, boxes in widgets._open.values()) == 3


def test_a_cell_with_a_name_is_known_by_it_when_its_text_changes(shell, monkeypatch):
    before, n = live(), iter(range(100))
    monkeypatch.setattr(
        type(shell),
        "get_parent",
        lambda self: {"metadata": {"cellId": "abc"}, "header": {"msg_id": next(n)}},
        raising=False,
    )
    counts = []
    for high in (5, 6, 7):
        run(shell, f"views.explore(square, size=(1, {high}))")
        counts.append(live() - before)
    assert counts == [counts[0]] * 3


def test_outside_a_notebook_nothing_stays(capsys, monkeypatch):
    from fmcourse import views

    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    before = live()
    views.explore(lambda size=3: print(size), size=(1, 9))
    assert live() == before and "appear here" in capsys.readouterr().out
