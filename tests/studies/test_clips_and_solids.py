"""Clips and solids beside rivals and controls, counted on true artefacts and on wrong ones."""

import numpy as np
import pytest

from fmcourse.scenes import clips, voxels
from fmcourse.studies import clips_and_solids as study


@pytest.fixture(autouse=True)
def a_small_store(monkeypatch):
    monkeypatch.setattr(study, "STORED", {"clip": 3000, "voxels": 3000})
    study._stored.cache_clear()
    yield
    study._stored.cache_clear()


def shares(found):
    return {name: found[name] / found["of"] for name in found if name not in ("of", "each")}


def test_true_clips_are_right_a_coin_orders_half_and_exchanged_events_none():
    asked, rng = study.asked_for("clip", "one thing", 60), np.random.default_rng(0)
    drawn = np.stack([clips.render(one, rng) for one in asked])
    found = dict(study._all("clip", asked, drawn))
    assert shares(found["model"])["order"] == shares(found["true"])["whole"] == 1
    assert found["model"]["order of both"] == 60 and found["model"]["each"] == "1" * 60
    assert shares(found["coin"])["events"] == 1 and 0.3 < shares(found["coin"])["order"] < 0.7
    assert found["events exchanged"]["events"] == 60 and found["events exchanged"]["order"] == 0
    assert shares(found["beside the next caption"])["whole"] < 0.1
    assert 0 < shares(found["likest caption"])["whole"] < 1


def test_exchanged_colours_are_counted_as_wrongly_bound():
    asked = study.asked_for("voxels", "one or two solids", 9)
    assert [len(one.things) for one in asked] == [1] * 5 + [2] * 4
    swapped = [
        voxels.Space(tuple(voxels.Solid(a.shape, b.colour, a.size, a.place)
                           for a, b in zip(one.things, one.things[::-1], strict=True)))
        for one in asked
    ]  # fmt: skip
    found = study.counts("voxels", swapped, asked)
    other = sum(len({t.colour for t in one.things}) > 1 for one in asked)
    assert found["misbound"] == other > 0 and found["shape"] == found["colour"] == 9 and found["whole"] == 9 - other


def test_combinations_never_trained_are_handed_out_by_no_store():
    asked = study.asked_for("voxels", "withheld combination", 12)
    drawn = np.stack([voxels.render(one, np.random.default_rng(1)) for one in asked])
    found = dict(study._all("voxels", asked, drawn))
    assert found["likest caption"]["whole"] == 0 and found["model"]["whole"] == 12 and "coin" not in found


def test_the_table_has_a_line_for_each_row_and_a_strange_question_is_refused():
    made = study.rows("voxels", "withheld combination", 2)
    lines = study.table(made).splitlines()
    assert len(lines) == len(made) + 1 and lines[0].endswith("all right") and "true" in lines[3]
    with pytest.raises(KeyError, match="one thing"):
        study.rows("clip", "three things", 2)
