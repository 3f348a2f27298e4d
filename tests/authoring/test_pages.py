"""Links between notebooks, folded first cells, lines that fit and guesses that start empty."""

import copy
import json
from pathlib import Path

import pytest

from fmcourse.authoring import address, first_cell, pages, saved
from fmcourse.authoring.first_cell import SOURCE
from fmcourse.paths import course_root, notebooks_dir


def cell(kind, text, **more):
    return {"cell_type": kind, "metadata": {}, "source": text.splitlines(True), **more}


def notebook(name, *cells):
    return {"cells": [cell("markdown", f"# {name}\n\nA promise."), cell("code", "import os"), *cells]}


def some():
    return [(Path(f"0{i}_x.ipynb"), notebook(f"0{i} Name {i}", cell("markdown", "The end."))) for i in range(3)]


def test_each_page_links_to_the_one_before_and_after_and_renewing_twice_changes_nothing():
    notebooks = some()
    around = pages.neighbours(notebooks)
    assert around["01_x.ipynb"] == (
        "Before this: [00 Name 0](00_x.ipynb). Next: [02 Name 2](02_x.ipynb). "
        "Beside it: [solutions](solutions/01_x.ipynb), [glossary](glossary.md).\n\n"
        "Routes: short (2 hours): not this one, but 00, 02, 06 in part, 15 in part; core: up to its "
        "exercises; full: all of it.",
        "**Next:** [02 Name 2](02_x.ipynb)",
    )
    assert around["solutions/01_x.ipynb"] == ("Back to [01 Name 1](../01_x.ipynb).", "")
    for path, nb in notebooks:
        once = pages.renew(copy.deepcopy(nb), around[path.name])
        assert pages.faults(once, around[path.name]) == []
        assert pages.renew(copy.deepcopy(once), around[path.name]) == once
        first, last = ("".join(once["cells"][i]["source"]) for i in (0, -1))
        assert first.startswith(f"# {pages.title(nb)}\n\nA promise.\n\n") and last.startswith("The end.")
        assert "".join(once["cells"][1]["source"]) == SOURCE.strip()
    assert "Routes: short (2 hours): all before *Deeper*; core: up to its exercises" in around["02_x.ipynb"][0]
    notebooks[1][1]["cells"].append(cell("markdown", "## Deeper: more (can be skipped)"))
    assert "core: up to *Deeper*; full" in pages.neighbours(notebooks)["01_x.ipynb"][0]
    assert "Next" not in around["02_x.ipynb"][0] and not around["02_x.ipynb"][1]


def test_when_a_neighbour_is_renamed_the_old_link_goes():
    (path, nb), *rest = some()
    around = pages.neighbours([(path, nb), *rest])
    nb = pages.renew(nb, around[path.name])
    other = pages.neighbours([(path, nb), (Path("01_y.ipynb"), notebook("01 Other"))])[path.name]
    assert any("neighbours" in fault for fault in pages.faults(nb, other))
    assert "01_x" not in json.dumps(pages.renew(nb, other))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1  # " + "x" * 100, "a line of 109 characters"),
        ('predict("00.x", 7)', "stores a guess"),
        ('x = 1\npredict("00.x", "up")  # or "down"', "stores a guess"),
    ],
)
def test_what_does_not_fit_is_said(source, words):
    nb = pages.renew(notebook("00 Name", cell("code", source)), None)
    (said,) = pages.faults(nb)
    assert words in said


def test_an_empty_guess_is_no_fault_and_an_open_first_cell_is():
    nb = notebook("00 Name", cell("code", 'predict("00.x", None)  # a number'))
    (said,) = pages.faults(nb)
    assert "not folded" in said and pages.faults(pages.renew(nb, None)) == []


