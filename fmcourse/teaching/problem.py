"""What can be wrong with a lecturer's request: one sentence for the terminal, never a traceback."""


class Problem(Exception):
    """The message says what is wrong, where, and what to do."""
