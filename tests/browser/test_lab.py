"""A learner opens JupyterLab, runs a whole notebook, moves a slider by keyboard, and nothing leaves the machine."""

import json
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from fmcourse.authoring.run import find, to_html
from fmcourse.classroom import questions
from fmcourse.paths import notebooks_dir
from tests.browser.needed import needed
from tests.harness import samples
from tests.harness.environment import attempts

pytestmark = pytest.mark.browser
NOTEBOOKS = [path.name for path in find(notebooks_dir()) if path.parent == notebooks_dir()]
SLIDER = """import ipywidgets as widgets
from IPython.display import HTML, display
slider = widgets.IntSlider(value=3, min=0, max=9, description="Layers")
shown = widgets.HTML("<b id='answer'>3 layers</b>")
slider.observe(lambda change: setattr(shown, "value", f"<b id='answer'>{change.new} layers</b>"), "value")
display(slider, shown)"""
SEEN = ("show(", "quiz(", "warmup(", "predict(", "check(", "explore(")
IDLE = "#jp-main-statusbar :text('| Idle')"
SILENT = "all => all.filter(i => !(i.alt || '').trim()).map(i => i.outerHTML.slice(0, 99))"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def open_notebook(watched, lab, path):
    page = watched.page
    page.goto(lab.url(path), wait_until="domcontentloaded")
    page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector(IDLE, timeout=60_000)
    return page


def command(page, name):
    """Run a command of JupyterLab by keyboard only: palette, name, Enter."""
    page.keyboard.press("Control+Shift+C")
    page.wait_for_selector("#modal-command-palette input:focus")
    page.keyboard.type(name)
    page.wait_for_selector(f"#modal-command-palette .lm-mod-active:has-text('{name}')")
    page.keyboard.press("Enter")


def run_all(page, lab, path, seconds):
    """Run every cell, save, and return the notebook as it then lies on disk."""
    command(page, "Run All Cells")
    file, until, saved = lab.folder / path, time.monotonic() + seconds, None
    while time.monotonic() < until:
        page.wait_for_timeout(1000)
        if page.locator(IDLE).count():
            page.keyboard.press("Control+S")
            page.wait_for_timeout(500)
            try:
                saved = json.loads(file.read_text())
            except json.JSONDecodeError:  # it is just being written
                continue
            cells = [c for c in saved["cells"] if c["cell_type"] == "code" and c["source"]]
            failed = [
                o
                for c in cells
                for o in c["outputs"]
                if o["output_type"] == "error" and "raises-exception" not in c["metadata"].get("tags", [])
            ]
            if failed or all(c["execution_count"] for c in cells):
                assert not failed, f"{path}: {failed[0]['ename']}: {failed[0]['evalue']}"
                return saved
    pytest.fail(f"{path} did not finish within {seconds} seconds")


def check_page(watched, name):
    """Pictures speak, no script broke, nothing was asked of another machine."""
    page = watched.page
    watched.picture(name)
    assert page.eval_on_selector_all(".jp-Cell img", SILENT) == []
    assert page.locator(".jp-OutputArea-output:has-text('Error displaying widget')").count() == 0
    assert watched.errors == []
    assert watched.foreign == []
    assert attempts() == []


def test_a_sample_with_a_slider_runs_and_reacts_to_the_keyboard(watched, lab):
    nb = new_notebook(
        metadata=KERNEL,
        cells=[
            new_markdown_cell("# A sample"),
            *(c for c in samples.good().cells if c.cell_type == "code"),
            new_code_cell(SLIDER),
            new_code_cell("print('last cell')"),
        ],
    )
    samples.put(nb, lab.folder / "sample.ipynb")
    page = open_notebook(watched, lab, "sample.ipynb")
    run_all(page, lab, "sample.ipynb", 120)
    handle = page.locator("[role=slider]")
    handle.scroll_into_view_if_needed()
    assert page.locator("#answer").inner_text() == "3 layers"
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#answer').innerText == '4 layers'", timeout=20_000)
    check_page(watched, "sample")