def test_one_setting_gives_every_page_its_links_and_the_first_cell_its_source(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.fmcourse]\nrepository = "https://github.com/o/r.git"\nbranch = "b"\n'
    )
    monkeypatch.setattr(address, "course_root", lambda: tmp_path)
    place = address.public()
    assert place == ("o/r", "b")
    notebooks = some()
    lines = pages.neighbours(notebooks, place)["01_x.ipynb"]
    nb = pages.renew(notebooks[1][1], lines)
    head = "".join(nb["cells"][0]["source"])
    assert (
        "/github/o/r/blob/b/notebooks/01_x.ipynb)" in head
        and "/gh/o/r/b?urlpath=lab/tree/notebooks/01_x.ipynb)" in head
    )
    assert pages.faults(nb, lines) == []
    without = pages.neighbours(notebooks)["01_x.ipynb"]
    assert any("links" in fault for fault in pages.faults(nb, without)), "a page that is older than the setting"
    assert "Elsewhere" not in json.dumps(pages.renew(nb, without)), "no address, no links"
    assert 'default="git+https://github.com/o/r@b")' in first_cell.source(address.to_install(place))


@pytest.mark.parametrize("text", ["", "[tool.other]\n", '[tool.fmcourse]\nrepository = " "\n', None])
def test_without_an_address_nothing_links_anywhere(monkeypatch, tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(f"[tool.x]\n{text or ''}") if text is not None else None
    monkeypatch.setattr(address, "course_root", lambda: tmp_path)
    assert address.public() is None and address.links("x", None) == "" and address.to_install(None) == ""


@pytest.mark.parametrize("wrong", ["github.com/o/r", "https://example.org/o/r", "https://github.com/o", "o/r"])
def test_an_address_that_nobody_could_open_is_refused(monkeypatch, tmp_path, wrong):
    (tmp_path / "pyproject.toml").write_text(f'[tool.fmcourse]\nrepository = "{wrong}"\n')
    monkeypatch.setattr(address, "course_root", lambda: tmp_path)
    with pytest.raises(ValueError, match="OWNER/NAME"):
        address.public()


def test_stored_pages_agree_with_the_setting():
    notebooks = [
        (path, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(notebooks_dir().glob("[0-9]*.ipynb"))
    ]
    around, table = pages.neighbours(notebooks, address.public()), pages.path_finder(notebooks)
    for path, nb in notebooks:
        assert pages.faults(nb, around[path.name]) == [], path.name
        assert first_cell.same_first_cell(nb), path.name
    assert table in (course_root() / "README.md").read_text(encoding="utf-8")
    assert table in "".join("".join(cell["source"]) for cell in notebooks[0][1]["cells"])


def test_a_true_stamp_that_counted_the_first_cell_is_rebound_and_a_false_one_is_not():
    nb = notebook("00 Name", cell("code", "1 + 1"))
    nb["cells"][1] = cell("code", "import os\nclassroom.begin()")
    nb["metadata"] = {saved.STAMP: {"executed": saved.code_digest(nb, shared=True)}}
    edited = copy.deepcopy(nb)
    edited["cells"][2] = cell("code", "1 + 2")
    assert saved.executed_from(pages.renew(nb, None)) == saved.code_digest(nb)
    assert saved.executed_from(pages.renew(edited, None)) != saved.code_digest(edited)


def test_a_table_takes_the_place_of_the_old_one_and_of_nothing_else():
    text = f"a | b\n{pages._PATHS}\n\n| old |\n| - |\n\nafter\n\n| kept |\n"
    assert pages.with_paths(text, "| new |") == f"a | b\n{pages._PATHS}\n\n| new |\n\nafter\n\n| kept |\n"
    assert pages.with_paths("no sign | x |", "| new |") == "no sign | x |"


def test_the_template_keeps_what_it_teaches():
    template = course_root() / "docs" / "notebook-template.ipynb"
    assert pages.faults(json.loads(template.read_text(encoding="utf-8"))) == []


def test_minutes_are_those_of_words_and_lines_before_deeper():
    nb = notebook("00 Name", cell("markdown", "word " * 145), cell("code", "a\n\nb\n" * 7))
    assert pages.core_minutes(nb) == pytest.approx((5 + 145) / 150 + 14 / 7)
    nb["cells"] += [cell("markdown", "## Deeper\n" + "word " * 900), cell("code", "a\n" * 70)]
    assert pages.core_minutes(nb) == pytest.approx(1 + 2)


def test_no_core_takes_longer_than_it_may():
    for path in sorted(notebooks_dir().glob("[0-9]*.ipynb")):
        taken = pages.core_minutes(json.loads(path.read_text(encoding="utf-8")))
        assert taken <= pages.CORE_MINUTES + 1, f"{path.name}: {taken:.1f} minutes; {pages.CORE_MINUTES} are the most"
