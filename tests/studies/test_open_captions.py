"""Open captions: what is counted of a few pictures, and the record in lines."""

from fmcourse.models.catalogue import load
from fmcourse.studies import open_captions


def test_rows_of_a_few_pictures_and_their_table():
    loaded = load("scene-diffusion")
    full, some = open_captions.full_rows(loaded, 4), open_captions.open_rows(loaded, "a red thing", 8)
    assert [(r["guidance"], r["tries"]) for r in full] == [(1, 1), (2, 1), (4, 1), (1, 2)]
    assert all(len(r["each"]) == 4 and r["right"] == r["each"].count("1") for r in full)
    assert full[3]["right"] >= full[3]["n"] // 2 and {r["counted"] for r in some} == {
        min(round(8 * r["flawless"]) for r in some)
    }
    told = open_captions.table([{"caption": "beginning", "mean": 0.5}, *full, *some]).split("\n")
    assert len(told) == 7 and told[3].startswith("three things, two tries") and "a red thing" in told[4]
