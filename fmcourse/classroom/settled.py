"""The ledger: every claim of the course, with the verdict and the figure that its notebook stores.

    row = settled("11")[0]
    row.id, row.verdict, row.replicated            # "P1", "holds", "10 of 10"

Nothing is kept twice. What is claimed stands in lessons/nbNN/claims.toml, how it came out in the stored outputs of the
notebooks, what other draws said in data/recorded/replications.json. Here the three meet, and `faults` says where they
tell different things; the guard asks it.

But: this is what was stored, not what comes out on this machine: `fmcourse run` settles it again. Whether a record
still fits its code is `evidence.verify`'s business.
"""

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard

from fmcourse.classroom import ledger, replications
from fmcourse.classroom.verdicts import HOLDS
from fmcourse.paths import notebooks_dir

OPEN = "not measured"  # the verdict of a claim that is only planned
_BOX = re.compile(
    r"^([A-Z]\d+) (holds with a condition|does not hold|holds|could not be settled): .*\n"
    r"  measured: (.*(?:\n    .*)*)",
    re.M,
)
_ADDS = ("append", "setdefault", "update", "add", "extend")
_TAIL = re.compile(r"(.*), n = (.*?), (live|recorded)(?:; (.*))?$", re.S)


@dataclass(frozen=True)
class Settled:
    """One claim of the course, and how it came out.

    `measured` is the printed figure with its spread, `n` what was counted, `tier` "live" or "recorded". `agree` of
    `draws` draws came out as the stored one did; where fewer than nine in ten did, `split` is True and `agree` counts
    those in which the claim holds. `same` says that all draws measured the very same, so that they are no replication.
    `records` names the recorded evidence that the figure was read from (by following names; a few too many perhaps).
    """

    id: str
    notebook: str
    headline: bool
    sentence: str
    verdict: str = OPEN
    tier: str = ""
    measured: str = ""
    n: str = ""
    agree: int = 0
    draws: int = 0
    split: bool = False
    same: bool = False
    records: tuple[str, ...] = ()
    link: str = ""

    @property
    def replicated(self) -> str:
        """ "9 of 10", "the same in all 10", "holds in 6 of 10", or "" for a claim without draws."""
        if not self.draws:
            return ""
        if self.same:
            return f"the same in all {self.draws}"
        return f"{'holds in ' if self.split else ''}{self.agree} of {self.draws}"


def settled(notebook: str | None = None, folder: Path | None = None) -> list[Settled]:
    """Every claim of the course, or of one notebook, in the order of notebooks and of claims.toml.

    `folder` holds the notebooks, by default the course's own. A claim without a stored verdict is "not measured".

    >>> [row.id for row in settled("02")]
    ['A1', 'A4', 'A5', 'A6']
    """
    out = []
    for entry in ledger.entries(notebook):
        what = {key: entry[key] for key in ("id", "notebook", "headline", "sentence")}
        box = _boxes(Path(folder or notebooks_dir()), entry["notebook"]).get(entry["id"])
        out.append(Settled(**what, **box, **_draws(entry["id"])) if box else Settled(**what))
    return out


def faults(nb: dict, number: str) -> list[str]:
    """Where a notebook's claim boxes and the draws on record tell different figures, a sentence each."""
    said, there = [], replications.recorded()
    for id, box in _boxes_of(nb, ""):
        draw = next((d for d in there.get(id, {}).get("draws", []) if d["draw"] == 0), None)
        if box["tier"] == "live" and draw and " ".join(draw["measured"].split()) != box["measured"]:
            said.append(
                f"claim {id} prints another figure than draw 0 on record; renew both: fmcourse replicate {number}, "
                f"then fmcourse run --save {number}"
            )
    return said


def counts(rows: Sequence[Settled], key: str = "verdict") -> dict[str, int]:
    """How many rows have each value of a field, the most frequent first.

    >>> counts([Settled("A1", "02", True, "so"), Settled("A2", "09", True, "so")])
    {'not measured': 2}
    """
    return dict(Counter(getattr(row, key) for row in rows).most_common())


def _draws(id: str) -> dict:
    """What the draws on record say about a claim: `agree`, `draws`, `split`, `same`; nothing where there are none."""
    draws = replications.recorded().get(id, {}).get("draws", [])
    if not draws:
        return {}
    first = draws[0]["verdict"]
    split = replications.judged(draws) != first
    return {
        "agree": sum(d["verdict"] == (HOLDS if split else first) for d in draws),
        "draws": len(draws),
        "split": split,
        "same": len({d["measured"] for d in draws}) == 1,
    }


def _boxes(folder: Path, number: str) -> dict[str, dict]:
    """The claim boxes that a notebook stores: id -> verdict, tier, measured, n, records, link."""
    path = next(iter(sorted(folder.glob(f"{number}_*.ipynb"))), None)
    return _read(path, path.stat().st_mtime_ns) if path else {}


@cache
def _read(path: Path, changed: int) -> dict[str, dict]:
    return dict(_boxes_of(json.loads(path.read_text(encoding="utf-8")), path.name))


def _boxes_of(nb: dict, name: str) -> Iterator[tuple[str, dict]]:
    """(id, box) of each claim that a notebook's outputs hold, in order."""
    read: dict[str, set[str]] = defaultdict(set)  # the records that a name's value was made from
    for cell in nb["cells"]:
        if cell["cell_type"] != "code":
            continue
        here = _follow("".join(cell["source"]), read)
        for output in cell.get("outputs", ()):
            for id, verdict, rest in _BOX.findall("".join(output.get("text", ""))):
                tail = _TAIL.match(" ".join(rest.split()))
                measured, n, tier, _ = tail.groups() if tail else (rest, "", "", "")
                yield (
                    id,
                    {
                        "verdict": verdict,
                        "tier": tier,
                        "measured": measured,
                        "n": n,
                        "records": tuple(sorted(here)) if tier == "recorded" else (),
                        "link": f"{name}#cell-id={cell.get('id', '')}",
                    },
                )


def _follow(source: str, read: dict[str, set[str]]) -> set[str]:
    """The records that a cell's values come from; notes in `read` which of them each name holds afterwards."""
    try:
        body = ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M)).body
    except SyntaxError:
        return set()
    all_here: set[str] = set()
    for statement in body:
        nodes = list(ast.walk(statement))
        own = {n.id for c in nodes if isinstance(c, ast.comprehension) for n in ast.walk(c.target) if _named(n)}
        found: set[str] = set()
        for node in nodes:
            if _named(node) and isinstance(node.ctx, ast.Load) and node.id not in own:
                found |= read.get(node.id, set())
            if isinstance(node, ast.Call) and "recorded" in (
                getattr(node.func, "id", ""),
                getattr(node.func, "attr", ""),
            ):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
        names = {n.id for n in nodes if _named(n) and isinstance(n.ctx, ast.Store)} - own
        for name in names | ({statement.name} if isinstance(statement, ast.FunctionDef) else set()):
            read[name] = set(found)
        for node in nodes:  # a value that goes into a dictionary or a list
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _named(node.value):
                read[node.value.id] |= found
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDS:
                into = node.func.value
                while isinstance(into, (ast.Call, ast.Attribute, ast.Subscript)):
                    into = into.func if isinstance(into, ast.Call) else into.value
                if _named(into):
                    read[into.id] |= found
        all_here |= found
    return all_here


def _named(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)
