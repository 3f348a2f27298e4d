"""The prompt bench in a real browser, by keyboard alone: labels, a new template, a new score, no error, no network."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.browser.test_lab import KERNEL, check_page, open_notebook, run_all
from tests.harness import samples

pytestmark = pytest.mark.browser
CODE = "from fmcourse import load, views\nloaded = load('world-gpt')\nviews.open_bench(loaded)"
LABELS = ("prompt template", "task", "examples (0 to 6)", "after an example")


def said(page):
    return page.locator(".jupyter-widgets.widget-vbox .jp-OutputArea").first.inner_text()


def wait_for(page, words, seconds=60):
    for _ in range(2 * seconds):
        if words in said(page):
            return
        page.wait_for_timeout(500)
    pytest.fail(f"{words!r} did not come up; the bench says: {said(page)}")


def test_the_bench_by_keyboard(watched, lab):
    nb = new_notebook(
        metadata=KERNEL,
        cells=[
            new_markdown_cell("# Bench"),
            *(c for c in samples.good().cells if c.cell_type == "code"),
            new_code_cell(CODE),
        ],
    )
    samples.put(nb, lab.folder / "bench.ipynb")
    page = open_notebook(watched, lab, "bench.ipynb")
    run_all(page, lab, "bench.ipynb", 180)
    for label in LABELS:
        assert page.get_by_label(label, exact=True).count() == 1, label
    wait_for(page, "right (95 % interval")
    before = said(page)
    line = page.get_by_label("prompt template", exact=True)
    line.scroll_into_view_if_needed()
    line.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("{question}")
    page.wait_for_timeout(1000)
    assert said(page) == before  # typing alone asks nothing
    page.keyboard.press("Enter")
    wait_for(page, "no slot {examples}")
    page.keyboard.press("Tab")  # to the task, then to the number of examples
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    wait_for(page, "first prompt: Question:")
    assert said(page) != before
    picture = page.locator(".jupyter-widgets.widget-vbox img").first
    assert "most likely next token" in picture.get_attribute("alt")
    one = picture.get_attribute("src")
    page.get_by_label("task", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("sums")
    page.keyboard.press("Enter")
    wait_for(page, "first prompt: Compute")
    for _ in range(120):
        if page.locator(".jupyter-widgets.widget-vbox img").first.get_attribute("src") != one:
            break
        page.wait_for_timeout(500)
    assert page.locator(".jupyter-widgets.widget-vbox img").first.get_attribute("src") != one
    page.get_by_role("button", name="Ask the questions").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    page.get_by_label("task", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("poems")
    page.keyboard.press("Enter")
    wait_for(page, "no task is called 'poems'; there are listed facts")
    page.keyboard.press("Control+A")
    page.keyboard.type("two hops")
    page.keyboard.press("Enter")
    wait_for(page, "the friend of")
    line.scroll_into_view_if_needed()
    check_page(watched, "prompt-bench")
