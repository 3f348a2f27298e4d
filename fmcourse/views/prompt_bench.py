"""The prompt bench: edit a prompt, see how many held-out questions it answers, and what the next word would be.

    open_bench(loaded)                                                  # the widget
    bench_view(loaded, "List: {examples}{input} ->", "listed facts", 2)    # the same without a mouse

Every control has a written label and works by keyboard: Tab to a control, type, Enter. (Menus are lines to type into,
with suggestions: JupyterLab takes the arrow keys of a plain menu for itself.) Typing alone asks nothing:
the questions are asked on Enter, on leaving the line, or by the button, so that a slow machine keeps up.

But: what it measures comes from `studies.prompt_trial`; here it is only shown. In a stored notebook one sentence
remains.
"""

from fmcourse.prompting.templates import TooManyExamples
from fmcourse.studies.prompt_trial import SEPARATORS, Trial, bench_tasks, try_prompt
from fmcourse.views.figure import show
from fmcourse.views.widgets import _run, modern_widgets, show_box

START = {"template": "List: {examples}{input} ->", "task": "listed facts", "examples": 2}


def bench_view(loaded, template: str, task: str, examples: int = 0, separator: str = "; ") -> Trial | None:
    """Try a prompt, print the score, draw the chances of the next word; a prompt that cannot be asked is one line."""
    try:
        trial = try_prompt(loaded, template, task, examples, separator)
    except (ValueError, TooManyExamples) as problem:
        print(f"This cannot be asked: {problem}")
        return None
    print(f"{trial.score}")
    print(f"first prompt: {trial.prompt}")
    print(f"answer: {trial.said or '(nothing)'}   right: {trial.right}")
    words = list(trial.next_words)
    best = max(trial.next_words, key=trial.next_words.get)
    show(
        _bars(words, [trial.next_words[w] for w in words]),
        alt=f"After the first prompt the most likely next token is {best!r}, with probability "
        f"{trial.next_words[best]:.2f}.",
    )
    return trial


def _bars(words, chances):
    from fmcourse.views.plots import bars_with_intervals

    return bars_with_intervals(
        words, chances, percent=True, limits=(0, 1.15), xlabel="probability of the next token, first prompt"
    )


def open_bench(loaded, template: str = "", task: str = "", examples: int | None = None) -> None:
    """Show the bench: a line for the template, a line for the task, a number of examples, a separator, and a button.

    Starts with a list and two examples, or with what is given. Without ipywidgets 8 it runs once and says how to go on.
    """
    start = {
        "template": template or START["template"],
        "task": task or START["task"],
        "examples": START["examples"] if examples is None else examples,
    }
    plain = f"bench_view(loaded, {start['template']!r}, {start['task']!r}, {start['examples']})"
    if not modern_widgets():
        print(f"The bench needs ipywidgets 8; here is {plain}. Call it with other values yourself.")
        bench_view(loaded, **start)
        return
    import ipywidgets as w

    wide = {"style": {"description_width": "150px"}, "layout": w.Layout(width="95%", max_width="760px")}
    controls = {
        "template": w.Text(value=start["template"], description="prompt template", continuous_update=False,
                           tooltip="Slots: {examples}, {input}, {question}, {plain}, {statement}", **wide),
        "task": w.Combobox(options=bench_tasks(), value=start["task"], description="task", continuous_update=False,
                           tooltip="One of " + ", ".join(bench_tasks()), **wide),
        "examples": w.BoundedIntText(value=start["examples"], min=0, max=6, description="examples (0 to 6)",
                                     tooltip="How many solved questions stand in front", **wide),
        "separator": w.Combobox(options=[s.strip() for s in SEPARATORS], value=SEPARATORS[0].strip(),
                                description="after an example", continuous_update=False,
                                tooltip="What parts one example from the next", **wide),
    }  # fmt: skip
    button = w.Button(description="Ask the questions", tooltip="Ask all questions with this prompt")
    area = w.Output()

    def ask(_=None):
        # filled by hand, as in `explore`: ipywidgets' own capture leaks into the cell where no page listens
        values = {name: control.value for name, control in controls.items()}
        values["separator"] = f"{values['separator'].strip()} "
        area.outputs = _run(lambda: bench_view(loaded, **values) and None, {})

    for control in controls.values():
        control.observe(ask, "value")
    button.on_click(ask)
    ask()
    box = w.VBox([*controls.values(), button, area])
    sentence = f"The prompt bench appears here when the cell is run in JupyterLab. Without it: {plain}."
    show_box(box, sentence)
