"""Every claim is judged by its own cell in two made-up worlds: one in which it comes out, one in which it is false."""

import json

import pytest

from fmcourse.authoring import worlds
from fmcourse.authoring.run import find, number
from fmcourse.classroom import ledger, replications, verdicts
from fmcourse.paths import notebooks_dir

NOTEBOOKS = {number(path): path for path in find(notebooks_dir()) if path.parent == notebooks_dir()}
ENTRIES = {row["id"]: row for row in ledger.entries() if "right_world" in row}
JUDGED = [id for id, row in ENTRIES.items() if "wrong_world" in row]
WRONG = [(id, which) for id in JUDGED for which in range(len(worlds.wrong_worlds(ENTRIES[id])))]


def judged(id, world, which=0):
    nb = json.loads(NOTEBOOKS[ENTRIES[id]["notebook"]].read_text(encoding="utf-8"))
    return worlds.judged(nb, ENTRIES[id], world, which)


@pytest.mark.parametrize("id", ENTRIES)
def test_in_the_right_world_the_claim_comes_out(id):
    """As expected; a claim that does not hold in our world must be able to hold in another."""
    wanted = ENTRIES[id]["expected"]
    draws = replications.recorded().get(id, {}).get("draws", [])
    if draws and replications.judged(draws) == wanted:  # over all draws; a cell judges one
        wanted = draws[0]["verdict"]
    allowed = (verdicts.HOLDS, verdicts.CONDITION) if wanted == verdicts.FAILS else (wanted,)
    assert judged(id, "right").verdict in allowed, judged(id, "right")


@pytest.mark.parametrize(("id", "which"), WRONG)
def test_in_the_wrong_world_the_claim_does_not_hold(id, which):
    found = judged(id, "wrong", which)
    assert found.verdict == verdicts.FAILS, f"claim {id} survives the world in which its sentence is false: {found}"


def test_nearly_every_claim_that_is_taught_is_judged():
    taught = {row["id"] for row in ledger.entries() if not row["planned"]}
    assert len(taught) - len(JUDGED) <= 1 and set(JUDGED) <= taught
