"""What a plan for whoever teaches a notebook must hold; see `fmcourse/lessons/nbNN/teaching.md`."""

import re
from pathlib import Path

import fmcourse.lessons

FOLDER = Path(fmcourse.lessons.__file__).parent
PARTS = ("50 minutes", "90 minutes", "What learners believe, and what to do about it", "Exit ticket")


def plan_of(notebook):
    """The file with the plan of the notebook of this number."""
    return FOLDER / f"nb{notebook}" / "teaching.md"


def faults(plan, page):
    """What is wrong with a plan's text, beside the text of its notebook; empty when nothing is."""
    found = [f"there is no {word}" for word in ("**Hook.**", "Cut, if time runs short:") if word not in plan]
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", plan, flags=re.M | re.S))
    found += [f"there is no part {name}" for name in PARTS if name not in parts]
    for minutes in (50, 90):
        rows = re.findall(r"^\| *(\d+) \|", parts.get(f"{minutes} minutes", ""), flags=re.M)
        if sum(map(int, rows)) != minutes:
            found.append(f"the plan of {minutes} takes {sum(map(int, rows))} minutes")
    headings = {h.strip() for h in re.findall(r"^#{2,4} (.+)$", page, flags=re.M)}
    plain = {re.sub(r"[*`$\\]", "", h) for h in headings}
    table_rows = "\n".join(re.findall(r"^\|.*\|$", plan, flags=re.M))
    for named in re.findall(r"(?<!\*)\*([^*|]+)\*(?!\*)", table_rows):
        if named not in plain:
            found.append(f"the notebook has no part called {named}")
    for exercise in set(re.findall(r"\b\d\d\.[a-z_]+\b", plan)):
        if exercise not in page:
            found.append(f"the notebook has no exercise {exercise}")
    if len(re.findall(r"^- \"", parts.get(PARTS[2], ""), flags=re.M)) < 3:
        found.append("fewer than three things that learners believe")
    tickets = re.split(r"^\d\. ", parts.get("Exit ticket", ""), flags=re.M)[1:]
    if len(tickets) != 3:
        found.append(f"{len(tickets)} questions on the exit ticket, not 3")
    found += [
        f"no answer in brackets: {t.strip()[:40]}" for t in tickets if not re.search(r"\([^)]{3,}.*\)\s*$", t, re.S)
    ]
    return found
