"""For whoever teaches: all plans are there, and each link leads there in the repository and on the site."""

import json
import re

import pytest

from fmcourse.paths import course_root, lessons_dir, notebooks_dir
from fmcourse.site import instructors
from tests.lessons.plans import plan_of

pytest.importorskip("mdit_py_plugins")  # MyST brings it
FOUND = [(p, json.loads(p.read_text(encoding="utf-8"))) for p in sorted(notebooks_dir().glob("[0-9]*.ipynb"))]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")


def test_every_plan_has_its_page_and_the_first_page_leads_to_it():
    made = instructors.pages(FOUND)
    first = made["docs/teaching.md"]
    assert set(made) == {*instructors.DOCS, *(f"fmcourse/lessons/nb{path.name[:2]}/teaching.md" for path, _ in FOUND)}
    for path, _ in FOUND:
        assert f"](../fmcourse/lessons/nb{path.name[:2]}/teaching.md)" in first
        assert f"</fmcourse/lessons/nb{path.name[:2]}/teaching>" in first


def test_a_page_stands_where_its_file_does_so_that_its_links_lead_there_in_both():
    for name in instructors.DOCS:
        file = course_root() / name
        for to in LINK.findall(file.read_text(encoding="utf-8")):
            assert (file.parent / to).is_file(), (name, to)
    for place in instructors.pages(FOUND):
        assert (lessons_dir().parents[1] / place).is_file()


def test_a_plan_leads_to_its_notebook_and_to_every_part_that_it_names():
    for path, nb in FOUND:
        made = instructors.plan(path, nb)
        home = f"../../../notebooks/{path.name}"
        assert f"[The notebook]({home})" in made
        named = {
            part
            for row in re.findall(r"^\|.*\|$", plan_of(path.name[:2]).read_text(encoding="utf-8"), re.M)
            for part in re.findall(r"(?<!\*)\*([^*|]+)\*(?!\*)", row)
        }
        led = set(re.findall(rf"\[\*([^*|]+)\*\]\({re.escape(home)}#[^)]+\)", made))
        assert len(named) > 5 and named - led == set(), (path.name, named - led)
