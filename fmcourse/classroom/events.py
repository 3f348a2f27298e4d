"""What happened on the way: exercises, hints and quizzes, a line each in the learner's own folder.

What this leaves out: what it adds up to (`progress`).
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
    records.append(
        progress_file(),
        {"kind": kind, "name": records.plain(name), "state": records.plain(state), "time": records.now()},
    )


def events() -> list[dict]:
    """Everything noted so far, in order."""
    _mend()
    return [e for e in records.read(progress_file()) if {"kind", "name", "state"} <= set(e)]


def _mend() -> None:
    path = progress_file()
    aside = records.set_aside(path)
    if aside and str(aside) not in _told:
        _told.add(str(aside))
        print(f"Your progress file was damaged; it is kept as {aside.name}, and what could be read was carried over.")
