"""The quiz in a real browser: mouse, keyboard, announced feedback, twice on one page, and without its script."""

import re

import pytest

from fmcourse.classroom import questions, quiz
from fmcourse.classroom.quiz_page import page

pytestmark = pytest.mark.browser
CHECKED = "() => [...document.querySelectorAll('input:checked')].map(i => i.name + i.value)"


def put(watched, body):
    watched.page.set_content(f"<!doctype html><html lang='en'><title>Quiz</title><body>{body}</body></html>")
    return watched.page


def test_each_choice_gets_its_own_feedback_and_the_end_names_the_line(watched):
    tab, letters = put(watched, page(quiz("00"))), ""
    for i, question in enumerate(questions.load("00"), 1):
        said = tab.locator("fieldset").nth(i - 1).get_by_role("status")
        for choice in question.choices:
            tab.get_by_label(choice.text.replace("`", "")).first.check()
            assert said.text_content() == ("Right. " if choice.right else "Not quite. ") + choice.feedback
        letters += "abcde"[len(question.choices) - 1]
    right = sum(q.key == letter for q, letter in zip(questions.load("00"), letters, strict=True))
    assert (
        tab.locator(".sum").text_content()
        == f'{right} of 5 right. To keep this in your progress, run: answer("00", "{letters}")'
    )
    assert watched.errors == [] and watched.foreign == []


def test_everything_can_be_done_with_the_keyboard(watched):
    tab = put(watched, page(quiz("00")))
    tab.keyboard.press("Tab")
    for key in ("Space", "ArrowDown", "Tab", "Space"):
        tab.keyboard.press(key)
    assert tab.evaluate(CHECKED) == ["q1b", "q2a"]
    assert tab.get_by_role("status").first.text_content()


def test_two_copies_on_one_page_do_not_disturb_each_other(watched):
    tab = put(watched, page(quiz("00")) * 2)
    tab.locator("form").nth(1).locator("input").first.check()
    assert tab.evaluate(CHECKED) == ["q1a"]
    tab.locator("form").nth(0).locator("input").nth(1).check()
    assert tab.evaluate(CHECKED) == ["q1b", "q1a"]
    assert [bool(s) for s in tab.locator("fieldset:first-of-type [role=status]").all_text_contents()] == [True, True]


def test_without_script_and_style_it_can_still_be_read(watched):
    tab = put(watched, re.sub(r"<(script|style)>.*?</\1>", "", page(quiz("00")), flags=re.S))
    tops = [box.bounding_box()["y"] for box in tab.locator("label").all()]
    assert len(tops) == len(set(tops)), "one choice a line"
    assert 'answer("00", 1, "b")' in tab.locator("form").text_content()


def test_it_fits_a_narrow_screen(watched):
    tab = put(watched, page(quiz("00")))
    tab.set_viewport_size({"width": 320, "height": 700})
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 320
