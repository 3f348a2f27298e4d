"""What the locked cells of an assignment call, in the student's kernel: write an answer down, or try a function.

But: the student's own code ran in this kernel before. It can change what stands here, so a mark for a *function* can be
forged by who sets out to; a mark for a term question cannot, because its key is compared outside.
"""

from fmcourse.classroom.checks import EMPTY, RIGHT, judge
from fmcourse.teaching.answers import MIME, plain


class NotRight(Exception):
    """What a student reads in place of a traceback, which would show the test."""

    def _render_traceback_(self):
        return [str(self)]


def record(name: str, value) -> None:
    """Write down the answer to a term question. Raises NotRight for None and for what is no plain value."""
    from IPython.display import display

    if value is None or value is Ellipsis:
        raise NotRight(f"{name}: not answered.")
    try:
        kept = plain(value)
    except TypeError as wrong:
        raise NotRight(f"{name}: {wrong}.") from None
    display({"text/plain": f"{name}: written down.", MIME: {"name": name, "value": kept}}, raw=True)


def tried(name: str, answer) -> None:
    """Try an answer by the course's own check. Raises NotRight unless it is right."""
    said = judge(name, answer)
    if said.state == EMPTY:
        raise NotRight(f"{name}: not answered.")
    if said.state != RIGHT:
        raise NotRight(f"{name}: not right. {said.message}")
    print(f"{name}: right.")
