"""The two places where the course reaches into nbgrader: comparing term answers, and what feedback pages show.

`nbgrader_config.py` of an instructor's folder calls `configure`. nbgrader is imported where it is used, for it comes
with an extra. What this leaves out: running nbgrader on what was handed in (`cycle`).
"""

import json
import os
import sysconfig
from pathlib import Path

from fmcourse.teaching.answers import MIME, same
from fmcourse.teaching.assignment import HERE
from fmcourse.teaching.problem import Problem

KEY = "key.json"
CELL_SECONDS = 60
INTERRUPTED_SECONDS = 30  # for a cell that was interrupted to end; on a busy machine four are too few


def compare(book, key: dict) -> None:
    """Put a verdict in place of each term question's output in a notebook that was run; a wrong one is an error.

    `book` is changed; `key` has right answers by name of cell, such as term_03_merge. This happens outside the kernel
    in which the student's code ran. nbgrader counts an error as 0.
    """
    for cell in book.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in key and cell.cell_type == "code":
            cell.outputs = [_verdict(cell.outputs, key[name])]
        elif cell.metadata.get("nbgrader", {}).get("grade"):
            for output in cell.outputs:
                if output.output_type == "error" and output.ename != "NotRight":  # its traceback shows the hidden test
                    output.traceback = [f"{output.ename}: {output.evalue}".rstrip(": ")]


def _verdict(outputs, key):
    from nbformat.v4 import new_output

    errors = [o for o in outputs if o.output_type == "error"]
    kept = [o.data[MIME] for o in outputs if o.output_type == "display_data" and MIME in o.get("data", {})]
    if errors:
        said = errors[-1].evalue or "not answered: the cell did not end."
    elif not kept or not isinstance(kept[-1], dict):
        said = "nothing was written down."
    elif not same(kept[-1].get("value"), key):
        said = "not right."
    else:
        return new_output("stream", name="stdout", text="right.\n")
    return new_output("error", ename="NotRight", evalue=said, traceback=[said])


def configure(c, here: str) -> None:
    """Set nbgrader up for the instructor's folder `here`; `c` is what `get_config()` returns there."""
    from nbgrader.converters import Autograde, GenerateFeedback
    from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

    class CompareAnswers(NbGraderPreprocessor):
        def preprocess(self, nb, resources):
            keys = json.loads((Path(here) / KEY).read_text(encoding="utf-8"))
            compare(nb, keys.get(resources["nbgrader"]["assignment"], {}))
            return nb, resources

    c.CourseDirectory.root = here
    c.CourseDirectory.course_id = "fmcourse"
    c.CourseDirectory.release_directory = "../students"
    c.ClearSolutions.code_stub = {"python": HERE}
    c.Execute.timeout = CELL_SECONDS
    c.Execute.iopub_timeout = INTERRUPTED_SECONDS  # else nbgrader gives the whole notebook up
    run, *rest = Autograde.autograde_preprocessors.default_args[0]
    c.Autograde.autograde_preprocessors = [run, CompareAnswers, *rest]
    # Feedback pages are passed on, so hidden tests leave them, too.
    c.GenerateFeedback.preprocessors = [ClearHiddenTests, *GenerateFeedback.preprocessors.default_args[0]]


def course(instructor: Path):
    """nbgrader's description of the course in that folder, and its configuration."""
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    configure(config, str(instructor.resolve()))
    return CourseDirectory(config=config), config


def path_with_scripts() -> str:
    """The PATH with this Python's own commands first: nbgrader calls `alembic` by its name."""
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", "")
    return path if path.startswith(scripts) else scripts + os.pathsep + path


def generate(instructor: Path, assignment: str) -> None:
    """Let nbgrader make what students get of one assignment. Raises Problem when it cannot."""
    from nbgrader.converters import GenerateAssignment

    os.environ["PATH"] = path_with_scripts()
    where, config = course(instructor)
    where.assignment_id = assignment
    maker = GenerateAssignment(coursedir=where, config=config)
    maker.log.setLevel("ERROR")
    try:
        maker.start()
    except Exception as wrong:  # nbgrader raises what it likes
        last = (str(wrong).strip().splitlines() or [type(wrong).__name__])[-1]
        raise Problem(f"nbgrader could not make {assignment} from {instructor / 'source'}: {last}") from wrong
