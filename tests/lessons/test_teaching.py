"""A plan for whoever teaches a notebook: its minutes add up, and what it points to is in the notebook."""

import json

import pytest

from fmcourse.paths import notebooks_dir
from tests.lessons.plans import faults, plan_of

NOTEBOOKS = sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))
PLANNED = [path for path in NOTEBOOKS if plan_of(path.name[:2]).is_file()]


def page_of(path):
    """All words of a notebook's cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells)


@pytest.mark.parametrize("path", PLANNED, ids=lambda p: p.name[:2])
def test_a_plan_fits_its_notebook(path):
    assert not faults(plan_of(path.name[:2]).read_text(encoding="utf-8"), page_of(path))


GOOD = plan_of("00").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("| 12 | six tasks", "| 13 | six tasks", "51 minutes"),
        ("*And now the neighbour*", "*And now the aunt*", "And now the aunt"),
        ("00.mean", "00.median", "00.median"),
        ("## Exit ticket", "## Ticket", "Exit ticket"),
        ("(People it knows get the same answer.)", "", "answer"),
        ("**Hook.**", "**Start.**", "Hook"),
    ],
)
def test_a_plan_that_does_not_fit_is_named(old, new, says):
    assert old in GOOD
    assert says in "; ".join(faults(GOOD.replace(old, new), page_of(NOTEBOOKS[0])))
