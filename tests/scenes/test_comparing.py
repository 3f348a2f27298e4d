"""Comparing scenes: whole, by attribute, and binding."""

from dataclasses import replace

from hypothesis import given

from fmcourse.scenes import Scene, compare, parse
from tests.scenes.test_captions import scenes

ASKED = parse("a small red star at the top and a large blue ring at the left")


@given(scenes)
def test_a_scene_agrees_with_itself_and_nothing_agrees_with_none(scene):
    same = compare(scene, scene)
    assert same.pop("misbound") is False and all(same.values())
    assert not any(compare(None, scene).values())


def test_each_attribute_is_judged_alone():
    star, ring = ASKED.things
    for name, other in {"shape": "cross", "colour": "pink", "size": "large", "place": "right"}.items():
        found = Scene((replace(star, **{name: other}), ring))
        wrong = [key for key, true in compare(found, ASKED).items() if not true]
        assert wrong == ["whole", name, "misbound"]


def test_a_missing_thing_makes_every_attribute_wrong():
    told = compare(parse("a small red star at the top"), ASKED)
    assert [name for name, right in told.items() if right] == ["ground"]
