"""The table of seconds, peak memory and claims: on the screen after a run, and in the README.

    python -m fmcourse.authoring.run_table build/run.json README.md

What this leaves out: it measures nothing; it shows what `run.json` holds.
"""

import json
import sys
from pathlib import Path

BEGIN, END = "<!-- run-table:begin -->", "<!-- run-table:end -->"


def troubles(row: dict) -> list[str]:
    """What is wrong with one row of `run.json`, a sentence each; empty when all is well."""
    said = [f"{row['notebook']}: {row['error']}."] if row["error"] else []
    said += [
        f"{row['notebook']}: claim {id} came out as '{got}', the syllabus expects '{wanted}'."
        for id, got, wanted in row["differ"]
    ]
    if not row["error"]:
        said += [f"{row['notebook']}: claim {id} is in the syllabus and was not settled." for id in row["unsettled"]]
    return said


def as_text(rows: list[dict]) -> str:
    """The table as plain text, columns lined up, then a sentence for each thing that is wrong."""

    def line(name, of, end=""):
        return (
            name,
            f"{sum(r['seconds'] for r in of):.1f}",
            str(max((r["peak_mb"] for r in of), default=0)),
            *(str(sum(len(r[k]) for r in of)) for k in ("claims", "differ", "unsettled")),
            end,
        )

    head = ("notebook", "seconds", "peak MB", "claims", "differ", "missing", "")
    lines = [head, *(line(r["notebook"], [r], "FAILED" if r["error"] else "ran") for r in rows), line("all", rows)]
    wide = [max(len(row[i]) for row in lines) for i in range(len(head))]
    shown = [
        "  ".join(
            cell.rjust(w) if 0 < i < 6 else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in lines
    ]
    return "\n".join([*shown, *(f"- {t}" for r in rows for t in troubles(r))])


def as_markdown(run: dict) -> str:
    """The table for the README, of notebooks only (no solutions), with the machine it was measured on."""
    m = run["machine"]
    rows = [r for r in run["notebooks"] if not r["notebook"].startswith("solutions/")]
    body = [
        f"| {r['notebook']} | {r['seconds']:.0f} | {r['peak_mb']} | {', '.join(r['claims']) or 'none'} |" for r in rows
    ]
    total = (
        f"| all | {sum(r['seconds'] for r in rows):.0f} | {max((r['peak_mb'] for r in rows), default=0)} | "
        f"{sum(len(r['claims']) for r in rows)} |"
    )
    note = (
        f"Measured on {m['date']}: {m['cores']} {m['system']} cores, no GPU needed, Python {m['python']}, "
        f"torch {m['torch']}, transformers {m['transformers']}. Memory is the peak of the kernel and its children."
    )
    return "\n".join(
        ["| notebook | seconds | peak MB | claims settled |", "| --- | ---: | ---: | --- |", *body, total, "", note]
    )


def update_readme_table(run_json: Path, readme: Path) -> bool:
    """Put the table of `run_json` between the two marks in `readme`; True when the file changed.

    A run with a failure is refused (ValueError), and so is a README without the two marks.
    """
    run = json.loads(Path(run_json).read_text(encoding="utf-8"))
    wrong = [t for row in run["notebooks"] for t in troubles(row)]
    if wrong:
        raise ValueError(f"{run_json} holds a run that failed: {wrong[0]} Run the notebooks again first.")
    text = Path(readme).read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{readme} needs one line {BEGIN} and, after it, one line {END}.")
    before, rest = text.split(BEGIN)
    new = f"{before}{BEGIN}\n{as_markdown(run)}\n{END}{rest.split(END)[1]}"
    if new != text:
        Path(readme).write_text(new, encoding="utf-8", newline="\n")
    return new != text


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python -m fmcourse.authoring.run_table build/run.json README.md")
    try:
        print("README table changed." if update_readme_table(sys.argv[1], sys.argv[2]) else "Nothing to change.")
    except (OSError, ValueError) as problem:
        sys.exit(str(problem))
