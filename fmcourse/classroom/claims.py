"""Settle a claim: one line that says what holds, one that says what was measured, and a record of both.

What this leaves out: which verdict is expected. That stands in lessons/nb03/claims.toml and is compared in
`ledger`, so that a learner who turns a dial sees a different verdict and no error.
"""

import math
import os
import re
import textwrap
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fmcourse import records
from fmcourse.classroom import replications
from fmcourse.classroom.verdicts import FAILS, HOLDS, OPEN, VERDICTS

TIERS = ("live", "recorded")


@dataclass(frozen=True)
class Claim:
    """One settled claim, as it is recorded."""

    id: str
    sentence: str
    verdict: str
    measured: object
    n: object
    tier: str
    reason: str = ""  # why it could not be settled
    here: str = ""  # the verdict of this run alone
    draws: str = ""  # what other draws say

    def __str__(self) -> str:
        numbers = f"nothing usable: {self.reason}" if self.reason else figure(self.measured)
        rests_on = f"{numbers}, n = {records.text_of(self.n)}, {self.tier}{self.draws and '; '}{self.draws}"
        return f"{self.id} {self.verdict}: {self.sentence}\n" + textwrap.fill(
            rests_on, 96, initial_indent="  measured: ", subsequent_indent="    ", break_on_hyphens=False
        )


def figure(measured) -> str:
    """What was measured, in words: as a claim's line says it, and as a draw is recorded."""
    return records.text_of(_words(measured), 600)


def claim(id, sentence, holds, measured, *, n, tier="live") -> None:
    """Print the verdict of a claim and what it rests on, and record both. Never raises, whatever is passed.

    id: such as "A1". sentence: what is claimed, with its threshold. holds: a bool (numpy's and torch's too), or one of
    the words "holds", "does not hold", "holds with a condition". measured: a number, several, or a string with the
    baseline and the spread. n: how many were measured. tier: "live" (here, now) or "recorded" (by a shipped command).
    What cannot be read as such is recorded as "could not be settled", with the reason.

    >>> claim("Z1", "two coins in a row are both heads less than half of the time", 0.26 < 0.5, "0.26 (chance 0.25)",
    ...       n=1000)
    Z1 holds: two coins in a row are both heads less than half of the time
      measured: 0.26 (chance 0.25), n = 1000, live
    """
    settled = settle(id, sentence, holds, measured, n=n, tier=tier)
    if settled.tier == "live" and not settled.reason:
        verdict, draws = replications.told(settled.id, settled.verdict)
        settled = replace(settled, verdict=verdict, draws=draws)
    print(settled)
    records.append(claims_file(), {**asdict(settled), "notebook": _notebook(settled.id), "time": records.now()})


def settle(id, sentence, holds, measured, *, n, tier="live") -> Claim:
    """The claim that `claim` prints, without printing or recording it."""
    verdict, reason = _verdict(holds)
    reason = reason or _fault_in_numbers(measured) or _fault_in_n(n)
    if records.plain(tier) not in TIERS:
        reason = reason or f"the tier must be 'live' or 'recorded', not {records.quoted(tier)}"
    return Claim(
        records.text_of(id, 20),
        records.text_of(sentence),
        OPEN if reason else verdict,
        records.plain(measured),
        records.plain(n),
        records.text_of(tier, 20),
        reason,
        OPEN if reason else verdict,
    )


def claims_file() -> Path:
    """Where claims are recorded: the environment variable FMCOURSE_CLAIMS, or claims.jsonl in the learner's folder."""
    from fmcourse.paths import home_dir

    told = os.environ.get("FMCOURSE_CLAIMS")
    return Path(told) if told else home_dir() / "claims.jsonl"


def _verdict(holds) -> tuple[str, str]:
    """A verdict, or a reason why there is none."""
    if issubclass(type(holds), str):
        word = records.text_of(holds).lower()
        return (word, "") if word in VERDICTS else (OPEN, f"'{records.text_of(holds, 60)}' is not a verdict")
    try:
        if type(holds) is not bool:
            holds = holds.item() if hasattr(holds, "item") else holds  # numpy and torch; raises for several elements
    except Exception:
        return OPEN, "the comparison gave several values; reduce it with .all() or .mean()"
    if type(holds) is bool:
        return HOLDS if holds else FAILS, ""
    return OPEN, f"the comparison gave {records.quoted(holds)}, neither true nor false"


def _fault_in_numbers(measured) -> str:
    measured = records.plain(measured, at_most=10**5)  # there NaN and infinity have become words
    if measured is None or isinstance(measured, str) and not measured.strip():
        return "no measurement was given"
    found = []

    def walk(value):
        if isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                walk(part)
        elif isinstance(value, str) and re.search(r"(?<![\w.])[-+]?(nan|inf)(?![\w.])", value):
            found.append(value)

    walk(measured)
    return f"the measurement is not finite ({records.text_of(found[0], 80)})" if found else ""


def _fault_in_n(n) -> str:
    if issubclass(type(n), str):
        return "" if re.search(r"[1-9]", records.text_of(n)) else "the number of measurements is missing"
    try:
        n = n.item() if hasattr(n, "item") else n
        if type(n) is bool or not math.isfinite(n) or n <= 0:
            return f"{records.text_of(n, 40)} measurements are not enough"
    except Exception:
        return "the number of measurements is missing"
    return ""


def _words(measured) -> str:
    """Numbers rounded for reading; text as it is."""
    if isinstance(measured, float):
        return f"{measured:.4g}"
    if isinstance(measured, dict):
        return ", ".join(f"{k} {_words(v)}" for k, v in measured.items())
    if isinstance(measured, list):
        return ", ".join(_words(v) for v in measured)
    return str(measured)


def _notebook(id: str) -> str:
    """The notebook a claim belongs to, from the syllabus; empty for a claim of the learner's own."""
    from fmcourse.classroom.ledger import syllabus

    return next((row["notebook"] for row in syllabus() if row["id"] == id), "")


def main() -> int:
    """Print every claim of the syllabus beside what was settled on this machine; 1 when a verdict differs."""
    from fmcourse.classroom import ledger

    path = claims_file()
    here = {
        entry["id"]: entry
        for entry in records.read(path)
        if isinstance(entry.get("id"), str) and isinstance(entry.get("verdict"), str)
    }
    print(ledger.table(here))
    wrong = ledger.differences(here)
    for sentence in wrong:
        print(sentence)
    of = len(ledger.syllabus())
    print(f"{len(here)} of {of} claims were settled on this machine. * marks a headline.")
    return 1 if wrong else 0
