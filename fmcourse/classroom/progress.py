"""What a learner has done so far, on their own disk and nowhere else.

What this leaves out: accounts, marks, deadlines. `fmcourse progress` prints the table.
"""
from fmcourse import records

_told: set[str] = set()  # broken files this kernel has spoken about


def progress_file():
    """progress.jsonl in the learner's folder."""
    from fmcourse.paths import home_dir

    return home_dir() / "progress.jsonl"


def note(kind: str, name, state) -> None:
    """Add one event: kind "exercise", "hint" or "quiz", its name, and what came of it. Never raises."""
    _mend()
    records.append(progress_file(), {"kind": kind, "name": records.plain(name), "state": records.plain(state),
                                     "time": records.now()})


def events() -> list[dict]:
    """Everything noted so far, in order."""
    _mend()
    return [e for e in records.read(progress_file()) if {"kind", "name", "state"} <= set(e)]


def solved() -> set[str]:
    """The names of exercises that were right at least once."""
    return {e["name"] for e in events()
            if e["kind"] == "exercise" and e["state"] == "right" and isinstance(e["name"], str)}


def quiz_scores() -> dict[str, int]:
    """The best score of each quiz: notebook -> right answers."""
    best: dict[str, int] = {}
    for e in events():
        if e["kind"] == "quiz" and isinstance(e["state"], int) and isinstance(e["name"], str):
            best[e["name"]] = max(best.get(e["name"], 0), e["state"])
    return best


def table() -> str:
    """One line a notebook: exercises solved, best quiz score, claims settled here."""
    from fmcourse.classroom import exercise, ledger, questions
    from fmcourse.classroom.claims import claims_file
    from fmcourse.paths import notebooks_dir

    titles = {p.name[:2]: p.stem[3:].replace("_", " ") for p in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))}
    done, scores = solved(), quiz_scores()
    settled = {e["id"] for e in records.read(claims_file()) if isinstance(e.get("id"), str)}
    numbers = sorted({*titles, *(n[:2] for n in exercise.names()), *(row["notebook"] for row in ledger.syllabus())})
    lines = ["nb  exercises  quiz  claims  notebook"]
    for nb in numbers:
        tasks = exercise.names(nb)
        wanted = [row["id"] for row in ledger.syllabus(nb)]
        of = len(questions.load(nb)) if questions.exists(nb) else 0
        parts = (_part(sum(n in done for n in tasks), len(tasks)), _part(scores.get(nb, 0), of),
                 _part(sum(id in settled for id in wanted), len(wanted)))
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


def _mend() -> None:
    path = progress_file()
    aside = records.set_aside(path)
    if aside and str(aside) not in _told:
        _told.add(str(aside))
        print(f"Your progress file was damaged; it is kept as {aside.name}, and what could be read was carried over.")
