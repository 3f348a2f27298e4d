"""The preference recorder in a real JupyterLab: reached and used by keyboard, and on the disk at once."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.test_lab import KERNEL, check_page, open_notebook, run_all
from tests.harness import samples

pytestmark = pytest.mark.browser
CELL = """from fmcourse import views
views.record_preferences([("Explain the whale to a child:", "It eats krill.", "It eats mice."),
                          ("Explain the cow to a child:", "It is a fish.", "It is a <b>mammal</b>.")])"""


def lines(lab):
    # the learner's own folder, as `home_dir` finds it from the notebook's folder
    file = lab.folder / ".fmcourse" / "preferences.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_choices_are_made_by_keyboard_and_kept_on_the_disk(watched, lab):
    samples.put(new_notebook(metadata=KERNEL, cells=[new_code_cell(CELL)]), lab.folder / "recorder.ipynb")
    page = open_notebook(watched, lab, "recorder.ipynb")
    run_all(page, lab, "recorder.ipynb", 120)
    first = page.get_by_role("button", name="A is better")
    first.wait_for(timeout=20_000)
    first.scroll_into_view_if_needed()
    assert "It eats krill." in page.locator(".jp-OutputArea-output").last.inner_text()
    watched.picture("preference-recorder")
    first.focus()
    page.keyboard.press("Tab")  # to "B is better"
    page.keyboard.press("Enter")
    page.get_by_text("1 of 2 compared").wait_for(timeout=20_000)
    assert [e["choice"] for e in lines(lab)] == ["second"]
    shown = page.locator(".jp-OutputArea-output").last
    assert shown.get_by_text("It is a <b>mammal</b>.").count() == 1, "a text is shown, never run"
    tie = page.get_by_role("button", name="About the same")
    tie.focus()
    page.keyboard.press("Space")
    page.get_by_text("2 of 2 compared").wait_for(timeout=20_000)
    assert [e["choice"] for e in lines(lab)] == ["second", "tie"]
    assert first.is_disabled()
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 of 2 compared").wait_for(timeout=20_000)
    assert lines(lab)[-1].get("undo") is True
    check_page(watched, "preference-recorder-used")
