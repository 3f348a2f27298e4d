"""What a `fmcourse run` of `.ci/full` brought to light: `python -m tests.full.findings FOLDER [NOTEBOOKS]`.

FOLDER is where the run wrote to; the stored notebooks of this checkout (or NOTEBOOKS) stand beside it. Printed, one
line each: cells that failed and claims that came out otherwise, as `fmcourse run` says it itself; and cells that wrote
to stderr where the stored cell did not, which is how a newer library warns: a learner would see it in red.
The exit code is 1 when there is such a line.

What this leaves out: all other outputs. Numbers may differ between versions in their last digits, and the tests
compare them under the versions that the notebooks were stored with.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def stderr(notebook: dict) -> dict[str, str]:
    """The id of each cell that wrote to stderr -> what it wrote."""
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream" and output["name"] == "stderr":
                found[cell["id"]] = found.get(cell["id"], "") + "".join(output["text"])
    return found


def in_a_line(text: str) -> str:
    """What of a warning says most: the line that names its kind, without the place on this machine."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines() if line.strip()]
    telling = next((line for line in lines if re.search(r"\w(Warning|Error)\b|deprecat", line)), "".join(lines[:1]))
    return re.sub(r"^\S*[/\\](?=[^/\\]+:\d+: )", "", telling)[:200]


def louder(fresh: dict, stored: dict) -> list[str]:
    """The cells of `fresh` that wrote to stderr where those of `stored` did not, a line each."""
    quiet = stderr(stored)
    number = {cell["id"]: n for n, cell in enumerate((c for c in fresh["cells"] if c["cell_type"] == "code"), 1)}
    return [
        f"cell {number[id]} wrote to stderr: {in_a_line(text)}" for id, text in stderr(fresh).items() if id not in quiet
    ]


def findings(out: Path, notebooks: Path) -> list[str]:
    """All lines, notebook by notebook in the order in which they ran."""
    from fmcourse.authoring.run import troubles

    report = out / "run.json"
    if not report.is_file():
        return ["the run ended before its report was written"]
    said = []
    for row in json.loads(report.read_text(encoding="utf-8"))["notebooks"]:
        said += troubles(row)
        inside = f"{row['notebook']}.ipynb"
        fresh, stored = (
            json.loads((folder / inside).read_text(encoding="utf-8")) for folder in (out / "notebooks", notebooks)
        )
        said += [f"{row['notebook']}: {line}" for line in louder(fresh, stored)]
    return said


def main(out: str, notebooks: str = str(ROOT / "notebooks")) -> int:
    lines = findings(Path(out), Path(notebooks))
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
