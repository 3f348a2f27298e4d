"""What is counted of clips and solids, on models that draw perfectly, nothing, or the right things in a wrong way."""

from types import SimpleNamespace

import numpy as np
import pytest

from fmcourse.experiments import clips_and_solids as experiment
from fmcourse.experiments.runner import row_of
from fmcourse.generation.form_rivals import exchanged
from fmcourse.scenes import clips, voxels
from fmcourse.studies import clips_and_solids as study

LOADED = {form: SimpleNamespace(model=None, card={"form": form}) for form in ("clip", "voxels")}


@pytest.fixture
def painter(monkeypatch):
    """Replaces drawing: each caption's truth, changed by a function, rendered."""

    def install(world, change):
        def draw(loaded, texts, **options):
            rng = np.random.default_rng(0)
            return np.stack([world.render(change(world.parse(text)), rng) for text in texts])

        monkeypatch.setattr(study, "draw", draw)
        monkeypatch.setattr("fmcourse.generation.scoring_forms.draw", draw)

    return install


def test_a_perfect_painter_of_clips_and_its_rivals(painter):
    painter(clips, lambda story: story)
    rows = study.clip_rows(LOADED["clip"], "one thing", n=40, stored=300)
    by = {row["who"]: row for row in rows}
    assert [by["model"][part] for part in ("thing", "events", "order", "whole", "legal")] == [40] * 5
    assert by["true"]["whole"] == 40 and by["coin"]["events"] == 40 and 8 < by["coin"]["order"] < 32
    assert by["backwards"]["order"] == by["backwards"]["palindromes"] < 20
    assert by["likest"]["whole"] < 10 and by["other caption"]["whole"] < 5


def test_a_painter_who_exchanges_events_has_them_all_and_none_in_order(painter):
    painter(clips, exchanged)
    model = study.clip_rows(LOADED["clip"], "one thing", n=30, stored=10)[0]
    assert model["events"] == 30 and model["order"] == model["whole"] == 0


def test_a_painter_who_exchanges_colours_is_misbound(painter):
    def change(space):
        if len(space.things) < 2:
            return space
        from dataclasses import replace

        one, other = space.things
        return voxels.Space((replace(one, colour=other.colour), replace(other, colour=one.colour)))

    painter(voxels, change)
    model, true, likest, other = study.solid_rows(LOADED["voxels"], "withheld combination", n=40, stored=300)
    assert model["one"] == 20 and model["two"] < 10 and model["misbound"] == 20 - model["two"]
    assert true["whole"] == 40 and likest["whole"] == 0 and other["whole"] < 5


def test_the_plan_has_each_question_twice_and_replays_the_small_ones(painter, monkeypatch):
    assert len(list(experiment.plan([]))) == 8
    painter(clips, lambda story: story)
    monkeypatch.setattr(experiment, "load", lambda name, device: LOADED["clip"])
    rows = experiment.make("clip", "one thing", 6, 2)
    assert row_of(rows, who="model", n=6, steps=2)["whole"] == 6
