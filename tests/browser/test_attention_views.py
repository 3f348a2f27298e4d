"""Notebook 08 in a real browser, network cut: bertviz's three views draw and react, by mouse and by keyboard."""

import json
import re

import nbformat
import pytest

from fmcourse import load
from fmcourse.authoring.run import to_html
from fmcourse.inside.looking import look
from fmcourse.paths import notebooks_dir
from fmcourse.views import attention_views as av
from tests.browser.needed import needed
from tests.browser.test_lab import check_page, open_notebook, run_all
from tests.harness import samples

pytestmark = pytest.mark.browser
NAME = "08_looking_inside.ipynb"
KINDS = ("head", "model", "neuron")
WORDS = ("views.attention(", "views.explore(")
REACHED = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.id"
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not (notebooks_dir() / NAME).is_file(), reason="no notebook 08")]


def frame_of(page, kind):
    """The inside of the frame with this view, scrolled into sight and drawn."""
    handle = page.locator(f"iframe[title^='Interactive {kind} view']").first
    handle.scroll_into_view_if_needed()
    frame = handle.element_handle().content_frame()
    frame.wait_for_selector("svg line", state="attached", timeout=20_000)
    return frame


def lines(frame):
    return frame.locator("svg line").count()


def check_head(page, watched):
    frame = frame_of(page, "head")
    tokens = frame.locator("#left text").count()
    assert tokens > 8 and lines(frame) >= 4 * tokens * tokens  # four heads, every token to every token
    menu = frame.get_by_label("Layer")
    before = frame.eval_on_selector_all("svg line", "all => all.map(l => l.getAttribute('stroke-opacity')).join()")
    menu.select_option("2" if menu.input_value() != "2" else "0")
    after = frame.eval_on_selector_all("svg line", "all => all.map(l => l.getAttribute('stroke-opacity')).join()")
    assert before != after, "the menu changes the layer"
    shown = "line[visibility='visible']"
    assert frame.locator(shown).count() == 0
    frame.locator("#left text").nth(5).hover()
    assert frame.locator(shown).count() == 4 * tokens, "hovering shows the lines of one token"
    watched.picture("08-head-hover")
    reach_all(page, frame, menu, squares=4, tokens=2 * tokens)


def reach_all(page, frame, menu, squares, tokens):
    """Tab reaches the menu, then every token and every square; a square reacts to Enter, a token to being reached."""
    menu.focus()
    wanted = set(frame.eval_on_selector_all("#vis [tabindex='0']", "all => all.map((e, i) => (e.id2 = i, String(i)))"))
    assert len(wanted) == squares + tokens
    seen, names = set(), []
    for _ in range(len(wanted)):
        page.keyboard.press("Tab")
        seen.add(str(frame.evaluate("document.activeElement.id2")))
        names.append(frame.evaluate(REACHED))
    assert seen == wanted and all(names)
    assert names[-1].startswith("Head ")
    colours = "all => all.map(r => r.getAttribute('fill')).join()"
    before = frame.eval_on_selector_all("rect[tabindex]", colours)
    page.keyboard.press("Enter")
    assert frame.eval_on_selector_all("rect[tabindex]", colours) != before, "Enter switches a head"
    frame.locator("#left g[tabindex]").nth(3).focus()
    assert frame.locator("line[visibility='visible']").count() > 0, "a token reached by keyboard shows its lines"


def check_model(page, watched):
    frame = frame_of(page, "model")
    small = lines(frame)
    regions = frame.locator("#vis [tabindex='0']")
    assert regions.count() == 16 and small > 1000
    regions.nth(5).focus()
    assert frame.evaluate(REACHED).startswith("Layer 1, head 1: enlarge; ")
    page.keyboard.press("Enter")
    assert lines(frame) > small, "Enter enlarges a head"
    watched.picture("08-model-enlarged")


