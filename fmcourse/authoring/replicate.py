"""`fmcourse replicate`: run notebooks in several draws and record how each live claim came out.

Only the cells up to the last live claim run. What was made with the same code of the notebook is kept, so that a
stopped run goes on. What this leaves out: recorded claims, and the shipped models and the world, which are one draw.
"""

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from fmcourse import records
from fmcourse.authoring import execute as executing
from fmcourse.authoring.run import choose, find, number
from fmcourse.classroom import replications
from fmcourse.classroom.claims import figure
from fmcourse.machine import machine
from fmcourse.paths import notebooks_dir


def main(numbers: list[str], draws: int, folder: Path | None = None, say=print) -> int:
    """Make the missing ones of `draws` draws of each notebook (none named: all); 1 when a draw failed, 2 for an unknown
    notebook, 130 after Ctrl-C (what was made is kept)."""
    folder = Path(folder or notebooks_dir())
    found = [path for path in find(folder) if path.parent == folder]
    wanted, unknown = choose(found, numbers)
    if unknown or not wanted:
        known = ", ".join(number(path) for path in found) or f"none, in {folder}"
        print(f"There is no notebook {', '.join(unknown) or 'to draw'}; the numbers are: {known}.", file=sys.stderr)
        return 2
    failed, codes = False, {path: _codes(path) for path in wanted}
    try:
        for path, code in codes.items():
            for draw in _missing(code, draws):
                error = _one(path, code, draw)
                failed |= bool(error)
                say(f"{number(path)}, draw {draw}: {error or 'settled ' + ', '.join(code)}", flush=True)
            for id in code:
                say(summary(id))
    except KeyboardInterrupt:
        print("\nStopped; what was made is kept, and the same command goes on.", file=sys.stderr)
        return 130
    return 1 if failed else 0


def summary(id: str) -> str:
    """One claim over its draws, in a line."""
    entry = replications.recorded().get(id)
    if not entry:
        return f"  {id}: no draws on record"
    count = Counter(d["verdict"] for d in entry["draws"])
    drawn = len({d["measured"] for d in entry["draws"]}) > 1
    each = ", ".join(f"{verdict} {n}" for verdict, n in count.most_common())
    return f"  {id}: {each}, of {len(entry['draws'])} draws{'' if drawn else '; all measured alike'}"


def _codes(path: Path) -> dict[str, str]:
    """A notebook's live claims, and the digest of the code that each hangs on."""
    nb = json.loads(path.read_text(encoding="utf-8"))
    return {id: str(replications.code_until(nb, id)) for id in replications.live_claims(nb)}


def _missing(codes: dict[str, str], draws: int) -> list[int]:
    """The draws that at least one claim lacks."""
    there, have = replications.recorded(), []
    for id, code in codes.items():
        entry = there.get(id, {"code": "", "draws": []})
        have.append({d["draw"] for d in entry["draws"]} if entry["code"] == code else set())
    return [draw for draw in range(draws) if any(draw not in made for made in have)]


def _one(path: Path, codes: dict[str, str], draw: int) -> str:
    """Run one draw of a notebook and record its claims; a sentence when it failed."""
    import nbformat

    nb = nbformat.read(path, as_version=4)
    last = max(i for i, cell in enumerate(nb.cells) if any(f'"{id}"' in cell.source for id in codes))
    nb.cells = nb.cells[: last + 1]
    with tempfile.TemporaryDirectory(prefix="fmcourse-replicate-") as temporary:
        copy, home, claims = (Path(temporary) / part for part in ("notebooks", "home", "claims.jsonl"))
        shutil.copytree(path.parent, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        home.mkdir()
        done = executing.execute(nb, copy, executing.quiet_environment(home, claims, draw))
        settled = {entry["id"]: entry for entry in records.read(claims)}
    missing = [id for id in codes if id not in settled]
    if done.error or missing:
        return done.error or f"claim {missing[0]} was not settled"
    _record(number(path), draw, codes, settled)
    return ""


def _record(notebook: str, draw: int, codes: dict[str, str], settled: dict[str, dict]) -> None:
    """Put one draw into the file; draws of other code of the notebook are dropped."""
    path = replications.file()
    claims = dict(replications.recorded())
    for id, code in codes.items():
        entry, before = settled[id], claims.get(id, {})
        kept = [d for d in before.get("draws", []) if d["draw"] != draw] if before.get("code") == code else []
        new = {"draw": draw, "verdict": entry["here"], "measured": figure(entry["measured"])}
        claims[id] = {"notebook": notebook, "code": code, "draws": sorted([*kept, new], key=lambda d: d["draw"])}
    whole = {
        "command": "fmcourse replicate",
        "machine": machine(),
        "claims": dict(sorted(claims.items(), key=lambda item: (item[1]["notebook"], item[0]))),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    os.replace(fresh, path)
