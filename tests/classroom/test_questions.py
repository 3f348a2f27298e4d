"""Quizzes: every file keeps the rules of the schema, a broken rule is named, and each answer gets its feedback."""

import re
from html.parser import HTMLParser

import pytest

from fmcourse.classroom import answer, progress, questions, quiz, skip_test, warmup
from fmcourse.classroom.quiz_page import _STYLE, page

NOTEBOOKS = sorted(p.parent.name[2:] for p in questions._FOLDER.glob("nb*/quiz.toml"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FMCOURSE_HOME", str(tmp_path))


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_quiz_keeps_the_rules(notebook):
    assert len(questions.load(notebook)) == questions.SECTIONS["quiz"]
    for section, count in questions.SECTIONS.items():
        assert len(questions.load(notebook, section)) in (count, 0)
        for question in questions.load(notebook, section):
            assert question.text.endswith(("?", ":", "."))
            assert len({c.feedback for c in question.choices}) == len(question.choices)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_right_letter_is_not_always_the_same(notebook):
    assert len({q.key for q in questions.load(notebook)}) > 1


GOOD = """[[quiz]]
question = "Which?"
choices = [
    { text = "this", right = true, feedback = "Yes." },
    { text = "that", feedback = "No." },
]
"""


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (("right = true, ", ""), "exactly one"),
        (('feedback = "No."', 'right = true, feedback = "No."'), "exactly one"),
        (('feedback = "No."', 'feedback = " "'), "feedback"),
        ((', feedback = "Yes."', ""), "feedback"),
        (('"Which?"', '""'), "question"),
        (('"that"', '"this"'), "the same"),
        (('    { text = "that", feedback = "No." },\n', ""), "1 choices"),
    ],
)
def test_a_broken_rule_is_named(tmp_path, monkeypatch, damage, words):
    monkeypatch.setattr(questions, "_FOLDER", tmp_path)
    (tmp_path / "nb77").mkdir()
    (tmp_path / "nb77" / "quiz.toml").write_text(GOOD)
    assert len(questions.load("77")) == 1
    assert damage[0] in GOOD
    (tmp_path / "nb77" / "quiz.toml").write_text(GOOD.replace(*damage))
    with pytest.raises(ValueError, match="nb77/quiz.toml, quiz question 1") as refused:
        questions.load("77")
    assert words in str(refused.value)


def test_answers_get_feedback_and_the_score_is_noted(capsys):
    key = "".join(q.key for q in questions.load("00"))
    answer("00", key)
    assert "5 of 5 right." in capsys.readouterr().out
    assert progress.quiz_scores() == {"00": 5}
    wrong = next(letter for letter in "abc" if letter != key[0])
    answer("00", 1, wrong)
    question = questions.load("00")[0]
    assert capsys.readouterr().out == f"1. {wrong}) Not quite. {question.choices['abc'.index(wrong)].feedback}\n"
    answer("00", wrong + key[1:])
    assert progress.quiz_scores() == {"00": 5}  # the best counts


@pytest.mark.parametrize(
    "arguments",
    [
        ("00", None),
        ("00", ""),
        ("00", "ab"),
        ("00", "zzzzz"),
        ("00", 0, "a"),
        ("00", 6, "a"),
        ("00", 1, None),
        ("00", 1, 3),
        ("00", 1, ""),
        ("00", 1, "ab"),
        ("77", 1, "a"),
        (None, 1, "a"),
        ("", ""),
        (3, 3, 3),
        ("00 warm-up", "aaa"),
        ("00", ["a"]),
        ("../x", 1, "a"),
    ],
)
def test_odd_answers_get_a_sentence(arguments, capsys):
    answer(*arguments)
    assert capsys.readouterr().out.strip()


def test_a_notebook_without_questions_is_told(capsys):
    assert quiz("77") is None and warmup("00") is None
    assert capsys.readouterr().out == "Notebook 77 has no quiz.\nNotebook 00 has no warm-up.\n"


class Form(HTMLParser):
    """Counts what a screen reader needs."""

    def __init__(self, text):
        super().__init__()
        self.open, self.inputs, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "input":
            self.inputs.append((list(self.open), dict(attrs)))
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass


def test_the_form_is_labelled_and_the_same_every_time():
    form = Form(page(quiz("00")))
    assert page(quiz("00")) == page(quiz("00"))
    assert len(form.inputs) == sum(len(q.choices) for q in questions.load("00"))
    assert all({"label", "fieldset", "form"} <= set(around) for around, _ in form.inputs)
    assert all(a["type"] == "radio" and a["name"] and a["value"] for _, a in form.inputs)
    count = [tag for tag, _ in form.tags].count
    assert count("fieldset") == count("legend") == 5
    assert sum(a.get("aria-live") == "polite" for _, a in form.tags) == 6
    assert not any("id" in a for _, a in form.tags)  # shown twice on a page it must still work
    assert not re.search(r"https?:|<link|src=", page(quiz("00")))


def test_text_of_authors_cannot_break_the_page(tmp_path, monkeypatch):
    monkeypatch.setattr(questions, "_FOLDER", tmp_path)
    nasty = GOOD.replace("No.", "</script><b>NAME").replace("Which?", 'Is `<a>` & \\"b\\" FEEDBACK?')
    (tmp_path / "nb77").mkdir()
    (tmp_path / "nb77" / "quiz.toml").write_text(nasty)
    text = page(quiz("77"))
    assert text.count("</script>") == 1 and "<b>" not in text and "<code>&lt;a&gt;</code>" in text
    assert "\\u003c/script>\\u003cb>NAME" in text


def test_feedback_stands_out_in_light_and_dark():
    from fmcourse.views.style import contrast_on_white

    def luminance(colour):
        return 1.05 / contrast_on_white([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])

    pairs = re.findall(r"color:(#\w{6});background:(#\w{6})", _STYLE)
    assert len(pairs) == 3
    for ink, ground in pairs:
        assert luminance(ground) / luminance(ink) > 7


def test_the_skip_test_has_its_own_answers_and_no_score(capsys):
    key = "".join(q.key for q in questions.load("01", "skip"))
    assert len(skip_test("01").questions) == questions.SECTIONS["skip"]
    answer("01 skip test", key)
    out = capsys.readouterr().out
    assert "5 of 5 right." in out and out.count("You can skip section") == 5
    assert progress.quiz_scores() == {}
    wrong = [
        next(letter for letter, c in zip("abc", q.choices, strict=True) if not c.right)
        for q in questions.load("01", "skip")
    ]
    answer("01 skip test", "".join(wrong))
    assert capsys.readouterr().out.count("Read section") == 5
    assert skip_test("00") is None and "no skip test" in capsys.readouterr().out
