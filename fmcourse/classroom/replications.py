"""In how many draws a live claim came out alike: data/recorded/replications.json, which `fmcourse replicate` makes.

One stored run could be luck. So each live claim is settled in ten draws (`drawing`), and its line says in how many the
verdict was the same. What this leaves out: recorded claims, whose seeds are in their records.
"""

import ast
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

from fmcourse.classroom.drawing import draw_number
from fmcourse.classroom.verdicts import CONDITION, HOLDS
from fmcourse.paths import data_dir
from fmcourse.reach import digest

NEEDED, SHARE = 10, 0.9  # draws on record; the share of them from which a claim holds without a condition


def file() -> Path:
    """Where the draws are recorded."""
    return data_dir() / "recorded" / "replications.json"


@cache
def _read(path: Path, changed: int) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))["claims"]


def recorded() -> dict[str, dict]:
    """Claim id -> {"notebook", "code", "draws": [{"draw", "verdict", "measured"}]}; empty without the file."""
    path = file()
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else {}


def judged(draws: list[dict]) -> str:
    """The verdict over all `draws` of one claim: what at least nine of ten say, else "holds with a condition".

    >>> judged([{"verdict": "holds"}] * 9 + [{"verdict": "does not hold"}])
    'holds'
    >>> judged([{"verdict": "holds"}] * 8 + [{"verdict": "does not hold"}] * 2)
    'holds with a condition'
    """
    verdict, count = Counter(d["verdict"] for d in draws).most_common(1)[0]
    return verdict if count >= SHARE * len(draws) else CONDITION


def told(id: str, verdict: str) -> tuple[str, str]:
    """The verdict to print for a claim that came out as `verdict` here, and the end of its line; "" when none is known.

    A claim that holds here and in fewer than nine of ten draws holds with a condition. Whoever turned a dial, so that
    it comes out in another way than the stored run did, is told the own verdict and nothing about other draws.
    """
    try:
        return _told(recorded()[id]["draws"], verdict) if not draw_number() else (verdict, "")
    except (ValueError, LookupError, TypeError, OSError):  # a claim never raises; the guard says what is wrong
        return verdict, ""


def _told(draws: list[dict], verdict: str) -> tuple[str, str]:
    if verdict != next((d["verdict"] for d in draws if d["draw"] == 0), None):
        return verdict, ""
    if len({d["measured"] for d in draws}) == 1:
        return verdict, f"the same in all {len(draws)} draws"
    over_all = judged(draws)
    if over_all == verdict:
        return verdict, f"replicated {sum(d['verdict'] == verdict for d in draws)} of {len(draws)}"
    return over_all, f"it holds in {sum(d['verdict'] == HOLDS for d in draws)} of {len(draws)} draws"


def code_until(nb: dict, id: str) -> str | None:
    """The digest of all code cells up to the one that settles claim `id`: None when no cell settles it.

    Comments, layout, imports, the shared first cell and guesses (`predict`) are left out: no claim hangs on them.
    """
    statements: list[ast.stmt] = []
    for cell in nb["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        try:
            tree = ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M))
        except SyntaxError:
            continue
        if "classroom.begin()" not in source:
            statements += [line for line in tree.body if not _beside(line)]
        if id in _settled(tree):
            return digest(statements)
    return None


def _beside(line: ast.stmt) -> bool:
    """Whether a statement only imports, or only notes a guess."""
    if isinstance(line, (ast.Import, ast.ImportFrom)):
        return True
    called = line.value.func if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call) else None
    return getattr(called, "id", "") == "predict"


def live_claims(nb: dict) -> list[str]:
    """The claims that a notebook settles live, in order; made-up ones (Z) left out."""
    found = []
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            try:
                found += _settled(ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M)))
            except SyntaxError:
                continue
    return found


def _settled(tree: ast.AST) -> list[str]:
    """The ids of the live claims that are settled in some code."""
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and "claim" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and not str(node.args[0].value).startswith("Z")
        and not any(k.arg == "tier" and getattr(k.value, "value", "") == "recorded" for k in node.keywords)
    ]


def faults(nb: dict, number: str) -> list[str]:
    """What is missing in the record of one notebook's live claims, a sentence each."""
    there, said = recorded(), []
    again = f"fmcourse replicate {number}"
    for id in live_claims(nb):
        entry = there.get(id)
        if entry is None or len(entry["draws"]) < NEEDED:
            count = len(entry["draws"]) if entry else 0
            said.append(f"claim {id} was settled in {count} draws; {NEEDED} are needed: {again}")
        elif entry["code"] != code_until(nb, id):
            said.append(f"claim {id} was replicated with other code of the notebook; do it again: {again}")
    return said
