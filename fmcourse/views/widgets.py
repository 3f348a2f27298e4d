"""`explore`: number boxes and menus for a function, with a plain way beside them.

Every control has a written label that screen readers announce, and works by keyboard. ipywidgets' sliders have none,
so a number box with arrows stands in for them. Where ipywidgets is missing or older than 8 the function runs once, and
a sentence says how to call it. What this leaves out: layout; a notebook never needs more than a few controls.
"""

import inspect

from fmcourse.views.figure import emit

_open: dict[object, tuple[object, list]] = {}  # cell -> the run of it that showed these boxes, and the boxes


def explore(fn, **controls) -> None:
    """Show one control for each keyword and run `fn(**values)` whenever one changes.

    A control is (low, high) or (low, high, step) for a number, a list for a menu, True or False for a box, text for a
    line of text. It starts at the default of `fn`, where there is one. Raises ValueError for a control that `fn` does
    not take.

    In a stored notebook only one sentence remains, the same on every run.
    """
    known = inspect.signature(fn).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in known.values())
    for name in controls:
        if name not in known and not takes_any:
            raise ValueError(f"{fn.__name__} takes no argument {name!r}; it takes {', '.join(known)}.")
    starts = {name: _start(name, control, known) for name, control in controls.items()}
    plain = f"{fn.__name__}({', '.join(f'{name}={value!r}' for name, value in starts.items())})"
    if not modern_widgets():
        print(f"Controls need ipywidgets 8; here is {plain}. Call it with other values yourself.")
        fn(**starts)
        return
    import ipywidgets

    made = {name: _widget(name, control, starts[name]) for name, control in controls.items()}
    area = ipywidgets.Output()

    def redraw(_=None):
        # filled by hand: ipywidgets' own capture leaks into the cell where no page listens, and tests compare cells
        area.outputs = _run(fn, {name: control.value for name, control in made.items()})

    for control in made.values():
        control.observe(redraw, "value")
    redraw()
    box = ipywidgets.VBox([*made.values(), area])
    shown = ", ".join(name.replace("_", " ") for name in controls)
    sentence = (
        f"Controls for {shown} appear here when the cell is run in JupyterLab. "
        f"Without them: {plain}, with values of your own."
    )
    show_box(box, sentence)


def show_box(box, sentence: str) -> None:
    """Show a box of widgets, with `sentence` in its place where no kernel runs; outside a notebook only the sentence.

    The boxes that the same cell showed when it was run before are closed: nobody can see them any more, and kernel and
    page would keep every one of them.
    """
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None:
        close(box)
        emit("", sentence)
        return
    cell, run = _place(shell)
    before, boxes = _open.get(cell, (run, []))
    if before != run:
        for old in boxes:
            close(old)
        boxes = []
    _open[cell] = run, [*boxes, box]
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": sentence}, raw=True)


def close(widget) -> None:
    """Close a widget and all that it is made of: its children, their layouts and styles."""
    for part in (*getattr(widget, "children", ()), getattr(widget, "layout", None), getattr(widget, "style", None)):
        if hasattr(part, "close"):
            close(part)
    widget.close()


def _place(shell) -> tuple[object, object]:
    """Which cell is running, and which run of it this is; where cells have no names, their text has to do."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = parent.get("metadata", {}).get("cellId") or shell.history_manager.input_hist_raw[-1]
    return cell, parent.get("header", {}).get("msg_id") or shell.execution_count


def modern_widgets() -> bool:
    """Whether ipywidgets 8 or newer is here (Colab has 7)."""
    try:
        import ipywidgets
    except ImportError:
        return False
    return int(ipywidgets.__version__.split(".")[0]) >= 8


def _run(fn, values: dict) -> tuple[dict, ...]:
    """What `fn(**values)` prints and shows, as notebook outputs; an error becomes one line."""
    from IPython.utils.capture import capture_output

    failed = ""
    with capture_output() as caught:
        try:
            fn(**values)
        except Exception as error:
            failed = f"{type(error).__name__}: {error}\n"
    text = caught.stdout + caught.stderr + failed
    said = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    return (
        *said,
        *({"output_type": "display_data", "data": o.data, "metadata": o.metadata or {}} for o in caught.outputs),
    )


def _start(name, control, known):
    default = known[name].default if name in known else inspect.Parameter.empty
    if default is not inspect.Parameter.empty:
        return default
    if isinstance(control, (list, tuple)):
        if not control:
            raise ValueError(f"The control {name!r} is empty: give (low, high), or a list to choose from.")
        return control[0]
    return control


def _widget(name, control, start):
    import ipywidgets as w

    label = name.replace("_", " ")
    common = {
        "description": label,
        "tooltip": f"Choose {label}",
        "style": {"description_width": "initial"},
        "layout": w.Layout(width="320px"),
    }
    if isinstance(control, bool):
        return w.Checkbox(value=start, description=label, tooltip=common["tooltip"], indent=False)
    if isinstance(control, tuple):
        low, high, *step = control
        whole = all(isinstance(v, int) for v in control)
        box = w.BoundedIntText if whole else w.BoundedFloatText
        width = step[0] if step else 1 if whole else (high - low) / 20
        common["description"] = f"{label} ({low:g} to {high:g})"
        return box(value=start, min=low, max=high, step=width, **common)
    if isinstance(control, list):
        return w.Dropdown(options=control, value=start, **common)
    return w.Text(value=str(start), **common)
