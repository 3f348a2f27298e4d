"""The pages that people read before any notebook: nothing half finished stands in them."""

import pytest

from fmcourse.paths import course_root

PAGES = sorted([*course_root().glob("*.md"), *course_root().glob("docs/**/*.md"), *course_root().glob("data/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(course_root())))
def test_no_mark_of_an_unfinished_merge(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    marks = [n for n, line in enumerate(lines, 1) if line.startswith(("<<<<<<< ", "=======", ">>>>>>> "))]
    assert not marks, f"{page.name} has marks of an unfinished merge in lines {marks}"
