"""Writing an answer down in the kernel, and comparing it outside: what a student can do in between gains nothing."""

import nbformat.v4 as v4
import pytest

from fmcourse.teaching import kernel
from fmcourse.teaching.answers import MIME
from fmcourse.teaching.nbgrader_parts import compare

KEY = {"term_03_merge": [1, 4, 2]}
RIGHT = {"name": "03.merge", "value": [1, 4, 2]}


def shown(value):
    return v4.new_output("display_data", data={"text/plain": "", MIME: value})


def judged(*outputs, name="term_03_merge"):
    cell = v4.new_code_cell(
        "record(...)", metadata={"nbgrader": {"grade_id": name, "grade": True}}, outputs=list(outputs)
    )
    compare(v4.new_notebook(cells=[cell]), KEY)
    return cell.outputs


def test_the_right_answer():
    (only,) = judged(shown(RIGHT))
    assert only.output_type == "stream" and only.text == "right.\n"


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [shown({"value": [1, 4]})],
        [shown({})],
        [shown("right")],
        [shown(RIGHT), shown({"value": None})],
        [shown(RIGHT), v4.new_output("error", ename="CellTimeoutError", evalue="", traceback=[])],
        [v4.new_output("execute_result", data={"text/plain": "2"})],  # which nbgrader alone takes for two points
        [v4.new_output("stream", text="right.\n")],
    ],
)
def test_anything_else_is_an_error_and_does_not_show_the_key(outputs):
    (only,) = judged(*outputs)
    assert only.output_type == "error" and only.traceback == [only.evalue] and only.evalue
    assert "4" not in only.evalue


def test_other_cells_stay_as_they_are():
    (only,) = judged(shown(RIGHT), name="test_03_merge")
    assert MIME in only.data


def test_an_error_in_a_test_does_not_show_the_test():
    error = v4.new_output("error", ename="KeyboardInterrupt", evalue="", traceback=["----> tried('03.merge', ...)"])
    (only,) = judged(error, name="test_03_merge")
    assert only.traceback == ["KeyboardInterrupt"]


def test_what_is_recorded(monkeypatch):
    import IPython.display

    seen = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: seen.append(data[MIME]))
    kernel.record("03.merge", (1, 4, 2))
    assert seen == [RIGHT]
    for value, said in ((None, "not answered"), (..., "not answered"), (print, "numbers, texts and lists")):
        with pytest.raises(kernel.NotRight, match=said) as refusal:
            kernel.record("03.merge", value)
        assert refusal.value._render_traceback_() == [str(refusal.value)]  # no line of the test is shown


def test_what_is_tried(capsys):
    kernel.tried("00.first", 42)
    assert capsys.readouterr().out == "00.first: right.\n"
    for answer, said in ((41, "not right. .*42"), (None, "not answered"), (lambda: 1 / 0, "not right")):
        with pytest.raises(kernel.NotRight, match=said):
            kernel.tried("00.first", answer)
