"""Figures carry words, are shown once, are legible, and helpers draw what they are given."""

import base64
import io
import re

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from fmcourse import views
from fmcourse.views import figure, plots, show, style, token_strip, widgets

ALT = "Loss falls to the known floor within two thousand steps."


@pytest.fixture
def page(monkeypatch):
    """What `show` puts on the page: a list of (html, words)."""
    shown = []
    monkeypatch.setattr(figure, "emit", lambda html, words: shown.append((html, words)))
    monkeypatch.setattr("fmcourse.views.tokens.emit", lambda html, words: shown.append((html, words)))
    return shown


def line():
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    return fig


@pytest.mark.parametrize("alt", ["", None, "   ", "too short", "x" * 19, 3, ["a sentence in a list, long enough"]])
def test_alt_text_is_required(alt, page):
    with pytest.raises(ValueError, match="says too little"):
        show(line(), alt=alt)
    with pytest.raises(ValueError, match="says too little"):
        token_strip(["a"], [1], alt=alt)
    assert page == []
    plt.close("all")


def test_alt_text_may_not_be_left_out(page):
    with pytest.raises(ValueError, match="says too little"):
        show(line())
    plt.close("all")


def test_a_figure_is_shown_with_its_words_and_closed(page):
    fig = line()
    assert show(fig, alt=f'  {ALT}\n "quoted" <b> ') is None
    html, words = page[0]
    assert not plt.fignum_exists(fig.number)
    assert re.search(r'<img alt="Loss falls .* &quot;quoted&quot; &lt;b&gt;"', html)
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])))
    assert picture.format == "PNG" and picture.mode == "P" and picture.width > 400
    assert ALT in words


def test_no_fault_is_found_by_the_guard(page):
    from fmcourse.authoring.alt_text import faults_in_html

    show(line(), alt=ALT)
    assert faults_in_html(page[0][0]) == []


def test_axes_and_pillow_pictures_are_shown_too(page):
    show(line().axes[0], alt=ALT)
    show(Image.new("RGB", (8, 8), "red"), alt=ALT)
    assert len(page) == 2


@pytest.mark.parametrize("what", [None, "fig", 3, [1, 2], np.ones((2, 2))])
def test_what_is_no_figure_is_refused(what):
    with pytest.raises(TypeError, match="matplotlib figure"):
        show(what, alt=ALT)


def test_outside_a_notebook_the_words_are_printed(capsys):
    show(line(), alt=ALT)
    assert capsys.readouterr().out == f"Figure: {ALT}\n"


def test_colours_are_legible_and_differ_without_colour():
    colours = list(style.PALETTE.values())
    rgb = [matplotlib.colors.to_rgb(c) for c in colours]
    assert all(style.contrast_on_white(c) >= 3 for c in rgb[:4])
    assert all(style.contrast_on_white(style.darker(c)) >= 4.5 for c in colours)
    assert len({str(d) for d in style._DASHES}) == len(colours)


def test_labels_do_not_overlap():
    fig = plots.loss_curve({f"run {i}": [3, 2, 1 + 0.001 * i] for i in range(5)}, floor=0.9)
    fig.canvas.draw()
    boxes = sorted(
        (t.get_window_extent() for t in fig.axes[0].texts if t.get_text().startswith("run")), key=lambda b: b.y0
    )
    assert len(boxes) == 5
    assert all(low.y1 <= high.y0 + 1 for low, high in zip(boxes, boxes[1:], strict=False))
    plt.close(fig)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.loss_curve(
            {"a": [3, 2], "b": ([1, 9, 99], torch.tensor([3.0, float("nan"), 1.0]))}, 0.5, xlog=True
        ),
        lambda: plots.loss_curve({}),
        lambda: plots.bars_with_intervals(["a", "b"], torch.tensor([0.2, 0.8]), [(0.1, 0.3), (0.7, 0.9)], 0.5),
        lambda: plots.bars_with_intervals(range(3), [1, -2, 0]),
        lambda: plots.band([1, 2, 4], {"a": np.ones((3, 3)), "b": [[1, 2, 3]]}, 0.5, xlog=True),
        lambda: plots.heatmap(torch.rand(3, 5), list("abcde"), ["a long label", "b", "c"]),
        lambda: plots.heatmap(np.ones((20, 30)), limits=(0, 1)),
        lambda: plots.pictures(
            [torch.rand(8, 8, 3), np.zeros((8, 8)), np.full((8, 8), 255, np.uint8)], ["a", "b\nc", "d"]
        ),
        lambda: plots.points({"a": torch.randn(5, 2), "b": torch.randn(5, 2)}, [0, 1, 0, 1, 1], ["x", "y"]),
        lambda: plots.shares({"a": ({"x": 0.2, "y": 0.9}, {"w = 1": {"x": [0.2, 0.3], "y": [0.9]}})}, xlabel="data"),
        lambda: plots.stacked(["a", "b"], {"right": [0.5, 0.2], "wrong": [0.5, 0.8]}, xlabel="of all"),
    ],
)
def test_helpers_return_figures_that_can_be_shown(draw, page):
    show(draw(), alt=ALT)
    assert len(page) == 1 and len(page[0][0]) < 150_000
    assert plt.get_fignums() == []


