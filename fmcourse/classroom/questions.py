"""Quizzes: `quiz("03")` shows five questions with feedback for each answer, `warmup("03")` three on earlier notebooks,
`skip_test("01")` the five that tell whether an optional notebook can be skipped.

Questions stand in lessons/nb03/quiz.toml. What this leaves out: the page (`quiz_page`), and marks; `answer` notes a
score for the learner alone.
"""

import random
import tomllib
import zlib
from dataclasses import dataclass

from fmcourse import records
from fmcourse.classroom import events, quiz_keeper
from fmcourse.classroom.quiz_page import LETTERS, page
from fmcourse.paths import lessons_dir

_FOLDER = lessons_dir()
SECTIONS = {"quiz": 5, "warmup": 3, "skip": 5}  # how many questions each has, where there is one
_TITLES = {"quiz": "", "warmup": "warm-up", "skip": "skip test"}


@dataclass(frozen=True)
class Choice:
    """One answer: its text, whether it is right, and what is said to who chooses it."""

    text: str
    right: bool
    feedback: str


@dataclass(frozen=True)
class Question:
    """One question with two to five choices, exactly one of them right."""

    text: str
    choices: tuple[Choice, ...]

    @property
    def key(self) -> str:
        """The letter of the right choice."""
        return next(letter for letter, choice in zip(LETTERS, self.choices, strict=False) if choice.right)


@dataclass(frozen=True)
class Quiz:
    """The questions of one notebook; it shows itself as a form, and as text where there is no page."""

    name: str  # "03", "03 warm-up" or "01 skip test"
    questions: tuple[Question, ...]

    def text(self) -> str:
        """The questions as plain text, and how to answer them."""
        lines = []
        for i, question in enumerate(self.questions, 1):
            lines.append(f"{i}. {question.text}")
            lines += [f"   {letter}) {c.text}" for letter, c in zip(LETTERS, question.choices, strict=False)]
        return "\n".join(
            [
                *lines,
                f'Answer one with answer("{self.name}", 1, "b"), or all with '
                f'answer("{self.name}", "{"b" * len(self.questions)}").',
            ]
        )

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return page(self)


def quiz(notebook: str) -> Quiz | None:
    """The five questions of a notebook; the last line of a cell shows them. None, and a sentence, if there are none."""
    return _shown(notebook, "quiz")


def warmup(notebook: str) -> Quiz | None:
    """Three quick questions about earlier notebooks."""
    return _shown(notebook, "warmup")


def skip_test(notebook: str) -> Quiz | None:
    """Five questions before an optional notebook; the feedback says which sections can be skipped."""
    return _shown(notebook, "skip")


def answer(name: str, question=None, letter: str | None = None) -> None:
    """Give feedback on one answer, `answer("03", 1, "b")`, or on all, `answer("03", "bacda")`, and note the score.

    `name` is "03", "03 warm-up" or "01 skip test". None or empty text: nothing is answered yet. Never raises.
    """
    notebook, _, rest = records.text_of(name, 40).partition(" ")
    section = next((s for s, title in _TITLES.items() if title == rest.strip()), "warmup")
    asked = _quiz(notebook, section)
    if asked is None:
        return
    count = len(asked.questions)
    question = records.plain(question)  # a whole number, a text, or something else that is of no use
    if question is None or question == "":
        print(f"Quiz {asked.name}: not answered yet; {count} questions, one letter each.")
        return
    if letter is None and isinstance(question, str):
        letters = [c for c in question.lower() if c.isalnum()]
        if len(letters) != count:
            print(f'Quiz {asked.name} has {count} questions; give {count} letters, such as "{"b" * count}".')
            return
        right = sum([_judge(asked, i, c) for i, c in enumerate(letters, 1)])
        print(f"{right} of {count} right.")
        events.note(section, notebook, right)
        return
    if not (isinstance(question, int) and 1 <= question <= count):
        print(f"Quiz {asked.name} has questions 1 to {count}; there is no question {records.text_of(question, 20)}.")
        return
    _judge(asked, question, records.text_of(letter, 20).lower())


def exists(notebook: str) -> bool:
    """Whether a notebook has questions."""
    return (_FOLDER / f"nb{notebook}" / "quiz.toml").is_file()


def load(notebook: str, section: str = "quiz") -> tuple[Question, ...]:
    """The questions of a notebook, their choices in an order that is mixed once and stays.

    Raises ValueError, naming file and question, when the file breaks a rule of the schema.
    """
    path = _FOLDER / f"nb{notebook}" / "quiz.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get(section, [])
    return tuple(
        _question(entry, f"nb{notebook}/quiz.toml, {section} question {i}") for i, entry in enumerate(entries, 1)
    )


def _question(entry: dict, where: str) -> Question:
    text, choices = entry.get("question", "").strip(), entry.get("choices", [])
    if not text:
        raise ValueError(f"{where}: the line `question = ...` is missing.")
    if not 2 <= len(choices) <= len(LETTERS):
        raise ValueError(f"{where} has {len(choices)} choices; 2 to {len(LETTERS)} are possible.")
    if sum(c.get("right", False) is True for c in choices) != 1:
        raise ValueError(f"{where}: exactly one choice must have `right = true`.")
    for c in choices:
        if not c.get("text", "").strip() or not c.get("feedback", "").strip():
            raise ValueError(f"{where}: every choice needs `text` and `feedback`, the wrong ones above all.")
    made = [
        Choice(records.text_of(c["text"]), c.get("right", False), records.text_of(c["feedback"], 600)) for c in choices
    ]
    if len({c.text for c in made}) != len(made):
        raise ValueError(f"{where}: two choices say the same.")
    random.Random(zlib.crc32(text.encode())).shuffle(made)  # authors tend to write the right one first
    return Question(" ".join(text.split()), tuple(made))


def _quiz(notebook, section: str) -> Quiz | None:
    notebook = records.text_of(notebook, 20)
    questions = load(notebook, section) if exists(notebook) else ()
    if not questions:
        print(f"Notebook {notebook} has no {_TITLES[section] or 'quiz'}.")
        return None
    return Quiz(f"{notebook} {_TITLES[section]}".rstrip(), questions)


def _shown(notebook, section: str) -> Quiz | None:
    """The questions, with a keeper of the score where there is a page that can click."""
    asked = _quiz(notebook, section)
    if asked is not None:

        def note(letters: str) -> None:
            if len(letters) == len(asked.questions):
                right = sum(question.key == letter for question, letter in zip(asked.questions, letters, strict=True))
                events.note(section, records.text_of(notebook, 20), right)

        quiz_keeper.keep(asked.name, note)
    return asked


def _judge(asked: Quiz, number: int, letter: str) -> bool:
    """Print the feedback on one answer; whether it was right."""
    question = asked.questions[number - 1]
    place = LETTERS.find(letter) if len(letter) == 1 else -1
    if not 0 <= place < len(question.choices):
        last = LETTERS[len(question.choices) - 1]
        print(f"{number}. Choose a letter from a to {last}; {records.quoted(letter, 20)} is none of them.")
        return False
    choice = question.choices[place]
    print(f"{number}. {letter}) {'Right' if choice.right else 'Not quite'}. {choice.feedback}")
    return choice.right