def test_a_quiz_keeps_its_score_by_clicking_alone(watched, lab):
    cells = [
        "from fmcourse.classroom import quiz, warmup\nfrom fmcourse.classroom.progress import quiz_scores\nquiz('00')",
        "warmup('03')",
        "import time\nuntil = time.time() + 30\nwhile time.time() < until and not quiz_scores(): time.sleep(0.2)\n"
        "print('kept', quiz_scores())",
    ]
    samples.put(new_notebook(metadata=KERNEL, cells=[new_code_cell(c) for c in cells]), lab.folder / "quiz.ipynb")
    page = open_notebook(watched, lab, "quiz.ipynb")
    for cell in range(2):
        page.locator(".jp-CodeCell").nth(cell).click()
        page.keyboard.press("Control+Enter")
    page.wait_for_selector(".fmquiz-keep-03-warm-up", state="attached", timeout=60_000)
    form, right = page.locator("form[data-quiz='00']"), 0
    for i, question in enumerate(questions.load("00")):
        last = question.choices[-1]
        form.locator("fieldset").nth(i).get_by_label(last.text.replace("`", "")).check()
        right += last.right
    assert form.locator(".sum").text_content() == f"{right} of 5 right. It is kept in your progress."
    page.locator(".jp-CodeCell").nth(2).click()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f"text=kept {{'00': {right}}}", timeout=60_000)
    check_page(watched, "quiz-kept")


@pytest.mark.skipif(not NOTEBOOKS, reason="the course has no notebook yet")
def test_the_first_notebook_opens_by_itself_and_what_is_seen_of_it_works(watched, lab):
    path = f"notebooks/{NOTEBOOKS[0]}"
    page = open_notebook(watched, lab, path)
    assert page.locator(".jp-Dialog").count() == 0  # no question stands between the learner and the notebook
    watched.picture("first-notebook-opened")
    path = "notebooks/first.ipynb"  # what a reader sees of it, and what that needs; all of it runs in nbval's tests
    samples.put(needed(nbformat.read(notebooks_dir() / NOTEBOOKS[0], as_version=4), *SEEN), lab.folder / path)
    page = open_notebook(watched, lab, path)
    saved = run_all(page, lab, path, 300)
    outputs = [o for c in saved["cells"] if c["cell_type"] == "code" for o in c["outputs"]]
    assert outputs
    widgets = sum("application/vnd.jupyter.widget-view+json" in o.get("data", {}) for o in outputs)
    assert page.locator(".jupyter-widgets").count() >= widgets
    check_page(watched, "first-notebook-run")
    move_each_slider(page)
    check_page(watched, "first-notebook-slider")


def move_each_slider(page):
    """Every slider takes the keyboard: an arrow key changes the value that is read out."""
    for handle in page.locator("[role=slider]").all():
        handle.scroll_into_view_if_needed()
        before = handle.get_attribute("aria-valuenow") or handle.get_attribute("aria-valuetext")
        handle.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        after = handle.get_attribute("aria-valuenow") or handle.get_attribute("aria-valuetext")
        if after == before:  # it stood at its end
            page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(500)
            after = handle.get_attribute("aria-valuenow") or handle.get_attribute("aria-valuetext")
        assert after != before


def test_the_page_of_a_notebook_needs_no_network(watched, tmp_path):
    shown = [nbformat.read(notebooks_dir() / name, as_version=4) for name in NOTEBOOKS[:1]] or [samples.good()]
    for nb in [samples.good(), *shown]:
        page = tmp_path / "page.html"
        page.write_text(to_html(nb, "sample"), encoding="utf-8")
        watched.page.goto(page.as_uri())
        watched.page.wait_for_timeout(1000)
        assert watched.page.locator(".jp-Cell").count() == len(nb.cells)
        check_page(watched, "page")


def test_a_page_that_does_reach_out_is_noticed(watched, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<script src='https://example.org/a.js'></script><img src='https://example.org/b.png' alt='b'>")
    watched.page.goto(page.as_uri())
    assert {url.rsplit("/")[-1] for url in watched.foreign} == {"a.js", "b.png"}