def test_pictures_of_noise_keep_all_their_colours():
    rng = np.random.default_rng(0)
    for noise, colours in ((0.0, 256), (1.0, 1000)):
        picture = np.clip(0.9 + noise * rng.normal(size=(32, 32, 3)), 0, 1)
        kept = Image.open(io.BytesIO(figure.to_png(plots.pictures([picture, 1 - picture])))).convert("RGB")
        assert (len(kept.getcolors(10**6)) > colours) == (noise > 0)


def test_stacked_bars_begin_where_the_last_ended():
    fig = plots.stacked(["a"], {"right": [0.5], "wrong": [0.3], "rest": [0.2]})
    assert [round(bar.get_x(), 3) for bar in fig.axes[0].patches] == [0, 0.5, 0.8]
    plt.close("all")


def test_the_floor_and_the_values_are_drawn():
    fig = plots.loss_curve({"a": [3, 2]}, floor=1.25)
    assert any("lowest possible 1.25" in t.get_text() for t in fig.axes[0].texts)
    fig = plots.bars_with_intervals(["x"], [0.93], [(0.9, 0.95)], 0.5, baseline_label="chance", percent=True)
    assert {"93%", "chance 50%"} <= {t.get_text() for t in fig.axes[0].texts}
    plt.close("all")


def test_a_token_strip_is_text(page):
    token_strip(["The", " cat", "\n", "<b>"], [0.1, 0.9, None, -1], alt=ALT)
    html, words = page[0]
    assert "␣cat" in html and "↵" in html and "&lt;b&gt;" in html and "0.90" in html and ALT in html
    assert " cat (0.90)" in words
    for background, ink in re.findall(r"background:(#\w{6});color:(#\w{6})", html):
        ground, letter = (style.contrast_on_white(matplotlib.colors.to_rgb(c)) for c in (background, ink))
        assert max(ground, letter) / min(ground, letter) >= 4.5
    with pytest.raises(ValueError, match="2 tokens and 1 values"):
        token_strip(["a", "b"], [1], alt=ALT)
    token_strip([], [], alt=ALT)


def square(size=3, kind="a", loud=False, name="x"):
    print("size", size, kind, loud, name)


def test_controls_are_labelled():
    made = {
        n: widgets._widget(n, c, s)
        for n, c, s in [
            ("size", (1, 9), 3),
            ("rate", (0.0, 1.0), 0.5),
            ("kind", ["a", "b"], "a"),
            ("loud", True, False),
            ("name", "x", "x"),
        ]
    }
    assert [type(w).__name__ for w in made.values()] == [
        "BoundedIntText",
        "BoundedFloatText",
        "Dropdown",
        "Checkbox",
        "Text",
    ]
    assert all(w.description and w.tooltip for w in made.values())
    assert made["size"].value == 3


def test_explore_without_modern_widgets_runs_once_and_says_how_to_go_on(monkeypatch, capsys):
    monkeypatch.setattr(widgets, "modern_widgets", lambda: False)
    views.explore(square, size=(1, 9), kind=["a", "b"])
    assert capsys.readouterr().out == (
        "Controls need ipywidgets 8; here is square(size=3, kind='a'). "
        "Call it with other values yourself.\nsize 3 a False x\n"
    )


def test_explore_leaves_one_sentence_in_the_cell_the_same_every_time(capsys):
    for _ in range(2):
        views.explore(square, size=(1, 9))
    first, second = capsys.readouterr().out.splitlines()
    assert (
        first
        == second
        == (
            "Controls for size appear here when the cell is run in JupyterLab. "
            "Without them: square(size=3), with values of your own."
        )
    )
    with pytest.raises(ValueError, match="takes no argument 'colour'"):
        views.explore(square, colour=["red"])


def test_a_function_that_fails_under_a_slider_gives_one_line():
    assert widgets._run(square, {"size": 4})[0]["text"] == "size 4 a False x\n"
    assert widgets._run(lambda size: 1 / size, {"size": 0})[0]["text"] == "ZeroDivisionError: division by zero\n"


def test_everything_named_is_there():
    for name in views.__all__:
        if name != "attention":
            assert getattr(views, name) is not None
    with pytest.raises(AttributeError, match="it has"):
        _ = views.nothing
