"""What a learner has done so far, on their own disk and nowhere else.

What this leaves out: accounts, marks, deadlines; and noting what happens (`events`). `fmcourse progress` prints the
table.
"""

from fmcourse import records
from fmcourse.classroom import exercise, ledger, questions
from fmcourse.classroom.claims import claims_file
from fmcourse.classroom.events import events, progress_file
from fmcourse.paths import notebooks_dir


def solved() -> set[str]:
    """The names of exercises that were right at least once."""
    return {
        e["name"] for e in events() if e["kind"] == "exercise" and e["state"] == "right" and isinstance(e["name"], str)
    }


def quiz_scores() -> dict[str, int]:
    """The best score of each quiz: notebook -> right answers."""
    best: dict[str, int] = {}
    for e in events():
        if e["kind"] == "quiz" and isinstance(e["state"], int) and isinstance(e["name"], str):
            best[e["name"]] = max(best.get(e["name"], 0), e["state"])
    return best


def table() -> str:
    """One line a notebook: exercises solved, best quiz score, claims settled here."""
    titles = {p.name[:2]: p.stem[3:].replace("_", " ") for p in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))}
    done, scores = solved(), quiz_scores()
    settled = {e["id"] for e in records.read(claims_file()) if isinstance(e.get("id"), str)}
    numbers = sorted({*titles, *(n[:2] for n in exercise.names()), *(row["notebook"] for row in ledger.syllabus())})
    lines = ["nb  exercises  quiz  claims  notebook"]
    for nb in numbers:
        tasks = exercise.names(nb)
        wanted = [row["id"] for row in ledger.syllabus(nb)]
        of = len(questions.load(nb)) if questions.exists(nb) else 0
        parts = (
            _part(sum(n in done for n in tasks), len(tasks)),
            _part(scores.get(nb, 0), of),
            _part(sum(id in settled for id in wanted), len(wanted)),
        )
        lines.append("{}  {:>9}  {:>4}  {:>6}  {}".format(nb, *parts, titles.get(nb, "(not here yet)")))
    return "\n".join(lines)


def show() -> None:
    """Print the table."""
    print(table())


def main() -> int:
    """`fmcourse progress`: the table, and where it is kept."""
    show()
    print(f"Kept in {progress_file()}; nothing leaves this machine.")
    return 0


def _part(done: int, of: int) -> str:
    return f"{done}/{of}" if of else "-"
