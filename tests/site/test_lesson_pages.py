"""What a page shows without a kernel: answers folded, claims in boxes, a sentence where Python is needed."""

import json
import re

import pytest

from fmcourse.classroom import questions, quiz_page
from fmcourse.classroom.settled import OPEN, settled
from fmcourse.paths import notebooks_dir
from fmcourse.site import lesson_pages
from fmcourse.site.lesson_pages import folded, page, shown, text_of, without_outputs

NOTEBOOKS = {p.name: json.loads(p.read_text(encoding="utf-8")) for p in sorted(notebooks_dir().glob("[0-9]*.ipynb"))}


def code(source, said="x\n"):
    outputs = [{"output_type": "stream", "name": "stdout", "text": said}] if said else []
    return {"cell_type": "code", "id": "a1", "metadata": {}, "source": source, "outputs": outputs}


def prose(source):
    return {"cell_type": "markdown", "id": "b2", "metadata": {}, "source": source}


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def markup(cell):
    return "".join(output.get("data", {}).get("text/html", "") for output in cell["outputs"])


@pytest.fixture(scope="module")
def pages():
    return {
        name: page(nb, solutions=f"solutions/{name}", download=f"../notebooks/{name}") for name, nb in NOTEBOOKS.items()
    }


def test_what_stands_between_a_guess_and_its_answer_is_folded():
    cells = [
        code("print(0)"),
        code('predict("00.a", None)  # a share'),
        prose("Now."),
        code("a = 1", ""),
        code("print(1)"),
    ]
    cells += [code('reveal("00.a", 2)'), code("print(3)")]
    assert sorted(folded(cells)) == [4, 5]
    assert folded(cells)[5] == "Show the answer"
    assert folded([code('predict("00.a", None)\nreveal("00.a", 1)')]) == {0: "Show the answer"}
    assert folded([code('reveal("00.a", 1)'), code('predict("00.b", None)'), code("print(1)")]) == {}


def test_no_answer_of_the_course_is_seen_before_it_is_asked_for(pages):
    answers = 0
    for name, made in pages.items():
        for cell in made["cells"]:
            if cell["cell_type"] == "code" and 'class="fm-measured"' in markup(cell):
                answers += markup(cell).count('class="fm-measured"')
                assert "hide-output" in cell["metadata"]["tags"], (name, text_of(cell)[:80])
    stored = sum(
        text_of(output).count("You predicted: nothing yet")
        for nb in NOTEBOOKS.values()
        for cell in nb["cells"]
        for output in cell.get("outputs", ())
    )
    assert answers == stored > 200


def test_each_guess_has_a_field_and_its_answer_the_place_for_it(pages):
    for made in pages.values():
        said = "".join(markup(cell) for cell in made["cells"] if cell["cell_type"] == "code")
        fields, places = re.findall(r'data-guess="([^"]+)"', said), re.findall(r'data-guessed="([^"]+)"', said)
        assert fields and sorted(fields) == sorted(places) and len(set(fields)) == len(fields)


def test_every_settled_claim_has_its_box_and_the_ledger_can_lead_to_it(pages):
    for name, made in pages.items():
        rows = [row for row in settled(name[:2]) if row.verdict != OPEN]
        said = "".join(markup(cell) for cell in made["cells"] if cell["cell_type"] == "code")
        assert {row.id for row in rows} <= set(re.findall(r'"fm-claim [^>]*><p><strong>(\w+)', said)), name
        targets = {text_of(cell) for cell in made["cells"] if cell["cell_type"] == "markdown"}
        assert {f"(cell-{row.link.partition('=')[2]})=" for row in rows} <= targets


def test_nothing_asks_for_what_a_page_cannot_do(pages):
    for name, made in pages.items():
        for cell in made["cells"]:
            said = json.dumps(cell.get("outputs", []))
            for words in ("run this cell again", "not answered yet", "appear here when the cell is run", "If a click"):
                assert words not in said, (name, words)


def test_the_words_replaced_in_a_quiz_are_those_that_it_says():
    assert lesson_pages._QUIZ_KEEP in quiz_page._SCRIPT
    form = {"output_type": "display_data", "data": {"text/html": quiz_page.page(questions.quiz("00"))}}
    made = shown(form, 'quiz("00")')[0]["data"]["text/html"]
    assert "run in the notebook" in made and "<small>" not in made and "<fieldset>" in made


def test_solutions_stand_after_the_exercises_and_nowhere_before(pages):
    for name, made in pages.items():
        at = [i for i, cell in enumerate(made["cells"]) if "](solutions/" in text_of(cell)]
        begin = next(i for i, cell in enumerate(made["cells"]) if re.search(r"^## Exercises", text_of(cell), re.M))
        assert len(at) == 1 and at[0] > begin, name


def test_printed_words_are_no_markup():
    made = page(notebook(prose("# 00 A"), code("print(1)", "S1 holds: a < b & c\n  measured: <b>1</b>, n = 3, live\n")))
    assert "a &lt; b &amp; c" in markup(made["cells"][-1]) and "<b>1" not in markup(made["cells"][-1])


def test_what_is_printed_around_a_claim_is_kept():
    said = "before\nS1 holds: so\n  measured: 1, n = 3, live\nafter\n"
    made = markup(page(notebook(prose("# 00 A"), code("print(1)", said)))["cells"][-1])
    assert made.index("before") < made.index("fm-claim") < made.index("after")


def test_the_notebook_to_take_home_tells_no_answer():
    for nb in NOTEBOOKS.values():
        bare = without_outputs(nb)
        assert not any(cell.get("outputs") for cell in bare["cells"])
        assert [text_of(c) for c in bare["cells"]] == [text_of(c) for c in nb["cells"]]
