"""The two places where the course reaches into nbgrader: comparing term answers, and what feedback pages show.

`nbgrader_config.py` of an instructor's folder calls `configure`. What this leaves out: running nbgrader (`cycle`).
"""

import json
import os
import sysconfig
from pathlib import Path

from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from fmcourse.teaching.answers import MIME, same
from fmcourse.teaching.assignment import HERE

KEY = "key.json"
CELL_SECONDS = 60


class CompareAnswers(NbGraderPreprocessor):
    """Compare what `record` wrote down with the key, outside the kernel in which the student's code ran."""

    def preprocess(self, nb, resources):
        """Put a verdict in place of each term question's output; nbgrader counts an error as 0."""
        key = json.loads((Path(self.config.CourseDirectory.root) / KEY).read_text(encoding="utf-8"))
        answers = key.get(resources["nbgrader"]["assignment"], {})
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in answers and cell.cell_type == "code":
                cell.outputs = [_verdict(cell.outputs, answers[name])]
        return nb, resources


def _verdict(outputs, key):
    errors = [o for o in outputs if o.output_type == "error"]
    kept = [o.data[MIME] for o in outputs if o.output_type == "display_data" and MIME in o.get("data", {})]
    if errors or not kept:
        said = errors[-1].evalue if errors else "nothing was written down."
        return _wrong(said or "not answered: the cell did not run.")
    if not same(kept[-1].get("value"), key):
        return _wrong("not right.")
    return new_output("stream", name="stdout", text="right.\n")


def _wrong(said: str):
    return new_output("error", ename="NotRight", evalue=said, traceback=[said])


class QuietFeedback(ClearHiddenTests):
    """Take hidden tests out of feedback pages, too: pages are passed on."""


def configure(c, here: str) -> None:
    """Set nbgrader up for the instructor's folder `here`; `c` is what `get_config()` returns there."""
    from nbgrader.converters import Autograde, GenerateFeedback

    c.CourseDirectory.root = here
    c.CourseDirectory.course_id = "fmcourse"
    c.CourseDirectory.release_directory = "../students"
    c.ClearSolutions.code_stub = {"python": HERE}
    c.Execute.timeout = CELL_SECONDS
    stages = [p for p in Autograde.autograde_preprocessors.default_args[0]]
    stages.insert(1, CompareAnswers)
    c.Autograde.autograde_preprocessors = stages
    c.GenerateFeedback.preprocessors = [QuietFeedback, *GenerateFeedback.preprocessors.default_args[0]]


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
    """Let nbgrader make what students get of one assignment."""
    from nbgrader.converters import GenerateAssignment

    os.environ["PATH"] = path_with_scripts()
    where, config = course(instructor)
    where.assignment_id = assignment
    maker = GenerateAssignment(coursedir=where, config=config)
    maker.log.setLevel("ERROR")
    maker.start()
