"""Claims of a learner's own: the threshold is written down first, and what was written first is what counts.

    write_down("Z1", "the tuned model answers questions about moons", at_least=0.90, unit="moon: 60", rival="0.33")
    ...                                                      # only now the measurement
    settle_own("Z1", 0.98, n=60, measured="0.98 (0.91 to 1.00)")

They lie in own_claims.jsonl in the learner's folder. Their ids begin with Z, which no claim of the course does, so the
ledger of the course never holds one.

But: nobody is watching. A file can be deleted, and whoever has seen the result already writes down a prophecy of the
past.
"""

import re
from pathlib import Path

from fmcourse import records
from fmcourse.classroom.claims import claim


def own_claims_file() -> Path:
    """own_claims.jsonl in the learner's folder."""
    from fmcourse.paths import home_dir

    return home_dir() / "own_claims.jsonl"


def write_down(id: str, sentence: str, *, at_least: float, unit: str, rival: str) -> None:
    """Keep a claim that is not measured yet. Written down again it counts anew, until it was settled once.

    id: Z and a number. at_least: the threshold. unit: what is independent, and how many. rival: the strongest cheap
    one, with its number. A fault is told in a sentence; nothing is raised.
    """
    fault = _fault(id, sentence, at_least, unit, rival)
    before = _first(id)
    if fault:
        print(f"Not written down: {fault}.")
    elif before and before["settled"]:
        print(
            f"{id} was settled already; {before['at_least']:g} stays its threshold. For a new question take a new id."
        )
    else:
        entry = {"id": id, "sentence": sentence, "at_least": float(at_least), "unit": unit, "rival": rival}
        kept = records.append(own_claims_file(), {"what": "written", **entry, "time": records.now()})
        print(f"{id} written down: {sentence}; at least {at_least:g}" + ("." if kept else ", but no disk took it."))


def settle_own(id: str, value: float, *, n: object, measured: str) -> None:
    """Compare a measurement with the threshold that was written down, and print the claim with its verdict.

    Without a threshold nothing is settled, and a sentence says so.
    """
    before = _first(id)
    if before is None:
        print(f"{id} was never written down. First write_down(...), then measure.")
        return
    records.append(own_claims_file(), {"what": "settled", "id": id, "value": value, "time": records.now()})
    sentence = f"{before['sentence']}, at least {before['at_least']:g}"
    claim(id, sentence, value >= before["at_least"], f"{measured}; rival: {before['rival']}", n=n)


def _first(id: str) -> dict | None:
    """What counts for a claim: the last that was written before it was first settled, and whether it was settled."""
    counts = None
    for entry in records.read(own_claims_file()):
        if entry.get("id") == id and entry.get("what") == "written":
            counts = {**entry, "settled": False}
        if entry.get("id") == id and entry.get("what") == "settled" and counts:
            return {**counts, "settled": True}
    return counts


def _fault(id: object, sentence: object, at_least: object, unit: object, rival: object) -> str:
    if not isinstance(id, str) or not re.fullmatch(r"Z\d{1,3}", id):
        return f"the id of your own claim is Z and a number, such as Z1, not {records.quoted(id)}"
    if isinstance(at_least, bool) or not isinstance(at_least, (int, float)) or at_least != at_least:
        return f"the threshold is {records.quoted(at_least)}; it must be a number"
    for name, text in (("sentence", sentence), ("unit", unit), ("rival", rival)):
        if not isinstance(text, str) or not text.strip() or text.strip() == "...":
            return f"the {name} is missing; without it nobody can say what the number means"
    return ""
