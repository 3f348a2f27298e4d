"""The bench without a browser: the same in print, one stable sentence in a stored cell, no error for bad prompts."""

import pytest

from fmcourse import views
from fmcourse.models.loading import Loaded
from fmcourse.views import prompt_bench, widgets
from tests.harness import tiny


@pytest.fixture
def loaded(monkeypatch):
    model = tiny.decoder("llama")
    monkeypatch.setattr(model.config, "max_position_embeddings", 400)
    return Loaded(model, tiny.tokenizer(), {}, "tiny")


def test_the_plain_way_prints_score_prompt_and_chances(loaded, capsys):
    trial = views.bench_view(loaded, "{question}", "verdicts")
    said = capsys.readouterr().out
    assert str(trial.score) in said and trial.prompt in said and "most likely next token" in said


def test_a_prompt_that_cannot_be_asked_is_one_line(loaded, capsys):
    for template, k in (("Answer:", 0), ("{input} ->", 3), ("{", 0)):
        assert views.bench_view(loaded, template, "verdicts", k) is None
        said = capsys.readouterr().out
        assert said.startswith("This cannot be asked: ") and said.count("\n") == 1


def test_the_widget_leaves_one_sentence_the_same_each_time(loaded, capsys):
    for _ in range(2):
        views.open_bench(loaded, "{question}", "verdicts", 0)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second == ("The prompt bench appears here when the cell is run in JupyterLab. "
                               "Without it: bench_view(loaded, '{question}', 'verdicts', 0).")  # fmt: skip


def test_without_modern_widgets_it_runs_once(loaded, capsys, monkeypatch):
    monkeypatch.setattr(widgets, "modern_widgets", lambda: False)
    monkeypatch.setattr(prompt_bench, "modern_widgets", lambda: False)
    views.open_bench(loaded, "{question}", "verdicts", 0)
    said = capsys.readouterr().out
    assert "needs ipywidgets 8" in said and "right (95 % interval" in said
