"""Cheap rivals: straight lines read colour and hardly shape; the nearest picture says what was said before."""

import numpy as np

from fmcourse.scenes import ask, audit, caption, parse
from fmcourse.vision import choosing
from fmcourse.vision.inputs import draw_pictures, images
from fmcourse.vision.rivals import CutOutReader, LinearReader, nearest_captions


def test_straight_lines_read_colour_better_than_shape():
    reader, items = LinearReader.learn(np.random.default_rng(0), 600), choosing.classes(150)
    found, things = reader.read(items.pictures), [scene.things[0] for scene in items.scenes]
    colour = sum(c == thing.colour for (c, _), thing in zip(found, things, strict=True)) / 150
    shape = sum(s == thing.shape for (_, s), thing in zip(found, things, strict=True)) / 150
    assert colour > 0.4 > shape
    both = sum(pair == (thing.colour, thing.shape) for pair, thing in zip(found, things, strict=True))
    assert reader.count(items) == (both, 150)


def test_the_nearest_picture_is_found_and_training_shows_nothing_withheld():
    rng = np.random.default_rng(3)
    scenes = [ask(rng, "full").scene for _ in range(30)]
    pictures = images(draw_pictures(scenes, rng))
    told = nearest_captions(pictures, np.random.default_rng(3), 30)  # the same draws: each is its own nearest
    assert told == [caption(scene) for scene in scenes]
    fresh, _, truth = choosing.gallery(40)
    other = nearest_captions(fresh, np.random.default_rng(4), 1100)
    assert sum(parse(text) == scene for text, scene in zip(other, truth, strict=True)) < 10
    assert not any(audit(parse(text) for text in other).values())


def test_who_cuts_out_what_has_the_colour_names_what_it_never_saw():
    """The strongest cheap rival: the task can be solved by reading colour and shape apart."""
    reader = CutOutReader.learn(np.random.default_rng(0), 1500)
    for split in ("seen", "withheld combination"):
        right, n = reader.count(choosing.classes(120, split, "cut out"))
        assert right / n >= 0.88, (split, right)
