"""What claims.toml must say about each claim that a notebook settles: a list of sentences, empty when all is said.

What this leaves out: whether it is true, and whether the wrong world really turns the verdict; a test runs that
(`worlds`).
"""

import re

from fmcourse.authoring import worlds
from fmcourse.classroom.verdicts import VERDICTS

NEEDED = {
    "threshold": "the bar, in words and numbers",
    "unit": "what is independent, and how many",
    "rival": "the strongest cheap rival",
    "control": "the positive control",
    "wrong": "a world in which the sentence is false",
}
_KNOWN = {
    "id",
    "notebook",
    "planned",
    "headline",
    "sentence",
    "expected",
    *NEEDED,
    "right_world",
    "wrong_world",
    "cells_before",
}
_NONE = re.compile(r"none\b(?!: \S)", re.I)  # "none" without its reason


def faults(entry: dict) -> list[str]:
    """What is missing in one entry. A planned claim needs no more than its id, headline and sentence."""
    who = f"claim {entry.get('id', '(without an id)')} in lessons/nb{entry['notebook']}/claims.toml"
    said = [f"{who} has a field that nobody reads: {name}." for name in sorted(set(entry) - _KNOWN)]
    said += [f"{who} lacks the line `{name} = ...`." for name in ("id", "headline", "sentence") if name not in entry]
    if entry["planned"]:
        return said
    if entry.get("expected") not in VERDICTS:
        said.append(f"{who} must expect one of {', '.join(map(repr, VERDICTS))}.")
    for name, what in NEEDED.items():
        value = str(entry.get(name, "")).strip()
        if not value:
            said.append(f'{who} lacks `{name}`: {what}, or "none: why".')
        elif _NONE.match(value):
            said.append(f'{who} says that there is no {name} and not why; write "none: why".')
    told = str(entry.get("wrong", ""))
    if not entry.get("wrong_world") and told and not told.lower().startswith("none"):
        said.append(f"{who} describes a wrong world and does not give it as `wrong_world`.")
    if entry.get("wrong_world") and told.lower().startswith("none"):
        said.append(f"{who} gives a `wrong_world`, and `wrong` says that there is none.")
    if entry.get("wrong_world") and not entry.get("right_world"):
        said.append(f"{who} gives a `wrong_world` without the `right_world` that it changes.")
    return said


def faults_in(nb, entries: list[dict]) -> list[str]:
    """What does not fit between the claims that a notebook's cells settle and its entries; ids with Z are made up."""
    known = {entry["id"]: entry for entry in entries}
    said = [sentence for entry in entries for sentence in faults(entry)]
    for call in worlds.calls(nb):
        entry = known.get(call.id)
        if call.id is None or call.sentence is None:
            said.append(f"cell {call.place} calls claim without writing out its id and its sentence as plain text.")
        elif entry is None and not call.id.startswith("Z"):
            said.append(f"cell {call.place} settles claim {call.id}, which has no entry in the notebook's claims.toml.")
        elif entry and entry["planned"]:
            said.append(f"cell {call.place} settles claim {call.id}, which claims.toml calls planned.")
        elif entry and entry.get("sentence") != call.sentence:
            said.append(f"cell {call.place} settles claim {call.id} with another sentence than claims.toml has.")
    return said
