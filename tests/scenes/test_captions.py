"""Captions: `parse` undoes `caption`, order does not matter, and errors say what to do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmcourse.scenes import CaptionError, Scene, Thing, all_scenes, caption, parse, sample
from fmcourse.scenes.scene import COLOURS, GROUNDS, PLACES, SHAPES, SIZES

pick = st.sampled_from
things = st.builds(Thing, pick(SHAPES), pick(list(COLOURS)), pick(list(SIZES)), pick(list(PLACES)))
scenes = st.builds(
    Scene,
    st.lists(things, min_size=1, max_size=4, unique_by=lambda t: t.place).map(tuple),
    pick(GROUNDS),
)


def test_every_one_object_scene_survives_the_round_trip():
    told = [caption(scene) for scene in all_scenes(1)]
    assert len(set(told)) == 9 * 2 * 6 * 6
    assert [parse(text) for text in told] == list(all_scenes(1))


@given(scenes)
def test_round_trip_of_any_scene(scene):
    assert parse(caption(scene)) == scene
    assert caption(parse(caption(scene))) == caption(scene)


@given(scenes, st.randoms())
def test_the_order_of_the_things_does_not_matter(scene, random):
    order = list(range(len(scene.things)))
    random.shuffle(order)
    assert parse(caption(scene, order)) == scene
    shuffled = Scene(tuple(scene.things[i] for i in order), scene.ground)
    assert shuffled == scene and hash(shuffled) == hash(scene)


def test_different_scenes_have_different_captions():
    rng = np.random.default_rng(0)
    drawn = {sample(rng, (2, 3))[0] for _ in range(3000)}
    assert len({caption(scene) for scene in drawn}) == len(drawn)


def test_the_captions_of_one_two_and_three_things_by_hand():
    a, b = Thing("circle", "red", "large", "top left"), Thing("square", "blue", "small", "centre")
    c = Thing("star", "pink", "small", "bottom")
    assert caption(Scene((a,))) == "a large red circle at the top left"
    assert caption(Scene((b, a))) == "a large red circle at the top left and a small blue square in the centre"
    assert caption(Scene((c, b, a), "dotted")) == (
        "a large red circle at the top left, a small blue square in the centre and a small pink star at the bottom, "
        "on a dotted ground"
    )


def test_capitals_spaces_and_a_full_stop_are_forgiven():
    assert parse(" A small pink  star at the top.") == parse("a small pink star at the top")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends after 0 words"),
        ("a large red", "ends after 3 words, where a shape"),
        ("a large rde circle at the top", "word 3 is 'rde', where a colour or shape should be; did you mean 'red'?"),
        ("a large red cirle at the top", "did you mean 'circle'?"),
        ("a red circle at the top", "leaves the size of thing 1 open"),
        ("a large red circle in the center", "did you mean 'centre'?"),
        ("a large red circle at the centre", "choose one of: top, left, right, bottom"),
        ("a large red circle on the top", "word 5, 'on', comes after"),
        ("a large red circle at the top today", "word 8, 'today', comes after the caption has ended"),
        ("a large red circle at the top and a small blue star at the top", "two things are at the same place, 'top'"),
        ("a large red circle at the top, a small blue star at the left", "'X, Y and Z'"),
        (
            " and ".join(f"a small red star at the {p}" for p in list(PLACES) if p != "centre"),
            "at most 4 things, this one 8",
        ),
        ("a large red circle at the top, on a doted ground", "did you mean 'dotted'?"),
        ("a large red circle at the top right right", "ends after 9 words, where a word should be; choose one of: of"),
    ],
)
def test_errors_name_the_word_the_place_and_the_remedy(text, said):
    with pytest.raises(CaptionError) as error:
        parse(text)
    assert said in str(error.value)


@given(
    st.text(max_size=60)
    | st.lists(pick("a and , the at in top left small red star two stars of on".split())).map(" ".join)
)
def test_any_text_gives_a_scene_or_a_caption_error(text):
    try:
        assert parse(caption(parse(text))) == parse(text)
    except CaptionError:
        pass


@pytest.mark.parametrize(
    "wrong",
    [
        ("blob", "red", "large", "top"),
        ("star", "grey", "large", "top"),
        ("star", "red", "huge", "top"),
        ("star", "red", "large", "middle"),
    ],
)
def test_a_thing_outside_the_world_is_refused(wrong):
    with pytest.raises(ValueError, match="did you mean|choose one of"):
        Thing(*wrong)


def test_a_scene_of_no_or_five_things_is_refused():
    for places in ([], list(PLACES)[:5]):
        with pytest.raises(ValueError, match="1 to 4 things"):
            Scene(tuple(Thing("star", "red", "small", place) for place in places))
    with pytest.raises(ValueError, match="permutation"):
        caption(parse("a small red star at the top"), [1])
