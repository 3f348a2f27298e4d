"""The accessibility audit: it finds planted faults, and nothing in each kind of output that the course shows.

The audit of whole notebooks is `python -m fmcourse.authoring.access`, which writes data/access.json.
"""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from fmcourse.authoring import access
from fmcourse.authoring.run import to_html
from tests.browser.test_lab import KERNEL, open_notebook, run_all
from tests.harness import samples

pytest.importorskip("axe_playwright_python")
pytestmark = pytest.mark.browser
# One cell for each kind of output: figure, tokens, attention, sound, solid, quiz, and widgets that need a kernel.
CELLS = (
    "import numpy as np\nimport matplotlib.pyplot as plt\nfrom fmcourse import classroom, load, views\n"
    "from fmcourse.views import artefacts\nclassroom.begin()",
    "views.show(views.bars_with_intervals(['one', 'two'], [0.4, 0.9]), alt='The second is right nine times in ten.')",
    "views.token_strip(['The', ' cat'], [0.1, 0.9], alt='The second word is far likelier than the first.')",
    "views.attention(load('world-bert'), 'The capital of Norway is Oslo.', kind='head')",
    "views.attention(load('world-bert'), 'The capital of Norway is Oslo.', kind='neuron')",
    "artefacts.player(np.sin(np.arange(4000) / 5), 8000, alt='A tone that stays where it is.')",
    "artefacts.solid(np.ones((16, 16, 16, 4)), alt='A cube that fills the whole room.')",
    "classroom.quiz('00')",
    "classroom.warmup('03')",
    "views.explore(lambda size, kind: print(size, kind), size=(1, 9), kind=['a', 'b'])",
    "views.record_preferences([('Explain the whale to a child:', 'It eats krill.', 'It eats mice.')])",
)


def test_every_planted_fault_is_found(chromium):
    assert access.planted(chromium) == dict.fromkeys(access.PLANTED, True)


def test_each_kind_of_output_passes_in_jupyterlab(watched, lab):
    samples.put(new_notebook(metadata=KERNEL, cells=[new_code_cell(c) for c in CELLS]), lab.folder / "access.ipynb")
    page = open_notebook(watched, lab, "access.ipynb")
    run_all(page, lab, "access.ipynb", 120)
    page.wait_for_selector(".jupyter-widgets button")
    seen = access.look(page)
    assert access.faults(seen) == []
    assert len(seen["alts"]) >= 4 and seen["counts"]["frames"] == 2 and seen["counts"]["quizzes"] == 2
    assert seen["counts"]["controls"] > 20


def test_a_fault_in_an_output_is_ours_and_one_in_the_text_is_not(watched):
    nb = new_notebook(metadata=KERNEL, cells=[new_markdown_cell("<p style='color:#ccc'>Paler</p>"), new_code_cell("1")])
    pale = {"text/html": "<input><p style='color:#ccc'>Pale</p>", "text/plain": "Pale"}
    nb.cells[1].outputs = [new_output("display_data", data=pale)]
    watched.page.set_content(to_html(nb, "sample"))
    said = access.faults(access.look(watched.page))
    assert any("label" in s for s in said) and any("Pale<" in s for s in said)
    assert not any("Paler" in s for s in said)
