"""Pictures survive every export: HTML with alt text where HTML is shown, PNG where it is not (LaTeX, PDF)."""

import base64
import copy
import io
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from fmcourse.authoring import guard, run, saved
from fmcourse.authoring.execute import execute, quiet_environment
from fmcourse.paths import notebooks_dir

ALT = "Loss falls to the known floor within two thousand steps."
CELLS = [
    f"""import matplotlib.pyplot as plt
from fmcourse.views import show, token_strip
fig, ax = plt.subplots(); ax.plot([1, 2])
show(fig, alt={ALT!r})""",
    f"""from PIL import Image
show(Image.new("RGB", (8, 8), "red"), alt="A red square: {ALT}")
show(Image.new("RGB", (8, 8), "blue"), alt="A half character \\ud800 in words: {ALT}")""",
    f"token_strip(['The', ' cat'], [0.1, 0.9], alt={ALT!r})",
    """from types import SimpleNamespace
from tests.harness import tiny
from fmcourse.views import attention
attention(SimpleNamespace(model=tiny.decoder("llama"), tokenizer=tiny.tokenizer()), "The cat sleeps.")""",
]


def latex(nb) -> str:
    """The code cells of `nb` as LaTeX; for prose pandoc would have to be here."""
    from nbconvert import LatexExporter

    text, resources = LatexExporter().from_notebook_node(new_notebook(cells=copy.deepcopy(guard.code_cells(nb))))
    shown = re.findall(r"\\adjustimage\{.*\{([^{}]*\.png)\}", text)
    assert len(shown) == text.count("\\adjustimage") == len(set(shown))
    assert all(resources["outputs"][name][:4] == b"\x89PNG" for name in shown)
    return text


def pictures(nb) -> int:
    """How many still pictures the HTML outputs of `nb` show; what moves, on demand, stands beside a still one."""
    pages = (
        guard.text_of(o["data"].get("text/html", "")) for c in guard.code_cells(nb) for o in c["outputs"] if "data" in o
    )
    still = (re.sub(r"<details>.*?</details>", "", page, flags=re.S) for page in pages)
    return sum(tag == "img" for page in still for tag, _ in guard.pictures_in(page))


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    from tests.harness.plugin import ROOT

    folder = tmp_path_factory.mktemp("export")
    nb = new_notebook(cells=[new_code_cell(source) for source in CELLS])
    done = execute(nb, folder, {**quiet_environment(folder, folder / "claims.jsonl"), "PYTHONPATH": str(ROOT)})
    assert done.error == ""
    return saved.normalise(done.nb)


def test_each_picture_is_html_with_words_and_the_same_picture_as_png(executed):
    found = [o.data for c in executed.cells for o in c.outputs]
    assert len(found) == 5 and pictures(executed) == 4
    for data in found:
        assert set(data) == {"text/html", "text/plain"} | ({"image/png"} if "<img" in data["text/html"] else set())
        if "image/png" in data:
            assert f'src="data:image/png;base64,{data["image/png"].strip()}"' in data["text/html"]
            assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).format == "PNG"
    assert guard.inspect(executed, "x", first_cell=None, taught=False) == []


def test_latex_gets_every_picture(executed):
    text = latex(executed)
    assert text.count("\\adjustimage") == pictures(executed) == 4
    assert ALT in text  # the strip of tokens is text


def test_html_takes_the_html_with_its_words_and_each_picture_once(executed):
    page = run.to_html(executed, "x")
    assert page.count("<img") == 4 and page.count(f'alt="{ALT}"') == 1
    assert 'class="jp-RenderedImage' not in page


def test_a_picture_without_html_is_still_bare():
    bare = [new_output("display_data", {"image/png": "AAAA", "text/plain": "x"})]
    nb = new_notebook(cells=[new_code_cell("1", execution_count=1, outputs=bare)])
    assert any("bare image/png" in s for s in guard.inspect(nb, "x", taught=False))


def test_slides_begin_at_headings_and_at_prose_that_leads_to_code():
    from nbconvert import SlidesExporter

    texts = ["# Title", "promise", "run", "## Idea", "why", "run", "reading", "leads on", "run", "### Deeper", "last"]
    cells = [new_code_cell("1") if text == "run" else new_markdown_cell(text) for text in texts]
    nb = saved.normalise(new_notebook(cells=cells))
    kinds = [c.metadata.get("slideshow", {}).get("slide_type", "") for c in nb.cells]
    assert kinds == ["slide", "subslide", "", "slide", "subslide", "", "", "subslide", "", "subslide", ""]
    assert saved.normalise(nb) == nb
    page, _ = SlidesExporter().from_notebook_node(nb)
    assert page.count("<section>") == kinds.count("slide") * 2 + kinds.count("subslide")


def test_slides_hold_every_picture(executed):
    from nbconvert import SlidesExporter

    page, _ = SlidesExporter().from_notebook_node(executed)
    assert len(re.findall(r'<img [^>]*src="data:image/png', page)) == 4


@pytest.mark.parametrize("path", sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb")), ids=lambda path: path.stem)
def test_every_picture_of_every_stored_notebook_is_in_its_latex(path):
    nb = nbformat.read(path, as_version=4)
    assert latex(nb).count("\\adjustimage") == pictures(nb)