def check_neuron(page, watched):
    frame = frame_of(page, "neuron")
    layer, head = frame.get_by_label("Layer"), frame.get_by_label("Head", exact=True)
    count = lines(frame)
    assert count > 20
    before = frame.locator("svg").inner_html()
    head.select_option("0" if head.input_value() != "0" else "1")
    assert frame.locator("svg").inner_html() != before, "the menu changes the head"
    layer.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert frame.evaluate(REACHED), "Tab goes on from the menus into the picture"
    frame.locator("#collapsed g[tabindex='0'], #expanded g[tabindex='0']").first.wait_for(state="attached")
    assert seen(frame, "#collapsed") and not seen(frame, "#expanded")
    frame.locator("#collapsed g[tabindex='0']").nth(3).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert seen(frame, "#expanded") and not seen(frame, "#collapsed"), "Enter opens the numbers"
    assert frame.evaluate(REACHED) == "Show or hide the numbers of queries and keys", "the focus went along"
    watched.picture("08-neuron-open")
    page.keyboard.press("Enter")
    assert seen(frame, "#collapsed")


def seen(frame, part):
    return frame.locator(part).evaluate("e => getComputedStyle(e).visibility") == "visible"


def check_views(page, watched):
    check_head(page, watched)
    check_model(page, watched)
    check_neuron(page, watched)


def test_the_page_of_the_notebook(watched, tmp_path):
    nb = nbformat.read(notebooks_dir() / NAME, as_version=4)
    file = tmp_path / "08.html"
    file.write_text(to_html(nb, "08"), encoding="utf-8")
    watched.page.goto(file.as_uri())
    check_views(watched.page, watched)
    check_page(watched, "08-page")
    assert watched.page.locator("iframe[title^='Interactive']").count() == 3
    for kind in KINDS:  # a figure with words stands beside each frame
        beside = watched.page.locator(f"div:has(> iframe[title^='Interactive {kind}']) > figure")
        assert beside.locator("img[alt]").count() == 1 and len(beside.locator("figcaption").inner_text()) > 40


@pytest.mark.parametrize("width", [1000, 560])  # of an output in JupyterLab at 1280 px, and at 150 %
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_off_and_the_weights_are_said(watched, kind, width):
    loaded = load("world-bert")
    seen = look(loaded, "The capital of Norway is Oslo.", vectors=kind == "neuron")
    page, height = av._attribute(av.page(seen, kind, 1, 1)), av._height(seen, kind)
    watched.page.set_content(f'<iframe style="width:{width}px;height:{height}px" srcdoc="{page}"></iframe>')
    frame = watched.page.locator("iframe").element_handle().content_frame()
    frame.wait_for_selector("#vis [aria-label]", state="attached", timeout=20_000)
    right, scrolls = frame.evaluate(
        "() => [Math.max(...Array.from(document.querySelectorAll('#vis svg *')).map("
        "e => e.getBoundingClientRect().right)), document.documentElement.scrollWidth]"
    )
    assert right <= scrolls + 1
    names = frame.eval_on_selector_all("#vis [aria-label]", "all => all.map(e => e.getAttribute('aria-label'))")
    assert any(re.search(r"looks at .*\d\.\d\d", name) for name in names)


def test_the_notebook_in_jupyterlab(watched, lab):
    path = "notebooks/views.ipynb"  # of notebook 08 the views and widgets, and what they need
    samples.put(needed(nbformat.read(notebooks_dir() / NAME, as_version=4), *WORDS), lab.folder / path)
    page = open_notebook(watched, lab, path)
    saved = run_all(page, lab, path, 300)
    assert sum("iframe" in json.dumps(c["outputs"]) for c in saved["cells"] if c["cell_type"] == "code") == 3
    check_views(page, watched)
    check_widgets(page)
    check_page(watched, "08-lab")


def check_widgets(page):
    """The number boxes and menus take the keyboard, and what they show changes."""
    box = page.get_by_label("head (0 to 3)").first
    box.scroll_into_view_if_needed()
    area = page.locator(".jupyter-widgets.widget-vbox:has(input)").first
    before = area.locator("img").first.get_attribute("src")
    box.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => { const i = document.querySelector('.widget-vbox img'); return i && i.src !== before; }",
        arg=before,
        timeout=30_000,
    )
    whole = page.get_by_label("whole layer")
    whole.scroll_into_view_if_needed()
    said = page.locator(".widget-vbox:has(input[type=checkbox])").first
    one = said.inner_text()
    whole.focus()
    page.keyboard.press("Space")
    for _ in range(60):
        if said.inner_text() != one:
            break
        page.wait_for_timeout(500)
    assert said.inner_text() != one, "the prediction changes when a whole layer is ablated"
    assert page.locator(".widget-vbox input").count() >= 6
