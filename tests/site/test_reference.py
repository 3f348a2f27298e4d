"""The pages beside the notebooks say what the course holds, all of it, and only once."""

import importlib
import importlib.util
import json
import re

import pytest

from fmcourse.authoring.pages import SHORT
from fmcourse.classroom import glossary
from fmcourse.classroom.settled import settled
from fmcourse.paths import course_root, notebooks_dir
from fmcourse.site import reference, stuck

FOUND = [(p, json.loads(p.read_text(encoding="utf-8"))) for p in sorted(notebooks_dir().glob("[0-9]*.ipynb"))]


def test_the_first_page_leads_to_every_notebook_and_has_the_short_route():
    home = reference.home(FOUND)
    assert set(reference.ideas()) == {path.name[:2] for path, _ in FOUND}
    for path, _ in FOUND:
        assert f'href="notebooks/{path.stem}.html"' in home and f"\nnotebooks/{path.stem}\n" in home
    short = home[home.index("<h3>Short") : home.index("<h3>Core")]
    assert re.findall(r"notebooks/(\d\d)_", short) == list(SHORT)


@pytest.mark.parametrize("path,nb", FOUND, ids=[path.stem for path, _ in FOUND])
def test_a_cheat_sheet_holds_abilities_claims_and_words(path, nb):
    sheet = reference.cheat_sheet(path, nb)
    assert len(reference.abilities(nb)) >= 3
    for row in settled(path.name[:2]):
        assert row.sentence in sheet and f"{row.id}](#cell-" in sheet
    for name, row in glossary.terms().items():
        assert (row["notebook"] == path.name[:2]) == (f"**[{name}](../notebooks/glossary.md" in sheet)


def test_the_glossary_leads_back_to_the_notebooks_that_use_a_word():
    page = reference.glossary_page(FOUND)
    linked = reference.users(FOUND)
    assert set(linked) <= {glossary.slug(name) for name in glossary.terms()}
    for name in ("token", "attention", "claim"):
        part = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.M | re.S).group(1)
        assert set(re.findall(r"\]\((\d\d_\w+\.ipynb)\)", part)) >= {path.name for path in linked[glossary.slug(name)]}


def test_every_id_of_the_ledger_leads_to_a_cell():
    page, rows = reference.ledger_page(), settled()
    assert len(re.findall(r"\]\(#cell-\w+\)", page)) == sum(bool(row.link) for row in rows) > 100
    assert ".ipynb" not in page


def test_what_the_package_offers_is_there_and_says_what_it_does():
    for module, names in reference.CONTRACT.items():
        for name, methods in names.items():
            there = getattr(importlib.import_module(module), name)
            assert (there.__doc__ or "").strip(), name
            for method in filter(None, methods.split(", ")):
                assert callable(getattr(there, method))


# ---- Stuck?


def told(sentence: str) -> bool:
    """Whether the page holds this sentence, whatever stands for its `…`."""
    one = " ".join(sentence.split())
    forms = (map(re.escape, m.words.split("…")) for found in stuck.messages().values() for m in found)
    return any(re.fullmatch(".*?".join(form), one) for form in forms)


def start():
    spec = importlib.util.spec_from_file_location("start_for_the_site", course_root() / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_errors_that_are_really_raised_are_on_the_page(tmp_path, monkeypatch):
    from fmcourse import load, views

    begin = start()
    with pytest.raises(begin.Trouble) as none_there:
        begin.check_wheelhouse(tmp_path)
    with pytest.raises(begin.Trouble) as nameless:
        begin.take_wheelhouse(["--wheelhouse"])
    with pytest.raises(Exception) as unknown:
        load("no-such-model")
    with pytest.raises(ValueError) as wordless:
        views.show(None, alt=" ")
    for raised in (none_there, nameless, unknown, wordless):
        assert told(str(raised.value)), str(raised.value)
    assert not told("Nobody ever wrote this sentence.")


def test_every_place_of_a_first_day_has_sentences():
    assert list(stuck.messages()) == [heading for heading, _ in stuck.PLACES]
    begin = start()
    for _, cure in begin.TROUBLES:
        assert re.sub(r"\{\w+\}", "…", cure) in {m.words for m in stuck.messages()["Setting up: start.py"]}
    assert any("upload its wheel" in m.words for m in stuck.messages()["The first cell of a notebook"])
