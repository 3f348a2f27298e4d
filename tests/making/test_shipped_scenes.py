"""The shipped models of scenes open, do what their cards say on fresh examples, and were made by the recipe that stands
in the code."""

import json

import numpy as np
import pytest

from fmcourse.generation import draw, recognising
from fmcourse.generation.scoring import questions, score
from fmcourse.generation.scoring_forms import score as forms_score
from fmcourse.generation.scoring_forms import truths
from fmcourse.making.scenes import SPECS
from fmcourse.models.catalogue import load
from fmcourse.paths import data_dir
from fmcourse.scenes import read, sounds, voxels
from fmcourse.vision import choosing
from fmcourse.vision.answering import answer_counts, fresh, handed_on
from fmcourse.vision.captioning import caption_counts, write
from fmcourse.vision.scores import choose, recall, score_of

SHIPPED = sorted(folder.name for folder in (data_dir() / "models").glob("scene-*"))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_tells_the_recipe_of_today_and_is_small(name):
    folder = data_dir() / "models" / name
    card, spec = json.loads((folder / "training.json").read_text(encoding="utf-8")), SPECS[name]
    assert card["recipe"] == spec.recipe and card["parameters"] == sum(p.numel() for p in load(name).model.parameters())
    assert sum(file.stat().st_size for file in folder.iterdir()) < 3_000_000
    assert set(card["results"]) and [look["step"] for look in card["curve"]] == sorted(
        {p["step"] for p in card["curve"]}
    )


def test_pictures_show_what_was_asked_for():
    painter = load("scene-diffusion")
    wanted = {"one thing": 0.9, "two things": 0.85, "withheld combination": 0.85}
    for what, least in wanted.items():
        found = score(painter, questions(what, 64, "shipped"), steps=16, guidance=2.0, seed=3)
        assert found.right >= least, (what, found.right)


def test_the_contract_of_drawing_and_reading():
    pictures = draw(load("scene-diffusion"), ["a large red star", "two blue rings"], guidance=2.0, seed=1)
    assert pictures.shape == (2, 32, 32, 3) and 0 <= pictures.min() and pictures.max() <= 1
    found = read(pictures[0], "image")
    assert found.legal and [(t.shape, t.colour, t.size) for t in found.scene.things] == [("star", "red", "large")]
    assert not np.array_equal(pictures, draw(load("scene-diffusion"), ["a large red star", "two blue rings"], seed=1))


def test_solids_are_those_of_their_caption():
    builder = load("scene-voxels")
    for what in ("one solid", "two solids", "withheld combination"):
        asked = truths("voxels", what, 12, "shipped")
        grids = draw(builder, [voxels.caption(one) for one in asked], steps=10, guidance=2.0, seed=3)
        right = sum(r.legal and r.scene == one for r, one in zip(voxels.read_many(grids), asked, strict=True))
        assert right >= 11, (what, right)


def test_clips_show_both_events_in_their_order():
    mover = load("scene-video")
    for what, least in (("one thing", 10), ("two things", 8), ("withheld order", 9)):
        found = forms_score(mover, truths("clip", what, 12, "shipped"), steps=16, guidance=2.0, seed=3)
        assert found.parts["order"].sum() >= least, (what, found.parts["order"].sum())


def test_sounds_say_the_words_with_the_pitch_of_their_mark():
    speaker, ear = load("scene-sound"), recognising.learn()
    for what, least in (("one word", 21), ("three words", 21), ("withheld mark", 19)):
        asked = truths("sound", what, 24, "shipped")
        spoken = draw(speaker, [sounds.caption(one) for one in asked], steps=16, guidance=2.0, seed=3)
        found = forms_score(speaker, asked, artefacts=spoken)
        for part in ("order", "mark"):
            assert found.parts[part].sum() >= least, (what, part, found.parts[part].sum())
        heard = recognising.recognise(ear, spoken)
        assert sum(words == one.words for words, one in zip(heard, asked, strict=True)) >= least - 1, what
    assert spoken.shape == (24, sounds.LENGTH) and np.abs(spoken).max() <= 1


def test_captions_tell_the_scene():
    captioner = load("scene-captioner").model
    for split, least in (("seen", 0.95), ("withheld combination", 0.8)):
        pictures, _, scenes = choosing.gallery(64, split, "shipped")
        right, n = caption_counts(write(captioner, pictures), scenes)["whole"]
        assert right / n >= least, (split, right)


def test_pictures_find_their_captions_and_classes_they_never_saw():
    score = score_of(load("scene-clip").model)
    pictures, captions, _ = choosing.gallery(60, seed="shipped")
    assert all(right / n >= 0.9 for right, n in recall(score, pictures, captions, ks=(1,)).values())
    for split, least in (("seen", 0.9), ("withheld combination", 0.7)):
        right, n = choose(score, choosing.classes(90, split, "shipped"))
        assert right / n >= least, (split, right)


def test_answers_need_the_picture():
    answerer, items = load("scene-answerer").model, fresh(200, "shipped")
    right, n = answer_counts(answerer, items)["all"]
    assert right / n >= 0.9 > 0.5 > answer_counts(answerer, handed_on(items))["all"][0] / n
