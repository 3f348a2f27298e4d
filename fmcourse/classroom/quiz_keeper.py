"""A quiz's score, kept by clicking: a hidden box that the page fills with letters, and the kernel reads.

A page of HTML cannot reach the kernel; a widget can. So where ipywidgets 8 runs, an unseen text box stands above the
form. When all questions are answered the form's script writes the letters into it, and the score is noted.

But: without widgets (Colab, a page without a kernel) the form names the line of code that notes the score, as before.
"""

from collections.abc import Callable

from fmcourse.views.widgets import modern_widgets, show_box


def mark(name: str) -> str:
    """The class by which the form of quiz `name` finds its box.

    >>> mark("03 warm-up")
    'fmquiz-keep-03-warm-up'
    """
    return "fmquiz-keep-" + name.replace(" ", "-")


def keep(name: str, note: Callable[[str], None]) -> None:
    """Show the unseen box for quiz `name`; `note(letters)` is called when its form is complete. Never raises."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if get_ipython() is None or not modern_widgets():
        return
    import ipywidgets

    box = ipywidgets.Text(layout=ipywidgets.Layout(display="none"))
    box.add_class(mark(name))
    box.observe(lambda change: note(change["new"]), "value")
    show_box(box, "")
