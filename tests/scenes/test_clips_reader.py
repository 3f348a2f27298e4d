"""The reader of clips: right on true ones at stated noise and small smooth errors, not fooled by what is no story."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from fmcourse.scenes import COLOURS, SHAPES, SIZES
from fmcourse.scenes.clips import (
    KINDS,
    WITHHELD_ORDERS,
    Actor,
    Story,
    caption,
    from_patches,
    order_of,
    parse,
    read_many,
    read_one,
    render,
    sample,
    split_words,
    to_patches,
)
from fmcourse.scenes.clips.drawing import cover
from fmcourse.scenes.clips.truth import sizes_for
from tests.scenes.test_clips import GROUND, PLACES, drawn, events_of
from tests.scenes.test_reader import wilson


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.10])
@pytest.mark.parametrize("objects", [1, 2])
def test_true_clips_are_read_wholly_right(objects, noise):
    n = 1000
    truths, clips = drawn(100 * objects + round(100 * noise), n, objects, noise)
    readings = read_many(clips)
    right = sum(r.legal and r.scene == truth for r, truth in zip(readings, truths, strict=True))
    low, high = wilson(right, n)
    print(f"{objects} things, noise {noise}: {right / n:.4f} right and legal [{low:.4f}, {high:.4f}], n = {n}")
    assert low >= 0.99


def test_every_order_of_events_is_read_from_its_clip():
    rng, truths = np.random.default_rng(0), []
    for kinds in permutations(KINDS, 2):
        for size in sizes_for(kinds):
            for place in PLACES:
                colour, turned = (list(COLOURS)[i] for i in rng.choice(6, 2, replace=False))
                events = events_of(kinds, turned)
                truths.append(Story((Actor(SHAPES[rng.integers(6)], colour, size, place, events),)))
    readings = read_many(np.stack([render(truth, rng) for truth in truths]))
    assert [r.scene for r in readings] == truths
    assert all(r.legal and r.confidence > 0.99 and r.residual < 1e-3 for r in readings)
    assert [order_of(r) for r in readings] == [(truth.things[0].kinds,) for truth in truths]
    assert {truth.things[0].kinds for truth in truths} >= set(WITHHELD_ORDERS)


OPPOSITE = {"moves left": "moves right", "moves up": "moves down", "grows": "shrinks", "stays": "stays"}
OPPOSITE |= {there: here for here, there in OPPOSITE.items()}


def backwards(actor: Actor) -> Actor:
    """What a thing does when its clip is played from the end."""
    changed = "grows" in actor.kinds or "shrinks" in actor.kinds
    both = {"grows", "shrinks"} <= set(actor.kinds)
    size = next(s for s in SIZES if (s != actor.size) == (changed and not both))
    events = tuple(
        f"turns {actor.colour}" if event.startswith("turns") else OPPOSITE[event] for event in actor.events[::-1]
    )
    return replace(actor, colour=actor.turned or actor.colour, size=size, events=events)


def test_a_clip_played_backwards_or_mirrored_is_read_as_such():
    truths, clips = drawn(10, 60, noise=0.05)
    assert [r.scene for r in read_many(clips[:, ::-1]) if r.legal] == [
        Story(tuple(map(backwards, truth.things))) for truth in truths
    ]
    flip = {"left": "right", "right": "left"}
    told = [" ".join(flip.get(word, word) for word in split_words(caption(truth))) for truth in truths]
    assert [r.scene for r in read_many(clips[:, :, :, ::-1]) if r.legal] == [parse(text) for text in told]


def test_a_batch_is_read_as_its_clips_one_by_one():
    truths, clips = drawn(12, 30, noise=0.05)
    batch = read_many(clips)
    assert [read_one(clip).scene for clip in clips[:10]] == [r.scene for r in batch[:10]] == truths[:10]
    assert [r.scene for r in read_many(np.rint(clips * 255).astype(np.uint8))] == truths
    assert [r.scene for r in read_many(from_patches(to_patches(clips)))] == truths
    assert np.median([r.noise for r in batch]) == pytest.approx(0.05, rel=0.1)


def _smooth(rng: np.random.Generator, shape: tuple[int, ...], spread: float) -> np.ndarray:
    waves = gaussian_filter(rng.standard_normal(shape), (0, 1, 2, 2, 0))
    return spread * waves / waves.std()


def _blur(clips: np.ndarray, space: float, time: float = 0.0) -> np.ndarray:
    return gaussian_filter(clips, (0, time, space, space, 0), mode="nearest")


@pytest.mark.slow
def test_small_smooth_errors_do_not_matter():
    """As a network makes them: blur in space and in time, waves, faint colours, places between whole pixels."""
    truths, clean = drawn(6, 120)
    rng = np.random.default_rng(6)
    for name, clips in {
        "blur": _blur(clean, 0.6),
        "blur in time": _blur(clean, 0, 0.5),
        "blur and noise": _blur(clean, 0.5, 0.3) + 0.05 * rng.standard_normal(clean.shape),
        "waves": clean + _smooth(rng, clean.shape, 0.025),
        "faint": GROUND + 0.8 * (clean - GROUND),
        "between pixels": np.stack([shift(clip, (0, 0.3, -0.3, 0), order=1, mode="nearest") for clip in clean]),
        "all a little": _blur(clean, 0.4, 0.2)
        + _smooth(rng, clean.shape, 0.02)
        + 0.03 * rng.standard_normal(clean.shape),
    }.items():
        readings = read_many(clips)
        right = np.mean([r.scene == truth for r, truth in zip(readings, truths, strict=True)])
        legal = np.mean([r.legal for r in readings])
        print(f"{name}: {right:.3f} right, {legal:.3f} legal, n = {len(truths)}")
        assert right >= 0.99 and legal >= 0.99, name


def _aslant(rng: np.random.Generator, n: int) -> np.ndarray:
    """A thing that moves aslant, then stays: both directions at once are no event."""
    clips = np.repeat(np.repeat(GROUND[None, None], 8, 1), n, 0)
    for clip in clips:
        shape, colour = SHAPES[rng.integers(6)], list(COLOURS.values())[rng.integers(6)]
        for frame, step in enumerate((0, 1, 2, 3, 3, 3, 3, 3)):
            part = clip[frame, 4 + 2 * step : 12 + 2 * step, 1 + 2 * step : 9 + 2 * step]
            part += cover(shape, 0, pixels=8)[:, :, None] * (colour - part)
    return clips


def _recoloured(rng: np.random.Generator, n: int) -> np.ndarray:
    """Two clips that differ in colour alone, averaged: every form and event is true, and no colour is."""
    clips = []
    while len(clips) < n:
        one = sample(rng, 1)[0].things[0]
        other = rng.choice([colour for colour in COLOURS if colour not in (one.colour, one.turned)])
        if one.turned is None:
            seed = int(rng.integers(1 << 30))
            pair = (Story((replace(one, colour=colour),)) for colour in (one.colour, other))
            clips.append(sum(render(story, np.random.default_rng(seed)) for story in pair) / 2)
    return np.array(clips)


def _no_stories(rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = 60
    _, one = drawn(21, n, 1)
    _, two = drawn(22, n, 2)
    _, others = drawn(23, n, 2)
    white = rng.standard_normal(two.shape)
    cut, exchanged, striped, gone = two.copy(), two.copy(), two.copy(), two.copy()
    cut[:, 4:] = others[:, 4:]
    exchanged[:, 5] = others[:, 5]
    striped[:, :, ::2] = GROUND[::2]
    gone[:, 2] = GROUND
    wide = [parse(f"a large {c} {s} at the left moves up, then turns pink") for s in SHAPES for c in ("red", "black")]
    return {
        "nothing": np.repeat(GROUND[None, None], 8, 1),
        "nothing, with noise": GROUND + 0.05 * white,
        "white noise": rng.uniform(0, 1, two.shape),
        "noise around grey": 0.5 + 0.2 * white,
        "all black": np.zeros((1, 8, 32, 32, 3)),
        "all white": np.ones((1, 8, 32, 32, 3)),
        "blends of two": (two + others) / 2,
        "four things": np.where(abs(two - GROUND) > abs(others - GROUND), two, others),
        "the first half of one, the second of another": cut,
        "one frame of another": exchanged,
        "one frame empty": gone,
        "still pictures": np.repeat(two[:, :1], 8, 1),
        "events done in one frame": two[:, [0, 3, 3, 3, 4, 7, 7, 7]],
        "patches shuffled": from_patches(to_patches(two)[:, rng.permutation(64)]),
        "moving aslant": _aslant(rng, n),
        "across the middle": np.roll(np.stack([render(story, rng) for story in wide]), 8, 3),
        "mixed colours": _recoloured(rng, n),
        "inverted": 1 - two,
        "every second row missing": striped,
        "faded to half": GROUND + 0.5 * (one - GROUND),
        "blurred strongly": _blur(two, 2.0),
        "blurred strongly in time": _blur(two, 0, 3.0),
        "too much noise": (two + 0.3 * white).clip(0, 1),
    }


@pytest.mark.slow
def test_what_is_no_story_is_rejected():
    for name, clips in _no_stories(np.random.default_rng(2)).items():
        readings = read_many(clips)
        legal = np.mean([r.legal for r in readings])
        reason = next((r.reason for r in readings if not r.legal), "")
        print(f"{name}: {legal:.3f} called legal, n = {len(clips)}; for example: {reason}")
        assert legal <= 0.02, name
        assert all(r.reason for r in readings if not r.legal)


def test_nothing_read_has_no_order():
    reading = read_one(np.repeat(GROUND[None], 8, 0))
    assert reading.scene is None and order_of(reading) == () and reading.reason == "it shows nothing"


def test_a_wrong_shape_or_value_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"\(2, 64, 384\).*from_patches"):
        read_many(np.zeros((2, 64, 384)))
    with pytest.raises(ValueError, match="not a number"):
        read_many(np.full((1, 8, 32, 32, 3), np.nan))
    assert read_many(np.zeros((0, 8, 32, 32, 3))) == []
