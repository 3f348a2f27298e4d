"""What can be wrong with a lecturer's request: one sentence for the terminal, never a traceback."""


class Problem(Exception):
    """The message says what is wrong, where, and what to do."""


def needs_nbgrader() -> None:
    """Raise Problem where the extra `class` is not installed."""
    from importlib.util import find_spec

    if find_spec("nbgrader") is None or find_spec("nbformat") is None:
        raise Problem('Marking needs nbgrader, which is not installed here: pip install "nbgrader>=0.9".')
