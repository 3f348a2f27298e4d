"""What a learner has done so far, on their own disk and nowhere else; and what comes next.

What this leaves out: accounts, marks, deadlines; and noting what happens (`events`). `fmcourse progress` prints the
table.
"""

import json
import re
from functools import cache

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


def titles() -> dict[str, str]:
    """Number -> title of every notebook that is here."""
    return {number: title for number, (title, *_) in _pages(notebooks_dir()).items()}


def minutes() -> dict[str, tuple[int, int]]:
    """Number -> minutes of reading, up to *Deeper*, and of exercises, as the notebook's own first lines say."""
    return {number: times for number, (_, *times) in _pages(notebooks_dir()).items()}


@cache
def _pages(folder) -> dict[str, tuple[str, int, int]]:
    found = {}
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        times = (re.search(rf"{what}: (\d+) minutes", text) for what in ("Reading", "Exercises"))
        found[path.name[:2]] = (text.split("\n")[0].lstrip("# ")[3:], *(int(m[1]) if m else 0 for m in times))
    return found


def table() -> str:
    """One line a notebook: exercises solved, best quiz score, claims settled here, minutes; then what comes next."""
    names, times = titles(), minutes()
    done, scores = solved(), quiz_scores()
    settled = {e["id"] for e in records.read(claims_file()) if isinstance(e.get("id"), str)}
    numbers = sorted({*names, *(n[:2] for n in exercise.names()), *(row["notebook"] for row in ledger.syllabus())})
    lines = ["nb  exercises  quiz  claims  minutes  notebook"]
    for nb in numbers:
        tasks = exercise.names(nb)
        wanted = [row["id"] for row in ledger.syllabus(nb)]
        of = len(questions.load(nb)) if questions.exists(nb) else 0
        parts = (
            _part(sum(n in done for n in tasks), len(tasks)),
            _part(scores.get(nb, 0), of),
            _part(sum(id in settled for id in wanted), len(wanted)),
            "+".join(map(str, times.get(nb, ("-",)))),
        )
        lines.append("{}  {:>9}  {:>4}  {:>6}  {:>7}  {}".format(nb, *parts, names.get(nb, "(not here yet)")))
    return "\n".join([*lines, "minutes: of reading, up to Deeper, + of exercises", following()])


def following() -> str:
    """What to do next, as a sentence: go on where something was noted last, or else with the first that is not done.

    A notebook is done when its exercises are solved and its quiz was answered.
    """
    done, scores, times = solved(), quiz_scores(), minutes()
    left = {nb: sum(name not in done for name in exercise.names(nb)) for nb in titles()}
    open_ones = [nb for nb in left if left[nb] or nb not in scores and questions.exists(nb)]
    if not open_ones:
        return "Next: nothing is left; notebook 21 shows how to go on with a question of your own."
    last = next((e["name"][:2] for e in reversed(events()) if isinstance(e["name"], str)), "00")
    nb = next((nb for nb in open_ones if nb >= last), open_ones[0])
    of = len(exercise.names(nb))
    first = f"Next: {nb} {titles()[nb]}, "
    if left[nb] == of and nb not in scores:
        return f"{first}about {times[nb][0]} minutes of reading and {times[nb][1]} of exercises."
    return f"{first}{left[nb]} of {of} exercises" + (" left." if nb in scores else " and the quiz left.")


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
