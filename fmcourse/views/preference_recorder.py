"""Record your own preferences: two texts side by side, two labelled buttons and one for a tie.

    record_preferences(questions)              # questions: (prompt, first text, second text), one after another
    take_letters(questions, "AB=")             # the same without a mouse or a widget: A, B or = for each question
    kept()                                     # what is on your disk, as `Comparison`s

Every choice is appended to preferences.jsonl in your own folder the moment it is made, so that nothing is lost when the
kernel ends; nothing leaves this machine. "Undo" takes back the last choice by a line of its own.

But: which text stands left is decided by whoever made the questions; shuffle them, or the habit of choosing the left
one is learned, too.
"""

import html
from collections.abc import Sequence
from pathlib import Path

from fmcourse import records
from fmcourse.paths import home_dir
from fmcourse.training.preferences import Comparison
from fmcourse.views.widgets import modern_widgets, show_box

LETTERS = {"A": "first", "B": "second", "=": "tie"}
BUTTONS = (("first", "A is better"), ("second", "B is better"), ("tie", "About the same"))
SENTENCE = (
    "Two texts and the buttons A, B and Tie appear here when the cell is run in JupyterLab. Without them, use "
    "the next cell: one letter a question."
)
Question = tuple[str, str, str]


def preferences_file() -> Path:
    """Where choices are kept: preferences.jsonl in the learner's own folder."""
    return home_dir() / "preferences.jsonl"


def keep(question: Question, choice: str, path: Path | None = None) -> bool:
    """Append one choice ("first", "second" or "tie"); False when the disk does not let us."""
    c = Comparison(*question, choice)
    return records.append(
        path or preferences_file(),
        {"prompt": c.prompt, "first": c.first, "second": c.second, "choice": c.choice, "at": records.now()},
    )


def undo(path: Path | None = None) -> bool:
    """Take back the last choice that stands; the line itself stays in the file."""
    return records.append(path or preferences_file(), {"undo": True, "at": records.now()})


def kept(path: Path | None = None, prompts: Sequence[str] | None = None) -> list[Comparison]:
    """The choices that stand, oldest first, without those taken back and lines that cannot be read.

    With `prompts` only choices about these.
    """
    found: list[Comparison] = []
    for entry in records.read(path or preferences_file()):
        if entry.get("undo") is True:
            found = found[:-1]
            continue
        try:
            found.append(Comparison(*(str(entry[k]) for k in ("prompt", "first", "second", "choice"))))
        except (KeyError, ValueError):
            continue
    return [c for c in found if prompts is None or c.prompt in prompts]


def take_letters(questions: Sequence[Question], letters: str, path: Path | None = None) -> int:
    """Keep one choice for each letter: A, B, or = for about the same; anything else is named and nothing is kept.

    Returns how many were kept, and says so. Letters already kept for the same questions are not kept twice.
    """
    letters = "".join(letters.split()).upper()
    wrong = sorted(set(letters) - set(LETTERS))
    if wrong:
        print(f"{wrong[0]!r} is none of A, B and =, so nothing was kept; write one of them for each question.")
        return 0
    if len(letters) > len(questions):
        print(f"{len(letters)} letters for {len(questions)} questions, so nothing was kept; one letter a question.")
        return 0
    if not letters:
        print('No letters yet. Read the questions, and write A, B or = for each, such as "AB=A".')
        return 0
    before = {(c.prompt, c.first, c.second, c.choice) for c in kept(path)}
    new = [(q, LETTERS[k]) for q, k in zip(questions, letters, strict=False) if (*q, LETTERS[k]) not in before]
    done = sum(keep(q, choice, path) for q, choice in new)
    lost = len(new) - done
    print(
        f"{done} choices kept on your own disk."
        if not lost
        else f"{done} choices kept; {lost} could not be written, because the disk is full or closed."
    )
    return done


def record_preferences(questions: Sequence[Question], path: Path | None = None) -> None:
    """Show the questions one after another, with a button for each choice; every control works by keyboard.

    Questions already answered in the file are left out. In a stored notebook one sentence remains, the same on every
    run. Raises ValueError when there is no question, or one has two equal texts.
    """
    questions = [tuple(map(str, q)) for q in questions]
    if not questions or any(first == second for _, first, second in questions):
        raise ValueError("give at least one question, and two different texts in each: (prompt, first, second).")
    if not modern_widgets():
        print(SENTENCE)
        return
    show_box(Recorder(questions, path).box, SENTENCE)


class Recorder:
    """The widget behind `record_preferences`: `box` holds it, `choose` is what the buttons call."""

    def __init__(self, questions: Sequence[Question], path: Path | None = None):
        import ipywidgets as w

        self.path = path
        answered = {(c.prompt, c.first, c.second) for c in kept(path)}
        self.open = [q for q in questions if tuple(q) not in answered]
        self.total, self.last, self.problem = len(questions), [], ""
        self.asked, self.said = w.HTML(), w.HTML()
        self.texts = [w.HTML(layout=w.Layout(width="50%")) for _ in range(2)]
        self.buttons = {}
        for choice, label in BUTTONS:
            self.buttons[choice] = w.Button(description=label, tooltip=f"Choose: {label}")
            self.buttons[choice].on_click(lambda _, choice=choice: self.choose(choice))
        self.back = w.Button(description="Undo", tooltip="Take back the last choice")
        self.back.on_click(lambda _: self.undo())
        self.box = w.VBox([self.asked, w.HBox(self.texts), w.HBox([*self.buttons.values(), self.back]), self.said])
        self._draw()

    def choose(self, choice: str) -> None:
        """Keep the choice for the question that is shown, and go on to the next."""
        if not self.open:
            return
        if keep(self.open[0], choice, self.path):
            self.problem = ""
            self.last.append(self.open.pop(0))
        else:
            self.problem = "The choice could not be written: the disk is full or closed. Choose again. "
        self._draw()

    def undo(self) -> None:
        """Take back the last choice made here."""
        if self.last and undo(self.path):
            self.open.insert(0, self.last.pop())
        self._draw()

    def _draw(self) -> None:
        done, style = self.total - len(self.open), "border:1px solid #767676;border-radius:4px;padding:6px 10px"
        if self.open:
            prompt, *texts = (html.escape(t) for t in self.open[0])
            self.asked.value = f"<p><b>{prompt}</b> Which text is better?</p>"
            for box, name, text in zip(self.texts, "AB", texts, strict=True):
                box.value = f'<div style="{style}"><b>Text {name}</b><br>{text}</div>'
        else:
            self.asked.value = "<p><b>All compared.</b> Thank you; run the next cells.</p>"
            for box in self.texts:
                box.value = ""
        for button in self.buttons.values():
            button.disabled = not self.open
        self.back.disabled = not self.last
        self.said.value = (
            f'<p role="status" aria-live="polite">{self.problem}{done} of {self.total} compared; each '
            f"choice is kept on your own disk at once.</p>"
        )
