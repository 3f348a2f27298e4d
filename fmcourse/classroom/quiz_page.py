"""A quiz as a form of plain HTML: fieldsets, labelled radio buttons, feedback that screen readers announce.

It needs no library and no network. Without its script (a notebook that is not trusted) questions and choices can still
be read, and `answer` gives the same feedback. Where `quiz_keeper` has laid a box the score is kept; elsewhere
the form ends by naming the line of code that notes it.
"""

import html
import json

from fmcourse.classroom.quiz_keeper import mark

LETTERS = "abcde"

# Feedback has its own background and ink (both over 7:1), the rest takes the page's, so light and dark themes work.
_STYLE = """
.fmquiz{max-width:44em;margin:4px 0;font-size:1em;line-height:1.45}
.fmquiz fieldset{border:1px solid #767676;border-radius:4px;margin:0 0 10px;padding:6px 12px 10px;min-width:0}
.fmquiz legend{font-weight:600;padding:0 4px}
.fmquiz label{display:flex;gap:.5em;align-items:baseline;padding:3px 4px;border-radius:3px;cursor:pointer}
.fmquiz input{flex:none;margin:0;width:1.05em;height:1.05em;position:relative;top:.15em}
.fmquiz label:focus-within{outline:2px solid currentColor;outline-offset:1px}
.fmquiz [role=status]:empty{display:none}
.fmquiz [role=status]{margin:6px 0 0;padding:5px 9px;border-left:5px solid;border-radius:3px}
.fmquiz .yes{color:#0b4a26;background:#e3f4e8}
.fmquiz .no{color:#6b1d00;background:#fdebe2}
.fmquiz .sum{color:#1c1c1c;background:#ececec}
.fmquiz code{font-family:monospace;background:transparent;color:inherit;user-select:all}
.fmquiz small{opacity:.95;font-size:.9em}
"""

# One form can be shown twice on a page, so it is found by its name and marked once it works; no ids are used.
_SCRIPT = """
document.querySelectorAll('form.fmquiz[data-quiz="NAME"]:not([data-on])').forEach(function (form) {
  var said = FEEDBACK, sets = form.querySelectorAll('fieldset'), sum = form.querySelector('.sum');
  form.setAttribute('data-on', '1');
  form.addEventListener('submit', function (e) { e.preventDefault(); });
  form.addEventListener('change', function () {
    var right = 0, letters = '';
    sets.forEach(function (set, i) {
      var chosen = set.querySelector('input:checked'), out = set.querySelector('[role=status]');
      if (!chosen) { return; }
      var it = said[i][chosen.value], words = (it[0] ? 'Right. ' : 'Not quite. ') + it[1];
      if (out.textContent !== words) { out.className = it[0] ? 'yes' : 'no'; out.textContent = words; }
      right += it[0]; letters += chosen.value;
    });
    if (letters.length === sets.length) {
      var box = document.querySelector('.KEEP input');
      if (box) {
        box.value = letters;
        box.dispatchEvent(new Event('input', {bubbles: true}));
        box.dispatchEvent(new Event('change', {bubbles: true}));
        sum.textContent = right + ' of ' + sets.length + ' right. It is kept in your progress.';
        return;
      }
      sum.textContent = right + ' of ' + sets.length + ' right. To keep this in your progress, run: ';
      var code = document.createElement('code');
      code.textContent = 'answer("NAME", "' + letters + '")';
      sum.appendChild(code);
    }
  });
});
"""


def page(quiz) -> str:
    """The form of a `questions.Quiz`, its style and its script, the same bytes every time."""
    sets = "".join(_fieldset(i, question) for i, question in enumerate(quiz.questions, 1))
    feedback = json.dumps(
        [
            {letter: [int(c.right), c.feedback] for letter, c in zip(LETTERS, q.choices, strict=False)}
            for q in quiz.questions
        ],
        ensure_ascii=True,
    ).replace("<", "\\u003c")
    script = _SCRIPT.replace("KEEP", mark(quiz.name)).replace("NAME", quiz.name).replace("FEEDBACK", feedback)
    name = html.escape(quiz.name)
    return (
        f'<style>{_STYLE}</style><form class="fmquiz" data-quiz="{name}" aria-label="Quiz {name}" '
        f'autocomplete="off">{sets}'
        f'<p class="sum" role="status" aria-live="polite"></p>'
        f'<p><small>If a click shows nothing, run <code>answer("{name}", 1, "b")</code>: '
        f"the number of the question, then the letter.</small></p></form><script>{script}</script>"
    )


def _fieldset(number: int, question) -> str:
    # data-lm-suppress-shortcuts, on each input: else JupyterLab takes the arrow keys for moving between cells.
    # Each label in a div: one choice a line, even where the style is stripped.
    choices = "".join(
        f'<div><label><input type="radio" name="q{number}" value="{letter}" data-lm-suppress-shortcuts="true">'
        f"<span>{letter}) {_inline(choice.text)}</span></label></div>"
        for letter, choice in zip(LETTERS, question.choices, strict=False)
    )
    return (
        f"<fieldset><legend>{number}. {_inline(question.text)}</legend>{choices}"
        f'<p role="status" aria-live="polite"></p></fieldset>'
    )


def _inline(text: str) -> str:
    """Text as HTML, with `code` between backquotes."""
    parts = html.escape(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
